"""The examples of /docs are true: recorded from a sandbox, and they still fit the routes (P59).

Whatever fails here after a change of the API is mended by `scripts/record_examples.py`.
"""

import json
import re
from dataclasses import fields
from typing import Any

import pytest

from node.api.problems import MEDIA_TYPE
from node.devnet.home.folder import token_holders
from node.devnet.network.manifest import load_manifest
from node.devnet.seed.parties import member_party, organisation_party
from node.domain.errors import CATALOGUE
from node.intents.messages import Intent
from node.intents.typed_data import Domain, digest, typed_data_json
from node.intents.verify import signer_key
from node.intents.wire import intent_from_json, signatures_from_json
from scripts.examples.story import CHILD_NUMBER, DAN, NUMBER
from tests.fixtures.gateway.description import (
    Document,
    answers_of,
    contents,
    document,
    objects,
    operations,
    requests_of,
    schema_in,
)

__all__ = ["document"]

RECORD = "run scripts/record_examples.py, then scripts/build_openapi.py"
ENVELOPE = {"kind", "actor", "nonce", "deadline", "body"}
IDENTITY_NUMBER = re.compile(r"(?<![0-9a-fx])[1-9][0-9]{16}[0-9X](?![0-9a-f])")
FAILURES = ("400", "401", "403", "404", "406", "409", "413", "422", "429", "503")


@pytest.fixture(scope="module")
def domain(document: Document) -> Domain:
    """Return where the recorded signatures are valid."""
    (shown,) = answers_of(document["paths"]["/v1/network"]["get"], "200")
    return Domain(shown["chain_id"], shown["router"])


class TestEveryRoute:
    def test_request_and_every_answer__have_an_example(self, document: Document) -> None:
        for _, path, operation in operations(document):
            found = list(contents(operation))
            wanted = {status for status, _, _ in found}
            shown = {status for status, _, content in found if content.get("examples")}
            assert shown == wanted, (path, RECORD)

    def test_closed_route__shows_its_refusals(self, document: Document) -> None:
        """Without a token, under another role, with another body, too early."""
        for _, path, operation in operations(document):
            if "security" not in operation:
                continue
            codes = {one["code"] for one in answers_of(operation, *FAILURES)}
            assert {"SignInRequired", "ChainLagging"} <= codes, (path, RECORD)
            if "**Who may call:** every role" not in operation["description"]:
                assert codes & {"RoleMissing", "NotOwner"}, (path, RECORD)
            if "requestBody" in operation:
                assert "MalformedBody" in codes, (path, RECORD)
            if "Idempotency-Key" in json.dumps(operation.get("parameters", [])):
                assert {"IdempotencyKeyMissing", "IdempotencyKeyReused"} <= codes, (path, RECORD)

    def test_required_parameters__have_an_example_of_their_form(self, document: Document) -> None:
        for _, path, operation in operations(document):
            for one in operation.get("parameters", []):
                if one["required"] and one["in"] != "header":
                    assert "example" in one, (path, one["name"], RECORD)
                    schema_in(document, one["schema"]).validate(one["example"])

    def test_examples__fit_their_schemas(self, document: Document) -> None:
        for _, path, operation in operations(document):
            for status, media_type, content in contents(operation):
                if "json" not in media_type:
                    continue
                fits = schema_in(document, content["schema"])
                for name, one in content.get("examples", {}).items():
                    wrong = [fault.message for fault in fits.iter_errors(one["value"])]
                    assert wrong == [], (path, status, name, RECORD)

    def test_examples_beside_a_field__fit_it_and_no_shape_has_one_of_its_own(
        self, document: Document
    ) -> None:
        for name, shape in document["components"]["schemas"].items():
            assert "examples" not in shape, (name, RECORD)
            for field in shape.get("properties", {}).values():
                for value in field.get("examples", []):
                    schema_in(document, field).validate(value)


