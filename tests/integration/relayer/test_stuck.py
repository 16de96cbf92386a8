"""What a node refuses for good: its nonce is freed, its rows go out again, nothing runs twice."""

from dataclasses import dataclass, field, replace

import pytest

from node.chain.abi.transactions import SignedTransaction, Transaction
from node.chain.rpc.json_rpc import RpcError
from node.domain.errors import ChainUnavailable
from node.outbox import transactions
from node.outbox.transactions import StoredTransaction
from node.relayer.endpoint import Endpoint
from node.relayer.loop import Relayer
from node.relayer.signer import KeySigner
from tests.fixtures.actors import ANN, BEN, CARL
from tests.fixtures.chain.live_chain import LiveChain
from tests.fixtures.chain.pipeline import Pipeline

SUSPEND_S = 60
FOREIGN_CHAIN = 1


@dataclass
class SpoilingSigner:
    """Signs some transactions for another chain, which every node refuses for good."""

    signer: KeySigner
    spoil: int = 1
    spoilt: list[SignedTransaction] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.signer.address

    def sign(self, transaction: Transaction) -> SignedTransaction:
        if len(self.spoilt) == self.spoil:
            return self.signer.sign(transaction)
        self.spoilt.append(self.signer.sign(replace(transaction, chain_id=FOREIGN_CHAIN)))
        return self.spoilt[-1]


@dataclass
class Grumbling:
    """An RPC client that says something strange to sends; `deliver` = the node got them."""

    chain: LiveChain
    deliver: bool
    raws: list[str] = field(default_factory=list)
    error: Exception = field(default_factory=lambda: RpcError(-1, "the database is on fire"))

    async def call(self, method, *params, timeout_s=None):
        if method != "eth_sendRawTransaction":
            return await self.chain.rpc.call(method, *params, timeout_s=timeout_s)
        self.raws += params
        if self.deliver:
            await self.chain.rpc.call(method, *params)
        raise self.error


@pytest.fixture
async def relayer(pipeline: Pipeline) -> Relayer:
    started = pipeline.relayer(suspend_s=SUSPEND_S)
    await started.submitter.start()
    return started


async def send(relayer: Relayer) -> None:
    """Submit what is queued, without the look that a whole step takes now and then."""
    await relayer.submitter.submit(await relayer._lease())


async def look(pipeline: Pipeline, relayer: Relayer) -> None:
    """Let the indexer read and the follower look, at a moment when anything overdue is due."""
    pipeline.clock.pass_s(6)
    await pipeline.indexer.catch_up()
    await relayer.follower.step(final_number=(await pipeline.head()).final.number)


async def nonces_used(pipeline: Pipeline) -> int:
    return await Endpoint(pipeline.chain.rpc).transaction_count(pipeline.chain.node.account(1))


async def open_transactions(pipeline: Pipeline) -> int:
    signer = pipeline.chain.node.account(1)
    return await pipeline.database.read(lambda unit: transactions.open_count(unit, signer=signer))


class TestRefusedForGood:
    async def test_refused_bytes__free_their_nonce_and_every_row_is_executed_once(
        self, pipeline: Pipeline, relayer: Relayer
    ):
        """P51, P52: later payments go on by themselves, the refused one a while later."""
        first = await nonces_used(pipeline)
        relayer.submitter._signer = SpoilingSigner(relayer.submitter._signer)
        refused = await pipeline.put(*await pipeline.open_members(ANN))
        await send(relayer)
        behind = await pipeline.put(*await pipeline.open_members(BEN))
        await send(relayer)
        assert await nonces_used(pipeline) == first
        assert await pipeline.states(refused + behind) == ["SIGNED", "SENT"]

        await look(pipeline, relayer)
        assert await pipeline.settle(behind) == ["FINAL"]
        assert await nonces_used(pipeline) == first + 2

        await look(pipeline, relayer)
        assert await pipeline.states(refused) == ["QUEUED"]
        await send(relayer)
        assert await pipeline.states(refused) == ["QUEUED"], "not at once: it may be refused again"
        pipeline.clock.pass_s(SUSPEND_S)
        await send(relayer)
        assert await pipeline.settle(refused) == ["FINAL"]
        assert await nonces_used(pipeline) == first + 3
        assert await open_transactions(pipeline) == 0
        assert [(await pipeline.executions())[one] for one in refused + behind] == [1, 1]
        steps = [step.event for step in (await pipeline.entry(refused[0])).steps]
        assert steps == ["queued", "replaced", "requeued", "submitted", "mined", "final"]

    async def test_rows__do_not_travel_before_the_replacement_is_final(
        self, pipeline: Pipeline, relayer: Relayer
    ):
        relayer.submitter._signer = SpoilingSigner(relayer.submitter._signer)
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        await send(relayer)
        await look(pipeline, relayer)
        pipeline.clock.pass_s(2 * SUSPEND_S)
        await relayer.follower.step(final_number=-1)
        await send(relayer)
        assert await pipeline.states(digests) == ["SENT"]

    async def test_replacement_that_is_refused_too__waits_and_then_takes_the_same_nonce(
        self, pipeline: Pipeline, relayer: Relayer
    ):
        first = await nonces_used(pipeline)
        relayer.submitter._signer = SpoilingSigner(relayer.submitter._signer, spoil=2)
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        await send(relayer)
        await look(pipeline, relayer)
        await look(pipeline, relayer)
        assert await nonces_used(pipeline) == first, "a while between two tries"
        pipeline.clock.pass_s(SUSPEND_S)
        await look(pipeline, relayer)
        await look(pipeline, relayer)
        assert await nonces_used(pipeline) == first + 1
        assert await pipeline.states(digests) == ["QUEUED"]

    async def test_transaction_of_another_key__is_left_to_its_own_relayer(
        self, pipeline: Pipeline, relayer: Relayer
    ):
        relayer.submitter._signer = SpoilingSigner(relayer.submitter._signer)
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        await send(relayer)
        other = pipeline.relayer(2)
        await other.submitter.start()
        before = await pipeline.states(digests)
        await look(pipeline, other)
        assert await pipeline.states(digests) == before
        assert "replaced" not in [one.event for one in (await pipeline.entry(digests[0])).steps]


