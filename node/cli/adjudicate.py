"""`yibao adjudicate`: run a file of worked cases and compare to the fen (P28)."""

from __future__ import annotations

import asyncio
import enum
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from node.cli.inputs import naming, read_text
from node.domain.cases.case import CaseRun, RunResult, run_all
from node.domain.cases.documents import read_cases


class EngineName(enum.StrEnum):
    """Which implementation settles the cases."""

    PYTHON = "python"
    CHAIN = "chain"
    BOTH = "both"


def adjudicate(
    file: Annotated[Path, typer.Argument(help="Cases file.", exists=True, dir_okay=False)],
    engine: Annotated[
        EngineName,
        typer.Option(help="`chain` publishes each plan and asks `ClaimSettlement.quote`."),
    ] = EngineName.PYTHON,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Run every case of FILE and print expected against got.

    Exit 1 on any difference, 2 on a malformed file with the reason and the place.
    """
    with naming(file):
        runs = read_cases(read_text(file, place="FILE"))
    results = {name: _run(name, runs, quiet=as_json) for name in _engines(engine)}
    if as_json:
        print(json.dumps(_document(results), ensure_ascii=False, indent=1))
    else:
        for name, found in results.items():
            _print_table(name, found)
    if any(not result.passed for found in results.values() for result in found):
        raise typer.Exit(1)


def _engines(engine: EngineName) -> Sequence[EngineName]:
    return [EngineName.PYTHON, EngineName.CHAIN] if engine is EngineName.BOTH else [engine]


def _run(name: EngineName, runs: list[CaseRun], *, quiet: bool) -> list[RunResult]:
    if name is EngineName.PYTHON:
        return run_all(runs)
    # The chain part brings web3 and a devnet with it: only who asks for it waits for them.
    from node.devnet.seed.case_engine import quote_runs

    with Progress(transient=True, disable=quiet, console=Console(stderr=True)) as progress:
        task = progress.add_task("quoting on chain", total=len(runs))
        return asyncio.run(quote_runs(runs, on_done=lambda: progress.advance(task)))


def _cases(results: Iterable[RunResult]) -> dict[str, list[RunResult]]:
    cases: dict[str, list[RunResult]] = {}
    for result in results:
        cases.setdefault(result.run.case_id, []).append(result)
    return cases


def _print_table(name: EngineName, results: list[RunResult]) -> None:
    cases = _cases(results)
    passed = sum(all(one.passed for one in found) for found in cases.values())
    table = Table(title=f"{name}: {passed} of {len(cases)} cases equal to the fen")
    for heading in ("case", "what", "expected", "got", ""):
        table.add_column(heading, justify="right" if heading in {"expected", "got"} else "left")
    for result in results:
        for what, expected, got in _figures(result):
            mark = "[green]=[/]" if expected == got else "[bold red]≠[/]"
            table.add_row(result.run.label, what, f"{expected:,}", f"{got:,}", mark)
    Console().print(table)


def _figures(result: RunResult) -> list[tuple[str, int, int]]:
    """Return (what, expected, got) of a run; figures that agree are read from the expectation."""
    got = {(miss.pointer, miss.measure): miss.actual for miss in result.mismatches}
    rows = [
        (one.measure, one.amount_fen, got.get((one.pointer, one.measure), one.amount_fen))
        for one in result.run.expected
    ]
    for stated in result.run.sums:
        miss = next((m for m in result.mismatches if m.pointer == stated.pointer), None)
        total = stated.sum.total
        rows.append((stated.text, total, miss.actual if miss else total))
    return rows


def _document(results: dict[EngineName, list[RunResult]]) -> dict[str, object]:
    return {
        name.value: [
            {
                "case": result.run.case_id,
                "run": result.run.label,
                "passed": result.passed,
                "figures": [
                    {"what": what, "expected_fen": expected, "got_fen": got}
                    for what, expected, got in _figures(result)
                ],
            }
            for result in found
        ]
        for name, found in results.items()
    }
