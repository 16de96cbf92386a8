"""Texts of error and refusal codes: the catalogue, what only contracts or the gateway say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from node.domain.language import Language
from node.domain.wording.tables import table
from node.domain.wording.values import value_in_words

UNKNOWN = "ContractRefusal"
"""Explains a code that has no text of its own: an error of a contract newer than this gateway."""


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What a code means. `detail_form` has `{names}` of values; it is empty where none matter."""

    title: str
    explanation: str
    next_step: str
    detail_form: str = ""


def error_text(code: str, language: Language) -> ErrorText:
    """Return the text of an error or refusal code; an unknown code gets a general text."""
    found = table("errors", language)
    row = found.get(code) or found[UNKNOWN]
    return ErrorText(row["title"], row["explanation"], row["next_step"], row.get("detail", ""))


def explained_codes() -> tuple[str, ...]:
    """Return every code that has a text of its own, in the order of the catalogue."""
    return tuple(table("errors", Language.EN))


def detail(code: str, values: Mapping[str, Any], language: Language) -> str:
    """Return one refusal in words, with its values; without them what the code means.

    Values come from requests and from the chain: text in them is shown and never read as a form.
    """
    text = error_text(code, language)
    names = [name for _, name, _, _ in Formatter().parse(text.detail_form) if name]
    if not names or any(values.get(name) is None for name in names):
        return text.explanation
    return text.detail_form.format_map(
        {name: value_in_words(code, name, values[name], language=language) for name in names}
    )


def value_label(name: str, language: Language) -> str:
    """Return what a value of an error is; an unknown name stands for itself."""
    label: str = table("words", language)["Value"].get(name, name)
    return label
