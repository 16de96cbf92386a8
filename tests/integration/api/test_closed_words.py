"""Closed lists of words: every field and every filter that has one refuses all else by name, and no
text of a request is open without a reason (S62).
"""

import copy
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from fastapi.routing import APIRoute

from node.api.schemas import shapes
from node.chain.abi.kinds import Purpose
from node.domain.kinds import ListedCareType, MemberKind, Pocket, ProviderType, Relation, Scheme
from node.domain.parties import OrganisationKind
from node.domain.roles import Role
from node.features.coverages.schemas import MemberKindName, SchemeName
from node.features.members.schemas import RelationName
from node.features.providers.schemas import KindName, ProviderTypeName
from node.features.visits.schemas import CareTypeName
from node.features.wallets.schemas import PocketName, PurposeName
from node.served import role_table
from tests.fixtures.actors import ANN, CLINIC
from tests.fixtures.gateway.in_process import Api
from tests.integration.api.test_spoilt_examples import examples_of, filled, with_value, writing

NONSENSE = ("GARDENING", "", " ", "NONE ", "outpatient", "\0", "张三", "x" * 5_000, 1, True, [], {})
OPEN = {
    "csv": "a table, read row by row",
    "kind": "the kind of an intent: 40 words, checked by node/intents/wire.py",
    "number": "an insured number, checked by its check character and never repeated",
    "code": "a word of the catalogue; any other has one fixed answer",
    "receipt_code": "the secret of a receipt; any other text has one fixed answer",
    "cursor": "`next` of the page before, checked by node/api/pagination.py",
    "Idempotency-Key": "the client's own, checked by node/api/idempotency.py",
    "Prefer": "a header of HTTP: what is not understood is ignored",
    "Accept": "a header of HTTP: what is not understood is ignored",
    "If-None-Match": "a header of HTTP: what is not understood is ignored",
    "Accept-Language": "a header of HTTP: what is not understood is ignored",
}
Place = tuple[Any, ...]


