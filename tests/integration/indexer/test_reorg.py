"""Reorganisations on a test chain: nothing final flips, a reset chain is refused by name (P53)."""

import pytest

from node.chain.finality import Finality
from node.db.pages import PageRequest
from node.domain.kinds import Pocket
from node.indexer.errors import ChainResetError
from node.indexer.loop import Indexer
from node.intents.bodies import Deposit
from node.intents.messages import IntentKind
from node.outbox.items import OutboxItem
from node.readmodels.entries import EntryFilter, list_entries
from node.readmodels.members import find_member
from node.relayer.loop import Relayer
from tests.fixtures.actors import ANN, BANK, BEN, CARL, OPERATOR, Member, word
from tests.fixtures.chain.live_chain import newcomers
from tests.fixtures.chain.pipeline import Pipeline

DEPTH = 3


def deep(pipeline: Pipeline, *, depth: int = DEPTH) -> Indexer:
    """Return an indexer of a network where a block is final when `depth` follow it."""
    return Indexer(
        pipeline.database,
        pipeline.chain.rpc,
        directory=pipeline.chain.deployment.directory,
        finality=Finality(depth),
        waiters=pipeline.waiters,
        now_ms=pipeline.clock,
    )


async def mine(pipeline: Pipeline, count: int) -> None:
    await pipeline.chain.rpc.call("anvil_mine", hex(count))


class TestReorganisation:
    async def test_block_that_is_not_final__marks_mined_and_projects_nothing(
        self, pipeline: Pipeline
    ):
        """P53: nothing stands in a read model before its block is final, and then it does."""
        indexer, relayer = deep(pipeline), pipeline.relayer()
        await relayer.submitter.start()
        await indexer.catch_up()
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        await relayer.step()
        await mined(pipeline, indexer, digests)
        member = await pipeline.database.read(lambda unit: find_member(unit, ANN.account))
        assert member is None
        await mine(pipeline, DEPTH)
        await indexer.catch_up()
        assert await pipeline.states(digests) == ["FINAL"]
        member = await pipeline.database.read(lambda unit: find_member(unit, ANN.account))
        assert member is not None

    async def test_payment__is_in_the_list_once_its_block_is_final(self, pipeline: Pipeline):
        """S02.1: a mined payment is not in the list, and a final one is."""
        indexer, relayer = deep(pipeline), pipeline.relayer()
        await relayer.submitter.start()
        await indexer.catch_up()
        kind = IntentKind.REGISTER_ORGANISATION
        bank = pipeline.item(await pipeline.intent(kind, OPERATOR, BANK.registration), OPERATOR)
        openings = [bank, *await pipeline.open_members(ANN), await pipeline.open_wallet(ANN)]
        await self._sent(pipeline, relayer, indexer, openings)
        body = Deposit(ANN.account, int(Pocket.CASH), 700, word("notice"))
        deposit = pipeline.item(await pipeline.intent(IntentKind.DEPOSIT, BANK, body), BANK)
        digests = await self._sent(pipeline, relayer, indexer, [deposit])

        async def listed() -> list[int]:
            page = await pipeline.database.read(
                lambda unit: list_entries(unit, ANN.account, EntryFilter(), PageRequest())
            )
            return [row.amount_fen for row in page.items]

        assert await listed() == []
        await mine(pipeline, DEPTH)
        await indexer.catch_up()
        assert await pipeline.states(digests) == ["FINAL"]
        assert await listed() == [700]

    @staticmethod
    async def _sent(
        pipeline: Pipeline, relayer: Relayer, indexer: Indexer, items: list[OutboxItem]
    ) -> list[str]:
        """Send intents and wait until their block is there; return their digests."""
        digests = await pipeline.put(*items)
        await relayer.step()
        await mined(pipeline, indexer, digests)
        return digests

    async def test_dropped_block__makes_the_intent_sent_again_and_it_ends_final_once(
        self, pipeline: Pipeline
    ):
        indexer, relayer = deep(pipeline), pipeline.relayer()
        await relayer.submitter.start()
        await mine(pipeline, DEPTH + 1)
        await indexer.catch_up()
        snapshot = await pipeline.chain.rpc.call("evm_snapshot")
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        await relayer.step()
        await mined(pipeline, indexer, digests)

        await pipeline.chain.rpc.call("evm_revert", snapshot)
        await pipeline.chain.travel(await pipeline.now() + 7)
        await mine(pipeline, 2)
        await indexer.catch_up()
        assert await pipeline.states(digests) == ["SENT"]
        assert "rewound" in [s.event for s in (await pipeline.entry(digests[0])).steps]

        pipeline.clock.pass_s(6)
        final = (await pipeline.head()).final.number
        await relayer.follower.step(final_number=final)
        await mined(pipeline, indexer, digests)
        await mine(pipeline, DEPTH)
        await indexer.catch_up()
        assert await pipeline.states(digests) == ["FINAL"]
        assert (await pipeline.executions())[digests[0]] == 1


