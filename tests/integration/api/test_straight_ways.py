"""The two fast readers in front of FastAPI's reading of parameters answer as the ordinary way does.

Two gateways stand at the same moment on databases of the same rows. Every request goes to both, to
the second while its straight ways are blocked, and all that a client sees must be the same.
"""

import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from node.api.deps import FastRoute
from node.db.models.members import FamilyLink
from node.domain.roles import Role
from node.features.premiums import routes as premiums
from node.features.wallets import routes as wallets
from node.intents.bodies import IntentBody, OpenWallet, PayPremium
from node.intents.messages import Intent, IntentKind
from node.intents.wire import intent_to_json
from tests.fixtures.actors import ANN, BEN, CARL, CLINIC, EMPLOYER, STRANGER, Actor, word
from tests.fixtures.gateway.in_process import AUDITOR, NOW_S, Api, started_api

PAYMENTS = "/v1/premiums/payments"
BUSY = [
    route
    for router in (wallets.router, premiums.router)
    for route in router.routes
    if isinstance(route, FastRoute)
]
JSON = "application/json"
ID_HEADER = "x-request-id"


@dataclass
class Both:
    """Two gateways, and the paths of the answers that a straight way gave."""

    straight: Api
    ordinary: Api
    taken: list[str] = field(default_factory=list)

    async def same(self, send: Callable[[Api], Any]) -> httpx.Response:
        """Send to both; the answers must be equal in status, headers and content."""
        with pytest.MonkeyPatch.context() as patch:
            for route in BUSY:
                patch.setattr(route, "reader", noting(route.reader, self.taken))
            found = [await send(self.straight)]
            for route in BUSY:
                patch.setattr(route, "reader", passing)
            found.append(await send(self.ordinary))
        seen = [
            (one.status_code, one.content, {k: v for k, v in one.headers.items() if k != ID_HEADER})
            for one in found
        ]
        assert seen[0] == seen[1]
        answer: httpx.Response = found[0]
        return answer


@pytest_asyncio.fixture
async def both(sqlite_url: str, migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[Both]:
    other = shutil.copy(migrated_sqlite, tmp_path / "ordinary.sqlite3")
    link = {
        "holder": BEN.account, "relative": ANN.account, "relation": "SPOUSE",
        "active": True, "linked_at": NOW_S, "ended_at": None, "block_number": 1,
    }  # fmt: skip
    async with started_api(sqlite_url) as straight, started_api(f"sqlite:///{other}") as ordinary:
        for api in (straight, ordinary):
            await api.write({FamilyLink: [link]})
        yield Both(straight, ordinary)


async def passing(_request: Any) -> None:
    """Leave every request to the usual way."""


def noting(straight: Any, taken: list[str]) -> Callable[[Any], Any]:
    """Return a reader that counts where it answers itself."""

    async def answer(request: Any) -> Any:
        given = await straight(request)
        if given is not None:
            taken.append(request.url.path)
        return given

    return answer


class TestBalance:
    """S01: `GET /v1/wallets/{account}/balance`."""

    @pytest.mark.parametrize(
        ("reader", "account", "status"),
        [
            (ANN, ANN, 200), (BEN, BEN, 200), (AUDITOR, ANN, 200), (ANN, CARL, 200),
            (ANN, BEN, 403), (BEN, STRANGER, 403), (CLINIC, ANN, 403), (EMPLOYER, EMPLOYER, 200),
            (None, ANN, 401),
        ],
        ids=lambda one: getattr(one, "name", str(one)),
    )  # fmt: skip
    async def test_any_reader__gets_the_same_answer(
        self, both: Both, reader: Actor | None, account: Actor, status: int
    ) -> None:
        path = f"/v1/wallets/{account.account}/balance"
        answer = await both.same(lambda api: api.get(reader, path))
        assert answer.status_code == status
        assert both.taken == ([path] if status == 200 else [])

    async def test_known_version__is_304_both_ways(self, both: Both) -> None:
        path = f"/v1/wallets/{ANN.account}/balance"
        first = await both.same(lambda api: api.get(ANN, path))
        known = {"If-None-Match": first.headers["etag"]}
        answer = await both.same(lambda api: api.get(ANN, path, headers=known))
        assert (answer.status_code, len(both.taken)) == (304, 2)

    @pytest.mark.parametrize(
        "account", [ANN.account.upper(), ANN.account[:-1], ANN.account + "0", "me", "0x" + "g" * 40]
    )
    async def test_malformed_account__is_told_by_the_ordinary_way(
        self, both: Both, account: str
    ) -> None:
        answer = await both.same(lambda api: api.get(ANN, f"/v1/wallets/{account}/balance"))
        assert (answer.status_code, both.taken) == (422, [])

    async def test_role_without_the_route__is_refused_both_ways(self, both: Both) -> None:
        path = f"/v1/wallets/{ANN.account}/balance"
        answer = await both.same(lambda api: api.get(CLINIC, path, role=Role.DEPENDANT))
        assert (answer.status_code, both.taken) == (403, [])


def payment(api: Api, body: IntentBody | None = None, *, nonce: int = 1, **changes: Any) -> Any:
    """Return a payment of ANN, signed by her."""
    wanted = body or PayPremium(word("bill"), 1, 1, 0, 40_000, NOW_S + 900)
    kind = IntentKind.OPEN_WALLET if isinstance(body, OpenWallet) else IntentKind.PAY_PREMIUM
    intent = Intent(kind, ANN.account, nonce, NOW_S + 1_500, wanted)
    signed = api.signed(intent_to_json(intent), changes.pop("signer", ANN))
    return {**signed, **changes}


def post(content: Any, **headers: str) -> Callable[[Api], Any]:
    """Return what sends a payment as ANN; `content` may need the gateway, for its domain."""
    given = {"Content-Type": JSON, "Idempotency-Key": "key-1"}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}

    async def send(api: Api) -> httpx.Response:
        body = content(api) if callable(content) else content
        text = body if isinstance(body, str | bytes) else json.dumps(body)
        wanted = {name: value for name, value in given.items() if value}
        return await api.send("POST", ANN, PAYMENTS, content=text, headers=wanted)

    return send


