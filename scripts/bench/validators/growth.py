"""What a longer chain costs: disk, memory, block time and start-up, at 10³ and 10⁴ blocks.

The network pauses less after a block than an ordinary one. Every block is still at least a second
later than its parent on the chain's clock, so that clock runs ahead of ours; how far is told.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.validators import LocalNetwork
from node.validator.unit.comet import ask_comet
from scripts.bench.validators.network import Usage, bench_network, disk_bytes, memory_mb

PAUSE_MS = 0
LIMIT_S = 3_600.0
SAMPLE = 100
RESTARTED = 2


async def measure(folder: Path, *, base_port: int, heights: list[int]) -> dict[str, Any]:
    """Let an idle network grow and look at it at some heights."""
    points = []
    async with bench_network(folder, base_port=base_port, commit_pause_ms=PAUSE_MS) as network:
        for height in heights:
            await network.wait_height(height - SAMPLE, limit_s=LIMIT_S)
            points.append(await _point(network, height))
    first, last = points[0], points[-1]
    blocks = max(1, last["height"] - first["height"])
    growth = {
        name: round((size - first["disk"][name]) / blocks) for name, size in last["disk"].items()
    }
    return {"commit_pause_ms": PAUSE_MS, "points": points, "bytes_a_block": growth}


async def _point(network: LocalNetwork, height: int) -> dict[str, Any]:
    """Watch the last blocks before a height, then restart a validator there."""
    async with RpcClient(network.sites[0].rpc_url, timeout_s=10.0, linger_s=0.0) as rpc:
        usage, began = Usage(network), time.time()
        start = int(await rpc.call("eth_blockNumber"), 16)
        await network.wait_height(height, limit_s=LIMIT_S)
        seconds = time.time() - began
        head = await rpc.call("eth_getBlockByNumber", "latest", False)
    reached, used = int(head["number"], 16), usage.seconds()
    blocks = reached - start
    return {
        "height": reached,
        "block_s": round(seconds / blocks, 3),
        "cpu_ms_a_block": {name: round(one / blocks * 1000, 1) for name, one in used.items()},
        "clock_ahead_s": int(head["timestamp"], 16) - int(time.time()),
        "disk": disk_bytes(network.homes[0]),
        "memory_mb": memory_mb(network),
        "restart": await _restart(network, RESTARTED),
    }


async def _restart(network: LocalNetwork, place: int) -> dict[str, float]:
    """Restart a validator; return the seconds to stop, to its next block, to taking part."""
    began = time.time()
    await network.stop([place])
    stopped = time.time()
    before = max(one.height or 0 for one in await network.status())
    network.start([place], with_parent=True)
    await network.wait_height(before, places=[place], limit_s=LIMIT_S)
    level = time.time()
    while True:
        found = await ask_comet(network.sites[place], "status")
        if found and not found["sync_info"]["catching_up"]:
            break
        await asyncio.sleep(0.1)
    return {
        "stop_s": round(stopped - began, 2),
        "level_s": round(level - stopped, 2),
        "validating_s": round(time.time() - stopped, 2),
    }
