"""Sentences about a faulty request, which remember their parts so that both languages can say them.

A sentence is written in English where the fault is found. Its form is the key under which
`domain/wording/zh/reasons.toml` keeps the Chinese one.
"""

from __future__ import annotations

from collections.abc import Mapping


class Said(str):
    """An English sentence with its form and values; a value may be such a sentence itself."""

    form: str
    values: Mapping[str, object]


def said(form: str, **values: object) -> Said:
    """Return an English sentence: `form` with its `{names}` replaced by values."""
    sentence = Said(form.format_map(values))
    sentence.form, sentence.values = form, values
    return sentence
