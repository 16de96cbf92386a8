#!/usr/bin/env python3
"""What a sandbox chain costs at rest: growth, writes, processor time and memory, a table.

    .venv/bin/python scripts/bench/idle.py --seconds 60

Each way of running anvil gets a copy of one seeded chain and rests for so long; figures are
extrapolated to an hour. The last row is the chain as the devnet runs it. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.local import Anvil, find_anvil, free_port
from node.devnet.network.manifest import load_manifest
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.sandbox import running
from node.domain.errors import ChainUnavailable
from scripts.bench.processes import PROC, child_named, cpu_seconds, resident_mb

SETTLE_S = 3.0
"""A chain that has just started is not at rest."""
AN_HOUR_S = 3600
FAST = ("--block-time=0.2", "--state-interval=10")
QUIET = ("--disable-console-log", "--disable-pool-balance-checks")
MIXED = ("--mixed-mining", "--state-interval=10", "--prune-history=200")
WAYS: Mapping[str, tuple[str, ...]] = {
    "0.2 s blocks, 200 states on disk": (*FAST, "--max-persisted-states=200"),
    "… without log and balance checks": (*FAST, "--max-persisted-states=200", *QUIET),
    "… 200 states in memory": (*FAST, "--prune-history=200", *QUIET),
    "mined at once, a block a minute": ("--block-time=60", *MIXED),
    "mined at once, a block in 10 s": ("--block-time=10", *MIXED),
}
CHOSEN = "as the devnet runs it"


@dataclass(frozen=True)
class Rest:
    """One way at rest; everything but memory an hour."""

    way: str
    blocks: int
    grown_mb: float
    written_mb: float
    processor_s: float
    memory_mb: float


async def main(seconds: float) -> list[Rest]:
    """Seed a chain and let a copy of it rest in every way."""
    with tempfile.TemporaryDirectory(prefix="yibao-idle-") as name:
        folder = Path(name)
        seeded = await _seeded(folder)
        found = []
        for number, (way, words) in enumerate(WAYS.items()):
            home = folder / str(number)
            home.mkdir()
            found.append(await _rest(way, _plain(home, seeded, words), seconds))
        home = folder / "devnet"
        home.mkdir()
        found.append(await _rest(CHOSEN, _devnet(home, seeded), seconds))
        return found


async def _seeded(folder: Path) -> Path:
    manifest = load_manifest()
    async with running(manifest, folder, port=free_port()) as sandbox:
        await sandbox.sender.send(DemoSeed(manifest, domain=sandbox.domain).intents())
    return folder / "chain.json"


@asynccontextmanager
async def _devnet(home: Path, seeded: Path) -> AsyncIterator[str]:
    shutil.copy(seeded, home / "chain.json")
    async with Anvil(load_manifest().anvil_options(home, port=free_port())) as chain:
        yield chain.url


@asynccontextmanager
async def _plain(home: Path, seeded: Path, words: tuple[str, ...]) -> AsyncIterator[str]:
    """Run anvil with options of its own, saving as it does itself."""
    shutil.copy(seeded, home / "chain.json")
    chain, port = load_manifest().chain, free_port()
    command = [
        *(str(find_anvil()), f"--port={port}", f"--chain-id={chain.chain_id}", "--quiet"),
        *(f"--gas-limit={chain.gas_limit}", f"--hardfork={chain.hardfork}"),
        *("--block-base-fee-per-gas=0", f"--state={home / 'chain.json'}"),
        *(f"--cache-path={home / 'cache'}", *words),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: ASYNC220
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)


async def _rest(way: str, chain: AbstractAsyncContextManager[str], seconds: float) -> Rest:
    """Let a chain rest and measure it from its dump to its dump."""
    async with chain as url, RpcClient(url, timeout_s=60.0) as rpc:
        await _answers(rpc)
        pid = child_named("anvil")
        await asyncio.sleep(SETTLE_S)
        size, blocks = await _size(rpc), await _height(rpc)
        used, written, began = cpu_seconds(pid), _written(pid), time.monotonic()
        await asyncio.sleep(seconds)
        an_hour = AN_HOUR_S / (time.monotonic() - began)
        used, written = cpu_seconds(pid) - used, _written(pid) - written
        return Rest(
            way,
            blocks=round((await _height(rpc) - blocks) * an_hour),
            grown_mb=round((await _size(rpc) - size) / 1e6 * an_hour, 2),
            written_mb=round(written / 1e6 * an_hour, 1),
            processor_s=round(used * an_hour, 1),
            memory_mb=resident_mb(pid),
        )


async def _answers(rpc: RpcClient) -> None:
    while True:
        try:
            await rpc.call("eth_chainId")
        except ChainUnavailable:
            await asyncio.sleep(0.1)
        else:
            return


async def _height(rpc: RpcClient) -> int:
    return int(await rpc.call("eth_blockNumber"), 16)


async def _size(rpc: RpcClient) -> int:
    """Return how many bytes the state has that anvil would save now."""
    dumped = await rpc.call("anvil_dumpState")
    return len(gzip.decompress(bytes.fromhex(dumped[2:])))


def _written(pid: int) -> int:
    """Return what chain and devnet have written: the devnet saves in this process."""
    return sum(
        int(line.split()[1])
        for name in (str(pid), "self")
        for line in (PROC / name / "io").read_text().splitlines()
        if line.startswith("wchar:")
    )


def show(found: list[Rest], seconds: float) -> None:
    """Print the table."""
    table = Table(title=f"a chain at rest, an hour ({seconds:.0f} s measured)")
    table.add_column("way")
    for heading in ("blocks", "grown MB", "written MB", "processor s", "memory MB"):
        table.add_column(heading, justify="right")
    for one in found:
        way, *figures = asdict(one).values()
        table.add_row(way, *map(str, figures))
    Console().print(table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long each way rests")
    parser.add_argument("--json", action="store_true", help="machine-readable output")
    arguments = parser.parse_args()
    measured = asyncio.run(main(arguments.seconds))
    if arguments.json:
        print(json.dumps([asdict(one) for one in measured], indent=1))
    else:
        show(measured, arguments.seconds)