class TestUnknownTrouble:
    async def test_taken_after_all__is_found_and_never_replaced(
        self, pipeline: Pipeline, relayer: Relayer
    ):
        """S60: the node's answer was nonsense, the payment was made: it is not made again."""
        first = await nonces_used(pipeline)
        relayer.submitter._endpoint = Endpoint(Grumbling(pipeline.chain, deliver=True))
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        await send(relayer)
        relayer.submitter._endpoint = Endpoint(pipeline.chain.rpc)
        pipeline.clock.pass_s(SUSPEND_S)
        await look(pipeline, relayer)
        await look(pipeline, relayer)
        assert await pipeline.settle(digests) == ["FINAL"]
        assert (await nonces_used(pipeline), await open_transactions(pipeline)) == (first + 1, 0)
        assert (await pipeline.executions())[digests[0]] == 1
        assert "replaced" not in [one.event for one in (await pipeline.entry(digests[0])).steps]

    async def test_not_taken__is_left_to_a_person_for_a_while_and_then_replaced(
        self, pipeline: Pipeline, relayer: Relayer
    ):
        first = await nonces_used(pipeline)
        relayer.submitter._endpoint = Endpoint(Grumbling(pipeline.chain, deliver=False))
        digests = await pipeline.put(*await pipeline.open_members(ANN))
        await send(relayer)
        relayer.submitter._endpoint = Endpoint(pipeline.chain.rpc)
        await look(pipeline, relayer)
        assert await nonces_used(pipeline) == first
        pipeline.clock.pass_s(SUSPEND_S)
        for _ in range(2):
            await look(pipeline, relayer)
        pipeline.clock.pass_s(SUSPEND_S)
        await send(relayer)
        assert await pipeline.settle(digests) == ["FINAL"]
        assert await nonces_used(pipeline) == first + 2

    async def test_first_bytes_win_over_their_replacement__nothing_runs_twice(
        self, pipeline: Pipeline, relayer: Relayer
    ):
        """P52: somebody had the refused bytes and they are mined; the replacement is void."""
        first = await nonces_used(pipeline)
        silent = Grumbling(pipeline.chain, deliver=False)
        relayer.submitter._endpoint = Endpoint(silent)
        digests = await pipeline.put(*await pipeline.open_members(ANN, CARL))
        await send(relayer)
        pipeline.clock.pass_s(SUSPEND_S)
        silent.error = ChainUnavailable()
        await look(pipeline, relayer)
        assert len(set(silent.raws)) == 2
        relayer.submitter._endpoint = Endpoint(pipeline.chain.rpc)
        await pipeline.chain.mined(await pipeline.chain.client.send_raw(raw_of(silent.raws[0])))
        for _ in range(3):
            await look(pipeline, relayer)
        pipeline.clock.pass_s(SUSPEND_S)
        await send(relayer)
        assert await pipeline.settle(digests) == ["FINAL", "FINAL"]
        assert (await nonces_used(pipeline), await open_transactions(pipeline)) == (first + 1, 0)
        assert [(await pipeline.executions())[one] for one in digests] == [1, 1]

    async def test_replacement__outbids_what_a_pool_may_hold(
        self, pipeline: Pipeline, relayer: Relayer
    ):
        """The bytes lie in a pool that mines nothing: the replacement takes their place there."""
        rpc = pipeline.chain.rpc
        await rpc.call("evm_setAutomine", False)
        try:
            relayer.submitter._endpoint = Endpoint(Grumbling(pipeline.chain, deliver=True))
            digests = await pipeline.put(*await pipeline.open_members(ANN))
            await send(relayer)
            relayer.submitter._endpoint = Endpoint(rpc)
            pipeline.clock.pass_s(SUSPEND_S)
            await look(pipeline, relayer)
            await rpc.call("evm_mine")
        finally:
            await rpc.call("evm_setAutomine", True)
        await look(pipeline, relayer)
        assert await pipeline.states(digests) == ["QUEUED"]
        pipeline.clock.pass_s(SUSPEND_S)
        await send(relayer)
        assert await pipeline.settle(digests) == ["FINAL"]
        assert (await pipeline.executions())[digests[0]] == 1


def raw_of(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def test_stored_transaction_without_items__is_empty():
    one = StoredTransaction(1, "0x" + "11" * 20, 0, "0x" + "22" * 32, b"", "SIGNED", 0, None, 0)
    assert one.is_empty
    assert not one._replace(items=1).is_empty
