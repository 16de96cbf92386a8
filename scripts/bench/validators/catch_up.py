"""How fast a validator that lost its data catches up, over empty and over full blocks."""

from __future__ import annotations

import asyncio
import shutil
import statistics
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.devnet.network.validators import LocalNetwork
from node.domain.errors import ChainUnavailable
from node.validator.unit.comet import ask_comet

POLL_S = 0.02
LIMIT_S = 600.0
EMPTY_GAS, FULL_GAS = 200_000, 30_000_000
SIGNED = Path("comet") / "data" / "priv_validator_state.json"


async def measure(network: LocalNetwork, place: int = 3) -> dict[str, Any]:
    """Take a validator's data away and time its way back from genesis."""
    await network.stop([place])
    forget(network.homes[place])
    began = time.time()
    network.start([place], with_parent=True)
    target = max(one.height or 0 for one in await network.status())
    seen_at = await _climb(network, place, target)
    async with RpcClient(network.sites[0].rpc_url, timeout_s=30.0) as rpc:
        calls = [("eth_getBlockByNumber", (hex(one), False)) for one in sorted(seen_at)]
        found = await rpc.batch(calls)
    gas = {int(one["number"], 16): int(one["gasUsed"], 16) for one in found}
    first = min(seen_at.values())
    joined = time.time()
    while (await ask_comet(network.sites[place], "status") or _NOBODY)["sync_info"]["catching_up"]:
        await asyncio.sleep(0.1)
        joined = time.time()
    return {
        "blocks": target,
        "start_s": round(first - began, 2),
        "blocks_per_second": round(target / (max(seen_at.values()) - first), 1),
        "empty": segment(seen_at, gas, lambda used: used <= EMPTY_GAS),
        "full": segment(seen_at, gas, lambda used: used >= FULL_GAS),
        "validating_after_s": round(joined - began, 1),
    }


_NOBODY: dict[str, Any] = {"sync_info": {"catching_up": True}}


def forget(home: Path) -> None:
    """Remove what a validator has of the chain; what it signed stays known."""
    signed = (home / SIGNED).read_bytes()
    for folder in (home / "geth" / "data", home / "comet" / "data"):
        shutil.rmtree(folder)
    (home / SIGNED).parent.mkdir()
    (home / SIGNED).write_bytes(signed)


async def _climb(network: LocalNetwork, place: int, target: int) -> dict[int, float]:
    """Return when each block was seen until a height is reached. Errors: TimeoutError."""
    seen_at: dict[int, float] = {}
    deadline_at, newest = time.time() + LIMIT_S, 0
    url = network.sites[place].rpc_url
    async with RpcClient(url, timeout_s=5.0, linger_s=0.0) as rpc:
        while newest < target:
            with suppress(ChainUnavailable, RpcError):
                height = int(await rpc.call("eth_blockNumber"), 16)
                seen_at |= dict.fromkeys(range(newest + 1, height + 1), time.time())
                newest = max(newest, height)
            if time.time() > deadline_at:
                raise TimeoutError(f"block {newest} of {target} after {LIMIT_S:.0f} s")
            await asyncio.sleep(POLL_S)
    return seen_at


def segment(seen_at: Mapping[int, float], gas: Mapping[int, int], belongs: Any) -> dict[str, Any]:
    """Return the rate over blocks of one kind whose parent is of that kind too."""
    chosen = [
        height
        for height in sorted(seen_at)
        if height - 1 in seen_at and belongs(gas[height]) and belongs(gas[height - 1])
    ]
    spent = [seen_at[height] - seen_at[height - 1] for height in chosen]
    if not chosen or not sum(spent):
        return {"blocks": len(chosen), "per_second": 0.0}
    return {
        "blocks": len(chosen),
        "per_second": round(len(chosen) / sum(spent), 1),
        "median_ms": round(statistics.median(spent) * 1000, 1),
        "gas_a_block": round(statistics.mean(gas[height] for height in chosen)),
        "gas_per_second": round(sum(gas[height] for height in chosen) / sum(spent)),
    }
