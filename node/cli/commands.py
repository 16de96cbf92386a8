"""The commands of `yibao`, each imported only when it is run or explained.

Gateway, chain and database libraries take seconds to import: a list of commands, or a run of worked
cases, needs none of them. The line shown for each command stands here; a test compares it with the
command's own description.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group_from_info
from typer.models import TyperInfo

from node.cli.environment import read_env_file

MARKUP: Any = "markdown"


class Place(NamedTuple):
    """Where a command is, and the line that the list of commands shows of it."""

    module: str
    attribute: str
    line: str


COMMANDS: dict[str, Place] = {
    "adjudicate": Place(
        "adjudicate", "adjudicate", "Run every case of FILE and print expected against got."
    ),
    "features": Place(
        "features",
        "features",
        "List features whose **clauses all passed**; exit 1 while a claimed one is not proved.",
    ),
    "sign": Place(
        "sign",
        "sign",
        "Sign an intent and print what the matching `POST` takes, as it stands.",
    ),
    "keys": Place("keys", "app", "Key files for `yibao sign`."),
    "serve": Place(
        "serve",
        "serve",
        "Serve the HTTP API until Ctrl-C or SIGTERM; logs are JSON lines on stderr.",
    ),
    "doctor": Place(
        "doctor",
        "doctor",
        "Check libraries, database, chain id, contract code, type hashes, relayer role and clock.",
    ),
    "tokens": Place("tokens", "app", "Bearer tokens of this gateway."),
    "db": Place("db", "app", "The schema of the gateway's database."),
    "organisations": Place("organisations", "app", "What organisations are called on receipts."),
    "indexer": Place("workers", "indexer", "Chain to read models, as a process."),
    "relayer": Place("workers", "relayer", "Outbox to chain, as a process."),
    "devnet": Place(
        "devnet.commands", "app", "The local network for development: test money only."
    ),
    "network": Place(
        "network.networks", "app", "Consortium networks: ceremony, drills, governance."
    ),
    "validator": Place(
        "network.validator", "app", "One validator: geth, bridge and CometBFT as a unit."
    ),
    "receipt": Place("receipt", "app", "Receipts that prove themselves, without network."),
}


def _take_settings(file: Path | None) -> None:
    if file is not None:
        read_env_file(file)


def _with_settings(
    _env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file",
            help="File of `YIBAO_…=…` lines, such as .devnet/gateway.env; the environment wins.",
            exists=True,
            dir_okay=False,
            callback=_take_settings,
            expose_value=False,
        ),
    ] = None,
) -> None:
    """Carry the option that every command has: before and after the command's name."""


def _give_env_file(command: Any) -> None:
    """Give a command, and all commands under it, the option `--env-file`."""
    alone = typer.Typer(add_completion=False)
    alone.command()(_with_settings)
    command.params.append(next(one for one in get_command(alone).params if one.name == "_env_file"))
    for one in getattr(command, "commands", {}).values():
        _give_env_file(one)


class Commands(TyperGroup):
    """The group of all commands: lists them from the table and imports the one that is run."""

    def __init__(self, **options: Any) -> None:
        """Fill the group with lines that are only shown."""
        super().__init__(**options)
        _give_env_file(self)
        self.commands = {name: TyperCommand(name, help=one.line) for name, one in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is meant, with its options. Errors: as the group's."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load(name) if name in COMMANDS else command, rest


def load(name: str) -> Any:
    """Import a command of the table and return it as Typer runs it, with `--env-file`."""
    place = COMMANDS[name]
    found = getattr(import_module(f"node.cli.{place.module}"), place.attribute)
    command = _group(name, found) if isinstance(found, typer.Typer) else _command(name, found)
    _give_env_file(command)
    return command


def _group(name: str, app: typer.Typer) -> Any:
    return get_group_from_info(
        TyperInfo(app, name=name),
        pretty_exceptions_short=False,
        suggest_commands=True,
        rich_markup_mode=MARKUP,
    )


def _command(name: str, function: Any) -> Any:
    alone = typer.Typer(rich_markup_mode=MARKUP, add_completion=False)
    alone.command(name)(function)
    return get_command(alone)
