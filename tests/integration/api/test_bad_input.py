"""Bad input × route: every writing route, spoilt in one way at a time, gets its named problem and
leaves no row and no nonce behind (S62, P50).
"""

import copy
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from node.api.limits import BODY_LIMIT_BYTES, BULK_BODY_LIMIT_BYTES, BULK_SUFFIXES
from node.db.base import table_of
from node.db.models.access import Identity
from node.db.models.members import FamilyLink
from node.db.models.outbox import IdempotencyKey, IntentCounter, OutboxHistory, OutboxIntent
from node.db.unit_of_work import UnitOfWork
from node.domain.money import MAX_AMOUNT_FEN
from node.intents.messages import IntentKind
from node.intents.wire import intent_to_json
from tests.fixtures.actors import ANN, BEN
from tests.fixtures.gateway.in_process import NOW_S, Api
from tests.fixtures.gateway.requests import MONEY, REQUESTS, UNKNOWN, MoneyCase, Request

KEPT = (OutboxIntent, IdempotencyKey, IntentCounter, OutboxHistory, Identity)
JSON = {"Content-Type": "application/json"}
Body = dict[str, Any]
Case = tuple[str, Any, tuple[int, str], dict[str, str]]


async def rows(api: Api) -> list[list[str]]:
    """Return every row that a refused request must leave alone."""

    def read(unit: UnitOfWork) -> list[list[str]]:
        return [sorted(repr(row) for row in unit.execute(select(table_of(one)))) for one in KEPT]

    return await api.gateway.database.read(read)


def spoilt_shapes(body: Body, path: str) -> list[Case]:
    """Return every way to spoil the outer shape of a body."""
    first = next((name for name in body if not name.endswith("_fen")), "intent")
    without = {name: value for name, value in body.items() if name != first}
    limit = BULK_BODY_LIMIT_BYTES if path.endswith(BULK_SUFFIXES) else BODY_LIMIT_BYTES
    whole = json.dumps(body)
    return [
        ("malformed JSON", whole[:-1] or "{", (400, "MalformedBody"), JSON),
        ("not UTF-8", b'{"a": "\xff"}', (400, "MalformedBody"), JSON),
        ("too deep", "[" * 100_000, (400, "MalformedBody"), JSON),
        ("wrong type", "[]", (422, "MalformedBody"), JSON),
        ("null", "null", (422, "MalformedBody"), JSON),
        ("no body", "", (422, "MalformedBody"), JSON),
        ("other media type", whole, (400, "MalformedBody"), {"Content-Type": "text/plain"}),
        ("missing field", json.dumps(without), (422, "MalformedBody"), JSON),
        ("extra field", json.dumps({**body, "x": 1}), (422, "MalformedBody"), JSON),
        ("field of wrong type", json.dumps({**body, first: 1.5}), (422, "MalformedBody"), JSON),
        ("oversized", "{" + " " * limit + "}", (413, "BodyTooLarge"), JSON),
    ]


def spoilt_amounts(body: Body) -> list[Case]:
    """Return every wrong amount in each field of fen."""
    wrong = {
        "fraction": 1.5, "whole fraction": 1.0, "text": "5", "boolean": True, "null": None,
        "zero": 0, "negative": -1, "too large": MAX_AMOUNT_FEN + 1,
    }  # fmt: skip
    return [
        (f"{kind} {name}", json.dumps({**body, name: value}), (422, "InvalidAmount"), JSON)
        for name in body
        if name.endswith("_fen")
        for kind, value in wrong.items()
    ]


