"""When blocks became final, and what was in them: heads are noted during a run, read after it."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from node.chain.events import decode_log, topic_of
from node.chain.events.intents import IntentExecuted, IntentRefused, IntentSkipped
from node.chain.rpc.errors import decode_revert
from node.chain.rpc.json_rpc import Rpc, RpcClient, RpcError
from node.domain.errors import ChainUnavailable

POLL_S = 0.02


@dataclass(frozen=True)
class Block:
    """A final block and the second since 1970 at which the observed validator had it."""

    height: int
    seen_at: float
    timestamp: int
    gas_used: int
    size: int
    base_fee_wei: int
    tx_hashes: tuple[str, ...]


class Heads:
    """Notes when each head was seen."""

    def __init__(self, rpc: RpcClient) -> None:
        self._rpc = rpc
        self.seen_at: dict[int, float] = {}

    async def watch(self) -> None:
        """Note heads until cancelled."""
        newest = int(await self._rpc.call("eth_blockNumber"), 16)
        while True:
            with suppress(ChainUnavailable, RpcError):
                height = int(await self._rpc.call("eth_blockNumber"), 16)
                moment = time.time()
                self.seen_at |= dict.fromkeys(range(newest + 1, height + 1), moment)
                newest = max(newest, height)
            await asyncio.sleep(POLL_S)

    async def blocks(self) -> list[Block]:
        """Return every block that was seen."""
        heights = sorted(self.seen_at)
        calls = [("eth_getBlockByNumber", (hex(height), False)) for height in heights]
        return [
            _block(found, self.seen_at[height])
            for height, found in zip(heights, await self._rpc.batch(calls), strict=True)
        ]


def _block(found: Mapping[str, Any], seen_at: float) -> Block:
    return Block(
        int(found["number"], 16),
        seen_at,
        int(found["timestamp"], 16),
        int(found["gasUsed"], 16),
        int(found["size"], 16),
        int(found["baseFeePerGas"], 16),
        tuple(found["transactions"]),
    )


@asynccontextmanager
async def watching(url: str) -> AsyncIterator[Heads]:
    """Note the heads of a validator while the block lasts."""
    async with RpcClient(url, timeout_s=30.0, linger_s=0.0) as rpc:
        heads = Heads(rpc)
        task = asyncio.create_task(heads.watch())
        try:
            yield heads
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def until_mined(
    rpc: Rpc, tx_hashes: Sequence[str], *, limit_s: float = 300.0
) -> dict[str, Any]:
    """Wait until transactions are in blocks; return their receipts. Errors: TimeoutError."""
    mined: dict[str, Any] = {}
    deadline_at = time.monotonic() + limit_s
    while waiting := [one for one in tx_hashes if one not in mined]:
        asked = waiting[:500]
        found = await rpc.batch([("eth_getTransactionReceipt", (one,)) for one in asked])
        # A node that has just started refuses until its index is there.
        mined |= {one: told for one, told in zip(asked, found, strict=True)
                  if isinstance(told, dict)}  # fmt: skip
        if len(mined) < len(tx_hashes):
            if time.monotonic() > deadline_at:
                raise TimeoutError(f"{len(waiting)} transactions are in no block")
            await asyncio.sleep(0.25)
    return mined


@dataclass(frozen=True)
class Outcomes:
    """How many intents each transaction executed, refused and skipped."""

    executed: dict[str, int]
    refused: int
    skipped: int
    reasons: tuple[str, ...] = ()


async def outcomes(rpc: Rpc, router: str, blocks: Sequence[Block]) -> Outcomes:
    """Count intents from the router's logs, block by block."""
    counted = {topic_of(one): one for one in (IntentExecuted, IntentRefused, IntentSkipped)}
    executed: dict[str, int] = {}
    other = dict.fromkeys((IntentRefused, IntentSkipped), 0)
    reasons: set[str] = set()
    for block in blocks:
        if not block.tx_hashes:
            continue
        number = hex(block.height)
        question = {"address": router, "fromBlock": number, "toBlock": number,
                    "topics": [list(counted)]}  # fmt: skip
        for log in await rpc.call("eth_getLogs", question, timeout_s=60.0):
            kind = counted[log["topics"][0]]
            if kind is IntentExecuted:
                name = log["transactionHash"]
                executed[name] = executed.get(name, 0) + 1
            else:
                other[kind] += 1
                event = decode_log(log)
                if isinstance(event, IntentRefused):
                    reasons.add(str(decode_revert(event.reason)))
    return Outcomes(executed, other[IntentRefused], other[IntentSkipped], tuple(reasons))


@dataclass(frozen=True)
class Rate:
    """How many items became final per second, from block to block while load was sent."""

    items: int
    seconds: float
    per_second: float
    blocks: int
    block_s: float
    gas_a_block: int


def rate_of(
    blocks: Sequence[Block], items: Mapping[str, int], *, from_s: float, to_s: float
) -> Rate:
    """Return the rate between the first and the last block that ended while load was sent.

    Whole intervals between blocks are counted: what the first block held was sent before it.
    """
    inside = [one for one in blocks if from_s <= one.seen_at <= to_s]
    if len(inside) < 2:
        return Rate(0, 0.0, 0.0, len(inside), 0.0, 0)
    counted = inside[1:]
    total = sum(items.get(name, 0) for one in counted for name in one.tx_hashes)
    seconds = inside[-1].seen_at - inside[0].seen_at
    return Rate(
        total,
        round(seconds, 2),
        round(total / seconds, 1),
        len(counted),
        round(seconds / len(counted), 3),
        round(statistics.mean(one.gas_used for one in counted)),
    )


def latencies(blocks: Sequence[Block], sent_at: Mapping[str, float]) -> list[float]:
    """Return the seconds from sending to finality of every transaction, in order of size."""
    final_at = {name: one.seen_at for one in blocks for name in one.tx_hashes}
    return sorted(final_at[name] - moment for name, moment in sent_at.items() if name in final_at)


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return a percentile in seconds; 0 of nothing."""
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))], 3) if ordered else 0.0
