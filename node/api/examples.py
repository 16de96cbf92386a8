"""The recorded examples of the API: what a sandbox was asked and answered, by operation.

`scripts/record_examples.py` writes node/api/recorded/*.json; nobody writes them by hand.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import orjson

from node.api.problems import MEDIA_TYPE

FOLDER = "recorded"
JSON = "application/json"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
_PROBLEMS = {
    "400": "The request cannot be read, or something in it is missing.",
    "401": "Who asks, or who signed, is not proved.",
    "403": "Who asks is known and may not.",
    "404": "It does not exist, or must not be known to exist.",
    "406": "There is no answer in the wanted form.",
    "409": "The request is right and the state does not allow it.",
    "413": "The body is too large.",
    "422": "The request can be read and cannot be right.",
    "429": "Too many tries: `Retry-After` says when to come back.",
    "503": "The chain is away or not read far enough: try again after `Retry-After`.",
}


def recorded() -> dict[str, Any]:
    """Return the examples of every operation by its id."""
    found: dict[str, Any] = {}
    for file in (files("node.api") / FOLDER).iterdir():
        if file.name.endswith(".json"):
            found |= orjson.loads(file.read_bytes())
    return found


def show_examples(operation: dict[str, Any], shown: dict[str, Any]) -> None:
    """Put the examples of an operation where OpenAPI has places for them."""
    for parameter in operation.get("parameters", []):
        value = shown.get("parameters", {}).get(parameter["name"])
        if value is not None:
            whole = parameter["schema"].get("type") == "integer"
            parameter["example"] = int(value) if whole else value
            parameter["schema"].pop("examples", None)
    for media in operation.get("requestBody", {}).get("content", {}).values():
        media["examples"] = _named(shown.get("requests", {}))
    for status, examples in shown.get("answers", {}).items():
        _media_of(operation["responses"], status)["examples"] = _named(examples)


def _media_of(answers: dict[str, Any], status: str) -> dict[str, Any]:
    """Return where the examples of a status stand: of several forms of an answer its JSON."""
    if status not in answers:
        content = {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
        answers[status] = {"description": _PROBLEMS[status], "content": content}
    contents: dict[str, Any] = answers[status]["content"]
    media: dict[str, Any] = contents.get(JSON) or next(iter(contents.values()))
    media.pop("example", None)
    return media


def _named(examples: dict[str, Any]) -> dict[str, Any]:
    """Return examples as OpenAPI names them; of a problem the summary is its title."""
    return {
        name: {"summary": _summary(name, value), "value": value} for name, value in examples.items()
    }


def _summary(name: str, value: Any) -> str:
    is_problem = isinstance(value, dict) and value.get("code") == name
    return f"{name}: {value['title']}" if is_problem else name
