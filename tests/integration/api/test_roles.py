"""Role × route: every mounted route × every role × no token, read from the one table."""

import re
from collections import Counter

import pytest
from fastapi.routing import APIRoute
from pydantic import ValidationError

from node.app import create_app
from node.bootstrap import Gateway
from node.config import Profile, Settings
from node.domain.errors import SignInRequired
from node.domain.roles import Role
from node.features.sandbox.service import SandboxService
from node.served import role_table
from tests.fixtures.actors import ANN, word
from tests.fixtures.gateway.in_process import Api, started_api

VALUES = {"digest": word("nothing"), "bill_id": word("bill"), "claim_id": word("claim")}
ACCOUNTS = ("member_id", "account_id", "provider_id", "employer_id")
UNGUARDED = frozenset({"/", "/docs"})


def mounted(api: Api) -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for route in api.app.routes
        if isinstance(route, APIRoute) and route.path not in UNGUARDED
        for method in sorted(route.methods or ())
    ]


def filled(path: str) -> str:
    """Return a path with well-formed ids of nothing; accounts are the caller's own."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        return ANN.account if name in ACCOUNTS else VALUES.get(name, "1")

    return re.sub(r"{(\w+)}", value, path)


class TestRoleByRoute:
    """P16: the table and the routes say the same, for every role."""

    async def test_every_route__lets_in_the_roles_of_its_row_and_no_other(
        self, sqlite_api: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        counts: Counter[str] = Counter()
        for method, path in mounted(sqlite_api):
            row = role_table()[method, path]
            for role in Role:
                answer = await sqlite_api.send(
                    method, ANN, filled(path), role=role, json={} if method != "GET" else None
                )
                code = answer.json().get("code") if "json" in answer.headers["content-type"] else ""
                allowed = row is None or role in row
                assert (code == "RoleMissing") is not allowed, (method, path, role, answer.text)
                assert answer.status_code < 500 or path == "/readyz", (method, path, answer.text)
                counts["allowed" if allowed else "refused"] += 1
                assert answer.status_code == 403 or allowed
                assert answer.status_code not in (401, 405)
        with capsys.disabled():
            routes = len(mounted(sqlite_api))
            print(f"\nrole x route: {routes} routes x {len(Role)} roles: {dict(counts)}")

    async def test_every_route_but_the_open_ones__wants_a_token_before_it_reads_the_body(
        self, sqlite_api: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        refused = 0
        proofs = (
            *({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer "}),
            *({"Authorization": "Bearer yb_unknown"}, {"Authorization": "Bearer yb_" + "x" * 500}),
        )
        for method, path in mounted(sqlite_api):
            for proof in proofs:
                content = None if method == "GET" else b"{"
                headers = {**proof, "Content-Type": "application/json"}
                answer = await sqlite_api.http.request(
                    method, filled(path), headers=headers, content=content
                )
                if role_table()[method, path] is None:
                    assert answer.status_code != 401
                    continue
                assert (answer.status_code, answer.json()["code"]) == (401, "SignInRequired")
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                refused += 1
        with capsys.disabled():
            print(f"\nno token x route: {refused} refused")

    async def test_revoked_and_expired_tokens__are_refused_at_once(self, api: Api) -> None:
        tokens = api.gateway.tokens
        path = f"/v1/wallets/{ANN.account}/balance"
        issued = await tokens.issue(role=Role.MEMBER, account=ANN.account, label="phone")
        spent = await tokens.issue(role=Role.MEMBER, account=ANN.account, label="old", lifetime_s=0)
        proof = {"Authorization": f"bearer {issued.token}"}
        assert (await api.http.get(path, headers=proof)).status_code == 200
        assert await tokens.revoke(issued.token_hash)
        assert not await tokens.revoke(issued.token_hash)
        assert (await api.http.get(path, headers=proof)).status_code == 401
        old = {"Authorization": f"Bearer {spent.token}"}
        assert (await api.http.get(path, headers=old)).status_code == 401
        with pytest.raises(SignInRequired):
            await tokens.verify(spent.token)
        listed = await tokens.listed(account=ANN.account)
        assert {one.label for one in listed} == {"phone", "old"}
        assert issued.token not in repr(listed)


class TestProfile:
    """P27: test signing exists in a sandbox only, and a sandbox never on a production chain."""

    def test_sandbox_on_a_production_chain__does_not_start(self) -> None:
        with pytest.raises(ValidationError, match="no sandbox"):
            Settings(profile=Profile.SANDBOX, chain_id=1)

    async def test_production__has_no_sandbox_routes(self, sqlite_url: str) -> None:
        async with started_api(sqlite_url, profile=Profile.PRODUCTION) as api:
            answer = await api.post(ANN, "/v1/sandbox/signatures", {})
            assert (answer.status_code, answer.json()["code"]) == (404, "RouteUnknown")
            assert (await api.get(None, "/v1/network")).json()["sandbox"] is False
            with pytest.raises(LookupError):
                api.gateway.services.get(SandboxService)

    def test_sandbox__says_so_in_its_title(self) -> None:
        app = create_app(Gateway(Settings(profile=Profile.SANDBOX)))
        assert "sandbox" in app.title
