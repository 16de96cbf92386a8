"""Refusals as answers show them: values as JSON, days as ISO dates, and the texts beside a code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from node.domain.errors import InsufficientBalance
from node.domain.language import Language
from node.domain.wording import DAY_VALUES, detail, error_text, explained_codes, shown_day
from node.domain.wording.errors import UNKNOWN
from node.wire.hexadecimal import to_hex

PAGES = "/problems"
TOP_UP = "/v1/wallets/{account_id}/deposits/intents"
"""Where money comes into a wallet: a channel prepares its deposit with a POST."""
# Codes of failures that are no class of the catalogue.
ROUTE_UNKNOWN, METHOD_NOT_ALLOWED, HTTP_ERROR = "RouteUnknown", "MethodNotAllowed", "HttpError"
INTERNAL_ERROR = "InternalError"
# Integers above this do not survive a browser's number type.
LARGEST_JSON_INTEGER = 2**53 - 1
_EXPLAINED = frozenset(explained_codes())


def page_of(code: str) -> str:
    """Return the path of the page that explains a code; unknown codes share one page."""
    return f"{PAGES}/{code if code in _EXPLAINED else UNKNOWN}"


def refusal_texts(code: str, values: Mapping[str, Any], language: Language) -> dict[str, str]:
    """Return what stands beside a code for people: `title`, `detail` and `next_step`."""
    text = error_text(code, language)
    said = detail(code, values, language)
    return {"title": text.title, "detail": said, "next_step": text.next_step}


def links_of(code: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Return relation → path of what mends a refusal, as far as a request can mend it."""
    if code != InsufficientBalance.__name__:
        return {}
    return {"top_up": TOP_UP.format(account_id=values["account"])}


def shown_refusal(code: str, values: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """Return a refusal with its texts, in the shape of the schema `Reason`."""
    return {
        "code": code,
        "values": shown_values(values),
        **refusal_texts(code, values, language),
    }


def step_text(code: str | None, language: Language) -> str | None:
    """Return the title of a code in the story of an intent, None for a technical one."""
    return error_text(code, language).title if code in _EXPLAINED else None


def shown_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a refusal as JSON shows them: days are ISO dates."""
    return {name: _shown(name, value) for name, value in values.items()}


def _shown(name: str, value: Any) -> Any:
    """Render a value: bytes as hex, days as dates, wide integers as text, sums as they are."""
    if isinstance(value, bytes):
        return to_hex(value)
    if isinstance(value, Mapping):
        return shown_values(value)
    if isinstance(value, int) and not isinstance(value, bool):
        if name in DAY_VALUES:
            return shown_day(value)
        return value if abs(value) <= LARGEST_JSON_INTEGER else str(value)
    if isinstance(value, str | bool) or value is None:
        return value
    return str(value)
