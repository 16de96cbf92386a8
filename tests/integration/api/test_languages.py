"""Texts beside codes follow `Accept-Language`; codes and values are the same in both languages."""

import json
import re
from typing import Any

import pytest
from fastapi.routing import APIRoute

from node.api.limits import BODY_LIMIT_BYTES
from node.db.models.chain import ChainIntent
from node.domain.language import Language
from node.domain.roles import Role
from node.domain.wording.values import DAY_VALUES
from node.served import role_table
from scripts.build_openapi import render
from tests.fixtures.actors import ANN, BEN, HOSPITAL, INSURER, OFFICER_A, word
from tests.fixtures.gateway.in_process import AUDITOR, NOW_S, Api
from tests.integration.api.test_spoilt_examples import example_of, filled, writing

CHINESE = re.compile("[\u4e00-\u9fff]")
ACCEPT = {Language.ZH: "zh-CN,zh;q=0.9,en;q=0.8", Language.EN: "en-GB,en;q=0.9,zh;q=0.1"}
JSON_BODY = {"Content-Type": "application/json"}
# What is refused, and on which way: who asks, how, where, and more of the request.
REFUSED: dict[str, tuple[Any, str, str, dict[str, Any]]] = {
    "SignInRequired": (None, "GET", "/v1/plans", {}),
    "RoleMissing": (ANN, "POST", "/v1/plans/intents", {"json": {}}),
    "RouteUnknown": (None, "GET", "/v1/nothing", {}),
    "MethodNotAllowed": (None, "DELETE", "/v1/network", {}),
    "NotOwner": (ANN, "GET", f"/v1/wallets/{BEN.account}/balance", {}),
    "BodyTooLarge": (ANN, "POST", "/v1/visits", {"content": b" " * (BODY_LIMIT_BYTES + 1)}),
    "MalformedBody": (ANN, "POST", "/v1/premiums/quotes", {"content": b"{"}),
    "IdempotencyKeyMissing": (
        *(ANN, "POST", f"/v1/wallets/{ANN.account}/openings"),
        {"json": {"intent": {"kind": "OPEN_WALLET", "actor": ANN.account, "nonce": "1",
                             "deadline": 1, "body": {}},
                  "signatures": [{"account": ANN.account, "kind": "SECP256K1",
                                  "data": "0x" + "1b" * 65}]}},
    ),
    "TransactionUnknown": (ANN, "GET", f"/v1/transactions/{word('nothing')}", {}),
}  # fmt: skip


async def refused(sqlite_api: Api, code: str, language: Language) -> Any:
    """Return the answer to a request that is refused with a code, in a language."""
    actor, method, path, more = REFUSED[code]
    headers = {"Accept-Language": ACCEPT[language]}
    if "content" in more:
        headers |= JSON_BODY
    return await sqlite_api.send(method, actor, path, headers=headers, **more)


async def story(sqlite_api: Api, language: Language, **row: Any) -> Any:
    """Return the answer about an intent that was refused on the chain as the row says."""
    digest = word(str(sorted(row.items())))
    known = {
        "digest": digest, "actor": OFFICER_A.account, "kind": "PUBLISH_PLAN", "state": "REFUSED",
        "block_number": 4, "log_index": 0, "tx_hash": word("transaction"), "timestamp": NOW_S,
    }  # fmt: skip
    await sqlite_api.write({ChainIntent: [{**known, **row}]})
    headers = {"Accept-Language": ACCEPT[language]}
    return await sqlite_api.get(AUDITOR, f"/v1/transactions/{digest}", headers=headers)


