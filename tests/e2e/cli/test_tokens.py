"""`tokens` and `db`: who may call, on a database of the right schema."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from node.db.unit_of_work import Database
from node.desk.callers import Caller
from node.desk.clock import Clock
from node.domain.errors import SignInRequired
from node.domain.roles import Role
from node.identity.tokens import TokensService
from tests.e2e.cli.conftest import Cli, Ran
from tests.fixtures.actors import ANN, BEN

HOUR_S = 3_600


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'gateway.sqlite3'}"


@pytest.fixture
def on_database(cli: Cli, url: str) -> Cli:
    """Run commands on one migrated database."""
    assert cli("db", "upgrade", database_url=url).code == 0
    return cli


def issue(cli: Cli, *options: str, account: str = ANN.account) -> dict[str, Any]:
    ran = cli("tokens", "issue", "--role", "member", "--account", account, "--json", *options)
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    return found


def listed(cli: Cli, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(cli("tokens", "list", "--json", *options).out)
    return found


def caller_of(url: str, token: str, *, later_s: int = 0) -> Caller | None:
    """Return whom a gateway takes a token for, now or later."""

    async def ask() -> Caller | None:
        clock = Clock()
        wall_ms = clock.wall_ms
        clock.wall_ms = lambda: wall_ms() + later_s * 1000
        async with Database(url) as database:
            try:
                return await TokensService(database, clock=clock).verify(token)
            except SignInRequired:
                return None

    return asyncio.run(ask())


class TestSchema:
    def test_empty_database__is_outdated_and_refused(self, cli: Cli, url: str) -> None:
        current = cli("db", "current", "--json", database_url=url)
        assert (current.code, json.loads(current.out)) == (
            1,
            {"version": None, "is_current": False},
        )
        refused = cli("tokens", "list")
        assert (refused.code, "yibao db upgrade" in refused.err) == (6, True)

    def test_upgrade__runs_once_and_again_without_change(self, cli: Cli, url: str) -> None:
        first = cli("db", "upgrade", database_url=url)
        second = cli("db", "upgrade")
        current = json.loads(cli("db", "current", "--json").out)
        assert (first.code, second.code, first.out) == (0, 0, second.out)
        assert current["is_current"]
        assert current["version"] in first.out

    def test_setting_that_cannot_be__is_named_without_its_value(self, cli: Cli) -> None:
        ran = cli("db", "current", chain_id="-5551234")
        assert (ran.code, "YIBAO_CHAIN_ID" in ran.err) == (2, True)
        assert "5551234" not in ran.err


class TestTokens:
    @pytest.mark.parametrize(
        "options",
        [("--account", "0x12"), ("--account", ANN.account, "--lifetime", "0d"),
         ("--account", ANN.account, "--lifetime", "soon")],
    )  # fmt: skip
    def test_wrong_account_or_lifetime__exits_2(
        self, on_database: Cli, options: tuple[str, ...]
    ) -> None:
        ran = on_database("tokens", "issue", "--role", "member", *options)
        assert (ran.code, "MalformedBody" in ran.err) == (2, True)
        assert listed(on_database) == []

    def test_unknown_role__exits_2(self, on_database: Cli) -> None:
        ran = on_database("tokens", "issue", "--role", "king", "--account", ANN.account)
        assert ran.code == 2

    def test_issued__opens_the_gateway_and_is_shown_once(self, on_database: Cli, url: str) -> None:
        made = issue(on_database)
        assert caller_of(url, made["token"]) == Caller(Role.MEMBER, ANN.account)
        assert made["token"] not in on_database("tokens", "list", "--json").out
        assert [one["hash"] for one in listed(on_database)] == [made["hash"]]

    def test_plain_output__is_the_token_alone(self, on_database: Cli, url: str) -> None:
        ran = on_database("tokens", "issue", "--role", "AUDITOR", "--account", BEN.account)
        assert caller_of(url, ran.out.strip()) == Caller(Role.AUDITOR, BEN.account)

    def test_lifetime__ends_the_token(self, on_database: Cli, url: str) -> None:
        made = issue(on_database, "--lifetime", "1h")
        assert made["lifetime_s"] == HOUR_S
        assert caller_of(url, made["token"], later_s=HOUR_S - 60) is not None
        assert caller_of(url, made["token"], later_s=HOUR_S + 1) is None

    def test_revoked__is_closed_at_once_and_listed_so(self, on_database: Cli, url: str) -> None:
        made, other = issue(on_database), issue(on_database, account=BEN.account)
        assert on_database("tokens", "revoke", made["hash"][:12]).code == 0
        assert caller_of(url, made["token"]) is None
        assert caller_of(url, other["token"]) is not None
        assert [one["state"] for one in listed(on_database)] == ["revoked", "open"]
        assert [one["account"] for one in listed(on_database, "--account", BEN.account)] == [
            BEN.account
        ]

    @pytest.mark.parametrize("beginning", ["0x", "0xab", "0x" + "ab" * 32])
    def test_unclear_or_unknown_hash__revokes_nothing(
        self, on_database: Cli, beginning: str
    ) -> None:
        issue(on_database)
        ran: Ran = on_database("tokens", "revoke", beginning)
        assert (ran.code, [one["state"] for one in listed(on_database)]) == (4, ["open"])
