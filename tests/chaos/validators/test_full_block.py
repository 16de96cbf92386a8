"""network.md "What must be shown" 6: blocks full of calldata do not halt the network."""

from __future__ import annotations

import asyncio
import base64
import random
import sys
import time
from collections.abc import Iterator

import aiohttp
import pytest
from coincurve import PrivateKey

from node.chain.abi.transactions import Transaction, address_of, sign
from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.devnet.network.validators import LocalNetwork
from node.validator.home.genesis import GAS_LIMIT, MAX_BLOCK_BYTES, MAX_EVIDENCE_BYTES
from node.validator.unit.comet import ask_comet
from tests.chaos.validators.tight import MOST
from tests.fixtures.validator.networks import EVM_CHAIN_ID, FIRST_BLOCK_S, local_network

pytestmark = [pytest.mark.validators, pytest.mark.timeout(1200)]

ALL = range(4)
SENDERS = [PrivateKey(bytes([0x70 + place]) * 32) for place in range(4)]
CALLDATA = 130_000
"""Just under the 128 KiB that a pool takes."""
EACH = 24
LIMIT_S = 400.0
SINK = "0x" + "0e" * 20


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalNetwork]:
    """Four validators whose proposals a test can bound."""
    command = (sys.executable, "-m", "tests.chaos.validators.tight")
    folder = tmp_path_factory.mktemp("full")
    senders = [address_of(key.public_key) for key in SENDERS]
    bridges = dict.fromkeys(ALL, command)
    with local_network(folder, senders=senders, bridges=bridges, start=False) as found:
        found.start(with_parent=True)
        asyncio.run(found.wait_height(2, limit_s=FIRST_BLOCK_S))
        yield found


def loaded(key: PrivateKey, *, tx_nonce: int, zeros: float, chance: random.Random) -> str:
    """Return a transaction of calldata, a part of it zeros, the rest noise."""
    data = bytearray(chance.randbytes(CALLDATA))
    for place in range(CALLDATA):
        if chance.random() < zeros:
            data[place] = 0
    empty = data.count(0)
    asked = Transaction(
        chain_id=EVM_CHAIN_ID, tx_nonce=tx_nonce, to=SINK, data=bytes(data),
        gas_limit=21_000 + 10 * (empty + 4 * (len(data) - empty)),
        max_fee_per_gas=10**11, max_priority_fee_per_gas=10**6,
    )  # fmt: skip
    return "0x" + sign(asked, key).raw.hex()


async def send(network: LocalNetwork, place: int, raws: list[str]) -> None:
    """Send transactions to one validator, one after the other."""
    async with RpcClient(network.sites[place].rpc_url, timeout_s=120) as rpc:
        for raw in raws:
            try:
                await rpc.call("eth_sendRawTransaction", raw)
            except RpcError as error:
                # The pools tell each other, too.
                if "already known" not in str(error):
                    raise


async def counts_at(network: LocalNetwork, place: int) -> list[int]:
    """Return how many transactions of each sender are final at a validator."""
    async with RpcClient(network.sites[place].rpc_url, timeout_s=60) as rpc:
        found = [
            await rpc.call("eth_getTransactionCount", address_of(key.public_key), "latest")
            for key in SENDERS
        ]
    return [int(one, 16) for one in found]


async def until_final(network: LocalNetwork, place: int, counts: list[int]) -> None:
    """Wait until a validator has that many transactions of each sender."""
    deadline_at = time.monotonic() + LIMIT_S
    while (found := await counts_at(network, place)) != counts:
        assert time.monotonic() < deadline_at, found
        await asyncio.sleep(0.5)


async def block_of(network: LocalNetwork, height: int) -> tuple[int, int, int]:
    """Return bytes of the payload, gas used and transactions of a block."""
    async with RpcClient(network.sites[0].rpc_url, timeout_s=60) as rpc:
        block = await rpc.call("eth_getBlockByNumber", hex(height), False)
    answer = await ask_comet(network.sites[0], f"block?height={height}", timeout_s=60)
    assert answer is not None
    (payload,) = answer["block"]["data"]["txs"]
    return len(base64.b64decode(payload)), int(block["gasUsed"], 16), len(block["transactions"])


async def oversized(network: LocalNetwork) -> int:
    """Return how many payloads were too large for a proposal, by all metrics."""
    total = 0
    async with aiohttp.ClientSession() as session:
        for site in network.sites:
            async with session.get(site.metrics_url) as reply:
                text = await reply.text()
            (line,) = (
                one
                for one in text.splitlines()
                if one.startswith("yibao_validator_oversized_total ")
            )
            total += int(float(line.split()[1]))
    return total


async def test_blocks_full_of_calldata__go_through(network: LocalNetwork) -> None:
    """M09: noise, and the mix of noise and zeros that compresses worst for its gas."""
    chance = random.Random(20260604)
    raws = [
        [
            loaded(key, tx_nonce=number, zeros=0.0 if place % 2 else 0.55, chance=chance)
            for number in range(EACH)
        ]
        for place, key in enumerate(SENDERS)
    ]
    start = (await network.status())[0].height or 0
    # Every pool gets everything, as the relayer does it, so that every proposer fills its block.
    await asyncio.gather(*(send(network, place, one) for place in ALL for one in raws))

    for place in ALL:
        await until_final(network, place, [EACH] * 4)
    end = (await network.status())[0].height or 0
    blocks = [await block_of(network, height) for height in range(start + 1, end + 1)]
    most_bytes, most_gas = max(one[0] for one in blocks), max(one[1] for one in blocks)
    assert sum(one[2] for one in blocks) == EACH * len(SENDERS)
    assert most_gas > 0.9 * GAS_LIMIT
    assert 2_700_000 < most_bytes < MAX_BLOCK_BYTES - MAX_EVIDENCE_BYTES
    assert await oversized(network) == 0
    await network.wait_height(end + 5)
    print(
        f"counts: {end - start} blocks, {EACH * len(SENDERS)} transactions of {CALLDATA} bytes, "
        f"largest payload {most_bytes} bytes, most gas {most_gas}, "
        f"{sum(one[1] > 0.9 * GAS_LIMIT for one in blocks)} full blocks"
    )


async def test_every_payload_too_large__the_chain_goes_on(network: LocalNetwork) -> None:
    """A limit below one transaction: blocks come without it until the limit is raised."""
    raw = loaded(SENDERS[0], tx_nonce=EACH, zeros=0.0, chance=random.Random(5))
    for home in network.homes:
        (home / MOST).write_text("20000")
    before = await oversized(network)
    start = (await network.status())[0].height or 0
    await asyncio.gather(*(send(network, place, [raw]) for place in ALL))
    await network.wait_height(start + 12)
    found = [await block_of(network, height) for height in range(start + 3, start + 13)]
    assert max(one[0] for one in found) <= 20_000
    assert {one[2] for one in found} == {0}
    replaced = await oversized(network) - before
    assert replaced >= 8
    for home in network.homes:
        (home / MOST).unlink()

    await until_final(network, 0, [EACH + 1, EACH, EACH, EACH])
    print(f"counts: {replaced} payloads too large, 10 blocks without transactions, then 1 with it")
