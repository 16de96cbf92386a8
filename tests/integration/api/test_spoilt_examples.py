"""Every writing route × its own published example, spoilt in one way at a time: a named problem and
nothing left behind (S62, P59). New routes are covered by being mounted.
"""

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import select

from node.api import limits
from node.db.base import Base, table_of
from node.db.unit_of_work import UnitOfWork
from node.domain.money import MAX_AMOUNT_FEN
from node.domain.roles import Role
from node.intents.messages import IntentKind
from node.served import role_table
from tests.fixtures.actors import ANN, word
from tests.fixtures.gateway.in_process import NOW_S, Api

JSON = {"Content-Type": "application/json"}
IDS = {"visit_id": "01890a5d-ac96-774b-bcce-b302099a8057", "digest": word("nothing")}
WRONG_AMOUNTS = (1.5, 1.0, "5", True, -1, MAX_AMOUNT_FEN + 1, 2**64)
Wanted = set[tuple[int, str]]
MALFORMED: Wanted = {(422, "MalformedBody"), (400, "MalformedBody")}


def writing(api: Api) -> list[APIRoute]:
    """Return the routes that take a body."""
    return [
        route
        for route in api.app.routes
        if isinstance(route, APIRoute) and route.body_field is not None
    ]


def filled(path: str) -> str:
    """Return a path with well-formed ids; accounts are the caller's own."""

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name.endswith(("member_id", "account_id", "provider_id", "employer_id")):
            return ANN.account
        return IDS.get(name, word(name) if name.endswith("_id") else "1")

    return re.sub(r"{(\w+)}", value, path)


def examples_of(document: dict[str, Any], route: APIRoute) -> list[dict[str, Any]]:
    """Return the published examples of a route's body."""
    (method,) = route.methods or {"POST"}
    content = document["paths"][route.path][method.lower()]["requestBody"]["content"]
    return [one["value"] for one in content["application/json"]["examples"].values()]


def example_of(document: dict[str, Any], route: APIRoute) -> dict[str, Any]:
    """Return the first published example of a route's body."""
    return copy.deepcopy(examples_of(document, route)[0])


