"""Shapes of explained codes."""

from __future__ import annotations

from dataclasses import asdict

from pydantic import ConfigDict

from node.api.problem_pages import explanation_of
from node.api.schemas.base import Out
from node.api.schemas.base import example as shown
from node.domain.language import Language

_EXPLAINED = explanation_of("InsufficientBalance", Language.EN)
_EXAMPLE = asdict(_EXPLAINED) if _EXPLAINED else {}


class ExplanationOut(Out):
    """A code explained: `values` says what each value of an answer with this code is.

    `status` and `category` are null for a code that is only a reason in the story of an intent.
    """

    model_config = ConfigDict(json_schema_extra=shown(_EXAMPLE))

    code: str
    title: str
    explanation: str
    next_step: str
    status: int | None
    category: str | None
    values: dict[str, str]


class ExplanationsOut(Out):
    """Every code explained."""

    model_config = ConfigDict(json_schema_extra=shown({"items": [_EXAMPLE]}))

    items: list[ExplanationOut]
