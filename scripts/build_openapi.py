#!/usr/bin/env python3
"""Write docs/openapi.json, the published description of the API, from the app itself.

`--check` compares the committed file with the app, and with the document of the last release: the
newest tag vX.Y.Z that has one. What a client of that release could notice is a breaking change and
needs a new major version of the API. Leaves with 1 on a difference or a breaking change.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("ETH_HASH_BACKEND", "pysha3")

from node.app import create_app  # noqa: E402
from node.bootstrap import Gateway  # noqa: E402

DOCUMENT = ROOT / "docs" / "openapi.json"
METHODS = ("get", "put", "post", "delete", "patch")
# Bounds of what clients send, and which way each gets narrower.
BOUNDS = (
    *(("maxLength", 1), ("maximum", 1), ("exclusiveMaximum", 1)),
    *(("minLength", -1), ("minimum", -1), ("exclusiveMinimum", -1)),
)
Schema = dict[str, Any]


def render() -> str:
    """Return the description of the production API as committed."""
    # Describing the routes needs no database and no chain.
    gateway = cast("Gateway", SimpleNamespace(is_sandbox=False))
    return json.dumps(create_app(gateway).openapi(), indent=1, ensure_ascii=False) + "\n"


def released(root: Path = ROOT) -> tuple[str, Schema] | None:
    """Return tag and document of the last release, None before the first one."""
    listed = subprocess.run(
        ["git", "tag", "--list", "v[0-9]*", "--sort=-version:refname"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    for tag in listed.stdout.split():
        shown = subprocess.run(
            ["git", "show", f"{tag}:docs/openapi.json"],
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
        if shown.returncode == 0:
            return tag, json.loads(shown.stdout)
    return None


class Comparison:
    """Two documents; `breaking` says what a client of the old one cannot do with the new one."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old, self.new = old, new

    def breaking(self) -> list[str]:
        """Return one sentence per breaking change."""
        return list(self._paths())

    def _paths(self) -> Iterator[str]:
        for path, operations in self.old["paths"].items():
            for method in METHODS:
                if method not in operations:
                    continue
                place = f"{method.upper()} {path}"
                found = self.new["paths"].get(path, {}).get(method)
                if found is None:
                    yield f"{place}: gone"
                    continue
                yield from self._operation(place, operations[method], found)

    def _operation(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        if "security" in new and "security" not in old:
            yield f"{place}: now needs a token"
        yield from self._parameters(place, old, new)
        yield from self._request(place, old, new)
        for status, answer in old["responses"].items():
            if status not in new["responses"]:
                yield f"{place}: answer {status} gone"
                continue
            for media, content in answer.get("content", {}).items():
                found = new["responses"][status].get("content", {}).get(media)
                if found is None:
                    yield f"{place}: {media} gone from answer {status}"
                    continue
                yield from self._schema(
                    f"{place} {status}",
                    content.get("schema", {}),
                    found.get("schema", {}),
                    sent=False,
                )

    def _parameters(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        before = {(one["in"], one["name"]): one for one in old.get("parameters", [])}
        after = {(one["in"], one["name"]): one for one in new.get("parameters", [])}
        for key in before.keys() - after.keys():
            yield f"{place}: parameter {key[1]} gone"
        for key, one in after.items():
            known = before.get(key)
            if one.get("required") and not (known and known.get("required")):
                yield f"{place}: parameter {key[1]} now required"
            if known is not None:
                yield from self._schema(
                    f"{place} {key[1]}", known["schema"], one["schema"], sent=True
                )

    def _request(self, place: str, old: Schema, new: Schema) -> Iterator[str]:
        before, after = old.get("requestBody"), new.get("requestBody")
        if after and after.get("required") and not (before and before.get("required")):
            yield f"{place}: a body is now required"
        for media, content in (before or {}).get("content", {}).items():
            found = (after or {}).get("content", {}).get(media)
            if found is None:
                yield f"{place}: a body of {media} is no longer taken"
                continue
            yield from self._schema(
                f"{place} body", content.get("schema", {}), found.get("schema", {}), sent=True
            )

    def _schema(
        self,
        place: str,
        old: Schema,
        new: Schema,
        *,
        sent: bool,
        seen: frozenset[str] = frozenset(),
    ) -> Iterator[str]:
        """Compare two schemas; `sent` is what clients send, else what they receive."""
        name = str(old.get("$ref", ""))
        if name and name in seen:
            return
        seen |= {name}
        before, after = kinds(self.old, old), kinds(self.new, new)
        # Clients may be sent less and may send more, not the other way round.
        if (before - after) if sent else (after - before):
            yield f"{place}: {', '.join(sorted(before))} became {', '.join(sorted(after))}"
            return
        old, new = resolve(self.old, old), resolve(self.new, new)
        yield from words(place, old, new, sent=sent)
        yield from self._forms(place, old, new, sent=sent, seen=seen)
        yield from self._properties(place, old, new, sent=sent, seen=seen)
        if "items" in old and "items" in new:
            yield from self._schema(f"{place}/*", old["items"], new["items"], sent=sent, seen=seen)

    def _forms(
        self, place: str, old: Schema, new: Schema, *, sent: bool, seen: frozenset[str]
    ) -> Iterator[str]:
        """Compare objects that a word in them tells apart: each form with that of its word."""
        before, after = (one.get("discriminator", {}).get("mapping", {}) for one in (old, new))
        if not (before and after):
            return
        lost, won = sorted(before.keys() - after.keys()), sorted(after.keys() - before.keys())
        if sent and lost:
            yield f"{place}: {', '.join(lost)} no longer taken"
        if not sent and won:
            yield f"{place}: {', '.join(won)} is new to clients"
        for word in sorted(before.keys() & after.keys()):
            forms = ({"$ref": before[word]}, {"$ref": after[word]})
            yield from self._schema(f"{place}/{word}", *forms, sent=sent, seen=seen)

    def _properties(
        self, place: str, old: Schema, new: Schema, *, sent: bool, seen: frozenset[str]
    ) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for key in sorted(before.keys() - after.keys()):
            yield f"{place}/{key}: gone"
        needed, promised = set(new.get("required", [])), set(old.get("required", []))
        if sent:
            for key in sorted(needed - promised):
                yield f"{place}/{key}: now required"
        else:
            for key in sorted((promised - needed) & after.keys()):
                yield f"{place}/{key}: no longer always there"
        for key in sorted(before.keys() & after.keys()):
            yield from self._schema(f"{place}/{key}", before[key], after[key], sent=sent, seen=seen)


def resolve(document: Schema, schema: Schema) -> Schema:
    """Return a schema with its reference followed; of `X or null`, X."""
    if "$ref" in schema:
        found: Schema = document
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return resolve(document, found)
    others = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    return resolve(document, others[0]) if len(others) == 1 else schema


def kinds(document: Schema, schema: Schema) -> frozenset[str]:
    """Return the JSON types a schema stands for."""
    if "$ref" in schema:
        return kinds(document, resolve(document, schema))
    if parts := schema.get("anyOf") or schema.get("oneOf"):
        return frozenset().union(*(kinds(document, one) for one in parts))
    found = schema.get("type", "anything")
    return frozenset(found if isinstance(found, list) else [found])


def words(place: str, old: Schema, new: Schema, *, sent: bool) -> Iterator[str]:
    """Compare closed lists of words, and lengths and bounds of what clients send."""
    if "enum" in old and "enum" in new:
        lost, won = set(old["enum"]) - set(new["enum"]), set(new["enum"]) - set(old["enum"])
        if sent and lost:
            yield f"{place}: {', '.join(map(str, sorted(lost)))} no longer taken"
        if not sent and won:
            yield f"{place}: {', '.join(map(str, sorted(won)))} is new to clients"
    elif sent and "enum" in new and "enum" not in old:
        yield f"{place}: now a closed list"
    for key, sign in BOUNDS:
        if sent and key in new and (key not in old or sign * new[key] < sign * old[key]):
            yield f"{place}: {key} is now {new[key]}"


def check(text: str) -> list[str]:
    """Return what is wrong with the committed document."""
    problems = []
    if not DOCUMENT.exists() or DOCUMENT.read_text() != text:
        problems.append("docs/openapi.json is not what the app says: run scripts/build_openapi.py")
    if (last := released()) is None:
        print("no release has a description yet: nothing can break")
        return problems
    tag, document = last
    changes = Comparison(document, json.loads(text)).breaking()
    print(f"{len(changes)} breaking changes since {tag}")
    return [*problems, *changes]


def main() -> int:
    """Write or compare, and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare only")
    text = render()
    if not parser.parse_args().check:
        DOCUMENT.write_text(text)
        return 0
    problems = check(text)
    for problem in problems:
        print(problem, file=sys.stderr)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