class Matrix:
    """Sends spoilt requests, checks the problem and that nothing changed, and counts."""

    def __init__(self, api: Api) -> None:
        self.api, self.counts = api, Counter[str]()
        self.routes: set[str] = set()

    async def refuse(
        self,
        route: str,
        what: str,
        send: Callable[[], Awaitable[httpx.Response]],
        *wanted: tuple[int, str],
    ) -> None:
        """Expect one of the named problems and no row more, less or other."""
        before = await rows(self.api)
        answer = await send()
        got = (answer.status_code, answer.json().get("code"))
        assert got in wanted, (route, what, got, wanted, answer.text[:300])
        assert answer.headers["content-type"] == "application/problem+json", (route, what)
        assert await rows(self.api) == before, (route, what)
        self.counts[what.split(" ", maxsplit=1)[0]] += 1
        self.routes.add(route)

    async def bodies(self, route: str, asked: Request, cases: list[Case]) -> None:
        """Send every spoilt body to one path."""
        for what, content, wanted, headers in cases:

            async def send(content: Any = content, headers: Any = headers) -> httpx.Response:
                return await self.api.send(
                    "POST", asked.actor, asked.path, content=content, headers=headers
                )

            await self.refuse(route, what, send, wanted)

    def summary(self, name: str) -> str:
        """Return what was tried."""
        return f"{name}: {len(self.routes)} routes, {sum(self.counts.values())} requests refused"


@pytest.fixture
async def relatives(api: Api) -> Api:
    """Make ANN and BEN relatives, so that a transfer between them is valid."""
    row = {
        "holder": ANN.account, "relative": BEN.account, "relation": "SPOUSE", "active": True,
        "linked_at": NOW_S, "ended_at": None, "block_number": 1,
    }  # fmt: skip
    await api.write({FamilyLink: [row]})
    return api


@dataclass(frozen=True)
class Valid:
    """A valid money request to spoil."""

    route: str
    case: MoneyCase
    path: str
    body: Body


async def money_body(api: Api, case: MoneyCase) -> tuple[str, Body]:
    """Return path and body of a valid signed intent."""
    path = case.asked.path.removesuffix("/intents")
    if case.intent is not None:
        return path, api.signed(intent_to_json(case.intent), *case.signers)
    if case.before is not None:
        path = path.replace("{digest}", await case.before(api))
    answer = await api.post(case.asked.actor, f"{path}/intents", case.asked.body)
    assert answer.status_code == 200, (path, answer.text)
    prepared = answer.json()
    body = api.signed(prepared["intent"], *case.signers) | case.extra(prepared)
    return path, body


def changed(document: Body, **intent: Any) -> Body:
    """Return a body whose intent differs in the given envelope fields."""
    other = copy.deepcopy(document)
    other["intent"] |= intent
    return other


def other_kind(body: Body) -> Body:
    """Return a body with an intent that no route of members' money takes."""
    freeze = {"account": ANN.account, "frozen": True, "reason_code": "0x" + "00" * 32}
    return changed(body, kind=IntentKind.FREEZE_ACCOUNT.name, body=freeze)


