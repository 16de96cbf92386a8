"""What four validators on one machine can do: payments, transfers, catch-up, overhead, growth.

    .venv/bin/python -m scripts.bench.validators
    .venv/bin/python -m scripts.bench.validators --only growth --long

Everything runs on networks of its own; the load comes from a process of its own. Writes
build/bench/validators.json and validators.svg and prints a table. Compare ratios between machines,
never absolute figures: validators, load and observer share the processors.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from node.devnet.network.validators import LocalNetwork
from scripts.bench.validators import catch_up, growth, overhead, payments, report, transfers
from scripts.bench.validators.network import bench_network

PARTS = ("payments", "transfers", "overhead", "catch_up", "growth")
BASE_PORT = 27_000
IDLE_BLOCKS = 25
_stderr = Console(stderr=True)


def say(text: str) -> None:
    """Tell how far the run is."""
    _stderr.print(f"{time.strftime('%H:%M:%S')} {text} …", highlight=False)


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """Measure the chosen parts."""
    found: dict[str, Any] = {"noise": {"cores": os.cpu_count(), "load_before": _load()}}
    before, began = _ticks(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="yibao-bench-") as name:
        folder = Path(name)
        if set(options.only) != {"growth"}:
            found |= await _on_one_network(folder, options)
        if "growth" in options.only:
            heights = [200, 1_000, *([10_000] if options.long else [])]
            say(f"growth to {heights[-1]} blocks")
            found["growth"] = await growth.measure(
                folder / "growth", base_port=options.base_port, heights=heights
            )
    stolen, ticks = (a - b for a, b in zip(_ticks(), before, strict=True))
    found["noise"] |= {"load_after": _load(), "stolen_percent": round(100 * stolen / ticks, 1)}
    return found | {"seconds": round(time.monotonic() - began)}


async def _on_one_network(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    manifest = payments.manifest_of()
    senders = [*payments.chain_senders(manifest), *transfers.senders()]
    say("starting four validators")
    async with bench_network(
        folder / "network",
        base_port=options.base_port,
        senders=senders,
        commit_pause_ms=options.commit_pause_ms,
    ) as network:
        return await _parts(network, folder, options)


async def _parts(
    network: LocalNetwork, folder: Path, options: argparse.Namespace
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "overhead" in options.only or "catch_up" in options.only:
        say("empty blocks")
        found["overhead"] = {"empty": await overhead.measure_empty(network, IDLE_BLOCKS)}
    if "payments" in options.only:
        say("deploying contracts, then payments")
        how = payments.Options(seconds=options.seconds, expected=options.expected)
        manifest = payments.manifest_of()
        found["payments"] = await payments.measure(network, manifest, folder, how, say=say)
        full = found["payments"]["full_load"]["block"]
        found["overhead"] = found.get("overhead", {}) | {"full": full}
    if "transfers" in options.only:
        say("transfers")
        found["transfers"] = await transfers.measure(
            network, folder, seconds=options.seconds / 2, expected=options.expected * 2
        )
    if "catch_up" in options.only:
        say("catch-up from genesis")
        found["catch_up"] = await catch_up.measure(network)
    return found


def _load() -> float:
    return round(os.getloadavg()[0], 1)


def _ticks() -> tuple[int, int]:
    """Return processor ticks that other machines took, and all of them."""
    words = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    ticks = [int(one) for one in words]
    return ticks[7], sum(ticks)


def main() -> None:
    """Parse the arguments, measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--long", action="store_true", help="growth to 10,000 blocks")
    parser.add_argument("--seconds", type=float, default=32.0, help="length of each load")
    parser.add_argument(
        "--expected", type=int, default=1_900, help="payments a second to prepare for"
    )
    parser.add_argument("--base-port", type=int, default=BASE_PORT, help="first of 40 ports")
    parser.add_argument("--commit-pause-ms", type=int, help="pause after a block on the network")
    options = parser.parse_args()
    options.only = options.only.replace("-", "_").split(",")
    if unknown := sorted(set(options.only) - set(PARTS)):
        parser.error(f"no such part: {', '.join(unknown)}")
    report.write(asyncio.run(run(options)))


if __name__ == "__main__":
    main()
