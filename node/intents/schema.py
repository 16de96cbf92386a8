"""Types of signed bodies, read from the compiled interfaces: ABI layout and EIP-712 type text.

A body has one of three shapes: static words only, words and one trailing `bytes`, or words and one
trailing array of claim lines (contracts/src/types/Intents.sol).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from node.artifacts import load
from node.intents.bodies import ClaimLine, IntentBody
from node.intents.messages import KINDS, IntentKind

# Words that Python or the house rules keep for something else.
PYTHON_NAMES = {"class": "item_class", "from": "from_account", "to": "to_account"}
ENVELOPE = "address actor,uint256 nonce,uint64 deadline"
LINE_TYPE_NAME = "ClaimLine"


class Shape(enum.Enum):
    """What follows the static words of a body."""

    STATIC = "static"
    BYTES = "bytes"
    LINES = "lines"


@dataclass(frozen=True, slots=True)
class Field:
    """One member of a struct: its name in Python, its name and type in the ABI and in Solidity."""

    name: str
    abi_name: str
    abi_type: str
    solidity_type: str


@dataclass(frozen=True, slots=True)
class Schema:
    """Layout of one kind: the static fields and, for two of the shapes, the trailing one."""

    kind: IntentKind
    shape: Shape
    words: tuple[Field, ...]
    trailing: Field | None
    line: tuple[Field, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return all fields in order."""
        return (*self.words, self.trailing) if self.trailing else self.words


def snake_case(name: str) -> str:
    """Return the Python name of an ABI name: amountFen becomes amount_fen."""
    text = "".join("_" + c.lower() if c.isupper() else c for c in name)
    return PYTHON_NAMES.get(name, text)


def _fields_of(components: list[dict[str, Any]]) -> tuple[Field, ...]:
    return tuple(
        Field(
            name=snake_case(part["name"]),
            abi_name=part["name"],
            abi_type=part["type"],
            # "enum Scheme", "Region", "uint64": the word says what it is, the last part its name.
            solidity_type=part["internalType"].split()[-1],
        )
        for part in components
    )


def _body_components(kind: IntentKind) -> list[dict[str, Any]]:
    rule = KINDS[kind]
    for entry in load(f"I{rule.contract}")["abi"]:
        if entry["type"] == "function" and entry["name"] == rule.function:
            components: list[dict[str, Any]] = entry["inputs"][2]["components"]
            return components
    raise LookupError(f"{rule.contract}.{rule.function} is not in the compiled interface")


def _require_same_names(body: type[IntentBody | ClaimLine], parts: tuple[Field, ...]) -> None:
    declared = [field.name for field in fields(body)]
    compiled = [part.name for part in parts]
    if declared != compiled:
        raise TypeError(f"{body.__name__}: fields {declared}, compiled {compiled}")


@cache
def schema_of(kind: IntentKind) -> Schema:
    """Return the layout of a kind.

    Errors: KeyError for NONE; TypeError when dataclass and compiled struct differ.
    """
    components = _body_components(kind)
    parts = _fields_of(components)
    _require_same_names(KINDS[kind].body, parts)
    last = parts[-1]
    if last.abi_type == "bytes":
        return Schema(kind, Shape.BYTES, parts[:-1], last, ())
    if last.abi_type == "tuple[]":
        line = _fields_of(components[-1]["components"])
        _require_same_names(ClaimLine, line)
        return Schema(kind, Shape.LINES, parts[:-1], last, line)
    return Schema(kind, Shape.STATIC, parts, None, ())


def _type_of(field: Field) -> str:
    abi_type = f"{LINE_TYPE_NAME}[]" if field.abi_type == "tuple[]" else field.abi_type
    return f"{abi_type} {field.abi_name}"


def line_type_string(schema: Schema) -> str:
    """Return the EIP-712 type of a claim line, empty for the other shapes."""
    if schema.shape is not Shape.LINES:
        return ""
    return f"{LINE_TYPE_NAME}({','.join(_type_of(field) for field in schema.line)})"


@cache
def type_string(kind: IntentKind) -> str:
    """Return the EIP-712 type of a kind: its name, the envelope, its fields, referenced types."""
    schema = schema_of(kind)
    members = ",".join([ENVELOPE, *(_type_of(field) for field in schema.fields)])
    return f"{KINDS[kind].type_name}({members}){line_type_string(schema)}"
