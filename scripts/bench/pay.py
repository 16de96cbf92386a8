#!/usr/bin/env python3
"""Payments a second, HTTP to final: our gateway and a naive one, in one run, on one machine.

    .venv/bin/python scripts/bench/pay.py --payments 3000 --naive 150

The chain is anvil, which mines at once: figures bound the gateway, never a network. Everything is
signed before the clock starts. Writes build/bench/pay.json and pay.svg and prints a table.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from node.devnet.home.folder import DevnetHome
from node.devnet.network.local import ROOT, free_port
from node.devnet.network.manifest import load_manifest
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.sandbox import SEED_RELAYER, Sandbox, running
from scripts.bench.gateway_process import our_gateway
from scripts.bench.naive_gateway_process import naive_gateway
from scripts.bench.pay_workload import Payment, Workload, issue_tokens
from scripts.bench.processes import child_named, cpu_seconds, resident_mb

OUT = ROOT / "build" / "bench"
CONCURRENCY = 400
NAIVE_CONCURRENCY = 40
COLUMNS = {
    "run": "name",
    "payments": "payments",
    "per second": "per_second",
    "p50 ms": "p50_ms",
    "p99 ms": "p99_ms",
    "items/tx": "items_a_transaction",
    "cpu ms": "gateway_cpu_ms",
    "chain ms": "chain_cpu_ms",
    "MB": "memory_mb",
    "load": "load_average",
}


@dataclass(frozen=True)
class Result:
    """One measured run; times in milliseconds, processor time per payment."""

    name: str
    payments: int
    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float
    memory_mb: float
    gateway_cpu_ms: float = 0.0
    chain_cpu_ms: float = 0.0
    load_average: float = 0.0
    transactions: int = 0
    items_a_transaction: float = 0.0


async def measure(
    name: str,
    url: str,
    payments: Sequence[Payment],
    *,
    concurrency: int,
    rate: float | None = None,
    pid: int | None = None,
) -> Result:
    """Send every payment and wait until it is final; `rate` paces the sends."""
    latencies: list[float] = []
    chain_pid = child_named("anvil")
    gate = asyncio.Semaphore(concurrency)
    connector = aiohttp.TCPConnector(limit=concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def one(payment: Payment) -> None:
            async with gate:
                began = time.perf_counter()
                target = f"{url}/v1/premiums/payments"
                async with session.post(
                    target, data=payment.body, headers=payment.headers
                ) as answer:
                    document = await answer.json()
                if document.get("state") != "FINAL":
                    raise RuntimeError(f"{answer.status} {document}")
                latencies.append(time.perf_counter() - began)

        used = [0.0 if one is None else cpu_seconds(one) for one in (pid, chain_pid)]
        began = time.perf_counter()
        tasks = []
        for number, payment in enumerate(payments):
            if rate is not None:
                await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(one(payment)))
        await asyncio.gather(*tasks)
        seconds = time.perf_counter() - began
    cpu = [
        0.0 if one is None else round((cpu_seconds(one) - before) / len(payments) * 1000, 2)
        for one, before in zip((pid, chain_pid), used, strict=True)
    ]
    ordered = sorted(latencies)
    return Result(
        name,
        len(payments),
        round(seconds, 2),
        round(len(payments) / seconds, 1),
        round(statistics.median(ordered) * 1000, 1),
        round(ordered[int(len(ordered) * 0.99) - 1] * 1000, 1),
        0.0 if pid is None else resident_mb(pid),
        gateway_cpu_ms=cpu[0],
        chain_cpu_ms=cpu[1],
        load_average=round(os.getloadavg()[0], 1),
    )


def with_batches(result: Result, database: Path, before: list[Result]) -> Result:
    """Return a result with what its transactions carried: all of the outbox but earlier runs'."""
    query = "SELECT COUNT(*), COALESCE(SUM(items), 0) FROM outbox_transactions"
    with closing(sqlite3.connect(database)) as connection:
        count, items = connection.execute(query).fetchone()
    count -= sum(one.transactions for one in before)
    items -= sum(one.payments for one in before)
    mean = round(items / count, 1) if count else 0.0
    return replace(result, transactions=count, items_a_transaction=mean)


