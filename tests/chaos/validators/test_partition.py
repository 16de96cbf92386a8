"""network.md "What must be shown" 4: a partition never gives two final heads; healing resumes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from coincurve import PrivateKey

from node.chain.abi.transactions import Transaction, address_of, sign
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.validators import LocalNetwork
from tests.chaos.validators.cuts import Cuts, cuttable_network
from tests.fixtures.validator.networks import EVM_CHAIN_ID, FIRST_BLOCK_S

pytestmark = [pytest.mark.validators, pytest.mark.timeout(900)]

PAYER = PrivateKey(b"\x61" * 32)
ALL = range(4)
POLLS, POLL_S = 40, 0.25
SETTLED = 12
"""Polls after which what was under way at the cut has arrived."""
LIMIT_S = 240.0


@dataclass
class Watch:
    """Every final head that any validator ever showed, by height."""

    network: LocalNetwork
    heads: dict[int, set[str]] = field(default_factory=dict)
    polls: int = 0

    async def look(self) -> list[int]:
        """Note the heads and return the heights."""
        found = await asyncio.gather(*(self._final(place) for place in ALL))
        for block in found:
            self.heads.setdefault(int(block["number"], 16), set()).add(block["hash"])
        self.polls += 1
        return [int(block["number"], 16) for block in found]

    async def _final(self, place: int) -> Any:
        async with RpcClient(self.network.sites[place].rpc_url, timeout_s=30) as rpc:
            return await rpc.call("eth_getBlockByNumber", "finalized", False)

    async def during(self, polls: int = POLLS) -> list[list[int]]:
        """Look many times and return the heights of each look."""
        told = []
        for _ in range(polls):
            told.append(await self.look())
            await asyncio.sleep(POLL_S)
        return told

    async def chains(self, height: int) -> list[tuple[str, ...]]:
        """Return each validator's hashes from block 0 to a height."""
        return await asyncio.gather(*(self._chain(place, height) for place in ALL))

    async def _chain(self, place: int, height: int) -> tuple[str, ...]:
        async with RpcClient(self.network.sites[place].rpc_url, timeout_s=60) as rpc:
            blocks = await asyncio.gather(
                *(rpc.call("eth_getBlockByNumber", hex(one), False) for one in range(height + 1))
            )
        return tuple(block["hash"] for block in blocks)


@pytest.fixture(scope="module")
def cuttable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalNetwork, Cuts]]:
    """Four validators whose p2p connections the test can cut."""
    payer = address_of(PAYER.public_key)
    folder = tmp_path_factory.mktemp("partition")
    with cuttable_network(folder, senders=[payer]) as (network, cuts):
        network.start(with_parent=True)
        asyncio.run(network.wait_height(3, limit_s=FIRST_BLOCK_S))
        yield network, cuts


async def pay(network: LocalNetwork, place: int, *, tx_nonce: int, to: int) -> str:
    """Send a payment to one validator and return its hash."""
    payment = Transaction(
        chain_id=EVM_CHAIN_ID, tx_nonce=tx_nonce, gas_limit=21_000, to=f"0x{to:040x}", value=1,
        max_fee_per_gas=10**9, max_priority_fee_per_gas=1,
    )  # fmt: skip
    signed = sign(payment, PAYER)
    async with RpcClient(network.sites[place].rpc_url, timeout_s=30) as rpc:
        await rpc.call("eth_sendRawTransaction", "0x" + signed.raw.hex())
    return signed.tx_hash


async def mined(network: LocalNetwork, tx_hash: str) -> list[str | None]:
    """Return the block in which each validator has a payment."""
    found = []
    for place in ALL:
        async with RpcClient(network.sites[place].rpc_url, timeout_s=30) as rpc:
            receipt = await rpc.call("eth_getTransactionReceipt", tx_hash)
        found.append(receipt["blockHash"] if receipt else None)
    return found


@pytest.mark.parametrize(
    ("halves", "silent", "turn"),
    [(((0, 1), (2, 3)), True, 0), (((0, 2), (1, 3)), False, 1)],
    ids=["lost", "closed"],
)
async def test_two_halves__stand_still_and_go_on_as_one(
    cuttable: tuple[LocalNetwork, Cuts],
    halves: tuple[tuple[int, int], tuple[int, int]],
    *,
    silent: bool,
    turn: int,
) -> None:
    """M09: one coin spent differently on both sides is spent once in the end."""
    network, cuts = cuttable
    watch = Watch(network)
    links = cuts.split(*halves, silent=silent)
    one = await pay(network, halves[0][0], tx_nonce=turn, to=0xA0 + turn)
    other = await pay(network, halves[1][0], tx_nonce=turn, to=0xB0 + turn)
    told = await watch.during()
    assert told[SETTLED] == told[-1], "a half went on alone"
    assert max(told[-1]) - min(told[-1]) <= 1
    still = max(told[-1])
    cuts.heal()
    await network.wait_height(still + 5, limit_s=LIMIT_S)
    outcome = [await mined(network, one), await mined(network, other)]
    spent = [found for found in outcome if any(found)]
    assert len(spent) == 1, outcome
    assert len(set(spent[0])) == 1
    height = min(await watch.look())
    assert len(set(await watch.chains(height))) == 1
    assert all(len(hashes) == 1 for hashes in watch.heads.values()), watch.heads
    print(
        f"counts: {links} links cut, {watch.polls} polls of four finalized heads, "
        f"0 blocks in {POLLS - SETTLED} polls of the partition, {height - still} after it, "
        f"2 conflicting payments, 1 final"
    )


async def test_one_alone__stands_still_and_catches_up(
    cuttable: tuple[LocalNetwork, Cuts],
) -> None:
    """Three go on without the fourth, which signs nothing of its own meanwhile."""
    network, cuts = cuttable
    watch = Watch(network)
    cuts.split((0, 1, 2), (3,), silent=True)
    start = max(await watch.look())
    await network.wait_height(start + 8, places=[0, 1, 2], limit_s=LIMIT_S)
    told = await watch.during(8)
    assert {heights[3] for heights in told[-4:]} == {told[-1][3]}
    assert told[-1][3] <= start + 1
    cuts.heal()
    await network.wait_height(max(told[-1]) + 3, limit_s=LIMIT_S)
    height = min(await watch.look())
    assert len(set(await watch.chains(height))) == 1
    assert all(len(hashes) == 1 for hashes in watch.heads.values()), watch.heads
    print(f"counts: {max(told[-1]) - start} blocks without the fourth, {height} equal in the end")