def branches(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the schema and all it may be instead, references resolved."""
    named = schema.get("$ref", "").rsplit("/", 1)[-1]
    found = document["components"]["schemas"][named] if named else schema
    yield found
    for part in (*found.get("oneOf", ()), *found.get("anyOf", ())):
        yield from branches(part, document)


def texts(
    schema: dict[str, Any], document: dict[str, Any], place: Place = ()
) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield place and schema of every text of a request, without the documents' own insides."""
    for one in branches(schema, document):
        if one.get("type") == "string":
            yield place, one
        for name, part in one.get("properties", {}).items():
            yield from texts(part, document, (*place, name))
        if "items" in one:
            yield from texts(one["items"], document, (*place, 0))


def body_schema(document: dict[str, Any], route: APIRoute) -> dict[str, Any]:
    (method,) = route.methods or {"POST"}
    operation = document["paths"][route.path][method.lower()]
    found: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return found


def parameters(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and parameter of every route."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                yield path, method, parameter


def parents_exist(body: Any, place: Place) -> bool:
    """Tell whether an example has the object that a field stands in."""
    for part in place[:-1]:
        try:
            body = body[part]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(body, dict) or (isinstance(body, list) and bool(body))


def closed_fields(
    document: dict[str, Any], route: APIRoute
) -> Iterator[tuple[dict[str, Any], Place, dict[str, Any]]]:
    """Yield example, place and schema of each closed word, for every shape that a body may have."""
    for shape in branches(body_schema(document, route), document):
        for example in examples_of(document, route):
            if not set(shape.get("required", ())) <= set(example):
                continue
            for place, schema in texts({**shape, "oneOf": [], "anyOf": []}, document):
                if "enum" in schema and parents_exist(example, place):
                    yield example, place, schema


class TestClosedLists:
    async def test_word_outside_the_list__is_refused_with_the_list(
        self, sqlite_api: Api, capsys: pytest.CaptureFixture[str]
    ) -> None:
        document = (await sqlite_api.get(None, "/openapi.json")).json()
        tried: Counter[str] = Counter()
        for route in writing(sqlite_api):
            for example, place, schema in closed_fields(document, route):
                for word in NONSENSE:
                    await self._refuse_body(sqlite_api, route, example, (place, schema, word))
                    tried["/".join(map(str, place))] += 1
        assert {"care_type", "scheme", "member_kind", "relation", "reason", "kind"} <= set(tried)
        with capsys.disabled():
            print(f"\nclosed words in bodies: {dict(tried)}")

    @staticmethod
    async def _refuse_body(
        api: Api, route: APIRoute, example: dict[str, Any], spoilt: tuple[Place, Any, Any]
    ) -> None:
        place, schema, word = spoilt
        body = with_value(copy.deepcopy(example), place, word)
        (method,) = route.methods or {"POST"}
        answer = await api.send(
            method, ANN, filled(route.path), role=min(role_table()[method, route.path] or Role),
            content=json.dumps(body),
            headers={"Content-Type": "application/json", "Idempotency-Key": "k"},
        )  # fmt: skip
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "MalformedBody"), (place, word)
        (fault,) = problem["errors"]
        assert fault["pointer"] == "".join(f"/{part}" for part in place)
        assert fault.get("allowed") == schema["enum"], (route.path, place, word, fault)
        assert problem["values"]["reason"] == fault["detail"]
        assert all(allowed in fault["detail"] for allowed in schema["enum"])
        assert len(answer.text) < 3_000
        assert "张三" not in answer.text

    async def test_filter_outside_the_list__is_refused_with_the_list(self, sqlite_api: Api) -> None:
        document = (await sqlite_api.get(None, "/openapi.json")).json()
        tried = set()
        for path, method, parameter in parameters(document):
            found = [one for one in branches(parameter["schema"], document) if "enum" in one]
            for schema in found:
                name, role = parameter["name"], min(role_table()[method.upper(), path] or Role)
                for word in ("GARDENING", "", "\0", "张三", "x" * 3_000):
                    query = {name: word}
                    answer = await sqlite_api.get(ANN, filled(path), role=role, params=query)
                    problem = answer.json()
                    assert problem["code"] == "MalformedBody", (path, name, word)
                    faults = {one["pointer"]: one for one in problem["errors"]}
                    assert "allowed" in faults[f"/query/{name}"], (path, name, word, problem)
                    assert faults[f"/query/{name}"]["allowed"] == schema["enum"]
                tried.add(name)
        assert {"pocket", "purpose", "scheme", "state", "type", "kind", "status"} <= tried

    async def test_every_other_text__has_a_shape_in_words_or_a_reason(
        self, sqlite_api: Api
    ) -> None:
        """A new field of free text fails here until its form is written down."""
        document = (await sqlite_api.get(None, "/openapi.json")).json()
        found = [
            (place[-1] if isinstance(place[-1], str) else place[-2], schema)
            for route in writing(sqlite_api)
            for place, schema in texts(body_schema(document, route), document)
            # The fields of what is signed: tests/architecture/test_intent_shapes.py.
            if place and "intent" not in place
        ]
        found += [
            (parameter["name"], schema)
            for _, _, parameter in parameters(document)
            for _, schema in texts(parameter["schema"], document)
        ]
        shaped = {name for name, schema in found if schema.get("pattern") in shapes.WANTED}
        closed = {name for name, schema in found if "enum" in schema}
        loose = {
            name
            for name, schema in found
            if "enum" not in schema and schema.get("pattern") not in shapes.WANTED
        }
        assert loose <= set(OPEN), sorted(loose - set(OPEN))
        assert len(shaped) > 20
        assert len(closed) > 10

    @pytest.mark.parametrize(
        ("words", "known"),
        [
            (CareTypeName, ListedCareType), (SchemeName, Scheme), (MemberKindName, MemberKind),
            (RelationName, Relation), (PocketName, Pocket), (PurposeName, Purpose),
            (KindName, OrganisationKind), (ProviderTypeName, ProviderType),
        ],
    )  # fmt: skip
    def test_words_of_a_request__are_those_of_the_domain(self, words: Any, known: Any) -> None:
        optional = {"NONE"} - set(get_args(words))
        assert set(get_args(words)) == set(known.__members__) - optional


class TestAddresses:
    """A value in a path or query is named in its refusal, with what it should be."""

    @pytest.mark.parametrize(
        ("path", "pointer", "words"),
        [
            ("/v1/members/0xAB", "/path/member_id", '"0xAB" should be 0x and 40 lower-case hex'),
            (
                f"/v1/members/{ANN.account.upper()}",
                "/path/member_id",
                f'"{ANN.account.upper()}" should be 0x and 40 lower-case hex digits',
            ),
            ("/v1/claims/none", "/path/claim_id", '"none" should be 0x and 64 lower-case hex'),
            ("/v1/visits/7", "/path/visit_id", '"7" should be the id of a visit'),
            ("/v1/receipts/12-1", "/path/number", '"12-1" should be the number of a receipt'),
            ("/v1/coverages?day=soon", "/query/day", '"soon" should be a day such as 2026-03-02'),
            ("/v1/coverages?limit=many", "/query/limit", '"many" should be a valid integer'),
            ("/v1/coverages?limit=201", "/query/limit", '"201" should be less than or equal'),
            (f"/v1/coverages?limit={'9' * 5_000}", "/query/limit", "the value given (5000 ch"),
            ("/v1/coverages?day=2026-02-30", "/query/day", '"2026-02-30" is no day'),
            ("/v1/coverages?cursor=!", "/query/cursor", "not a cursor of this list"),
        ],
    )
    async def test_value__is_named(
        self, sqlite_api: Api, path: str, pointer: str, words: str
    ) -> None:
        answer = await sqlite_api.get(ANN, path)
        problem = answer.json()
        assert problem["code"] == "MalformedBody", answer.text
        assert problem["errors"][0]["pointer"] == pointer
        assert problem["values"]["reason"].startswith(words), problem
        assert len(answer.text) < 1_000

    async def test_insured_number_in_an_address__is_not_repeated(self, sqlite_api: Api) -> None:
        for path in ("/v1/members/{}", "/v1/coverages?member_id={}", "/v1/coverages?day={}"):
            answer = await sqlite_api.get(ANN, path.format("110101199003078515"))
            assert answer.status_code == 422
            assert "110101" not in answer.text
            assert "the value given (18 characters)" in answer.text
        unknown = await sqlite_api.get(ANN, "/v1/people/110101199003078515")
        assert unknown.json()["values"] == {"path": "the value given (29 characters)"}

    async def test_amount_that_is_text__is_not_repeated_if_it_may_be_a_person(
        self, sqlite_api: Api
    ) -> None:
        path = f"/v1/wallets/{ANN.account}/transfers/intents"
        for text, told in (("张三", "the value given (2 characters)"), ("5", "5")):
            body = {"receiver_id": ANN.account, "amount_fen": text}
            answer = await sqlite_api.send("POST", ANN, path, json=body)
            assert answer.json()["values"] == {"amount_fen": told}


class TestContentType:
    @pytest.mark.parametrize("given", [None, "text/plain", "application/x-www-form-urlencoded"])
    async def test_body_of_another_type__is_refused_by_the_name_of_the_header(
        self, sqlite_api: Api, given: str | None
    ) -> None:
        headers = {} if given is None else {"Content-Type": given}
        for route in writing(sqlite_api):
            (method,) = route.methods or {"POST"}
            role = min(role_table()[method, route.path] or Role)
            answer = await sqlite_api.send(
                method, ANN, filled(route.path), role=role, content=b"{}", headers=headers
            )
            problem = answer.json()
            assert (answer.status_code, problem["code"]) == (400, "MalformedBody"), route.path
            assert problem["errors"][0]["pointer"] == "/header/Content-Type"
            assert problem["values"]["reason"].endswith("should be application/json")
            assert ("is missing" in answer.text) is (given is None)

    async def test_route_without_a_body__wants_no_type(self, sqlite_api: Api) -> None:
        path = "/v1/visits/01890a5d-ac96-774b-bcce-b302099a8057/cancel"
        answer = await sqlite_api.post(CLINIC, path)
        assert (answer.status_code, answer.json()["code"]) == (404, "VisitUnknown")