class TestProblem:
    @pytest.mark.parametrize("code", REFUSED)
    async def test_each_way_to_fail__speaks_both_languages(
        self, sqlite_api: Api, code: str
    ) -> None:
        answers = {language: await refused(sqlite_api, code, language) for language in Language}
        for language, answer in answers.items():
            body = answer.json()
            assert body["code"] == code
            assert answer.headers["Content-Language"] == language.value
            assert "Accept-Language" in answer.headers["Vary"]
            for name in ("title", "detail", "next_step"):
                assert bool(CHINESE.search(body[name])) is (language is Language.ZH), body
        chinese, english = (answers[language].json() for language in Language)
        for name in ("type", "status", "code", "category", "values"):
            assert chinese[name] == english[name]

    async def test_without_a_preference__it_is_english(self, sqlite_api: Api) -> None:
        answer = await sqlite_api.get(None, "/v1/plans")
        assert answer.headers["Content-Language"] == "en"

    @pytest.mark.parametrize("header", ["fr, de;q=0.5", "zh;q=0", "*", "\xff;;,", "z" * 8000])
    async def test_other_languages_and_nonsense__are_english(
        self, sqlite_api: Api, header: str
    ) -> None:
        answer = await sqlite_api.get(
            None, "/v1/plans", headers={"Accept-Language": header.encode("latin-1")}
        )
        assert (answer.status_code, answer.headers["Content-Language"]) == (401, "en")


class TestFaults:
    async def test_every_fault_of_a_body__speaks_both_languages(self, sqlite_api: Api) -> None:
        document = (await sqlite_api.get(None, "/openapi.json")).json()
        said = set()
        for route in writing(sqlite_api):
            example = example_of(document, route)
            bodies: list[Any] = [{**example, "no_such_field": 1}, {}, [], *spoilt_fields(example)]
            for body in bodies:
                for language in Language:
                    headers = {"Accept-Language": language.value, "Idempotency-Key": "k"}
                    answer = await self._send(sqlite_api, route, body, headers)
                    problem = answer.json()
                    if problem.get("code") != "MalformedBody":
                        continue
                    for fault in problem["errors"]:
                        detail = fault.get("detail", problem["detail"])
                        chinese = language is Language.ZH
                        assert bool(CHINESE.search(detail)) is chinese, (route.path, body, detail)
                        assert not chinese or not re.search(r"\b(should|must|wanted)\b", detail)
                        said.add(detail)
        assert len(said) > 60

    @staticmethod
    async def _send(api: Api, route: APIRoute, body: Any, headers: dict[str, str]) -> Any:
        (method,) = route.methods or {"POST"}
        role = min(role_table()[method, route.path] or Role)
        path = filled(route.path)
        return await api.send(method, ANN, path, role=role, json=body, headers=headers)

    @pytest.mark.parametrize(
        ("path", "chinese"),
        [
            ("/v1/coverages?day=soon", '"soon"应为日期，如 2026-03-02'),
            ("/v1/coverages?day=2026-02-30", '日历中没有"2026-02-30"这一天'),
            ("/v1/coverages?limit=201", '"201"应为不大于 200 的数'),
            ("/v1/coverages?cursor=!", "不是此列表的游标"),
            ("/v1/members/110101199003078515", "所给的值（18 个字符）应为以 0x 开头加 40 位"),
        ],
    )
    async def test_value_of_an_address__is_named_in_chinese(
        self, sqlite_api: Api, path: str, chinese: str
    ) -> None:
        answer = await sqlite_api.get(ANN, path, headers={"Accept-Language": "zh"})
        assert answer.json()["detail"].startswith(f"问题所在：{chinese}"), answer.text

    async def test_body_with_countless_faults__gets_a_short_answer(self, sqlite_api: Api) -> None:
        body = {f"k{number}": 1 for number in range(60_000)}
        answer = await sqlite_api.send("POST", HOSPITAL, "/v1/visits", json=body)
        assert answer.status_code == 422
        assert len(answer.content) < 20_000


