"""The published description of the API: what of a change a client of the old one would notice."""

import copy
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.build_openapi import Comparison, released

Document = dict[str, Any]
PARTY = {
    "type": "object",
    "required": ["id", "state"],
    "properties": {
        "id": {"type": "string", "maxLength": 40},
        "state": {"type": "string", "enum": ["OPEN", "SHUT"]},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "count": {"type": "integer", "exclusiveMaximum": 256},
        "part": {"$ref": "#/components/schemas/Part"},
        "holder": {"$ref": "#/components/schemas/Party"},
    },
}
PART = {
    "oneOf": [{"$ref": "#/components/schemas/Cash"}, {"$ref": "#/components/schemas/Points"}],
    "discriminator": {
        "propertyName": "kind",
        "mapping": {
            "CASH": "#/components/schemas/Cash",
            "POINTS": "#/components/schemas/Points",
        },
    },
}
CASH = {"type": "object", "properties": {"fen": {"type": "integer"}}}
CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/Party"}}}
OLD: Document = {
    "paths": {
        "/v1/parties": {
            "get": {
                "parameters": [
                    {"in": "query", "name": "cursor", "schema": {"type": "string"}},
                ],
                "responses": {"200": {"content": copy.deepcopy(CONTENT)}},
            },
            "post": {
                "requestBody": {"required": True, "content": copy.deepcopy(CONTENT)},
                "responses": {"201": {}, "409": {}},
            },
        }
    },
    "components": {"schemas": {"Party": PARTY, "Part": PART, "Cash": CASH, "Points": CASH}},
}


def operation(document: Document, method: str) -> Document:
    found: Document = document["paths"]["/v1/parties"][method]
    return found


def party(document: Document) -> Document:
    found: Document = document["components"]["schemas"]["Party"]
    return found


def forms(document: Document) -> Document:
    found: Document = document["components"]["schemas"]["Part"]["discriminator"]["mapping"]
    return found


def changes_of(change: Callable[[Document], Any]) -> list[str]:
    new = copy.deepcopy(OLD)
    change(new)
    return Comparison(OLD, new).breaking()


class TestBreakingChange:
    """P59."""

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            (lambda new: operation(new, "get") and new["paths"].clear(), "GET /v1/parties: gone"),
            (
                lambda new: operation(new, "post")["responses"].pop("409"),
                "POST /v1/parties: answer 409 gone",
            ),
            (
                lambda new: operation(new, "get")["parameters"].clear(),
                "GET /v1/parties: parameter cursor gone",
            ),
            (
                lambda new: operation(new, "get")["parameters"][0].update(required=True),
                "GET /v1/parties: parameter cursor now required",
            ),
            (
                lambda new: operation(new, "get").update(security=[{"bearer": []}]),
                "GET /v1/parties: now needs a token",
            ),
            (lambda new: party(new)["properties"].pop("note"), "GET /v1/parties 200/note: gone"),
            (
                lambda new: party(new)["properties"]["id"].update(type="integer"),
                "GET /v1/parties 200/id: string became integer",
            ),
            (
                lambda new: party(new)["properties"].update(id=PARTY["properties"]["note"]),
                "GET /v1/parties 200/id: string became null, string",
            ),
            (
                lambda new: party(new)["required"].remove("id"),
                "GET /v1/parties 200/id: no longer always there",
            ),
            (
                lambda new: party(new)["required"].append("note"),
                "POST /v1/parties body/note: now required",
            ),
            (
                lambda new: party(new)["properties"]["id"].update(maxLength=20),
                "POST /v1/parties body/id: maxLength is now 20",
            ),
            (
                lambda new: party(new)["properties"]["state"]["enum"].remove("SHUT"),
                "POST /v1/parties body/state: SHUT no longer taken",
            ),
            (
                lambda new: party(new)["properties"]["state"]["enum"].append("LOST"),
                "GET /v1/parties 200/state: LOST is new to clients",
            ),
            (
                lambda new: party(new)["properties"]["count"].update(exclusiveMaximum=16),
                "POST /v1/parties body/count: exclusiveMaximum is now 16",
            ),
            (
                lambda new: new["components"]["schemas"]["Points"].update(required=["fen"]),
                "POST /v1/parties body/part/POINTS/fen: now required",
            ),
            (
                lambda new: new["components"]["schemas"]["Points"].update(properties={}),
                "GET /v1/parties 200/part/POINTS/fen: gone",
            ),
            (
                lambda new: forms(new).pop("POINTS"),
                "POST /v1/parties body/part: POINTS no longer taken",
            ),
            (
                lambda new: forms(new).update(CARD="#/components/schemas/Cash"),
                "GET /v1/parties 200/part: CARD is new to clients",
            ),
            (
                lambda new: new["components"]["schemas"].update(Part={"type": "string"}),
                "GET /v1/parties 200/part: object became string",
            ),
            (
                lambda new: operation(new, "post")["requestBody"].update(content={}),
                "POST /v1/parties: a body of application/json is no longer taken",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_change_that_a_client_notices__is_named(
        self, change: Callable[[Document], Any], found: str
    ) -> None:
        assert found in changes_of(change)

    @pytest.mark.parametrize(
        "change",
        [
            lambda new: None,
            lambda new: new["paths"].update({"/v1/more": {"get": {"responses": {}}}}),
            lambda new: operation(new, "post")["responses"].update({"200": {}}),
            lambda new: party(new)["properties"].update(colour={"type": "string"}),
            lambda new: operation(new, "get")["parameters"].append(
                {"in": "query", "name": "limit", "schema": {"type": "integer"}}
            ),
        ],
        ids=["nothing", "route", "answer", "property", "parameter"],
    )
    def test_addition__breaks_nothing(self, change: Callable[[Document], Any]) -> None:
        assert changes_of(change) == []


class TestRelease:
    def test_newest_tag_with_a_description__is_what_counts(self, tmp_path: Path) -> None:
        def git(*words: str) -> None:
            identity = ("-c", "user.name=x", "-c", "user.email=x@example.org")
            subprocess.run(["git", *identity, *words], cwd=tmp_path, check=True)

        git("init", "-q")
        git("commit", "-q", "--allow-empty", "-m", "chore: begin")
        git("tag", "v0.9.0")
        assert released(tmp_path) is None
        (tmp_path / "docs").mkdir()
        for version in ("1.2.0", "1.10.0"):
            (tmp_path / "docs" / "openapi.json").write_text(f'{{"of": "{version}"}}')
            git("add", "-A")
            git("commit", "-q", "-m", "chore: release")
            git("tag", f"v{version}")
        assert released(tmp_path) == ("v1.10.0", {"of": "1.10.0"})
