"""Units of work on both databases: all or nothing, grouped, read-only reads, hot paths."""

import asyncio

import pytest
from sqlalchemy import func, insert, select

from node.db import schema
from node.db.errors import SchemaOutdatedError
from node.db.models.access import ApiToken
from node.db.models.outbox import OutboxIntent, SignerNonce
from node.db.models.wallets import Wallet
from node.db.unit_of_work import Database, UnitOfWork

ANN = "0x" + "a1" * 20
BEN = "0x" + "b2" * 20


def add(unit: UnitOfWork, signer: str, number: int = 0) -> None:
    unit.execute(insert(SignerNonce).values(signer=signer, next_nonce=number))


def count(unit: UnitOfWork) -> int:
    return int(unit.execute(select(func.count()).select_from(SignerNonce)).scalar_one())


class TestMigrations:
    def test_upgraded_database__has_exactly_the_tables_of_the_models(self, database_url: str):
        assert schema.differences(database_url) == []

    def test_current_schema__is_accepted(self, database_url: str):
        schema.require_current(database_url)
        assert schema.current(database_url) == schema.head()

    def test_older_schema__is_refused_with_the_reason(self, database_url: str):
        schema.downgrade(database_url, "-1")
        with pytest.raises(SchemaOutdatedError, match="program needs"):
            schema.require_current(database_url)

    def test_downgrade_to_nothing_and_up_again__leaves_the_same_schema(self, database_url: str):
        schema.downgrade(database_url, "base")
        assert schema.current(database_url) is None
        schema.upgrade(database_url)
        assert schema.differences(database_url) == []


class TestWrite:
    async def test_failing_unit__stores_nothing_and_raises_its_own_error(self, database: Database):
        def work(unit: UnitOfWork) -> None:
            add(unit, ANN)
            raise LookupError("changed my mind")

        with pytest.raises(LookupError, match="changed my mind"):
            await database.write(work)
        assert await database.read(count) == 0

    async def test_failing_unit__takes_no_neighbour_with_it(self, database: Database):
        def bad(unit: UnitOfWork) -> None:
            add(unit, "0x" + "ff" * 20)
            raise LookupError

        units = [
            database.write(lambda unit, n=n: add(unit, f"0x{n:040x}"))
            if n % 3
            else database.write(bad)
            for n in range(60)
        ]
        results = await asyncio.gather(*units, return_exceptions=True)
        assert sum(isinstance(one, LookupError) for one in results) == 20
        assert await database.read(count) == 40

    async def test_returned_unit__is_seen_by_the_next_read(self, database: Database):
        await database.write(lambda unit: add(unit, ANN, 7))
        query = select(SignerNonce.next_nonce).where(SignerNonce.signer == ANN)
        assert await database.read(lambda unit: unit.execute(query).scalar_one()) == 7

    async def test_callbacks__run_after_the_commit_and_only_then(self, database: Database):
        seen: list[str] = []

        def good(unit: UnitOfWork) -> None:
            add(unit, ANN)
            unit.after_commit(lambda: seen.append("good"))

        def bad(unit: UnitOfWork) -> None:
            unit.after_commit(lambda: seen.append("bad"))
            raise LookupError

        await database.write(good)
        with pytest.raises(LookupError):
            await database.write(bad)
        assert seen == ["good"]

    async def test_cancelled_caller__does_not_undo_the_unit(self, sqlite_database: Database):
        task = asyncio.create_task(sqlite_database.write(lambda unit: add(unit, ANN)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sqlite_database.write(lambda unit: add(unit, BEN))
        assert await sqlite_database.read(count) == 2


class TestRead:
    async def test_read__cannot_write(self, database: Database):
        with pytest.raises(Exception, match=r"(?i)read.?only|unavailable|StorageUnavailable"):
            await database.read(lambda unit: add(unit, ANN))
        assert await database.read(count) == 0


class TestHotPaths:
    async def test_bulk_upsert__equals_the_same_rows_through_sqlalchemy(self, database: Database):
        """libraries.md §2: hot paths are compared with SQLAlchemy on both databases."""
        rows = [
            {
                "account": f"0x{n:040x}",
                "pocket": n % 3,
                "available_fen": 10**13 - n,
                "held_fen": n,
                "is_counter": n % 2 == 0,
                "block_number": n,
            }
            for n in range(500)
        ]
        await database.write(lambda unit: unit.upsert_many(Wallet, rows))
        again = [{**row, "held_fen": 1} for row in rows[:10]]
        await database.write(lambda unit: unit.upsert_many(Wallet, again))
        query = select(Wallet.__table__).order_by(Wallet.account)
        stored = await database.read(lambda unit: [dict(r._mapping) for r in unit.execute(query)])
        assert stored == [*again, *rows[10:]]

    async def test_insert_new__leaves_existing_rows(self, database: Database):
        def work(unit: UnitOfWork) -> int:
            unit.insert_new(SignerNonce, [{"signer": ANN, "next_nonce": 1}])
            unit.insert_new(SignerNonce, [{"signer": n, "next_nonce": 2} for n in (ANN, BEN)])
            query = select(func.sum(SignerNonce.next_nonce))
            return int(unit.execute(query).scalar_one())

        assert await database.write(work) == 3

    async def test_guarded_update__changes_only_rows_in_the_named_states(self, database: Database):
        digests = [f"0x{n:064x}" for n in range(4)]

        def work(unit: UnitOfWork) -> list[tuple[str, str | None]]:
            rows = [outbox_row(d, "SENT" if n % 2 else "FINAL") for n, d in enumerate(digests)]
            unit.insert_many(OutboxIntent, rows)
            marks = [{"digest": d, "state": "REFUSED", "reason_code": "X"} for d in digests]
            unit.update_guarded(OutboxIntent, marks, states=("SENT",))
            query = select(OutboxIntent.state, OutboxIntent.reason_code).order_by(OutboxIntent.id)
            return [(row[0], row[1]) for row in unit.execute(query)]

        assert await database.write(work) == [("FINAL", None), ("REFUSED", "X")] * 2

    async def test_point_reads__equal_sqlalchemy(self, database: Database):
        def work(unit: UnitOfWork) -> None:
            unit.insert_many(OutboxIntent, [outbox_row("0x" + "ab" * 32, "SENT")])
            token = {"token_hash": "0x" + "cd" * 32, "role": "MEMBER", "account": ANN,
                     "label": "test", "created_at_ms": 1, "expires_at_ms": 9}  # fmt: skip
            unit.insert_many(ApiToken, [token])

        await database.write(work)
        status = await database.hot.status("0x" + "ab" * 32)
        assert status is not None
        assert (status.state, status.tx_hash) == ("SENT", None)
        assert await database.hot.status("0x" + "00" * 32) is None
        token = await database.hot.token("0x" + "cd" * 32)
        assert token == ("MEMBER", ANN, 9, None)
        assert await database.hot.balance(ANN) is None


def outbox_row(digest: str, state: str) -> dict[str, object]:
    return {
        "digest": digest,
        "kind": "PAY_PREMIUM",
        "actor": ANN,
        "intent_nonce": int(digest, 16),
        "deadline": 2**40,
        "body": b"body",
        "signatures": b"",
        "state": state,
        "attempts": 0,
        "not_before_ms": 0,
        "created_at_ms": 0,
    }