def spoilt_fields(example: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the example with each field of another type, empty, and too large."""
    wrong = ({"no": 1.5}, [], "", "x" * 5_000, -1, 2**60, None, True)
    return [
        {**example, name: value} for name in example for value in wrong if value != example[name]
    ]


class TestReasonOfATransaction:
    async def test_days_of_a_refusal__are_iso_dates(self, sqlite_api: Api) -> None:
        values = {"member": ANN.account, "day": 20_454}
        answer = await story(
            sqlite_api, Language.ZH, reason_code="CoverageInactive", reason_values=values
        )
        reason = answer.json()["reason"]
        assert reason["values"] == {"member": ANN.account, "day": "2026-01-01"}
        assert "2026-01-01" in reason["detail"]
        assert CHINESE.search(reason["next_step"])
        assert answer.headers["Content-Language"] == "zh"
        assert answer.headers["Vary"] == "Accept-Language"

    async def test_the_other_language__is_another_version_of_the_answer(
        self, sqlite_api: Api
    ) -> None:
        row = {"reason_code": "SameApprover", "reason_values": {"approver": ANN.account}}
        first = await story(sqlite_api, Language.EN, **row)
        path = f"/v1/transactions/{first.json()['digest']}"
        headers = {"Accept-Language": "zh", "If-None-Match": first.headers["ETag"]}
        other = await sqlite_api.get(AUDITOR, path, headers=headers)
        assert other.status_code == 200
        headers["If-None-Match"] = other.headers["ETag"]
        again = await sqlite_api.get(AUDITOR, path, headers=headers)
        assert (again.status_code, again.headers["Vary"]) == (304, "Accept-Language")

    @pytest.mark.parametrize("code", ["0xdeadbeef", "Empty", "NewError"])
    async def test_code_of_a_newer_contract__has_a_text_too(
        self, sqlite_api: Api, code: str
    ) -> None:
        answer = await story(sqlite_api, Language.ZH, reason_code=code, reason_values=None)
        reason = answer.json()["reason"]
        assert (reason["code"], reason["values"]) == (code, {})
        assert CHINESE.search(reason["title"])


# Counts and moments of time: what is whole in a document and is no policy day.
COUNTS = re.compile(r"_days$|_(per|a)_day$|_at$|(^|_)at_ms$")
SPEAKS_OF_DAYS = re.compile(r"(^|_)(day|days|date|on|start|end|from|until|due|at|expires)(_|$)")


def integer_names(part: Any, name: str = "") -> set[str]:
    """Return the names of all fields of a description that may hold a whole number."""
    if isinstance(part, list):
        return {found for one in part for found in integer_names(one, name)}
    if not isinstance(part, dict):
        return set()
    found = {name} if part.get("type") == "integer" else set()
    for key, value in part.items():
        if key == "properties":
            for field, schema in value.items():
                found |= integer_names(schema, field)
        elif key != "examples":
            found |= integer_names(value, name)
    return found


def day_numbers(part: Any, name: str = "") -> list[str]:
    """Return the places in an answer at which a policy day is a number."""
    if isinstance(part, dict):
        return [at for key, value in part.items() for at in day_numbers(value, str(key))]
    if isinstance(part, list):
        return [at for value in part for at in day_numbers(value, name)]
    is_day = name in DAY_VALUES or (SPEAKS_OF_DAYS.search(name) and not COUNTS.search(name))
    return [name] if is_day and isinstance(part, int) and not isinstance(part, bool) else []


class TestDays:
    """No answer counts days: each is an ISO date."""

    def test_no_field_of_a_schema__is_a_day_number(self) -> None:
        names = integer_names(json.loads(render())["components"]["schemas"])
        assert {"amount_fen", "grace_days", "expires_at"} <= names
        assert {
            one for one in names if SPEAKS_OF_DAYS.search(one) and not COUNTS.search(one)
        } == set()

    def test_no_example_of_an_answer__has_a_day_number(self) -> None:
        for name, schema in json.loads(render())["components"]["schemas"].items():
            assert day_numbers(schema.get("examples", [])) == [], name

    def test_planted_day_numbers__are_found(self) -> None:
        assert day_numbers({"values": [{"start_day": 20_454}], "due": 1}) == ["start_day", "due"]
        assert integer_names({"properties": {"due": {"anyOf": [{"type": "integer"}]}}}) == {"due"}

    async def test_answers_to_real_requests__have_none(self, sqlite_api: Api) -> None:
        paths = (
            *(f"/v1/members/{ANN.account}", f"/v1/members/{ANN.account}/benefits"),
            *("/v1/plans", "/v1/coverages", "/v1/catalogue/items", "/v1/premiums/bills"),
        )
        for actor in (ANN, INSURER, AUDITOR):
            for path in paths:
                answer = await sqlite_api.get(actor, path)
                assert day_numbers(answer.json()) == [], (path, answer.text)
