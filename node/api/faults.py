"""What is wrong with a value of a request, in words: its place, what was given, what is wanted.

A value in an address or a closed list of words is repeated to its sender, cut, if it cannot be
about a person. Every other value of a body stays unsaid: names and insured numbers travel there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.api.schemas.shapes import WANTED

LONGEST_SHOWN = 80
"""Characters of a value that are repeated: an id of 66 fits."""
IN_ADDRESS = frozenset({"path", "query"})
_PLAIN = re.compile(r"[\x21-\x7e]+")
# Insured, card and telephone numbers, however they are spaced, and addresses of mail.
_PERSONAL = re.compile(r"(?:[0-9][-._/]?){11,}|@")
_HEX = re.compile(r"0[xX][0-9a-zA-Z]*")
_WORDS = re.compile(r"'((?:[^'\\]|\\.)*)'")
_PYDANTIC_START = "Input should be "


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong value. `allowed` has the words of a closed list, and is empty elsewhere."""

    pointer: str
    detail: str
    allowed: tuple[str, ...] = ()


def fault_of(found: Mapping[str, Any]) -> Fault:
    """Return the fault that a validation error of pydantic tells of."""
    location: tuple[int | str, ...] = found["loc"]
    pointer = pointer_of(location)
    kind = found["type"]
    if kind == "missing":
        return Fault(pointer, f"{_name(location)} is missing")
    if kind == "extra_forbidden":
        return Fault(pointer, "no such field: extra inputs are not permitted")
    allowed = _allowed(found)
    wanted = _wanted(found, allowed)
    if wanted is None:
        return Fault(pointer, str(found["msg"]))
    if location[0] in IN_ADDRESS or allowed:
        return Fault(pointer, f"{shown(found.get('input'))} should be {wanted}", allowed)
    return Fault(pointer, f"should be {wanted}")


def pointer_of(location: tuple[int | str, ...]) -> str:
    """Turn a validation location into a JSON pointer; headers and queries keep their place name."""
    source, *rest = location
    prefix = [] if source == "body" else [str(source)]
    # A part with # is the tag of one of two shapes, no field.
    parts = [part for part in [*prefix, *rest] if not str(part).startswith("#")]
    return "".join(f"/{part}" for part in parts) or "/"


def shown(value: object) -> str:
    """Return a value as a refusal repeats it: quoted and cut, or its kind if it must stay unsaid.

    Only visible ASCII is repeated, and nothing that may be the number or address of a person.
    """
    if not isinstance(value, str):
        return f"a value that is {_KINDS.get(type(value), 'no text')}"
    if not value:
        return "an empty text"
    # The end of a text is cut before it is searched, not after: no search is longer than the cut.
    start = value[: 2 * LONGEST_SHOWN]
    if not _PLAIN.fullmatch(start) or (_PERSONAL.search(start) and not _HEX.fullmatch(start)):
        return f"the value given ({len(value)} characters)"
    cut = start if len(value) <= LONGEST_SHOWN else f"{start[:LONGEST_SHOWN]}…"
    return f'"{cut}"'


_KINDS: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def _name(location: tuple[int | str, ...]) -> str:
    """Return what is missing by name; a body that is missing as a whole has none."""
    named = [str(part) for part in location if not str(part).startswith("#")]
    return f"the {named[0]}" if len(named) == 1 else named[-1]


def _allowed(found: Mapping[str, Any]) -> tuple[str, ...]:
    if found["type"] not in ("literal_error", "enum"):
        return ()
    return tuple(_WORDS.findall(str(found["ctx"]["expected"])))


def _wanted(found: Mapping[str, Any], allowed: tuple[str, ...]) -> str | None:
    """Return what should be there, None where pydantic's sentence has no such form."""
    if allowed:
        return f"one of {', '.join(allowed)}" if len(allowed) > 1 else allowed[0]
    if found["type"] == "string_pattern_mismatch":
        return WANTED.get(found["ctx"]["pattern"], "of another form")
    if found["type"] == "int_parsing_size":
        return "a whole number of fewer digits"
    message = str(found["msg"])
    if message.startswith(_PYDANTIC_START):
        return message.removeprefix(_PYDANTIC_START)
    if message.startswith("String should have "):
        return f"a text with {message.removeprefix('String should have ')}"
    return None
