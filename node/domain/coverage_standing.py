"""Where a premium bill, or a coverage, stands on a day: what is missing before care is paid.

    no bill paid     UNPAID ─ pay → PENDING_ENROLMENT ─ the insurer enrols → UPCOMING
    enrolled         UPCOMING → WAITING → ACTIVE → ENDED;  SUSPENDED on days the bill does not cover
    bill undone      NONE

Paying a bill covers nobody by itself: the insurer enrols the member. Source: domain.md §4.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node.domain.coverage import FOREVER, Coverage, CoverageStatus, status_on
from node.domain.days import overlaps
from node.domain.premiums import BillState

Gap = tuple[int, int]
_BEGINNING = -(2**31)
_CLOSED = frozenset({BillState.NONE, BillState.CANCELLED, BillState.REFUNDED})
_PAYABLE = frozenset({BillState.OPEN, BillState.PARTLY_PAID, BillState.OVERDUE})


class CoverageStanding(enum.StrEnum):
    """What a bill or coverage is worth on a day. Care is paid on days that are ACTIVE only."""

    NONE = "NONE"
    """The bill was cancelled or paid back: no coverage follows from it."""
    UNPAID = "UNPAID"
    """A part of the bill is open and no coverage stands for its days."""
    PENDING_ENROLMENT = "PENDING_ENROLMENT"
    """The bill is paid, and the insurer has not enrolled the member for its days."""
    UPCOMING = "UPCOMING"
    """Enrolled; the period has not begun."""
    WAITING = "WAITING"
    """Inside the period and its waiting time."""
    ACTIVE = "ACTIVE"
    """Care is paid."""
    SUSPENDED = "SUSPENDED"
    """Inside the period on a day that the bill does not cover: overdue, late paid or undone."""
    ENDED = "ENDED"
    """The period is over."""


@dataclass(frozen=True, slots=True)
class BillCover:
    """What a bill says of the days it may cover, [first_day, end_day); `state` as stored.

    `next_due_day` is when its first unpaid part is due.
    """

    state: BillState
    first_day: int
    end_day: int
    next_due_day: int
    grace_days: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A coverage with the days of it on which its bill covers nothing."""

    coverage: Coverage
    gaps: tuple[Gap, ...] = ()


def uncovered_by(bill: BillCover, recorded: Iterable[Gap]) -> tuple[Gap, ...]:
    """Return the days that a bill does not cover, as BillRegistry's `coversDay` judges them.

    `recorded` are the gaps that late payments left. A bill that was undone covers no day; an
    unpaid part ends its cover with the grace of the part.
    """
    if bill.state in _CLOSED:
        return ((_BEGINNING, FOREVER),)
    gaps = tuple(recorded)
    if bill.state in _PAYABLE:
        return (*gaps, (bill.next_due_day + bill.grace_days + 1, FOREVER))
    return gaps


def standing_on(enrolment: Enrolment, day: int) -> CoverageStanding:
    """Return where a coverage stands on a day."""
    coverage = enrolment.coverage
    if day < coverage.start_day:
        return CoverageStanding.UPCOMING
    status = status_on(coverage, enrolment.gaps, day)
    if status is CoverageStatus.OUTSIDE:
        return CoverageStanding.ENDED
    return CoverageStanding[status.name]


def standing_of_bill(
    bill: BillCover, enrolments: Sequence[Enrolment], *, day: int
) -> CoverageStanding:
    """Return where a bill stands on a day, given the coverages of its member in its scheme.

    Any coverage that shares a day with the bill stands for it, whoever wrote it: the scheme takes
    no second one. Of several the one of the day counts, else the next, else the last.
    """
    if bill.state in _CLOSED:
        return CoverageStanding.NONE
    own = (bill.first_day, bill.end_day)
    mine = [one for one in enrolments if _shares_a_day(one.coverage, own)]
    if not mine:
        paid = bill.state is BillState.PAID
        return CoverageStanding.PENDING_ENROLMENT if paid else CoverageStanding.UNPAID
    in_order = sorted(mine, key=lambda one: one.coverage.start_day)
    current = next((one for one in in_order if day < one.coverage.end_day), in_order[-1])
    return standing_on(current, day)


def _shares_a_day(coverage: Coverage, days: Gap) -> bool:
    """A coverage that was ended on its first day has no day to share."""
    period = (coverage.start_day, coverage.end_day)
    return period[0] < period[1] and overlaps(period, days)
