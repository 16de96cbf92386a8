"""What an empty block costs: bytes, milliseconds of each stage, processor time of each engine."""

from __future__ import annotations

import time
from typing import Any

from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.validators import LocalNetwork
from scripts.bench.validators.network import Usage, comet_block_bytes, per_call, stage_totals


async def measure_empty(network: LocalNetwork, blocks: int) -> dict[str, Any]:
    """Watch an idle network for some blocks."""
    async with RpcClient(network.sites[0].rpc_url, timeout_s=10.0, linger_s=0.0) as rpc:
        first = int(await rpc.call("eth_blockNumber"), 16)
        await network.wait_height(first + 1)
        stages, usage, began = await stage_totals(network), Usage(network), time.time()
        await network.wait_height(first + 1 + blocks, limit_s=600.0)
        seconds, used = time.time() - began, usage.seconds()
        height = int(await rpc.call("eth_blockNumber"), 16)
        head = await rpc.call("eth_getBlockByNumber", hex(height), False)
    counted = height - first - 1
    return {
        "blocks": counted,
        "block_s": round(seconds / counted, 3),
        "evm_block_bytes": int(head["size"], 16),
        "comet_block_bytes": await comet_block_bytes(network, height),
        "stage_ms": per_call(stages, await stage_totals(network)),
        "cpu_ms_a_block": {name: round(one / counted * 1000, 1) for name, one in used.items()},
    }
