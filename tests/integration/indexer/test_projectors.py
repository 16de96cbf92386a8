"""Read models equal the contracts, and a rebuild gives the same rows (S01, S02, M17, P29)."""

import pytest
from sqlalchemy import func, select

from node.chain.finality import Finality
from node.db.base import table_of
from node.db.models.claims import Claim
from node.db.models.wallets import Entry, Wallet
from node.db.unit_of_work import Database, UnitOfWork
from node.domain.kinds import Pocket
from node.indexer.loop import Indexer
from node.readmodels import claims as claim_rows
from node.readmodels import wallets as wallet_rows
from node.readmodels.accumulators import find_year
from node.readmodels.changes import REBUILT
from node.readmodels.receipts import receipts_of_subject
from tests.fixtures.actors import ANN, BEN, HOSPITAL
from tests.fixtures.evm.claims import NAMES, POOLED, Claims
from tests.fixtures.evm.rpc import EvmRpc

HOUR_S = 3_600


@pytest.fixture
def story(claims: Claims) -> dict[str, str]:
    """Let claims reach every state; return their ids by state."""
    settled = claims.settle()
    undone = claims.settle(claims.stay())
    claims.reverse(undone)
    confirmed = claims.submit()
    claims.confirm(confirmed)
    cancelled = claims.submit()
    claims.cancel(cancelled)
    expired = claims.submit()
    claims.world.travel(claims.world.now + 90 * 24 * HOUR_S)
    claims.expire(expired.claim_id)
    claims.link(BEN, ANN)
    claims.freeze(BEN.account)
    pending = claims.submit()
    return {
        "SETTLED": settled.claim_id,
        "REVERSED": undone.claim_id,
        "CONFIRMED": confirmed.claim_id,
        "CANCELLED": cancelled.claim_id,
        "EXPIRED": expired.claim_id,
        "ADJUDICATED": pending.claim_id,
    }


def indexer_of(claims: Claims, database: Database) -> Indexer:
    directory = claims.world.deployment.directory
    return Indexer(database, EvmRpc(claims.world), directory=directory, finality=Finality(0))