async def run(count: int, naive_count: int) -> list[Result]:
    """Lay out the ledger, then measure both gateways."""
    manifest = load_manifest()
    with tempfile.TemporaryDirectory(prefix="yibao-bench-") as folder:
        home = DevnetHome(Path(folder))
        async with running(manifest, home.folder, port=free_port()) as sandbox:
            await sandbox.sender.send(DemoSeed(manifest, domain=sandbox.domain).intents())
            workload = Workload(sandbox, label="pay")
            Console(stderr=True).print("laying out bills …")
            bills = await workload.lay_out(count + count // 2 + naive_count)
            tokens = await issue_tokens(home.database_url, workload.members)
            payments = await workload.payments(bills, tokens)
            results = await _ours(home, sandbox, payments[: count + count // 2], count)
            naive = payments[count + count // 2 :]
            secret = manifest.chain.keys.secret(manifest.chain.keys.relayers[SEED_RELAYER])
            async with naive_gateway(sandbox, secret) as (url, pid):
                results.append(
                    await measure(
                        "naive gateway", url, naive, concurrency=NAIVE_CONCURRENCY, pid=pid
                    )
                )
            return results


async def _ours(
    home: DevnetHome, sandbox: Sandbox, payments: Sequence[Payment], full: int
) -> list[Result]:
    async with our_gateway(home, sandbox) as (url, pid):
        rest = resident_mb(pid)
        Console(stderr=True).print(f"gateway with workers at rest: {rest} MB")
        loaded = await measure(
            "our gateway, full load", url, payments[:full], concurrency=CONCURRENCY, pid=pid
        )
        database = home.folder / "yibao.sqlite3"
        loaded = with_batches(loaded, database, [])
        half = await measure(
            "our gateway, half load",
            url,
            payments[full:],
            concurrency=CONCURRENCY,
            rate=loaded.per_second / 2,
            pid=pid,
        )
        half = with_batches(half, database, [loaded])
        return [Result("at rest", 0, 0, 0, 0, 0, rest), loaded, half]


def write(results: list[Result]) -> None:
    """Write JSON and plot, print the table."""
    OUT.mkdir(parents=True, exist_ok=True)
    by_name = {one.name: one for one in results}
    ours, naive = by_name["our gateway, full load"], by_name["naive gateway"]
    ratio = round(ours.per_second / naive.per_second, 1)
    document = {
        "engine": "anvil",
        "cores": os.cpu_count(),
        "ratio_to_naive": ratio,
        "results": [asdict(one) for one in results],
    }
    (OUT / "pay.json").write_text(json.dumps(document, indent=1) + "\n")
    (OUT / "pay.svg").write_text(plot(results))
    table = Table(title=f"HTTP to final on anvil, {os.cpu_count()} cores: {ratio} x the naive one")
    for heading in COLUMNS:
        table.add_column(heading, justify="left" if heading == "run" else "right")
    for one in results:
        values = asdict(one)
        table.add_row(*(str(values[name]) for name in COLUMNS.values()))
    Console().print(table)


def plot(results: list[Result]) -> str:
    """Return payments per second as horizontal bars."""
    shown = [one for one in results if one.payments]
    widest = max(one.per_second for one in shown)
    rows = []
    for place, one in enumerate(shown):
        y = 20 + 40 * place
        width = max(2, round(420 * one.per_second / widest))
        rows.append(f'<text x="10" y="{y + 15}">{one.name}</text>')
        rows.append(f'<rect x="190" y="{y}" width="{width}" height="22" fill="#2a7"/>')
        rows.append(f'<text x="{196 + width}" y="{y + 15}">{one.per_second}/s</text>')
    body = "".join(rows)
    size = f'width="720" height="{40 * len(shown) + 30}"'
    style = 'font-family="sans-serif" font-size="13"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{body}</svg>\n'


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--payments", type=int, default=2_000, help="payments at full load")
    parser.add_argument("--naive", type=int, default=120, help="payments of the naive gateway")
    arguments = parser.parse_args()
    write(asyncio.run(run(arguments.payments, arguments.naive)))


if __name__ == "__main__":
    main()
