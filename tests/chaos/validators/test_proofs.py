"""Proofs from a living network: a deposit, a set that changes by votes, a balance of the past."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest
import pytest_socket

from node.chain.contracts.validator_registry import ValidatorRegistry
from node.chain.proofs.bundles import Anchor, Proved, ProvedReceipt, ProvedWord, check
from node.chain.proofs.comet_client import CometClient, NothingToProveError, NotProvableYetError
from node.chain.proofs.consensus import ProofInvalidError
from node.chain.proofs.format import decode
from node.chain.proofs.ledger_words import BalanceWord, balance_slot
from node.chain.proofs.source import ProofSource
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.validators import LocalNetwork
from node.domain.kinds import Pocket
from node.validator.home.registry_state import ADDRESS as REGISTRY
from tests.fixtures.actors import ANN
from tests.fixtures.proofs.data import network_anchor
from tests.fixtures.proofs.story import SENDER_ADDRESS, ProofStory
from tests.fixtures.validator.networks import EVM_CHAIN_ID, local_network

pytestmark = pytest.mark.validators
AMOUNT_FEN = 70_001
CROWD = 30
STEP = 13
PATIENCE_S = 120.0


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Four validators whose genesis gives coin to the story's sender."""
    folder = tmp_path_factory.mktemp("proofs") / "net"
    with local_network(folder, senders=(SENDER_ADDRESS,)) as running:
        yield running


def checked_offline(data: bytes, anchor: Anchor) -> Proved:
    """Return what a bundle proves, found without a network."""
    pytest_socket.disable_socket()
    try:
        return check(data, anchor)
    finally:
        pytest_socket.enable_socket()


async def when_provable(work: Callable[[], Awaitable[bytes]]) -> tuple[bytes, int]:
    """Return a bundle as soon as it exists, and how often it was too early."""
    deadline_at, early = time.monotonic() + PATIENCE_S, 0
    while True:
        try:
            return await work(), early
        except NotProvableYetError:
            early += 1
            assert time.monotonic() < deadline_at
            await asyncio.sleep(0.05)


def refused(data: bytes, anchor: Anchor) -> int:
    """Flip bytes all over a bundle and return how many flips were refused: all."""
    places = range(0, len(data), STEP)
    for place in places:
        changed = data[:place] + bytes([data[place] ^ 0x01]) + data[place + 1 :]
        with pytest.raises(ProofInvalidError):
            check(changed, anchor)
    return len(places)


async def test_receipts_and_balances__are_proved_across_changes_of_the_set(
    network: LocalNetwork,
) -> None:
    """M22, M25: what happened is proved offline from the genesis file, before and after votes."""
    site, anchor = network.sites[1], network_anchor(network)
    async with RpcClient(site.rpc_url, timeout_s=30) as rpc, CometClient(site.comet_url) as comet:
        story = ProofStory(network, rpc, ValidatorRegistry(rpc, REGISTRY), EVM_CHAIN_ID)
        source = ProofSource(rpc, comet, anchor=anchor, registry=REGISTRY)
        await story.deploy()
        ledger, slot = story.address("WalletLedger"), balance_slot(ANN.account, Pocket.CASH)
        empty = int(await rpc.call("eth_blockNumber"), 16)
        with pytest.raises(NothingToProveError, match="stores nothing"):
            await source.storage(ledger, slot, block=empty)

        await story.send_crowd(CROWD)
        tx_hash = await story.send(story.deposit(AMOUNT_FEN))
        block = int((await story.mined(tx_hash))["blockNumber"], 16)
        first, early = await when_provable(lambda: source.receipt(tx_hash))
        # In the moment of its block neither the header that names it nor its votes are there.
        assert early > 0
        assert int((await comet.get("status"))["sync_info"]["latest_block_height"]) >= block + 2

        await network.wait_height(await story.change_set_thrice(), places=[0, 1, 2])
        again = await story.send(story.deposit(1))
        later = int((await story.mined(again))["blockNumber"], 16)
        second, _ = await when_provable(lambda: source.receipt(again))
        past, _ = await when_provable(lambda: source.storage(ledger, slot, block=block))
        now, _ = await when_provable(lambda: source.storage(ledger, slot, block=later))

    found = [checked_offline(one, anchor) for one in (first, second, past, now)]
    assert [one.block_number for one in found] == [block, later, block, later]
    assert [one.set_changes for one in found] == [0, 3, 0, 3]
    receipts = [one.subject for one in found[:2]]
    for receipt, sent in zip(receipts, (tx_hash, again), strict=True):
        assert isinstance(receipt, ProvedReceipt)
        assert "0x" + receipt.transaction_hash.hex() == sent
        assert receipt.succeeded
    words = [one.subject.word for one in found[2:] if isinstance(one.subject, ProvedWord)]
    balances = [BalanceWord(word).available_fen(Pocket.CASH) for word in words]
    assert balances == [AMOUNT_FEN, AMOUNT_FEN + 1]
    # The way to a set begins at the genesis: without a change its header is nobody's.
    stranger = Anchor(anchor.chain_id, decode(second).changes[0].following)
    with pytest.raises(ProofInvalidError):
        check(second, stranger)
    flips = sum(refused(one, anchor) for one in (first, second, past, now))
    sizes = ", ".join(str(len(one)) for one in (first, second, past, now))
    signers = ", ".join(f"{len(one.signers)} of {len(one.validators)}" for one in found)
    print(
        f"counts: bundles of {sizes} bytes, {flips} flips refused, signed by {signers},"
        f" 3 changes of the set followed, {early} times too early"
    )
