"""Shapes of explained codes."""

from __future__ import annotations

from node.api.schemas.base import Out


class ExplanationOut(Out):
    """A code explained: `values` says what each value of an answer with this code is.

    `status` and `category` are null for a code that is only a reason in the story of an intent.
    """

    code: str
    title: str
    explanation: str
    next_step: str
    status: int | None
    category: str | None
    values: dict[str, str]


class ExplanationsOut(Out):
    """Every code explained."""

    items: list[ExplanationOut]
