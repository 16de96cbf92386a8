"""`yibao organisations`: what hospitals, insurers and employers are called on receipts.

The chain knows organisations by opaque ids. Their names are kept in the gateway's database.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from node.cli.environment import load_settings
from node.db.repositories.organisation_names import NameRow, all_names, forget_name, keep_name
from node.db.schema import require_current
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.clock import Clock
from node.domain.errors import MalformedBody

Result = TypeVar("Result")

app = typer.Typer(help="What organisations are called on receipts.", no_args_is_help=True)
UNKNOWN = 4
_ORGANISATION = re.compile(r"0x2[0-9a-f]{39}")
AccountArgument = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="Id of the organisation: 0x2 and 39 hex digits.")
]


@app.command()
def name(
    account: AccountArgument,
    *,
    zh: Annotated[str, typer.Option(help="The name in Chinese.")],
    en: Annotated[str | None, typer.Option(help="In English; without it as in Chinese.")] = None,
) -> None:
    """Say what an organisation is called, in place of what was said before."""
    row = NameRow(_account(account), zh, zh if en is None else en)
    now_ms = Clock().now_ms()
    _run(lambda unit: keep_name(unit, row, now_ms=now_ms))
    print(f"{row.organisation} is called {row.name_zh} · {row.name_en}")


@app.command()
def forget(account: AccountArgument) -> None:
    """Forget what an organisation is called: receipts show its id again; exit 4 without a name."""
    wanted = _account(account)
    if not _run(lambda unit: forget_name(unit, wanted)):
        Console(stderr=True).print("[bold red]nothing forgotten[/]: it has no name here")
        raise typer.Exit(UNKNOWN)
    print("forgotten")


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """List the names that are known here."""
    rows = _run(all_names)
    if as_json:
        print(json.dumps([row._asdict() for row in rows], indent=1, ensure_ascii=False))
        return
    table = Table(title=f"{len(rows)} organisations")
    for heading in ("organisation", "zh", "en"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    Console().print(table)


def _account(text: str) -> str:
    account = text.lower()
    if not _ORGANISATION.fullmatch(account):
        raise MalformedBody("an organisation's id is 0x2 and 39 hex digits", field="ACCOUNT")
    return account


def _run(work: Callable[[UnitOfWork], Result]) -> Result:
    """Run work on the configured database. Errors: SchemaOutdatedError."""
    url = load_settings().database_url
    require_current(url)

    async def opened() -> Result:
        async with Database(url) as database:
            return await database.write(work)

    return asyncio.run(opened())
