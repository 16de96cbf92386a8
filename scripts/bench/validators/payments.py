"""Batched payments through four validators: how many a second, and how soon they are final."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from eth_account import Account

from node.devnet.network.manifest import Manifest, load_manifest
from node.devnet.network.validators import LocalNetwork
from node.devnet.seed.sandbox import Sandbox, attached
from scripts.bench.validators.heads import (
    Block,
    latencies,
    outcomes,
    percentile,
    rate_of,
    until_mined,
    watching,
)
from scripts.bench.validators.network import Usage, comet_block_bytes, per_call, stage_totals
from scripts.bench.validators.sender import LoadPlan, send_elsewhere
from scripts.bench.validators.workload import Batches, Workload, require_all

NATIONAL_PER_SECOND = 208
"""Settlements a second, the national platform's published mean."""
RELAYERS = 8
WINDOW = 5
"""Batches of a relayer without a block at full load: some blocks' worth of all relayers."""


@dataclass(frozen=True)
class Options:
    """How much to pay."""

    seconds: float = 32.0
    expected: int = 1_700
    """Payments a second for which bills are laid out; more cannot be measured."""


def manifest_of(relayers: int = RELAYERS) -> Manifest:
    """Return the devnet's manifest with more relayers."""
    manifest = load_manifest()
    keys = manifest.chain.keys.model_copy(update={"relayers": tuple(range(1, relayers + 1))})
    return manifest.model_copy(update={"chain": manifest.chain.model_copy(update={"keys": keys})})


def chain_senders(manifest: Manifest) -> list[str]:
    """Return who needs coin in the genesis: deployer and relayers."""
    keys = manifest.chain.keys
    indices = (keys.deployer, *keys.relayers)
    return [str(Account.from_key(keys.secret(index)).address) for index in indices]


@asynccontextmanager
async def laid_out(
    network: LocalNetwork, manifest: Manifest, folder: Path, *, payments: int
) -> AsyncIterator[tuple[Sandbox, Workload]]:
    """Deploy the contracts and open the members."""
    async with attached(manifest, network.sites[0].rpc_url) as sandbox:
        workload = Workload(sandbox, [site.rpc_url for site in network.sites], folder)
        await workload.open_members(payments)
        yield sandbox, workload


async def measure(
    network: LocalNetwork,
    manifest: Manifest,
    folder: Path,
    options: Options,
    *,
    say: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Pay at full load, at half of what that gave, and at the pace of a whole country."""
    most = {
        "full": int(options.seconds * options.expected * 1.15),
        "half": int(options.seconds * options.expected / 2 * 1.05),
        "national": int(options.seconds * NATIONAL_PER_SECOND * 1.05),
    }
    began = time.monotonic()
    laying = laid_out(network, manifest, folder, payments=sum(most.values()))
    async with laying as (sandbox, workload):
        say("bills")
        bills = {name: await workload.issue_bills(name, count) for name, count in most.items()}
        setup_s = round(time.monotonic() - began, 1)
        say("payments, full load")
        plan, batches = await workload.payments(bills["full"])
        plan = replace(plan, window=WINDOW, limit_s=options.seconds)
        loaded = await _run(network, sandbox, plan, batches, folder=folder)
        found = {"setup_s": setup_s, "full_load": loaded}
        half = loaded["rate"]["per_second"] / 2
        for name, rate in (("half", half), ("national", NATIONAL_PER_SECOND)):
            say(f"payments, {name} load")
            plan, batches = await workload.payments(bills[name])
            a_batch = sum(sum(one.items.values()) for one in batches) / sum(map(len, plan.streams))
            plan = replace(plan, rate=rate / a_batch, limit_s=options.seconds)
            found[f"{name}_load"] = await _run(network, sandbox, plan, batches, folder=folder)
    return found


async def _run(
    network: LocalNetwork, sandbox: Sandbox, plan: LoadPlan, batches: list[Batches], *, folder: Path
) -> dict[str, Any]:
    items = {name: count for one in batches for name, count in one.items.items()}
    stages, usage = await stage_totals(network), Usage(network)
    async with watching(plan.urls[0]) as heads:
        answer = await send_elsewhere(plan, folder)
        sent = sorted(answer.sent_at.values())
        await until_mined(sandbox.rpc, list(answer.sent_at))
        used = usage.seconds()
        await asyncio.sleep(0.2)
        blocks = await heads.blocks()
    if answer.refused:
        raise RuntimeError(f"{answer.refused} transactions refused, such as: {answer.example}")
    found = await outcomes(sandbox.rpc, sandbox.book.router.address, blocks)
    require_all(found, {name: items[name] for name in answer.sent_at})
    rate = rate_of(blocks, found.executed, from_s=sent[0], to_s=sent[-1])
    payments = sum(found.executed.values())
    waited = latencies(blocks, answer.sent_at)
    return {
        "payments": payments,
        "batches": len(answer.sent_at),
        "items_a_batch": round(payments / len(answer.sent_at), 1),
        "largest_batch_bytes": max(one.largest for one in batches),
        "gas_a_payment": _gas(blocks) // max(1, payments),
        "base_fee_wei": [blocks[0].base_fee_wei, max(one.base_fee_wei for one in blocks)],
        "rate": asdict(rate),
        "p50_s": percentile(waited, 0.5),
        "p99_s": percentile(waited, 0.99),
        "max_s": percentile(waited, 1.0),
        "block": await _full_block(network, blocks, stages, used),
        "engine_cpu_ms_each": round(sum(used.values()) / payments * 1000, 3),
        "sender_cpu_s": answer.cpu_s,
        "restarted_processes": usage.restarts,
    }


async def _full_block(
    network: LocalNetwork,
    blocks: list[Block],
    before: dict[str, tuple[float, int]],
    used: dict[str, float],
) -> dict[str, Any]:
    """Return what a mean block of a run cost, and the bytes of its largest."""
    largest = max(blocks, key=lambda one: one.size)
    return {
        "blocks": len(blocks),
        "evm_block_bytes": largest.size,
        "comet_block_bytes": await comet_block_bytes(network, largest.height),
        "stage_ms": per_call(before, await stage_totals(network)),
        "cpu_ms_a_block": {name: round(one / len(blocks) * 1000, 1) for name, one in used.items()},
    }


def _gas(blocks: list[Block]) -> int:
    return sum(one.gas_used for one in blocks)
