"""Days in requests and answers: ISO dates of Shanghai outside, policy days inside."""

from __future__ import annotations

from node.api.faults import shown
from node.domain.days import Day, iso, parse_day
from node.domain.errors import MalformedBody
from node.domain.said import said

LAST_CIVIL_DAY = 2_932_896


def read_day(text: str, *, field: str) -> Day:
    """Return the policy day of an ISO date. Errors: MalformedBody for a day that does not exist."""
    try:
        return parse_day(text)
    except ValueError:
        reason = said("{value} is no day of the calendar", value=shown(text))
        raise MalformedBody(reason, field=field) from None


def read_optional_day(text: str | None, *, field: str) -> Day | None:
    """Return the policy day of an ISO date, None without one. Errors: MalformedBody."""
    return None if text is None else read_day(text, field=field)


def show_day(day: int) -> str:
    """Return the ISO date; an end that is never reached shows as the last date there is."""
    return iso(min(day, LAST_CIVIL_DAY))