class TestAccept:
    """S51, P50: `POST /v1/premiums/payments`."""

    async def test_payment_replayed_reused_and_known__answers_the_same(self, both: Both) -> None:
        first = await both.same(post(payment))
        replay = await both.same(post(payment))
        reused = await both.same(post(lambda api: payment(api, nonce=2)))
        known = await both.same(post(payment, Idempotency_Key="key-2"))
        assert [one.status_code for one in (first, replay, reused, known)] == [202, 202, 422, 202]
        assert replay.headers["Idempotency-Replayed"] == "true"
        assert reused.json()["code"] == "IdempotencyKeyReused"
        assert both.taken == [PAYMENTS] * 3

    async def test_wait_that_ends_nothing__answers_the_same(self, both: Both) -> None:
        answer = await both.same(post(payment, Prefer="wait=1, respond-async"))
        assert (answer.status_code, answer.headers["Preference-Applied"]) == (202, "wait=1")

    @pytest.mark.parametrize(
        ("status", "headers"),
        [
            (400, {"Idempotency_Key": ""}),
            (400, {"Idempotency_Key": "k" * 129}),
            (202, {"Idempotency_Key": "k" * 128}),
            (202, {"Prefer": "wait=x"}),
            (202, {"Content_Type": f"{JSON}; charset=utf-8"}),
            (400, {"Content_Type": "text/plain"}),
            (400, {"Content_Type": ""}),
        ],
        ids=str,
    )
    async def test_headers__are_read_the_same(
        self, both: Both, status: int, headers: dict[str, str]
    ) -> None:
        answer = await both.same(post(payment, **headers))
        assert answer.status_code == status

    @pytest.mark.parametrize(
        ("status", "code", "content"),
        [
            (401, "SignatureInvalid", lambda api: payment(api, signer=BEN)),
            (400, "MalformedBody", lambda api: payment(api, OpenWallet(word("terms")))),
            (422, "MalformedBody", lambda api: payment(api, surplus=1)),
            (422, "MalformedBody", lambda api: payment(api, intent=None)),
            (422, "MalformedBody", lambda api: payment(api, signatures=[])),
            (422, "MalformedBody", lambda api: payment(api, signatures=[{"account": "me"}])),
            (400, "MalformedBody", "{"),
            (400, "MalformedBody", b'{"intent": "\xff"}'),
            (422, "MalformedBody", "[]"),
            (422, "MalformedBody", ""),
        ],
    )
    async def test_wrong_body__is_refused_the_same(
        self, both: Both, status: int, code: str, content: Any
    ) -> None:
        answer = await both.same(post(content))
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