class TestReset:
    async def test_lower_head_with_known_hashes__is_lag_and_changes_nothing(
        self, pipeline: Pipeline
    ):
        """M09: a validator that has just been restarted is behind; that is no other chain."""
        await pipeline.indexer.catch_up()
        snapshot = await pipeline.chain.rpc.call("evm_snapshot")
        digests = await read_one_more(pipeline, BEN)
        before = await pipeline.head()
        await pipeline.chain.rpc.call("evm_revert", snapshot)
        for indexer in (pipeline.indexer, deep(pipeline, depth=0)):
            assert not await indexer.step()
            assert await indexer.catch_up() == before.final.number
        assert await pipeline.head() == before
        assert await pipeline.states(digests) == ["FINAL"]

    async def test_lower_head_with_another_hash__is_refused_at_once(self, pipeline: Pipeline):
        snapshot = await pipeline.chain.rpc.call("evm_snapshot")
        digests = await read_one_more(pipeline, BEN)
        known = (await pipeline.head()).final.number
        await mine(pipeline, 3)
        await pipeline.indexer.catch_up()
        await pipeline.chain.rpc.call("evm_revert", snapshot)
        await pipeline.chain.travel(await pipeline.now() + 99)
        assert await pipeline.chain.client.head() == known
        for indexer in (pipeline.indexer, deep(pipeline, depth=0)):
            with pytest.raises(ChainResetError, match=f"block {known} has another hash"):
                await indexer.catch_up()
        assert await pipeline.states(digests) == ["FINAL"]

    async def test_pending_blocks_not_there_yet__stay_marked(self, pipeline: Pipeline):
        """M09: with finality depth too, a lower head takes nothing back by itself."""
        indexer, relayer = deep(pipeline), pipeline.relayer()
        await relayer.submitter.start()
        await mine(pipeline, DEPTH + 1)
        await indexer.catch_up()
        snapshot = await pipeline.chain.rpc.call("evm_snapshot")
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        await relayer.step()
        await mined(pipeline, indexer, digests)
        await pipeline.chain.rpc.call("evm_revert", snapshot)
        await indexer.catch_up()
        assert await pipeline.states(digests) == ["MINED"]

    async def test_other_block_at_a_final_height__is_refused(self, pipeline: Pipeline):
        snapshot = await pipeline.chain.rpc.call("evm_snapshot")
        relayer = pipeline.relayer()
        await relayer.submitter.start()
        digests = await pipeline.put(*await pipeline.open_members(CARL))
        await relayer.step()
        await pipeline.settle(digests)
        await pipeline.chain.rpc.call("evm_revert", snapshot)
        await pipeline.chain.travel(await pipeline.now() + 99)
        await mine(pipeline, 5)
        with pytest.raises(ChainResetError, match="another hash"):
            await pipeline.indexer.catch_up()
        assert await pipeline.states(digests) == ["FINAL"]

    async def test_another_genesis__is_refused_at_the_start(self, pipeline: Pipeline):
        await pipeline.indexer.catch_up()

        def forge(unit) -> None:
            from node.readmodels import network

            known = network.position(unit)
            other = network.ChainPosition(known.chain_id, "0x" + "11" * 32, known.final, known.head)
            network.store_position(unit, other)

        await pipeline.database.write(forge)
        with pytest.raises(ChainResetError, match="genesis"):
            await deep(pipeline, depth=0).start()


@pytest.mark.any_engine
class TestWaiters:
    async def test_waiting_request__is_woken_by_the_final_mark(self, pipeline: Pipeline):
        import asyncio

        relayer = pipeline.relayer()
        await relayer.submitter.start()
        (digest,) = await pipeline.put(*await pipeline.open_members(*newcomers(1)))
        waiting = asyncio.create_task(
            pipeline.waiters.wait_terminal(pipeline.database, digest, timeout_s=60)
        )
        await relayer.step()
        await pipeline.settle([digest], relayer=relayer)
        status = await waiting
        assert status is not None
        assert status.state == "FINAL"


async def read_one_more(pipeline: Pipeline, member: Member) -> list[str]:
    """Register a member and read that as final."""
    relayer = pipeline.relayer()
    await relayer.submitter.start()
    digests = await pipeline.put(*await pipeline.open_members(member))
    await relayer.step()
    await pipeline.settle(digests)
    return digests


async def mined(pipeline: Pipeline, indexer: Indexer, digests: list[str]) -> None:
    """Wait until the intents are in a block."""
    import asyncio

    async with asyncio.timeout(20):
        while set(await pipeline.states(digests)) != {"MINED"}:
            await indexer.catch_up()
