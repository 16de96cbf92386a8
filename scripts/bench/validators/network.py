"""A validator network for benchmarks, and what its processes use: time, memory, disk, metrics."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
from coincurve import PrivateKey
from prometheus_client.parser import text_string_to_metric_families

from node import artifacts
from node.chain.abi.transactions import address_of
from node.devnet.network.validators import LocalNetwork
from node.validator.home import ceremony
from node.validator.unit.comet import ask_comet
from node.wire.hashing import keccak
from scripts.bench.processes import cpu_seconds, resident_mb

VALIDATORS = 4
EVM_CHAIN_ID = 8820
FIRST_BLOCK_S = 180.0
ENGINES = ("geth", "bridge", "comet", "unit")
STAGES = ("propose", "process", "finalize", "commit")


def bench_key(number: int) -> PrivateKey:
    """Return the key of a sender; everybody has it, so it is for benchmarks only."""
    return PrivateKey(keccak(f"bench sender {number}".encode()))


def bench_account(number: int) -> str:
    """Return the address of a sender."""
    return address_of(bench_key(number).public_key)


@asynccontextmanager
async def bench_network(
    folder: Path, *, base_port: int, senders: Sequence[str] = (), commit_pause_ms: int | None = None
) -> AsyncIterator[LocalNetwork]:
    """Make a network, run it while the block lasts, and remove its folder."""
    made = ceremony.local_network(
        folder,
        validators=VALIDATORS,
        registry_code=artifacts.deployed_code("ValidatorRegistry"),
        base_port=base_port,
        evm_chain_id=EVM_CHAIN_ID,
        senders=senders,
    )
    network = LocalNetwork(folder)
    if commit_pause_ms is not None:
        ceremony.share(replace(made, commit_pause_ms=commit_pause_ms), folder, network.homes)
    try:
        network.start(with_parent=True)
        await network.wait_height(1, limit_s=FIRST_BLOCK_S)
        yield network
    finally:
        network.kill(range(len(network.homes)))
        shutil.rmtree(folder, ignore_errors=True)


class Usage:
    """What the engines of all validators used since this was made, in processor seconds."""

    def __init__(self, network: LocalNetwork) -> None:
        self._pids = [
            (name, pid)
            for place in range(len(network.homes))
            for name, pid in network.pids(place).items()
        ]
        self._before = [cpu_seconds(pid) for _, pid in self._pids]
        self.restarts = 0

    def seconds(self) -> dict[str, float]:
        """Return engine → processor seconds, all validators together, those that still run.

        `restarts` then counts processes that ended meanwhile: the machine could not keep up.
        """
        total = dict.fromkeys(ENGINES, 0.0)
        self.restarts = 0
        for (name, pid), before in zip(self._pids, self._before, strict=True):
            try:
                total[name] += cpu_seconds(pid) - before
            except OSError:
                self.restarts += 1
        return {name: round(spent, 2) for name, spent in total.items()}


def memory_mb(network: LocalNetwork, place: int = 0) -> dict[str, float]:
    """Return engine → resident memory of one validator."""
    return {name: resident_mb(pid) for name, pid in sorted(network.pids(place).items())}


def disk_bytes(home: Path) -> dict[str, int]:
    """Return engine → bytes of its data folder; what vanishes meanwhile counts nothing."""
    folders = {"geth": home / "geth" / "data", "comet": home / "comet" / "data"}
    return {name: _size(folder) for name, folder in folders.items()} | {
        "logs": _size(home / "logs")
    }


def _size(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(path) / name).stat().st_blocks * 512
            except OSError:
                continue
    return total


async def stage_totals(network: LocalNetwork) -> dict[str, tuple[float, int]]:
    """Return stage → seconds and calls of all bridges; `bytes` → bytes and decided payloads."""
    totals = dict.fromkeys((*STAGES, "engine_import", "bytes"), (0.0, 0))
    async with aiohttp.ClientSession() as session:
        for site in network.sites:
            try:
                async with session.get(site.metrics_url) as answer:
                    text = await answer.text()
            except aiohttp.ClientError:
                continue  # its unit starts again; Usage counts it
            for name, seconds, count in _histograms(text):
                before = totals[name]
                totals[name] = (before[0] + seconds, before[1] + count)
    return totals


def _histograms(text: str) -> list[tuple[str, float, int]]:
    found = []
    names = {"import_seconds": "engine_import", "payload_bytes": "bytes"}
    for family in text_string_to_metric_families(text):
        short = family.name.removeprefix("yibao_validator_")
        values: dict[str, dict[str, float]] = {}
        for sample in family.samples:
            kind = sample.name.removeprefix(family.name)
            if kind in {"_sum", "_count"}:
                name = sample.labels.get("stage", names.get(short, ""))
                values.setdefault(name, {})[kind] = sample.value
        found += [(name, one["_sum"], int(one["_count"])) for name, one in values.items() if name]
    return [one for one in found if one[0] in (*STAGES, "engine_import", "bytes")]


def per_call(
    before: dict[str, tuple[float, int]], after: dict[str, tuple[float, int]]
) -> dict[str, float]:
    """Return stage → mean milliseconds of a call between two readings, and mean `bytes`."""
    found = {}
    for name, (total, count) in after.items():
        calls = count - before[name][1]
        mean = (total - before[name][0]) / calls if calls > 0 else 0.0
        found[name] = round(mean if name == "bytes" else mean * 1000, 2)
    return found


async def comet_block_bytes(network: LocalNetwork, height: int) -> int:
    """Return the size of CometBFT's block at a height, signatures included."""
    found = await ask_comet(
        network.sites[0], f"blockchain?minHeight={height}&maxHeight={height}", timeout_s=10
    )
    return int(found["block_metas"][0]["block_size"]) if found else 0
