"""The relayer against trouble: what is refused, lost, reverted or slow ends in the right state."""

import pytest

from node.db.unit_of_work import Database
from node.domain.errors import ChainUnavailable
from node.outbox import sweeps, transactions
from node.outbox.queue import LeasedItem, lease
from node.relayer.batches import Batch
from node.relayer.endpoint import Endpoint
from tests.fixtures.actors import ANN, BEN, CARL
from tests.fixtures.chain.live_chain import newcomers
from tests.fixtures.chain.pipeline import Pipeline, many_members


class LostReplies:
    """An RPC client whose answers to sends never arrive; the node got them all the same."""

    def __init__(self, rpc, *, deliver: bool) -> None:
        self._rpc, self._deliver, self.lost = rpc, deliver, 0

    async def call(self, method, *params, timeout_s=None):
        if method != "eth_sendRawTransaction":
            return await self._rpc.call(method, *params, timeout_s=timeout_s)
        self.lost += 1
        if self._deliver:
            await self._rpc.call(method, *params)
        raise ChainUnavailable


class TestSubmit:
    async def test_sent_batch__was_stored_with_its_raw_bytes_before(self, pipeline: Pipeline):
        """P51: with a node that takes nothing, the signed bytes are in the database."""
        relayer = pipeline.relayer()
        await relayer.submitter.start()
        relayer.submitter._endpoint = Endpoint(LostReplies(pipeline.chain.rpc, deliver=False))
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        await relayer.step()
        assert await pipeline.states(digests) == ["SIGNED"]
        due = await overdue(pipeline)
        assert [one.state for one in due] == ["SIGNED"]
        assert due[0].raw[0] == 2

    @pytest.mark.any_engine
    @pytest.mark.parametrize("deliver", [True, False])
    async def test_lost_reply__is_found_or_sent_again_with_the_same_nonce(
        self, pipeline: Pipeline, deliver: bool
    ):
        """P52, S60: unknown means look, and the same bytes go out again."""
        relayer = pipeline.relayer()
        first = await relayer.submitter.start()
        lossy = LostReplies(pipeline.chain.rpc, deliver=deliver)
        relayer.submitter._endpoint = Endpoint(lossy)
        digests = await pipeline.put(*await pipeline.open_members(*newcomers(1)))
        await relayer.step()
        assert lossy.lost == 1
        assert await pipeline.states(digests) == ["SIGNED"]
        relayer.submitter._endpoint = Endpoint(pipeline.chain.rpc)
        pipeline.clock.pass_s(6)
        await pipeline.indexer.catch_up()
        await relayer.follower.step(final_number=(await pipeline.head()).final.number)
        assert await pipeline.settle(digests, relayer=relayer) == ["FINAL"]
        signer = pipeline.chain.node.account(1)
        count = await Endpoint(pipeline.chain.rpc).transaction_count(signer)
        assert count == first + 1

    @pytest.mark.any_engine
    async def test_relayer_without_the_role__gives_rows_back_with_the_reason(
        self, pipeline: Pipeline
    ):
        relayer = pipeline.relayer(key=3)
        await relayer.submitter.start()
        digests = await pipeline.put(*await pipeline.open_members(ANN, BEN))
        await relayer.step()
        assert await pipeline.states(digests) == ["QUEUED", "QUEUED"]
        entry = await pipeline.entry(digests[0])
        assert entry.reason_code == "AccessManagedUnauthorized"

    async def test_batch_that_reverts_on_chain__gives_its_rows_back_once_final(
        self, pipeline: Pipeline
    ):
        relayer = pipeline.relayer(simulate=False)
        await relayer.submitter.start()
        original = relayer.submitter._budgets
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        starve(relayer)
        await relayer.step()
        await pipeline.indexer.catch_up()
        assert await pipeline.states(digests) == ["SENT"]
        relayer.submitter._budgets = original
        pipeline.clock.pass_s(6)
        await relayer.follower.step(final_number=(await pipeline.head()).final.number)
        assert await pipeline.states(digests) == ["QUEUED"]
        feed(relayer)
        await relayer.step()
        assert await pipeline.settle(digests) == ["FINAL"]
        steps = [step.event for step in (await pipeline.entry(digests[0])).steps]
        assert "requeued" in steps

    @pytest.mark.any_engine
    async def test_many_members__travel_in_few_transactions(self, pipeline: Pipeline):
        """P54: batches keep to 15M gas, and several go out in one step."""
        relayer = pipeline.relayer()
        first = await relayer.submitter.start()
        digests = await pipeline.put(*await pipeline.open_members(*newcomers(120)))
        await relayer.step()
        assert set(await pipeline.settle(digests, relayer=relayer)) == {"FINAL"}
        signer = pipeline.chain.node.account(1)
        used = await Endpoint(pipeline.chain.rpc).transaction_count(signer) - first
        assert used <= 6


class TestSweeps:
    async def test_sweep_without_effect__is_done_once_its_block_is_final(self, pipeline: Pipeline):
        relayer = pipeline.relayer()
        await relayer.submitter.start()
        sweep = sweeps.return_transfer(
            target=pipeline.address("WalletOperations"), sender=CARL.account, returns_at=1
        )
        digests = await pipeline.put(sweep)
        await relayer.step()
        await pipeline.indexer.catch_up()
        pipeline.clock.pass_s(6)
        await relayer.follower.step(final_number=(await pipeline.head()).final.number)
        assert await pipeline.states(digests) == ["FINAL"]


class TestLease:
    async def test_two_relayers__never_hold_the_same_row(self, pipeline: Pipeline):
        await pipeline.put(*await pipeline.open_members(*many_members(10)))
        held: list[int] = []
        for owner in ("one", "two", "three"):
            rows = await take(pipeline.database, owner, now_ms=0, limit=4)
            held += [row.id for row in rows]
        assert len(held) == 10
        assert len(set(held)) == 10

    @pytest.mark.any_engine
    async def test_lapsed_lease__is_handed_out_again_and_its_old_owner_cannot_sign(
        self, pipeline: Pipeline
    ):
        digests = await pipeline.put(*await pipeline.open_members(*newcomers(1)))
        slow, quick = pipeline.relayer(1), pipeline.relayer(2)
        await slow.submitter.start()
        await quick.submitter.start()
        first = await slow._lease()
        pipeline.clock.pass_s(31)
        second = await quick._lease()
        assert [row.id for row in first] == [row.id for row in second]
        await quick.submitter.submit(second)
        assert await slow.submitter.submit(first) == []
        assert await pipeline.settle(digests, relayer=quick) == ["FINAL"]


async def overdue(pipeline: Pipeline) -> list[transactions.StoredTransaction]:
    moment = pipeline.clock.at_ms + 10_000
    return await pipeline.database.write(
        lambda unit: transactions.take_overdue(
            unit, now_ms=moment, next_try_ms=moment + 1, limit=10
        )
    )


async def take(database: Database, owner: str, *, now_ms: int, limit: int) -> list[LeasedItem]:
    return await database.write(
        lambda unit: lease(unit, owner=owner, now_ms=now_ms, until_ms=now_ms + 1000, limit=limit)
    )


def starve(relayer) -> None:
    """Make the relayer send with too little gas, as a stingy caller would."""
    store = relayer.submitter._store

    async def poor(batch: Batch, fee: int):
        return await store(Batch(batch.items, batch.packed, 150_000), fee)

    relayer.submitter._store, relayer.stored_by = poor, store


def feed(relayer) -> None:
    relayer.submitter._store = relayer.stored_by
