"""Values of refusals as people read them: ¥ for fen, ISO dates for days, words for codes."""

from __future__ import annotations

import datetime
from typing import Any

from node.domain.days import SECONDS_PER_DAY, day_of, iso, second_of_day
from node.domain.language import Language
from node.domain.money import yuan
from node.domain.wording.codes import label_of
from node.domain.wording.reasons import reason_in_words

DAY_VALUES = frozenset(
    {"day", "start_day", "end_day", "care_from_day", "deadline_day", "expired_on_day"}
)
"""Values that are policy days; answers show them as ISO dates."""

_MOMENTS = frozenset({"deadline", "until", "quote_expires_at"})
_FIRST_CIVIL_DAY, _LAST_CIVIL_DAY = -719_162, 2_932_896
_SHORT_ID = 12
_GROUPS = {
    "pocket": "Pocket",
    "purpose": "Purpose",
    "role": "Role",
    "relation": "RequiredRelation",
    "care_type": "CareScope",
    "target": "TxStatus",
}
# What `state` and `reason` are codes of follows from the error.
_GROUPS_BY_ERROR = {
    ("BillStateInvalid", "state"): "BillState",
    ("ClaimStateInvalid", "state"): "ClaimState",
    ("VisitStateInvalid", "state"): "VisitState",
    ("TransactionStateInvalid", "state"): "TxStatus",
    ("RefundNotAllowed", "reason"): "RefundReason",
}


def shown_day(day: int) -> str:
    """Return the ISO date of a day; one that no calendar has shows as the nearest it has."""
    return iso(max(_FIRST_CIVIL_DAY, min(day, _LAST_CIVIL_DAY)))


def value_in_words(code: str, name: str, value: Any, *, language: Language) -> str:
    """Return one value of a refusal in words. Range: whatever JSON carries; never fails."""
    if (code, name) == ("MalformedBody", "reason"):
        return reason_in_words(value, language)
    group = _GROUPS_BY_ERROR.get((code, name)) or _GROUPS.get(name)
    if group is not None:
        return label_of(group, str(value), language)
    if isinstance(value, int) and not isinstance(value, bool):
        return _number_in_words(name, value)
    text = str(value)
    is_id = text.startswith("0x") and len(text) > _SHORT_ID
    return f"{text[:6]}…{text[-4:]}" if is_id else text


def _number_in_words(name: str, value: int) -> str:
    if name.endswith("_fen"):
        return yuan(value)
    if name in DAY_VALUES:
        return shown_day(value)
    if name in _MOMENTS:
        return _moment(value)
    if name == "second_of_day":
        return _clock(value)
    # People count lines from 1.
    return str(value + 1 if name == "line" else value)


def _moment(timestamp: int) -> str:
    """Return a moment of Shanghai, `2026-03-02 14:30:00 UTC+8`."""
    return f"{shown_day(day_of(timestamp))} {_clock(second_of_day(timestamp))} UTC+8"


def _clock(second: int) -> str:
    return str(datetime.timedelta(seconds=second % SECONDS_PER_DAY)).zfill(8)
