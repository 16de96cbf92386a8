"""Reading JSON documents: whole numbers only, and every refusal names its place.

A `Place` is a value with its JSON pointer (RFC 6901); plan documents and cases files are read
through it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from node.domain.errors import MalformedBody
from node.domain.money import UNLIMITED, Bp, Fen, amount, ratio
from node.domain.said import said

MAX_DEPTH = 64
# A string that never ends runs to the end of the text, so that the search stays linear.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)|[\[\]{}]', re.DOTALL)
_DEPTH = {"[": 1, "{": 1, "]": -1, "}": -1}


class NotWhole(str):
    """A number with a fraction or exponent, kept as its text so that checks can name it."""

    __slots__ = ()


def load_json(text: str | bytes) -> Any:
    """Return the value of a JSON text in which every number is whole.

    Numbers with fractions become NotWhole. Errors: MalformedBody (syntax, repeated keys, NaN, bad
    UTF-8, more than 64 levels) with line and column where there is one.
    """
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        _require_shallow(plain)
        return json.loads(
            plain,
            parse_float=NotWhole,
            parse_constant=_refuse_constant,
            object_pairs_hook=_unique_keys,
        )
    except UnicodeDecodeError as error:
        raise MalformedBody("the text is not UTF-8", field="") from error
    except json.JSONDecodeError as error:
        form = "not JSON: {message}, line {line} column {column}"
        reason = said(form, message=error.msg, line=error.lineno, column=error.colno)
        raise MalformedBody(reason, field="") from error
    except ValueError as error:
        raise MalformedBody("a number has too many digits", field="") from error


def _require_shallow(text: str) -> None:
    """Refuse deep nesting before parsing: the parser in C can exhaust the stack and crash."""
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        depth += _DEPTH.get(match[0], 0)
        if depth > MAX_DEPTH:
            raise MalformedBody(
                said("nested deeper than {levels} levels", levels=MAX_DEPTH), field=""
            )


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedBody(said("{name} is not a number", name=name), field="")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # Readers disagree on which of two equal keys counts, so neither does.
        repeated = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise MalformedBody(said("key {key} is repeated", key=repr(repeated)), field="")
    return found


def canonical_json(value: Any) -> bytes:
    """Return the one byte form of a document: sorted keys, no spaces, UTF-8, whole numbers."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of a document as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def pointer_part(name: str) -> str:
    """Return a name as it stands in a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True)
class Place:
    """A value inside a document and the pointer to it."""

    value: Any
    pointer: str = ""

    def refuse(self, reason: str) -> NoReturn:
        """Raise MalformedBody for this place."""
        raise MalformedBody(reason, field=self.pointer)

    def __getitem__(self, key: str | int) -> Place:
        """Return the place of a member or element that exists."""
        return Place(self.value[key], f"{self.pointer}/{pointer_part(str(key))}")

    def __contains__(self, key: str) -> bool:
        """Tell whether the object has this key, even with the value null."""
        return key in self.value

    def get(self, key: str) -> Place | None:
        """Return the place of a member, or None if it is missing or null."""
        return self[key] if self.value.get(key) is not None else None

    def need(self, key: str) -> Place:
        """Return the place of a member. Errors: MalformedBody if it is missing or null."""
        found = self.get(key)
        if found is None:
            self.refuse(said("{name} is missing", name=repr(key)))
        return found

    def object(self, *allowed: str) -> Place:
        """Return this place if it is an object with no keys but the allowed ones (if any)."""
        if not isinstance(self.value, dict):
            self.refuse("must be an object")
        unknown = sorted(set(self.value) - set(allowed)) if allowed else []
        if unknown:
            self[unknown[0]].refuse(said("unknown field {name}", name=repr(unknown[0])))
        return self

    def items(self) -> Iterator[tuple[str, Place]]:
        """Yield the members of an object in document order. Errors: MalformedBody."""
        self.object()
        for key in self.value:
            yield key, self[key]

    def elements(self, *, at_least: int = 0) -> list[Place]:
        """Return the elements of a list. Errors: MalformedBody."""
        if not isinstance(self.value, list) or len(self.value) < at_least:
            few = said("must be a list of at least {count}", count=at_least)
            self.refuse(few if at_least else "must be a list")
        return [self[index] for index in range(len(self.value))]

    def pair(self) -> tuple[Place, Place]:
        """Return the two elements of a list. Errors: MalformedBody."""
        elements = self.elements()
        if len(elements) != 2:
            self.refuse("must have two entries")
        return elements[0], elements[1]

    def text(self, *, max_bytes: int = 256) -> str:
        """Return a text that is not empty. Errors: MalformedBody."""
        if not isinstance(self.value, str) or isinstance(self.value, NotWhole) or not self.value:
            self.refuse("must be a text")
        if len(self.value.encode("utf-8", "replace")) > max_bytes:
            self.refuse(said("is longer than {count} bytes", count=max_bytes))
        return str(self.value)

    def flag(self) -> bool:
        """Return true or false. Errors: MalformedBody."""
        if not isinstance(self.value, bool):
            self.refuse("must be true or false")
        return self.value

    def whole(self, minimum: int, maximum: int) -> int:
        """Return a whole number in range. Errors: MalformedBody."""
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            self.refuse("must be a whole number")
        if not minimum <= self.value <= maximum:
            self.refuse(said("must be from {low} to {high}", low=minimum, high=maximum))
        return self.value

    def amount(self, *, minimum: int = 0) -> Fen:
        """Return an amount in fen. Errors: InvalidAmount."""
        return amount(self.value, minimum=minimum, field=self.pointer)

    def limit(self) -> int:
        """Return an amount, or UNLIMITED for null. Errors: InvalidAmount."""
        return UNLIMITED if self.value is None else self.amount()

    def ratio(self) -> Bp:
        """Return a ratio in bp. Errors: InvalidRatio."""
        return ratio(self.value, field=self.pointer)

    def choice(self, *words: str) -> str:
        """Return one of the given words. Errors: MalformedBody."""
        if self.value not in words:
            self.refuse(said("must be one of {words}", words=", ".join(words)))
        return str(self.value)
