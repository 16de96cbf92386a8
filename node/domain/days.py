"""Policy days: whole days of Asia/Shanghai (UTC+8, no daylight saving), counted from 1970-01-01.

Days may be negative: some histories start before 1970. Calendar arithmetic is the proleptic
Gregorian one. Source: domain.md §3; the contracts compute the same integers.
"""

from __future__ import annotations

import datetime
from typing import NewType

from node.domain.errors import InvalidPeriod

Day = NewType("Day", int)
"""A policy day."""

SECONDS_PER_DAY = 86_400
SHANGHAI_OFFSET_S = 28_800
QUOTE_LIFETIME_S = 900
"""How long a quote holds, of a premium or of a claim."""
_EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()


def day_of(timestamp: int) -> Day:
    """Return the policy day of a moment in Unix seconds, which may be negative."""
    return Day((timestamp + SHANGHAI_OFFSET_S) // SECONDS_PER_DAY)


def day_start(day: int) -> int:
    """Return the Unix second at which a policy day begins."""
    return day * SECONDS_PER_DAY - SHANGHAI_OFFSET_S


def second_of_day(timestamp: int) -> int:
    """Return the seconds since midnight in Shanghai, 0 to 86,399."""
    return (timestamp + SHANGHAI_OFFSET_S) % SECONDS_PER_DAY


def next_time_of_day(timestamp: int, second: int) -> int:
    """Return the first moment strictly after the given one at that second of a Shanghai day.

    Range: 0 <= second < 86,400. A transfer of 06:00:00 is returned at 06:00:00 of the next day.
    """
    candidate = day_start(day_of(timestamp)) + second
    return candidate if candidate > timestamp else candidate + SECONDS_PER_DAY


def civil(day: int) -> datetime.date:
    """Return the calendar date of a policy day."""
    return datetime.date.fromordinal(day + _EPOCH_ORDINAL)


def from_civil(date: datetime.date) -> Day:
    """Return the policy day of a calendar date."""
    return Day(date.toordinal() - _EPOCH_ORDINAL)


def parse_day(text: str) -> Day:
    """Return the policy day of an ISO date such as "2025-01-01". Errors: ValueError."""
    return from_civil(datetime.date.fromisoformat(text))


def iso(day: int) -> str:
    """Return the ISO date of a policy day."""
    return civil(day).isoformat()


def policy_year(day: int) -> int:
    """Return the calendar year of a day: the policy year of a service that ends on it."""
    return civil(day).year


def year_start(year: int) -> Day:
    """Return the first day of a calendar year."""
    return from_civil(datetime.date(year, 1, 1))


def days_in_month(year: int, month: int) -> int:
    """Return 28 to 31. Range: month 1 to 12."""
    following = datetime.date(year + month // 12, month % 12 + 1, 1)
    return (following - datetime.date(year, month, 1)).days


def add_months(day: int, months: int) -> Day:
    """Return the same day of the month some months later, or the month's last day if shorter.

    Range: months may be negative. 31 January + 1 month = 28 or 29 February.
    """
    date = civil(day)
    year, month_index = divmod(date.year * 12 + date.month - 1 + months, 12)
    month = month_index + 1
    return from_civil(datetime.date(year, month, min(date.day, days_in_month(year, month))))


def months_between(start: int, end: int) -> int:
    """Return how many calendar months the period [start, end) touches.

    Errors: InvalidPeriod if the period is empty.
    """
    if end <= start:
        raise InvalidPeriod(start, end)
    first, last = civil(start), civil(end - 1)
    return (last.year - first.year) * 12 + last.month - first.month + 1


def require_period(start: int, end: int, *, field: str | None = None) -> None:
    """Make sure that [start, end) has at least one day. Errors: InvalidPeriod."""
    if end <= start:
        raise InvalidPeriod(start, end, field=field)


def overlaps(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Tell whether two periods [start, end) share a day."""
    return first[0] < second[1] and second[0] < first[1]
