"""`yibao tokens`: who may call this gateway, until people sign in themselves."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from node.cli.environment import load_settings
from node.db.repositories.tokens import TokenRecord
from node.db.schema import require_current
from node.db.unit_of_work import Database
from node.desk.clock import Clock
from node.domain.errors import MalformedBody
from node.domain.roles import Role
from node.identity.tokens import TokensService

Result = TypeVar("Result")

app = typer.Typer(help="Bearer tokens of this gateway.", no_args_is_help=True)
UNKNOWN = 4
SHORTEST_PREFIX = 8
_ACCOUNT = re.compile(r"0x[0-9a-f]{40}")
_LIFETIME = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


@dataclass(frozen=True)
class _Shown:
    """A token as people see it: by the beginning of its hash, never itself."""

    hash: str
    role: str
    account: str
    label: str
    created: str
    expires: str | None
    state: str


@app.command()
def issue(
    *,
    role: Annotated[Role, typer.Option(help="The one role it acts under.", case_sensitive=False)],
    account: Annotated[str, typer.Option(help="Member or organisation: 0x and 40 hex digits.")],
    label: Annotated[str, typer.Option(help="For whom, shown by `list`; nothing personal.")] = "",
    lifetime: Annotated[
        str | None, typer.Option(help="Such as 30d, 12h, 90m, 45s; without it until revoked.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token and print it **this once**: only its hash is kept."""
    account = account.lower()
    if not _ACCOUNT.fullmatch(account):
        raise MalformedBody("an account is 0x and 40 hex digits", field="--account")
    lifetime_s = None if lifetime is None else _read_lifetime(lifetime)

    async def work(tokens: TokensService) -> tuple[str, str]:
        made = await tokens.issue(role=role, account=account, label=label, lifetime_s=lifetime_s)
        return made.token, made.token_hash

    token, token_hash = _run(work)
    if as_json:
        shown = {"token": token, "hash": token_hash, "role": role.value, "account": account}
        print(json.dumps({**shown, "lifetime_s": lifetime_s}))
        return
    print(token)
    Console(stderr=True).print("keep it now: it is not shown again", style="dim")


@app.command("list")
def list_(
    account: Annotated[str | None, typer.Option(help="Only tokens of this account.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List tokens, oldest first: who, until when, and the hash to revoke them by.

    The table shortens hashes and accounts; `--json` shows them whole.
    """
    wanted = None if account is None else account.lower()
    records = _run(lambda tokens: tokens.listed(account=wanted))
    now_ms = Clock().now_ms()
    rows = [_shown(one, now_ms=now_ms) for one in records]
    if as_json:
        print(json.dumps([row.__dict__ for row in rows], indent=1))
        return
    table = Table(title=f"{len(rows)} tokens")
    for heading in ("hash", "role", "account", "label", "created", "expires", "state"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"hash", "account"})
    for row in rows:
        short = row.hash[: 2 + SHORTEST_PREFIX]
        table.add_row(
            *(short, row.role, f"{row.account[:6]}…{row.account[-4:]}", row.label),
            *(row.created, row.expires or "–", row.state),
        )
    Console().print(table)


@app.command()
def revoke(
    token_hash: Annotated[
        str, typer.Argument(metavar="HASH", help="Hash of `list`, or its first digits.")
    ],
) -> None:
    """End a token at once; exit 4 if no open token, or more than one, has this hash."""
    beginning = "0x" + token_hash.lower().removeprefix("0x")

    async def work(tokens: TokensService) -> int:
        found = [
            one.token_hash
            for one in await tokens.listed()
            if one.token_hash.startswith(beginning) and one.revoked_at_ms is None
        ]
        if len(found) == 1 and len(beginning) >= 2 + SHORTEST_PREFIX:
            await tokens.revoke(found[0])
        return len(found)

    count = _run(work)
    if count != 1 or len(beginning) < 2 + SHORTEST_PREFIX:
        words = f"{count} open tokens begin so; at least {SHORTEST_PREFIX} digits are wanted"
        Console(stderr=True).print(f"[bold red]nothing revoked[/]: {words}", highlight=False)
        raise typer.Exit(UNKNOWN)
    print("revoked")


def _run(work: Callable[[TokensService], Awaitable[Result]]) -> Result:
    """Run work with the token service on the configured database. Errors: SchemaOutdatedError."""
    url = load_settings().database_url
    require_current(url)

    async def opened() -> Result:
        async with Database(url) as database:
            return await work(TokensService(database, clock=Clock()))

    return asyncio.run(opened())


def _read_lifetime(text: str) -> int:
    match = _LIFETIME.fullmatch(text.strip().lower())
    if match is None:
        raise MalformedBody("a lifetime looks like 30d, 12h, 90m or 45s", field="--lifetime")
    return int(match.group(1)) * _SECONDS[match.group(2)]


def _shown(record: TokenRecord, *, now_ms: int) -> _Shown:
    expires_at_ms: Any = record.expires_at_ms
    state = "open"
    if record.revoked_at_ms is not None:
        state = "revoked"
    elif expires_at_ms is not None and expires_at_ms <= now_ms:
        state = "expired"
    return _Shown(
        hash=record.token_hash,
        role=record.role,
        account=record.account,
        label=record.label,
        created=_moment(record.created_at_ms),
        expires=None if expires_at_ms is None else _moment(expires_at_ms),
        state=state,
    )


def _moment(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
