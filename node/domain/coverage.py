"""Coverage: on which days care is paid, after waiting, grace, suspension and back-payment.

All days are policy days and periods are [start, end). Nothing runs by itself: status is computed
from stored dates, here and by contract views alike. Source: domain.md §4, docs/premiums.md (P35,
P47, P48).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node.domain.days import Day, add_months, civil, overlaps, require_period
from node.domain.errors import InvalidPeriod
from node.domain.money import saturating_sub
from node.domain.plans.plan import PremiumPlan

FOREVER = Day(2**31 - 1)
"""End of a gap that nothing has ended yet; the largest day a contract stores."""


class CoverageStatus(enum.Enum):
    """Whether a coverage pays for care on a day; WAITING is inside the period."""

    OUTSIDE = "outside"
    SUSPENDED = "suspended"
    WAITING = "waiting"
    ACTIVE = "active"


@dataclass(frozen=True)
class Coverage:
    """A member's entitlement under a scheme for [start_day, end_day), paid care from care_from_day.

    Without waiting care_from_day = start_day. `tenure_years` counts continuous years, this
    included.
    """

    start_day: Day
    end_day: Day
    care_from_day: Day
    tenure_years: int = 1


@dataclass(frozen=True)
class PartDue:
    """One part of a premium bill: when it is due and, if so, when it was paid."""

    due_day: int
    paid_day: int | None = None


def waiting_months(
    plan: PremiumPlan,
    *,
    late: bool,
    missed_years: int = 0,
    extra_years: int = 0,
    newborn: bool = False,
) -> int:
    """Return how many months late or broken enrolment waits for care.

    Nothing in time and without a missed year. Else fixed months, plus one step per missed year,
    less one month per extra year paid, not below the floor once enough years were missed;
    newborns wait for nothing. Range: years >= 0.
    """
    if newborn or (not late and missed_years == 0):
        return 0
    variable = plan.waiting_months_per_missed_year * missed_years
    months = plan.waiting_fixed_months + saturating_sub(variable, extra_years)
    if missed_years >= plan.waiting_floor_after_years:
        months = max(months, plan.waiting_floor_months)
    return months


def care_from_day(start_day: int, months: int) -> Day:
    """Return the first day on which care is paid; the day before is the last waiting day (P35)."""
    return add_months(start_day, months)


def gap_of(part: PartDue, *, grace_days: int, backpay_days: int) -> tuple[Day, Day] | None:
    """Return the days [first, end) that a part leaves uncovered, judged with what is paid now.

    Grace runs to due + grace_days, included. Paid by due + grace_days + backpay_days, included,
    there is no gap; paid later, it ends on the payment day; unpaid, it has no end (P47).
    """
    last_grace_day = part.due_day + grace_days
    first = Day(last_grace_day + 1)
    if part.paid_day is None:
        return first, FOREVER
    if part.paid_day <= last_grace_day + backpay_days:
        return None
    return first, Day(part.paid_day)


def gaps_of(
    parts: Iterable[PartDue], *, grace_days: int, backpay_days: int
) -> tuple[tuple[Day, Day], ...]:
    """Return the gaps of all parts of a bill, in their order."""
    found = (gap_of(part, grace_days=grace_days, backpay_days=backpay_days) for part in parts)
    return tuple(gap for gap in found if gap is not None)


def status_on(coverage: Coverage, gaps: Iterable[tuple[int, int]], day: int) -> CoverageStatus:
    """Return whether the coverage pays for care on a day. Suspension hides waiting."""
    if not coverage.start_day <= day < coverage.end_day:
        return CoverageStatus.OUTSIDE
    if any(first <= day < end for first, end in gaps):
        return CoverageStatus.SUSPENDED
    return CoverageStatus.WAITING if day < coverage.care_from_day else CoverageStatus.ACTIVE


def check_enrolment(existing: Sequence[Coverage], *, start_day: int, end_day: int) -> int:
    """Return the days without coverage between the last earlier period and a new one.

    0 is a renewal without a gap; a first enrolment has none either. Errors: InvalidPeriod if the
    new period is empty or overlaps an existing one of the scheme (P48).
    """
    require_period(start_day, end_day)
    for coverage in existing:
        if overlaps((coverage.start_day, coverage.end_day), (start_day, end_day)):
            raise InvalidPeriod(start_day, end_day)
    earlier = [coverage.end_day for coverage in existing if coverage.end_day <= start_day]
    return start_day - max(earlier) if earlier else 0


def tenure_years(periods: Iterable[tuple[int, int]], day: int) -> int:
    """Return in which continuous year of coverage a day lies, counted from 1; 0 if uncovered.

    Periods that touch are continuous; a year ends on the anniversary of the first day. A coverage
    keeps the value of its own first day (P35).
    """
    first: int | None = None
    previous_end: int | None = None
    for start, end in sorted(periods):
        if start > day:
            break
        if first is None or start != previous_end:
            first = start
        previous_end = end
    if first is None or previous_end is None or day >= previous_end:
        return 0
    years = civil(day).year - civil(first).year
    return years + int(add_months(first, 12 * years) <= day)
