"""`yibao network logs`: what all processes of all validators say, in one row."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from node.cli.network.commands import JsonOption, app, checked
from node.validator.home import configuration as conf
from node.validator.home.ceremony import homes_of
from node.validator.home.keys import CeremonyError
from node.validator.unit import logs as reading

FAR_BACK = 20_000
"""How many lines are searched for problems."""
COLOURS = ("cyan", "magenta", "blue", "green", "yellow", "bright_cyan", "bright_magenta")
SEVERE = {"warn": "yellow", "warning": "yellow", "error": "bold red", "critical": "bold red",
          "crit": "bold red", "eror": "bold red"}  # fmt: skip
HARMLESS = ("Ignoring already known beacon payload",)
"""geth says so at every block: consensus shows it each payload twice, as proposed and decided."""
PlaceArgument = Annotated[
    Path, typer.Argument(help="The network's folder, or one validator's home.", file_okay=False)
]


class Member(StrEnum):
    """A process of a validator; `unit` supervises the other three."""

    UNIT = "unit"
    GETH = "geth"
    BRIDGE = "bridge"
    COMET = "comet"


@app.command()
def logs(
    place: PlaceArgument,
    *,
    validator: Annotated[
        list[str] | None, typer.Option(help="Only this validator; repeat it.")
    ] = None,
    member: Annotated[
        list[Member] | None, typer.Option(help="Only this process; repeat it.")
    ] = None,
    lines: Annotated[int, typer.Option(help="How many lines of the past.", min=0)] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    problems: Annotated[bool, typer.Option("--problems", help="Only warnings and errors.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the logs of geth, bridge, CometBFT and supervisor, merged by time.

    Under a service manager the supervisor's own lines are in its journal instead.
    """
    homes = checked(lambda: _chosen(homes_under(place), validator or []))
    found = reading.sources(homes, member or [])
    console = Console(highlight=False, soft_wrap=True)

    def show(line: reading.Line) -> None:
        if as_json:
            print(json.dumps(_document(line)), flush=True)
        else:
            console.print(_text(line, [name for name, _ in homes]))

    past = reading.merged(found, FAR_BACK if problems else lines)
    wanted = [one for one in past if not problems or _is_problem(one)]
    for line in wanted[max(0, len(wanted) - lines) :]:
        show(line)
    if follow:
        for line in reading.follow(found):
            if not problems or _is_problem(line):
                show(line)


def _is_problem(line: reading.Line) -> bool:
    return line.level in SEVERE and line.text not in HARMLESS


def homes_under(place: Path) -> list[tuple[str, Path]]:
    """Return name and home of the validators of a folder, or of one home. Errors: CeremonyError."""
    homes = [place] if (place / conf.VALIDATOR_FILE).exists() else homes_of(place)
    return [(conf.load_site(home).name, home) for home in homes]


def _chosen(homes: list[tuple[str, Path]], names: list[str]) -> list[tuple[str, Path]]:
    known = [name for name, _ in homes]
    for name in names:
        if name not in known:
            raise CeremonyError(f"no validator {name}: choose of {' '.join(known)}")
    return [one for one in homes if not names or one[0] in names]


def _document(line: reading.Line) -> dict[str, Any]:
    return {
        "at": line.at,
        "validator": line.validator,
        "member": line.member,
        "level": line.level,
        "text": line.text,
        **({"fields": line.fields} if line.fields else {}),
    }


def _text(line: reading.Line, names: list[str]) -> Text:
    colour = COLOURS[names.index(line.validator) % len(COLOURS)]
    rest = " ".join(f"{name}={_short(value)}" for name, value in line.fields.items())
    width = max(map(len, names))
    return Text.assemble(
        (line.at[11:23] or " " * 12, "dim"),
        " ",
        (f"{line.validator:{width}} {line.member:6}", colour),
        " ",
        (f"{line.level[:5]:5}", SEVERE.get(line.level, "dim")),
        " ",
        line.text,
        " " if rest else "",
        (rest, "dim"),
    )


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]}…"
