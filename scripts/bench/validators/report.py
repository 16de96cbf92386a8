"""What a run found: JSON, a table for the terminal, a plot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from node.devnet.network.local import ROOT

OUT = ROOT / "build" / "bench"
Row = tuple[str, str, str]
PAYMENTS_TARGET, P50_S, P99_S, CATCH_UP_TARGET = 1_500, 1.5, 3.0, 20
BLOCKS_A_DAY = 86_400
"""Of an ordinary network: one a second."""
NOTHING: dict[str, Any] = {}


def write(found: dict[str, Any], folder: Path = OUT) -> None:
    """Write JSON and plot, print the table."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "validators.json").write_text(json.dumps(found, indent=1) + "\n")
    (folder / "validators.svg").write_text(plot(found))
    noise = found["noise"]
    title = (
        f"Four validators and the load on {noise['cores']} cores; "
        f"load average {noise['load_before']} before, {noise['load_after']} after, "
        f"{noise['stolen_percent']} % of the time taken by other machines"
    )
    table = Table(title=title)
    for heading, side in (("what", "left"), ("found", "right"), ("target", "right")):
        table.add_column(heading, justify="right" if side == "right" else "left")
    for row in rows(found):
        table.add_row(*row)
    Console(width=100).print(table)


def rows(found: dict[str, Any]) -> Iterator[Row]:
    """Yield what was found, what it is, what it should be."""
    if payments := found.get("payments", NOTHING):
        yield from _payment_rows(payments)
    if transfers := found.get("transfers", NOTHING):
        yield from _transfer_rows(transfers)
    if overhead := found.get("overhead", NOTHING):
        yield from _overhead_rows(overhead)
    if catch_up := found.get("catch_up", NOTHING):
        yield "start of a validator without data", f"{catch_up['start_s']} s", ""
        yield "catch-up, all blocks", f"{catch_up['blocks_per_second']}/s", f"{CATCH_UP_TARGET}/s"
        for name in ("empty", "full"):
            one = catch_up[name]
            target = f"{CATCH_UP_TARGET}/s" if name == "empty" else ""
            yield f"catch-up, {one['blocks']} {name} blocks", f"{one['per_second']}/s", target
    if growth := found.get("growth", NOTHING):
        yield from _growth_rows(growth)


def _payment_rows(payments: dict[str, Any]) -> Iterator[Row]:
    full = payments["full_load"]
    yield "batched payments, full load", f"{full['rate']['per_second']}/s", f"{PAYMENTS_TARGET}/s"
    yield "… block time, gas of a block", _blocks(full), ""
    yield "… gas of a payment, payments of a batch", _shape(full), ""
    # More than half of the gas limit in every block raises the price until senders are priced out.
    low, high = full["base_fee_wei"]
    yield "… base fee, first block and highest", f"{low}, {high} wei", "1,000,000,000"
    yield "… cpu of engines for a payment", f"{full['engine_cpu_ms_each']} ms", ""
    for name in ("half", "national"):
        one = payments[f"{name}_load"]
        yield f"payments, {name} load", f"{one['rate']['per_second']}/s", ""
        yield "… payment to finality, p50", f"{one['p50_s']} s", f"{P50_S} s"
        yield "… payment to finality, p99", f"{one['p99_s']} s", f"{P99_S} s"


def _blocks(run: dict[str, Any]) -> str:
    return f"{run['rate']['block_s']} s, {run['rate']['gas_a_block'] / 1e6:.1f}M"


def _shape(run: dict[str, Any]) -> str:
    return f"{run['gas_a_payment']:,}, {run['items_a_batch']}"


def _transfer_rows(transfers: dict[str, Any]) -> Iterator[Row]:
    low, high = transfers["besu_published"]
    for name in ("plain", "token"):
        one = transfers[name]
        told = f"{one['rate']['per_second']}/s = {one['times_besu']} × {high}"
        yield f"{name} transfers", told, f"Besu {low}–{high}/s" if name == "token" else ""
        yield "… block time, gas of a block", _blocks(one), ""
        yield "… cpu of engines for a transfer", f"{one['engine_cpu_ms_each']} ms", ""


def _overhead_rows(overhead: dict[str, Any]) -> Iterator[Row]:
    for name, one in overhead.items():
        yield f"{name} block: EVM bytes, CometBFT bytes", _sizes(one), ""
        for stage, spent in one["stage_ms"].items():
            if stage != "bytes":
                yield f"… {stage.replace('_', ' ')}", f"{spent} ms", ""
        cpu = sum(one["cpu_ms_a_block"].values())
        yield "… cpu of all twelve processes", f"{cpu:.0f} ms", ""


def _sizes(one: dict[str, Any]) -> str:
    return f"{one['evm_block_bytes']:,}, {one['comet_block_bytes']:,}"


def _growth_rows(growth: dict[str, Any]) -> Iterator[Row]:
    for one in growth["points"]:
        disk = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in one["disk"].items())
        memory = ", ".join(f"{name} {size:.0f}" for name, size in one["memory_mb"].items())
        yield f"block {one['height']:,}: block time", f"{one['block_s']} s", ""
        yield "… MB on disk", disk, ""
        yield "… MB of memory", memory, ""
        yield "… back after a restart", f"{one['restart']['validating_s']} s", ""
        yield "… chain's clock ahead of ours", f"{one['clock_ahead_s']} s", ""
    block = growth["bytes_a_block"]
    yield "disk of a block", ", ".join(f"{one} {size:,} bytes" for one, size in block.items()), ""
    yield "… of a day of blocks", f"{sum(block.values()) * BLOCKS_A_DAY / 1e9:.1f} GB", ""


def bars(found: dict[str, Any]) -> list[tuple[str, float, float]]:
    """Return name, rate and target of what the plot shows; target 0 is none."""
    shown: list[tuple[str, float, float]] = []
    if payments := found.get("payments"):
        rate = payments["full_load"]["rate"]["per_second"]
        shown.append(("batched payments", rate, PAYMENTS_TARGET))
    if transfers := found.get("transfers"):
        high = transfers["besu_published"][1]
        shown += [
            (f"{name} transfers (Besu {high})", transfers[name]["rate"]["per_second"], high)
            for name in ("plain", "token")
        ]
    if catch_up := found.get("catch_up"):
        shown.append(("catch-up, blocks", catch_up["blocks_per_second"], CATCH_UP_TARGET))
    return shown


def plot(found: dict[str, Any]) -> str:
    """Return each rate as a bar whose full width is twice its target, with a line at the target."""
    drawn = []
    for place, (name, rate, target) in enumerate(bars(found)):
        y = 20 + 40 * place
        width = max(2, round(min(1.0, rate / (2 * target)) * 400))
        drawn.append(f'<text x="10" y="{y + 15}">{name}</text>')
        drawn.append(f'<rect x="230" y="{y}" width="{width}" height="22" fill="#2a7"/>')
        drawn.append(f'<path d="M430 {y - 4}v30" stroke="#333"/>')
        drawn.append(f'<text x="{max(438, 236 + width)}" y="{y + 15}">{rate}/s of {target}</text>')
    size = f'width="800" height="{40 * len(drawn) // 4 + 30}"'
    style = 'font-family="sans-serif" font-size="13"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>{"".join(drawn)}</svg>\n'
