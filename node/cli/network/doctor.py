"""`yibao network doctor`: is this validator fit, and does it take part? (P25)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from node.cli.network.commands import JsonOption, app, checked
from node.cli.network.logs import PlaceArgument, homes_under
from node.validator.doctor import diagnosis
from node.validator.doctor import live as diagnosis_live
from node.validator.doctor.diagnosis import Finding, Patient
from node.validator.home.keys import CeremonyError

SHORT = 3
"""So many passed checks are shown one by one, also when several validators are looked at."""
_stderr = Console(stderr=True)


@app.command()
def doctor(
    place: PlaceArgument,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Every check of several validators, passed or not.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check engines, keys, ports, disk, clock, genesis, configuration, head, peers and signing.

    Looks at every validator of a folder, or at one home, and changes nothing. Exit 1 if any check
    fails; each line names the reason and the next step.
    """
    homes = [home for _, home in checked(lambda: homes_under(place))]
    with _stderr.status("looking; half a minute at most for each validator"):
        findings = asyncio.run(examine(homes))
    if as_json:
        print(json.dumps([asdict(one) for one in findings], indent=1))
    else:
        _show(findings, everything=everything or len(homes) == 1)
    if not all(one.ok for one in findings):
        raise typer.Exit(1)


async def examine(homes: Sequence[Path]) -> list[Finding]:
    """Return what was found: the machine first, then each validator, then all together."""
    findings, patients = list(diagnosis.machine()), []
    for home in homes:
        try:
            patients.append(Patient.of(home))
        except CeremonyError as error:
            step = "yibao network join puts the network's files there"
            findings.append(Finding(home.name, "home", False, str(error), step))
    asked = await asyncio.gather(*(diagnosis_live.alive(one) for one in patients))
    for patient, live in zip(patients, asked, strict=True):
        findings += [*diagnosis.at_rest(patient), *live]
    return findings + await diagnosis_live.together(patients)


def _show(findings: list[Finding], *, everything: bool) -> None:
    table = Table(title="yibao network doctor")
    for heading in ("validator", "check", "", "found"):
        table.add_column(heading, overflow="fold")
    for validator, group in groupby(findings, key=lambda one: one.validator):
        table.add_section()
        rows = list(group)
        well = [one for one in rows if one.ok]
        if len(well) > SHORT and not everything:
            rows = [one for one in rows if not one.ok]
            table.add_row(validator, f"{len(well)} checks", "[green]ok[/]", _head_of(well))
        for one in rows:
            mark = "[green]ok[/]" if one.ok else "[bold red]failed[/]"
            table.add_row(validator, one.check, mark, one.reason)
    console = Console(highlight=False)
    console.print(table)
    for one in findings:
        if one.next_step:
            colour = "dim" if one.ok else "bold red"
            console.print(
                f"[{colour}]{one.validator}, {one.check}[/]: {escape(one.next_step)}",
                soft_wrap=True,
            )
    failed = sum(not one.ok for one in findings)
    console.print(f"{len(findings) - failed} of {len(findings)} checks passed")


def _head_of(well: list[Finding]) -> str:
    return next((one.reason for one in well if one.check == "head"), "")
