"""Which errors a caller of a contract can meet: its own, and those of what it calls.

The compiler lists in an ABI the errors that a contract raises itself. What comes up from a contract
it calls, from a linked library or, at the router, from the module of an intent is missing, and an
interface has none at all; nor has any ABI what an event names by its selector only.
`with_called_errors` adds them; the bytecode is not its business.
"""

import re
from collections.abc import Mapping
from typing import Any

Artifacts = Mapping[str, dict[str, Any]]
Errors = dict[str, dict[str, Any]]
"""Entries of an ABI by signature."""
CALLED = "calledErrors"
# They call what they are told to, so anything may come up through them.
DISPATCHERS = ("IntentRouter", "NetworkAuthority")
# Restricted functions ask the authority for the schedule of a delayed call, and nothing else.
AUTHORITY, SCHEDULING = (
    "NetworkAuthority",
    {
        *("AccessManagerExpired(bytes32)", "AccessManagerNotReady(bytes32)"),
        *("AccessManagerNotScheduled(bytes32)", "AccessManagerUnauthorizedConsume(address)"),
    },
)

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
IMPORT = re.compile(r"\bimport\b[^;]*;")
HEAD = re.compile(r"\b(?:contract|interface|library)\s+(\w+)(?:\s+is\s+([^{]*))?\s*\{")
# `IName.something` is a type or a selector of the interface; only a value of it can be called.
VALUE = re.compile(r"\b(I[A-Z]\w*)\b(?!\s*\.)")
NAMED = re.compile(r"\b([A-Z]\w*)\.selector\b")
DECLARED = re.compile(r"^error\s+(\w+)\s*\(([^)]*)\)", re.M)


def with_called_errors(artifacts: Artifacts, texts: Mapping[str, list[str]]) -> Artifacts:
    """Return the artifacts with every error a call can end in; `calledErrors` names the added ones.

    `texts` has, by contract, its source and everything that source imports. An interface gets the
    errors of whoever implements it.
    """
    own = {name: _own_errors(artifact) for name, artifact in artifacts.items()}
    codes = {name: [_code(text) for text in found] for name, found in texts.items()}
    scheduling = {
        signature: own[AUTHORITY][signature] for signature in SCHEDULING if AUTHORITY in own
    }
    calls = _calls(artifacts, codes)
    completed = {}
    for name, artifact in artifacts.items():
        added: Errors = {}
        for one in sorted(_reached(name, calls)):
            added |= own[one] | _named_errors(codes[one])
            if "AccessManagedUnauthorized(address)" in own[one]:
                added |= scheduling
        completed[name] = _with_errors(artifact, own[name], added)
    return completed


def signature(error: dict[str, Any]) -> str:
    """Return the text whose hash starts with an error's selector; no error of ours has a tuple."""
    return f"{error['name']}({','.join(value['type'] for value in error['inputs'])})"


def _own_errors(artifact: dict[str, Any]) -> Errors:
    """Return the errors the compiler listed."""
    added = artifact.get(CALLED, [])
    errors = {signature(part): part for part in artifact["abi"] if part["type"] == "error"}
    return {key: part for key, part in errors.items() if key not in added}


def _with_errors(artifact: dict[str, Any], own: Errors, added: Errors) -> dict[str, Any]:
    errors = {**added, **own}
    rest = [part for part in artifact["abi"] if part["type"] != "error"]
    # The compiler's own order: by kind, then by name.
    before = [part for part in rest if part["type"] < "error"]
    abi = [*before, *(errors[key] for key in sorted(errors)), *rest[len(before) :]]
    completed = {key: value for key, value in artifact.items() if key != CALLED} | {"abi": abi}
    if called := sorted(added.keys() - own.keys()):
        completed[CALLED] = called
    return completed


def _named_errors(codes: list[str]) -> Errors:
    """Return the errors a contract names by selector, as one tells why it left an intent out.

    Only those of elementary values, whose entry in an ABI can be told from the declaration.
    """
    named = {name for code in codes for name in NAMED.findall(code)}
    errors: Errors = {}
    for name, listed in (found for code in codes for found in DECLARED.findall(code)):
        values = [value.split() for value in listed.split(",") if value.strip()]
        if name in named and all(
            re.match(r"u?int\d|address|bytes\d|bool", one) for one, _ in values
        ):
            inputs = [{"internalType": one, "name": as_, "type": one} for one, as_ in values]
            error = {"inputs": inputs, "name": name, "type": "error"}
            errors[signature(error)] = error
    return errors


def _calls(artifacts: Artifacts, codes: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """Return, by contract, whom it calls: implementers of our interfaces, linked libraries."""
    implementers = _implementers(artifacts, codes)
    deployed = {name for name, one in artifacts.items() if len(one["deployedBytecode"]) > 200}
    calls: dict[str, set[str]] = {}
    for name, artifact in artifacts.items():
        if artifact["kind"] == "interface":
            calls[name] = implementers.get(name, set())
            continue
        used = {found for code in codes[name] for found in VALUE.findall(HEAD.sub("", code))}
        linked = {library for unit in artifact["linkReferences"].values() for library in unit}
        calls[name] = linked.union(*(implementers.get(one, set()) for one in used))
        if name in DISPATCHERS:
            calls[name] |= deployed - {AUTHORITY}
    return calls


def _implementers(artifacts: Artifacts, codes: Mapping[str, list[str]]) -> dict[str, set[str]]:
    """Return, by interface, the contracts of ours that implement it, directly or not."""
    bases = {
        name: set(re.findall(r"\w+", listed))
        for found in codes.values()
        for code in found
        for name, listed in HEAD.findall(code)
    }
    implementers: dict[str, set[str]] = {}
    for name in artifacts:
        waiting, seen = [name], set[str]()
        while waiting:
            for base in bases.get(waiting.pop(), set()) - seen:
                seen.add(base)
                waiting.append(base)
        if artifacts[name]["kind"] == "contract":
            for base in seen & artifacts.keys():
                implementers.setdefault(base, set()).add(name)
    return implementers


def _reached(name: str, calls: Mapping[str, set[str]]) -> set[str]:
    """Return a contract and everything its calls lead to."""
    waiting, seen = [name], {name}
    while waiting:
        fresh = calls[waiting.pop()] - seen
        seen |= fresh
        waiting += fresh
    return seen


def _code(text: str) -> str:
    """Return a source without comments and imports."""
    return IMPORT.sub("", COMMENT.sub("", text))