def amounts(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of every amount; intents are for the desk, rows are judged one by one."""
    if isinstance(value, dict):
        for name, part in value.items():
            if name.endswith("_fen"):
                yield (*path, name)
            elif name not in ("intent", "rows"):
                yield from amounts(part, (*path, name))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from amounts(part, (*path, number))


def with_value(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """Return a copy with one value replaced."""
    other = copy.deepcopy(document)
    inner = other
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return other


def spoilt(body: dict[str, Any], path: str) -> Iterator[tuple[str, Any, Wanted]]:
    """Yield (what, content, problems that may name it)."""
    whole = json.dumps(body)
    yield "malformed JSON", whole[:-1], {(400, "MalformedBody")}
    yield "not UTF-8", b'{"a": "\xff"}', {(400, "MalformedBody")}
    yield "nesting", '{"x":' + "[" * 100_000, {(400, "MalformedBody")}
    yield "NaN", '{"x": NaN}', {(400, "MalformedBody")}
    for other in ("[]", "null", "1", '"x"', ""):
        yield "other type", other, {(422, "MalformedBody")}
    yield "extra field", json.dumps({**body, "no_such_field": 1}), {(422, "MalformedBody")}
    oversized = "{" + " " * limits._limit_of(path) + "}"
    yield "oversized", oversized, {(413, "BodyTooLarge")}
    for name in body:
        broken = {**body, name: {"no": [{"such": 1.5}]}}
        yield "field of wrong type", json.dumps(broken), MALFORMED | {(422, "InvalidAmount")}
    for place in amounts(body):
        for value in WRONG_AMOUNTS:
            content = json.dumps(with_value(body, place, value))
            yield "amount", content, {(422, "InvalidAmount"), (422, "MalformedBody")}


async def everything(api: Api) -> dict[str, list[str]]:
    """Return every row of every table, tokens apart: issuing them is the test's own doing."""
    models = [one.class_ for one in Base.registry.mappers if one.class_.__name__ != "ApiToken"]

    def read(unit: UnitOfWork) -> dict[str, list[str]]:
        return {
            one.__name__: sorted(repr(row) for row in unit.execute(select(table_of(one))))
            for one in models
        }

    return await api.gateway.database.read(read)


class Spoiler:
    """Sends spoilt requests and counts the problems."""

    def __init__(self, api: Api) -> None:
        self.api, self.counts = api, Counter[str]()

    async def refuse(self, route: APIRoute, what: str, content: Any, wanted: Wanted) -> None:
        answer = await self.send(route, content, {"Idempotency-Key": "spoilt"})
        self.check(route, what, answer, wanted)

    async def send(self, route: APIRoute, content: Any, headers: dict[str, str]) -> httpx.Response:
        (method,) = route.methods or {"POST"}
        allowed = role_table()[method, route.path]
        role = min(allowed) if allowed else Role.MEMBER
        return await self.api.send(
            method, ANN, filled(route.path), role=role, content=content, headers={**JSON, **headers}
        )

    def check(self, route: APIRoute, what: str, answer: httpx.Response, wanted: Wanted) -> None:
        got = (answer.status_code, answer.json().get("code"))
        assert got in wanted, (route.path, what, got, wanted, answer.text[:300])
        assert answer.headers["content-type"] == "application/problem+json"
        self.counts[what] += 1


class TestEveryWritingRoute:
    async def test_own_example_spoilt__is_a_named_problem_and_leaves_no_row(
        self, api: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        spoiler = Spoiler(api)
        document = (await api.get(None, "/openapi.json")).json()
        before = await everything(api)
        for route in writing(api):
            for body in examples_of(document, route):
                for what, content, wanted in spoilt(body, route.path):
                    await spoiler.refuse(route, what, content, wanted)
        assert await everything(api) == before
        with capsys.disabled():
            total = sum(spoiler.counts.values())
            print(f"\nspoilt examples: {len(writing(api))} routes, {total} requests refused")
            print(dict(spoiler.counts))

    async def test_own_example__has_the_right_shape(self, sqlite_api: Api) -> None:
        """P59: what is published as an example is not refused for its form."""
        document = (await sqlite_api.get(None, "/openapi.json")).json()
        spoiler, wrong = Spoiler(sqlite_api), []
        for route in writing(sqlite_api):
            for body in examples_of(document, route):
                headers = {"Idempotency-Key": "example"}
                answer = await spoiler.send(route, json.dumps(body), headers)
                if answer.status_code == 422 and answer.json()["code"] == "MalformedBody":
                    wrong.append((route.path, answer.json()["errors"]))
        assert wrong == []

    async def test_key__is_documented_as_required_where_it_is_refused_without(
        self, sqlite_api: Api
    ) -> None:
        """P50, P59: the description and every writing route agree about `Idempotency-Key`."""
        document = (await sqlite_api.get(None, "/openapi.json")).json()
        spoiler, refusing = Spoiler(sqlite_api), set()
        for route in writing(sqlite_api):
            body = json.dumps(example_of(document, route))
            answer = await spoiler.send(route, body, {})
            if "IdempotencyKeyMissing" in answer.text:
                refusing.add(route.path)
        documented = {
            path: one["required"]
            for path, operations in document["paths"].items()
            for operation in operations.values()
            for one in operation.get("parameters", [])
            if one["name"] == "Idempotency-Key"
        }
        assert documented == dict.fromkeys(refusing, True)
        assert len(refusing) >= 17

    async def test_money_routes__want_a_key_and_their_own_kind(
        self, api: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """P50: without a key nothing is read further; an intent of another route is refused."""
        spoiler = Spoiler(api)
        document = (await api.get(None, "/openapi.json")).json()
        before = await everything(api)
        money = [
            route
            for route in writing(api)
            if "signatures" in example_of(document, route)
            and "202" in self._answers(document, route)
        ]
        for route in money:
            body = example_of(document, route)
            answer = await spoiler.send(route, json.dumps(body), {})
            spoiler.check(route, "missing key", answer, {(400, "IdempotencyKeyMissing")})
            body |= api.signed(self._foreign_intent(), ANN)
            answer = await spoiler.send(route, json.dumps(body), {"Idempotency-Key": "k"})
            spoiler.check(
                route, "other kind", answer,
                {(400, "MalformedBody"), (403, "NotOwner"), (422, "MalformedBody")},
            )  # fmt: skip
        assert await everything(api) == before
        assert len(money) >= 10
        with capsys.disabled():
            print(f"\nmoney routes: {len(money)}, {dict(spoiler.counts)}")

    @staticmethod
    def _answers(document: dict[str, Any], route: APIRoute) -> dict[str, Any]:
        found: dict[str, Any] = document["paths"][route.path]["post"]["responses"]
        return found

    @staticmethod
    def _foreign_intent() -> dict[str, Any]:
        """Return an intent that no route takes: freezing goes through the command line."""
        return {
            "kind": IntentKind.FREEZE_ACCOUNT.name,
            "actor": ANN.account,
            "nonce": "7",
            "deadline": NOW_S + 60,
            "body": {"account": ANN.account, "frozen": True, "reason_code": "0x" + "00" * 32},
        }
