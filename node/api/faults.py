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
from node.domain.documents import pointer_part
from node.domain.said import Said, said

LONGEST_SHOWN = 80
"""Characters of a value that are repeated: an id of 66 fits."""
IN_ADDRESS = frozenset({"path", "query"})
_PLAIN = re.compile(r"[\x21-\x7e]+")
# Insured, card and telephone numbers, however they are spaced, and addresses of mail.
_PERSONAL = re.compile(r"(?:[0-9][-._/]?){11,}|@")
_HEX = re.compile(r"0[xX][0-9a-zA-Z]*")
_WORDS = re.compile(r"'((?:[^'\\]|\\.)*)'")


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong value. `allowed` has the words of a closed list, and is empty elsewhere.

    `detail` is an English sentence, which `reason_in_words` says in the other language.
    """

    pointer: str
    detail: str
    allowed: tuple[str, ...] = ()


def fault_of(found: Mapping[str, Any]) -> Fault:
    """Return the fault that a validation error of pydantic tells of."""
    location: tuple[int | str, ...] = found["loc"]
    pointer = pointer_of(location)
    kind = found["type"]
    if kind == "missing":
        return Fault(pointer, _missing(location))
    if kind == "extra_forbidden":
        return Fault(pointer, said("no such field: extra inputs are not permitted"))
    allowed = _allowed(found)
    wanted = _wanted(found, allowed)
    if wanted is None:
        return Fault(pointer, str(found["msg"]))
    if location[0] in IN_ADDRESS or allowed:
        value = shown(found.get("input"))
        return Fault(
            pointer, said("{value} should be {wanted}", value=value, wanted=wanted), allowed
        )
    return Fault(pointer, said("should be {wanted}", wanted=wanted))


def pointer_of(location: tuple[int | str, ...]) -> str:
    """Turn a validation location into a JSON pointer; headers and queries keep their place name."""
    source, *rest = location
    prefix = [] if source == "body" else [str(source)]
    # A part with # is the tag of one of two shapes, no field.
    parts = [part for part in [*prefix, *rest] if not str(part).startswith("#")]
    return "".join(f"/{_part(part)}" for part in parts) or "/"


def _part(part: int | str) -> str:
    """Return a part of a pointer, escaped (RFC 6901); a name that must stay unsaid is `…`."""
    text = str(part)
    if not _may_be_said(text):
        return "…"
    return pointer_part(text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…")


def shown(value: object) -> str:
    """Return a value as a refusal repeats it: quoted and cut, or its kind if it must stay unsaid.

    Only visible ASCII is repeated, and nothing that may be the number or address of a person.
    """
    if not isinstance(value, str):
        return _KINDS.get(type(value)) or said("a value that is no text")
    if not value:
        return said("an empty text")
    if not _may_be_said(value):
        return said("the value given ({length} characters)", length=len(value))
    cut = value if len(value) <= LONGEST_SHOWN else f"{value[:LONGEST_SHOWN]}…"
    return f'"{cut}"'


def _may_be_said(text: str) -> bool:
    # The end of a text is cut before it is searched, not after: no search is longer than the cut.
    start = text[: 2 * LONGEST_SHOWN]
    return bool(_PLAIN.fullmatch(start) and (_HEX.fullmatch(start) or not _PERSONAL.search(start)))


_KINDS: dict[type, Said] = {
    bool: said("a value that is true or false"),
    int: said("a value that is a number"),
    float: said("a value that is a number"),
    list: said("a value that is a list"),
    dict: said("a value that is an object"),
    type(None): said("a value that is null"),
}

FORMS = {
    **dict.fromkeys(("int_type", "int_parsing", "int_from_float"), "a valid integer"),
    **dict.fromkeys(("bool_type", "bool_parsing"), "true or false"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), "an object"),
    "int_parsing_size": "a whole number of fewer digits",
    "string_type": "a text",
    "list_type": "a list",
    "greater_than": "greater than {gt}",
    "greater_than_equal": "greater than or equal to {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "less than or equal to {le}",
    "string_too_short": "a text of {min_length} characters or more",
    "string_too_long": "a text of at most {max_length} characters",
    "too_short": "a list of {min_length} entries or more",
    "too_long": "a list of at most {max_length} entries",
}
"""What is wanted instead, by the kind of pydantic's error, whose context has the values."""


def _missing(location: tuple[int | str, ...]) -> Said:
    """Return what is missing by name; a body that is missing as a whole has none."""
    named = [str(part) for part in location if not str(part).startswith("#")]
    if len(named) == 1:
        return said("the body is missing")
    return said("{name} is missing", name=named[-1])


def _allowed(found: Mapping[str, Any]) -> tuple[str, ...]:
    if found["type"] not in ("literal_error", "enum"):
        return ()
    return tuple(_WORDS.findall(str(found["ctx"]["expected"])))


def _wanted(found: Mapping[str, Any], allowed: tuple[str, ...]) -> str | None:
    """Return what should be there, None for a kind of error that has no form here."""
    if len(allowed) > 1:
        return said("one of {words}", words=", ".join(allowed))
    if allowed:
        return allowed[0]
    if found["type"] == "string_pattern_mismatch":
        return said(WANTED.get(found["ctx"]["pattern"], "of another form"))
    form = FORMS.get(found["type"])
    return None if form is None else said(form, **found.get("ctx", {}))
