"""What geth called valid as a proposal is not executed again when it is decided."""

from typing import cast

import pytest

from node.validator.bridge.app import Bridge, NetworkFacts
from node.validator.bridge.engine import Engine, Judgement, Verdict
from node.validator.bridge.metrics import BridgeMetrics
from node.validator.bridge.payload import Payload, encode
from node.validator.bridge.validity import NOBODY, Head
from node.validator.pb import abci_pb2 as pb

GENESIS = Head(0, b"\1" * 32, 1_000)
GAS_LIMIT = 120_000_000


class CountingEngine:
    """A geth that calls everything valid and counts what it is given."""

    def __init__(self) -> None:
        self.judged: list[bytes] = []
        self.heads: list[bytes] = []

    async def block(self, name: str) -> Head:
        return GENESIS

    async def set_head(self, block_hash: bytes) -> Verdict:
        self.heads.append(block_hash)
        return Verdict.VALID

    async def judge(self, payload: Payload) -> Judgement:
        self.judged.append(payload.block_hash)
        return Judgement(Verdict.VALID)


def payload(block_hash: bytes) -> Payload:
    return Payload(
        parent_hash=GENESIS.hash,
        fee_recipient=NOBODY,
        state_root=bytes(32),
        receipts_root=bytes(32),
        logs_bloom=bytes(256),
        prev_randao=GENESIS.hash,
        block_number=1,
        gas_limit=GAS_LIMIT,
        gas_used=0,
        timestamp=1_001,
        extra_data=b"",
        base_fee_per_gas=0,
        block_hash=block_hash,
        blob_gas_used=0,
        excess_blob_gas=0,
    )


@pytest.fixture
async def bridge() -> Bridge:
    facts = NetworkFacts(
        chain_id="yibao-8820",
        genesis_hash=GENESIS.hash,
        app_state=b"{}",
        gas_limit=GAS_LIMIT,
        registry="0x" + "22" * 20,
    )
    engine = cast("Engine", CountingEngine())
    made = Bridge(engine, facts, address=b"\2" * 20, metrics=BridgeMetrics())
    await made.Info(pb.RequestInfo(), None)
    return made


async def propose(bridge: Bridge, block_hash: bytes) -> None:
    request = pb.RequestProcessProposal(txs=[encode(payload(block_hash))], height=1)
    request.time.seconds = 1_000
    answer = await bridge.ProcessProposal(request, None)
    assert answer.status == pb.ResponseProcessProposal.ACCEPT


async def decide(bridge: Bridge, block_hash: bytes) -> list[bytes]:
    engine = cast("CountingEngine", bridge.engine)
    engine.judged.clear()
    request = pb.RequestFinalizeBlock(txs=[encode(payload(block_hash))], height=1)
    answer = await bridge.FinalizeBlock(request, None)
    assert answer.app_hash == block_hash
    return engine.judged


class TestDecidedBlock:
    async def test_the_accepted_proposal__is_not_executed_again(self, bridge: Bridge) -> None:
        await propose(bridge, b"\3" * 32)
        assert await decide(bridge, b"\3" * 32) == []

    async def test_another_than_the_last_accepted__is_executed(self, bridge: Bridge) -> None:
        await propose(bridge, b"\3" * 32)
        await propose(bridge, b"\4" * 32)
        assert await decide(bridge, b"\3" * 32) == [b"\3" * 32]

    async def test_a_block_nobody_proposed_here__is_executed(self, bridge: Bridge) -> None:
        assert await decide(bridge, b"\3" * 32) == [b"\3" * 32]