class TestIntents:
    def test_every_intent__can_be_read_and_is_for_the_sandbox(
        self, document: Document, domain: Domain
    ) -> None:
        assert domain.chain_id == load_manifest().chain.chain_id
        found = 0
        for _, path, operation in operations(document):
            for part in objects([requests_of(operation), answers_of(operation, "200")]):
                if part.keys() == ENVELOPE:
                    intent_from_json(part)
                    found += 1
                if "intent" in part and "digest" in part:
                    assert part["digest"] == digest(intent_from_json(part["intent"]), domain), path
                if "intent" in part and "typed_data" in part:
                    intent = intent_from_json(part["intent"])
                    assert part["typed_data"] == typed_data_json(intent, domain), path
        assert found > 50

    def test_chain_ids__are_the_sandboxs(self, document: Document) -> None:
        wanted = load_manifest().chain.chain_id
        for part in objects([operation for _, _, operation in operations(document)]):
            for name in ("chain_id", "chainId"):
                if isinstance(part.get(name), int):
                    assert part[name] == wanted

    def test_signatures__are_of_the_parties_and_for_the_intent(
        self, document: Document, domain: Domain
    ) -> None:
        manifest = load_manifest()
        parties = [one.party for one in token_holders(manifest)]
        parties += [organisation_party(one.name) for one in manifest.officers]
        keys = {one.signer.key for one in (*parties, member_party(DAN))}
        accounts = {one.account: one.signer.key for one in parties}
        found = 0
        for _, path, operation in operations(document):
            for part in objects(requests_of(operation)):
                if "intent" in part and "signatures" in part:
                    intent = intent_from_json(part["intent"])
                    signatures = signatures_from_json(part["signatures"])
                    assert len(signatures) == 1 + (intent.counterparty is not None), path
                    for one in signatures:
                        key = signer_key(digest(intent, domain), one)
                        assert key in keys, path
                        assert accounts.get(one.account, key) == key, path
                        found += 1
        assert found > 20

    def test_route_takes__what_its_own_preparation_gives(self, document: Document) -> None:
        """A body that hands in has a kind, and a digest, that `POST …/intents` gave here."""
        paths = document["paths"]
        pairs = [path for path in paths if f"{path}/intents" in paths]
        assert len(pairs) >= 16
        for path in pairs:
            prepared = _intents(answers_of(paths[f"{path}/intents"]["post"], "200"))
            handed_in = _intents(requests_of(paths[path]["post"]))
            assert {one.kind for one in handed_in} == {one.kind for one in prepared}, path
            assert set(handed_in) <= set(prepared), path

    def test_accepted__is_the_intent_of_the_request(
        self, document: Document, domain: Domain
    ) -> None:
        for _, path, operation in operations(document):
            if "202" not in operation["responses"]:
                continue
            sent = {digest(one, domain) for one in _intents(requests_of(operation))}
            told = {part["digest"] for part in objects(answers_of(operation, "202", "200"))
                    if "digest" in part}  # fmt: skip
            assert told == sent, path


class TestProblems:
    def test_problem__is_one_of_the_catalogue_under_its_own_status(
        self, document: Document
    ) -> None:
        found = 0
        for _, path, operation in operations(document):
            for status, media_type, content in contents(operation):
                for name, one in content.get("examples", {}).items():
                    if media_type != MEDIA_TYPE or status == "default":
                        continue
                    body, place, found = one["value"], (path, status, name), found + 1
                    if name == "RouteUnknown":
                        assert status == "404", place
                        continue
                    error = CATALOGUE[name]
                    assert body["code"] == name, place
                    assert body["status"] == int(status), place
                    statuses = {error.http_status or error.category.http_status}
                    # A field of another shape can be read and is wrong.
                    assert body["status"] in statuses | (
                        {422} if name == "MalformedBody" else set()
                    )
                    assert body["category"] == error.category.word, place
                    names = {field.name for field in fields(error)} - {"field"}
                    assert body["values"].keys() == names, place
        assert found > 250


class TestPeople:
    def test_everybody__is_made_up(self, document: Document) -> None:
        people = [one.person for one in load_manifest().members if one.person]
        made_up = {NUMBER, CHILD_NUMBER, *(one.number for one in people)}
        shown = set(IDENTITY_NUMBER.findall(json.dumps(document)))
        assert NUMBER in shown
        assert shown <= made_up

    def test_no_token__is_shown(self, document: Document) -> None:
        assert not re.search(r"Bearer [A-Za-z0-9_-]{8}", json.dumps(document))


def _intents(values: list[Any]) -> list[Intent]:
    return [intent_from_json(part) for part in objects(values) if part.keys() == ENVELOPE]
