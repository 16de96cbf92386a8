#!/usr/bin/env python3
"""Balance reads a second beside a bare FastAPI endpoint that answers the same bytes, in one run.

    .venv/bin/python -m scripts.bench.reads --requests 4000

Both are one process on uvloop; they take turns, so a busy machine slows both alike. Writes
build/bench/reads.json and prints a table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from node.devnet.home.folder import DevnetHome
from node.devnet.network.local import ROOT, free_port
from node.devnet.network.manifest import load_manifest
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.parties import member_party
from node.devnet.seed.sandbox import running
from scripts.bench.gateway_process import our_gateway, until_ready
from scripts.bench.pay_workload import issue_tokens
from scripts.bench.processes import cpu_seconds

OUT = ROOT / "build" / "bench" / "reads.json"
CONNECTIONS = 32
TURNS = 4


@dataclass(frozen=True)
class Turn:
    """One turn of one server: requests a second and processor milliseconds per request."""

    per_second: float
    cpu_ms: float


@dataclass(frozen=True)
class Target:
    """What is asked, and which process answers."""

    url: str
    pid: int
    headers: dict[str, str]


async def turn(target: Target, requests: int) -> Turn:
    """Ask over some connections until all requests are answered."""
    left = iter(range(requests))
    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector, headers=target.headers) as session:

        async def ask() -> None:
            for _ in left:
                async with session.get(target.url) as answer:
                    await answer.read()
                    answer.raise_for_status()

        used, began = cpu_seconds(target.pid), time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
        seconds = time.perf_counter() - began
    cpu_ms = (cpu_seconds(target.pid) - used) / requests * 1000
    return Turn(round(requests / seconds, 1), round(cpu_ms, 3))


@asynccontextmanager
async def bare_endpoint(document: bytes) -> AsyncIterator[tuple[str, int]]:
    """Run the bare endpoint with a document to answer; give its address and process id."""
    port = free_port()
    environment = os.environ | {"BARE_PORT": str(port), "BARE_DOCUMENT": document.decode()}
    command = [sys.executable, "-m", "scripts.bench.bare_endpoint"]
    process = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT)
    try:
        url = f"http://127.0.0.1:{port}/balance"
        await until_ready(url)
        yield url, process.pid
    finally:
        process.terminate()
        await process.wait()


async def run(requests: int) -> dict[str, list[Turn]]:
    """Measure both in turns on a seeded network."""
    manifest = load_manifest()
    member = member_party(manifest.members[0].name)
    with tempfile.TemporaryDirectory(prefix="yibao-bench-") as folder:
        home = DevnetHome(Path(folder))
        async with running(manifest, home.folder, port=free_port()) as sandbox:
            await sandbox.sender.send(DemoSeed(manifest, domain=sandbox.domain).intents())
            tokens = await issue_tokens(home.database_url, [member])
            headers = {"Authorization": f"Bearer {tokens[member.account]}"}
            async with our_gateway(home, sandbox) as (url, pid):
                ours = Target(f"{url}/v1/wallets/{member.account}/balance", pid, headers)
                async with aiohttp.ClientSession(headers=headers) as session:
                    document = await (await session.get(ours.url)).read()
                async with bare_endpoint(document) as (bare_url, bare_pid):
                    return await _in_turns(ours, Target(bare_url, bare_pid, {}), requests)


async def _in_turns(ours: Target, bare: Target, requests: int) -> dict[str, list[Turn]]:
    found: dict[str, list[Turn]] = {"balance": [], "bare endpoint": []}
    for _ in range(TURNS):
        for name, target in zip(found, (ours, bare), strict=True):
            found[name].append(await turn(target, requests // TURNS))
    return found


def write(found: dict[str, list[Turn]]) -> None:
    """Write JSON and print the table; the ratios are those of the medians."""
    rate = {name: statistics.median(one.per_second for one in turns)
            for name, turns in found.items()}  # fmt: skip
    cost = {name: statistics.median(one.cpu_ms for one in turns) for name, turns in found.items()}
    document = {
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
        "ratio_of_rates": round(rate["balance"] / rate["bare endpoint"], 2),
        "ratio_of_cpu": round(cost["bare endpoint"] / cost["balance"], 2),
        "turns": {name: [asdict(one) for one in turns] for name, turns in found.items()},
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(document, indent=1) + "\n")
    title = f"balance : bare = {document['ratio_of_rates']}, by cpu {document['ratio_of_cpu']}"
    table = Table(title=title)
    for heading in ("endpoint", "per second", "cpu ms"):
        table.add_column(heading)
    for name in found:
        table.add_row(name, str(rate[name]), str(cost[name]))
    Console().print(table)


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=8_000, help="requests to each")
    write(asyncio.run(run(parser.parse_args().requests)))


if __name__ == "__main__":
    main()