def dump(unit: UnitOfWork) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every rebuilt table as the database keeps it."""
    tables: dict[str, list[tuple[object, ...]]] = {}
    for model in REBUILT:
        table = table_of(model)
        query = select(table).order_by(*table.primary_key.columns)
        tables[table.name] = [tuple(row) for row in unit.execute(query)]
    return tables


class TestReadModels:
    async def test_all_balances__equal_the_contract_and_sum_to_zero(
        self, claims: Claims, story: dict[str, str], database: Database
    ):
        await indexer_of(claims, database).catch_up()
        query = select(Wallet.account, Wallet.pocket, Wallet.available_fen, Wallet.held_fen,
                       Wallet.is_counter)  # fmt: skip
        rows = await database.read(lambda unit: unit.execute(query).all())
        assert len(rows) > 10
        for account, pocket, available, held, is_counter in rows:
            if is_counter:
                assert available == claims.world.call("WalletLedger", "counterOf", account)
            else:
                assert available == claims.balance(account, Pocket(pocket)), (account, pocket)
                assert held == claims.held(account, Pocket(pocket)), (account, pocket)
        sums = await database.read(wallet_rows.money_sums)
        assert sums == {"money_fen": 0, "points": 0}

    async def test_entries_of_each_pocket__add_up_to_its_balance(
        self, claims: Claims, story: dict[str, str], database: Database
    ):
        """S02.3: the sum of the entries is the balance; each entry says so, also during a hold."""
        claims.give(POOLED, 700)  # while the claim that waits for its member holds money
        await indexer_of(claims, database).catch_up()
        total = func.sum(Entry.amount_fen)
        query = select(Entry.account, Entry.pocket, total).group_by(Entry.account, Entry.pocket)
        sums = await database.read(lambda unit: {(a, p): int(s) for a, p, s in unit.execute(query)})
        await self._require_running_sums(database)
        query = select(Wallet.account, Wallet.pocket, Wallet.available_fen + Wallet.held_fen)
        rows = await database.read(lambda unit: unit.execute(query).all())
        opened_without_money = 0
        for account, pocket, balance in rows:
            opened_without_money += (account, pocket) not in sums
            assert sums.get((account, pocket), 0) == balance
        assert opened_without_money <= 1
        head = await database.read(lambda unit: wallet_rows.balance(unit, ANN.account))
        assert head is not None
        past = await database.read(
            lambda unit: wallet_rows.balance_at(unit, ANN.account, block_number=head.block.number)
        )
        now = {row.pocket: row.available_fen + row.held_fen for row in head.pockets}
        assert {**dict.fromkeys(now, 0), **past} == now

    @staticmethod
    async def _require_running_sums(database: Database) -> None:
        """Make sure that each entry names the sum of its pocket's entries so far."""
        query = select(Entry.account, Entry.pocket, Entry.amount_fen, Entry.balance_fen)
        rows = await database.read(lambda unit: unit.execute(query.order_by(Entry.position)).all())
        sums: dict[tuple[str, int], int] = {}
        for account, pocket, amount_fen, balance_fen in rows:
            sums[account, pocket] = sums.get((account, pocket), 0) + amount_fen
            assert balance_fen == sums[account, pocket]

    async def test_claims__have_the_states_amounts_and_years_of_the_contract(
        self, claims: Claims, story: dict[str, str], database: Database
    ):
        """P29: accumulators in the read model are those on chain."""
        await indexer_of(claims, database).catch_up()
        for state, claim_id in story.items():
            row = await database.read(lambda unit, c=claim_id: claim_rows.claim(unit, c))
            assert row is not None
            assert row.state == ("SETTLED" if state == "CONFIRMED" else state)
            assert row.total_fen == row.member_fen + row.pooled_fen + row.big_illness_fen + (
                row.aid_fen + row.supplementary_fen + row.provider_fen
            )
            assert row.provider == HOSPITAL.account
        year = await database.read(lambda unit: find_year(unit, member=ANN.account, year=2026))
        assert year.accumulators.words() == tuple(claims.accumulators())
        assert year.last_claim == claims.last_claim()
        steps = await database.read(lambda unit: claim_rows.steps(unit, story["REVERSED"]))
        assert [step.state for step in steps][-2:] == ["SETTLED", "REVERSED"]

    async def test_reversal__voids_the_receipt_by_a_negative_one(
        self, claims: Claims, story: dict[str, str], database: Database
    ):
        await indexer_of(claims, database).catch_up()
        found = await database.read(lambda unit: receipts_of_subject(unit, story["REVERSED"]))
        first, second = found
        assert (first.state, first.voided_by) == ("VOIDED", second.number)
        assert (second.voids, second.amount_fen) == (first.number, -first.amount_fen)

    async def test_funds__are_known_by_name(
        self, claims: Claims, story: dict[str, str], database: Database
    ):
        await indexer_of(claims, database).catch_up()
        funds = await database.read(lambda unit: wallet_rows.funds(unit, region="110000"))
        pooled = next(one for one in funds if one.kind == "POOLED")
        assert pooled.account == POOLED
        assert pooled.available_fen == claims.balance(POOLED)


class TestRebuild:
    async def test_rebuild_with_another_window__gives_identical_rows(
        self, claims: Claims, story: dict[str, str], database: Database
    ):
        """M17: dropping all read tables and replaying the chain gives the same rows."""
        indexer = indexer_of(claims, database)
        await indexer.catch_up()
        before = await database.read(dump)
        assert len(before["claims"]) == len(story)
        again = indexer_of(claims, database)
        again.window.size, again.window.target_events = 3, 1
        await again.rebuild()
        assert await database.read(dump) == before

    async def test_range_that_is_applied__changes_nothing_when_it_comes_again(
        self, claims: Claims, story: dict[str, str], database: Database
    ):
        indexer = indexer_of(claims, database)
        await indexer.catch_up()
        before = await database.read(dump)
        settings = await indexer.start()
        from node.indexer import store

        found = await indexer._fetcher.fetch(0, 5)
        count = await database.write(lambda unit: store.apply_final(unit, found, settings))
        assert count == 0
        assert await database.read(dump) == before

    async def test_every_rebuilt_table__is_named_once(self):
        assert len({table_of(model).name for model in REBUILT}) == len(REBUILT)
        assert Claim in REBUILT
        assert "ClaimSettlement" in NAMES