class TestEveryWritingRoute:
    """What the tables of requests send is valid when it is not spoilt."""

    async def test_requestes__spoilt_in_any_way_are_refused(
        self, relatives: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """S62.1: each fault with its own code and place."""
        matrix = Matrix(relatives)
        for route, asked in REQUESTS.items():
            await matrix.bodies(route, asked, spoilt_shapes(asked.body, route))
            await matrix.bodies(route, asked, spoilt_amounts(asked.body))
            for place in filter(None, [asked.unknown]):

                async def send(asked: Request = asked, place: str = place) -> httpx.Response:
                    return await relatives.post(asked.actor, place, asked.body)

                await matrix.refuse(
                    route, "unknown id", send, (404, "MemberUnknown"), (403, "NotOwner"),
                    (409, "WalletNotOpen"),
                )  # fmt: skip
            answer = await relatives.post(asked.actor, asked.path, asked.body)
            assert answer.status_code == 200, (route, answer.text)
        with capsys.disabled():
            print("\n" + matrix.summary("bad requests x route"))

    async def test_money__spoilt_in_any_way_is_refused(
        self, relatives: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """S62.1, P50.4: also without a key, on every route of money."""
        matrix = Matrix(relatives)
        for number, (route, case) in enumerate(MONEY.items()):
            path, body = await money_body(relatives, case)
            valid = Valid(route, case, path, body)
            await self._shapes(matrix, valid)
            await self._headers(matrix, valid)
            await self._intents(matrix, valid)
            await self._reuse(matrix, valid, f"key-{number}")
        with capsys.disabled():
            print("\n" + matrix.summary("bad money requests x route"))
            print(dict(matrix.counts))

    async def _shapes(self, matrix: Matrix, valid: Valid) -> None:
        route, case, path, body = valid.route, valid.case, valid.path, valid.body
        keyed = {"Idempotency-Key": "spoilt"}
        cases = [
            (what, content, wanted, {**headers, **keyed})
            for what, content, wanted, headers in spoilt_shapes(body, route)
        ]
        await matrix.bodies(route, Request(case.asked.actor, path, body), cases)

    async def _headers(self, matrix: Matrix, valid: Valid) -> None:
        route, case, path, body = valid.route, valid.case, valid.path, valid.body
        wanted = {
            "missing key": (None, (400, "IdempotencyKeyMissing")),
            "empty key": ("", (400, "IdempotencyKeyMissing")),
            "long key": ("k" * 129, (400, "MalformedBody")),
            "spaced key": ("a b", (400, "MalformedBody")),
        }
        for what, (key, problem) in wanted.items():

            async def send(key: str | None = key) -> httpx.Response:
                return await matrix.api.submit(case.asked.actor, path, body, key=key)

            await matrix.refuse(route, what, send, problem)

    async def _intents(self, matrix: Matrix, valid: Valid) -> None:
        route, case, path, body = valid.route, valid.case, valid.path, valid.body
        forged = copy.deepcopy(body)
        forged["signatures"][0]["data"] = "0x" + "11" * 64 + "1b"
        fields = body["intent"]["body"]
        amount = next((name for name in fields if name.endswith("_fen")), None)
        first = next(iter(fields))
        bad = {
            "bad signature": (forged, [(401, "SignatureInvalid")]),
            "missing signature": ({**body, "signatures": []}, [(422, "MalformedBody")]),
            "third signature": (
                {**body, "signatures": body["signatures"][:1] * 3}, [(422, "MalformedBody")],
            ),
            "expired deadline": (changed(body, deadline=NOW_S - 1), [(401, "SignatureExpired")]),
            "far deadline": (changed(body, deadline=2**40), [(400, "MalformedBody")]),
            "wrong kind": (
                other_kind(body), [(400, "MalformedBody"), (403, "NotOwner")],
            ),
            "unknown kind": (changed(body, kind="NOTHING"), [(400, "MalformedBody")]),
            "unknown actor": (changed(body, actor=UNKNOWN), [(403, "NotOwner")]),
            "wide nonce": (changed(body, nonce=str(2**256)), [(400, "MalformedBody")]),
            "extra body": (changed(body, body={**fields, "x": 1}), [(400, "MalformedBody")]),
            "short body": (
                changed(body, body={k: v for k, v in fields.items() if k != first}),
                [(400, "MalformedBody")],
            ),
        }  # fmt: skip
        for value in (1.5, -1, 2**64) if amount else ():
            spoilt = changed(body, body={**fields, amount: value})
            bad[f"amount {value}"] = (spoilt, [(400, "MalformedBody")])
        for what, (spoilt, wanted) in bad.items():

            async def send(spoilt: Body = spoilt) -> httpx.Response:
                return await matrix.api.submit(case.asked.actor, path, spoilt)

            await matrix.refuse(route, what, send, *wanted)
        if case.unknown is not None:

            async def elsewhere() -> httpx.Response:
                return await matrix.api.submit(case.asked.actor, str(case.unknown), body)

            problems = ((403, "NotOwner"), (404, "TransactionUnknown"))
            await matrix.refuse(route, "unknown id", elsewhere, *problems)

    async def _reuse(self, matrix: Matrix, valid: Valid, key: str) -> None:
        route, case, path, body = valid.route, valid.case, valid.path, valid.body
        answer = await matrix.api.submit(case.asked.actor, path, body, key=key)
        assert answer.status_code == 202, (route, answer.text)
        other = changed(body, deadline=body["intent"]["deadline"] + 1)

        async def reused() -> httpx.Response:
            return await matrix.api.submit(case.asked.actor, path, other, key=key)

        await matrix.refuse(route, "reused key", reused, (422, "IdempotencyKeyReused"))
