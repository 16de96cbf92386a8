"""Where bills and coverages stand on a day: three queries for any number of members (P35, P47).

Nothing of it is stored: it follows from bills, coverages and gaps as the last block read left them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from node.db.models.bills import Bill, CoverageGap
from node.db.models.members import Coverage as CoverageTable
from node.db.unit_of_work import UnitOfWork
from node.domain.coverage import Coverage
from node.domain.coverage_standing import (
    BillCover,
    CoverageStanding,
    Enrolment,
    Gap,
    standing_of_bill,
    standing_on,
    uncovered_by,
)
from node.domain.days import Day
from node.domain.ids import NO_HASH
from node.domain.premiums import BillState
from node.readmodels.coverages import COLUMNS, CoverageRow
from node.readmodels.premiums import BillRow
from node.readmodels.records import VALUES_A_QUERY, builder_of, query_for


@dataclass(frozen=True, slots=True)
class CoverageOn:
    """A coverage and where it stands on the day asked for."""

    row: CoverageRow
    standing: CoverageStanding


def standings_of(
    unit: UnitOfWork, bills: Sequence[BillRow], *, day: int
) -> dict[str, CoverageStanding]:
    """Return where each bill stands on a day, by its id."""
    known: dict[tuple[str, str], list[Enrolment]] = {}
    for row, enrolment in _enrolments(unit, {bill.member for bill in bills}):
        known.setdefault((row.member, row.scheme), []).append(enrolment)
    return {
        bill.bill_id: standing_of_bill(
            _cover(bill), known.get((bill.member, bill.scheme), []), day=day
        )
        for bill in bills
    }


def coverages_on(unit: UnitOfWork, rows: Iterable[CoverageRow], *, day: int) -> list[CoverageOn]:
    """Return where each of some coverages stands on a day."""
    return [
        CoverageOn(row, standing_on(enrolment, day))
        for row, enrolment in _with_gaps(unit, list(rows))
    ]


def current_coverages(unit: UnitOfWork, members: Collection[str], *, day: int) -> list[CoverageOn]:
    """Return the coverages of members that hold a day or begin later, by member and scheme."""
    found = _enrolments(unit, set(members), end_after=day)
    return [CoverageOn(row, standing_on(enrolment, day)) for row, enrolment in found]


def paid_not_enrolled(
    unit: UnitOfWork, member: str, *, day: int, covering: int | None = None
) -> list[BillRow]:
    """Return the paid bills of a member without an enrolment, earliest due first.

    `covering`: only those whose days hold that policy day.
    """
    query = query_for(BillRow, Bill).where(Bill.member == member, Bill.state == BillState.PAID.name)
    rows = map(builder_of(BillRow), unit.execute(query.order_by(Bill.due_day, Bill.bill_id)))
    wanted = [bill for bill in rows if covering is None or _holds(bill, covering)]
    if not wanted:
        return []
    standings = standings_of(unit, wanted, day=day)
    pending = CoverageStanding.PENDING_ENROLMENT
    return [bill for bill in wanted if standings[bill.bill_id] is pending]


def _holds(bill: BillRow, day: int) -> bool:
    cover = _cover(bill)
    return cover.first_day <= day < cover.end_day


def _cover(bill: BillRow) -> BillCover:
    return BillCover(
        state=BillState[bill.state],
        first_day=max(bill.period_start, bill.joined_day),
        end_day=bill.period_end,
        next_due_day=bill.due_day + bill.paid_parts * bill.part_interval_days,
        grace_days=bill.grace_days,
    )


def _enrolments(
    unit: UnitOfWork, members: set[str], *, end_after: int | None = None
) -> list[tuple[CoverageRow, Enrolment]]:
    key = (CoverageTable.member, CoverageTable.scheme, CoverageTable.start_day)
    rows: list[CoverageRow] = []
    for some in _parts(sorted(members)):
        query = select(*COLUMNS).where(CoverageTable.member.in_(some))
        if end_after is not None:
            query = query.where(CoverageTable.end_day > end_after)
        rows += map(CoverageRow._make, unit.execute(query.order_by(*key)))
    return _with_gaps(unit, rows)


def _with_gaps(
    unit: UnitOfWork, rows: Sequence[CoverageRow]
) -> list[tuple[CoverageRow, Enrolment]]:
    gaps = _gaps(unit, {row.bill_id for row in rows} - {NO_HASH})
    return [(row, Enrolment(_period(row), gaps.get(row.bill_id, ()))) for row in rows]


def _period(row: CoverageRow) -> Coverage:
    return Coverage(Day(row.start_day), Day(row.end_day), Day(row.care_from_day), row.tenure_years)


def _gaps(unit: UnitOfWork, bill_ids: set[str]) -> dict[str, tuple[Gap, ...]]:
    """Return the days that each of some bills does not cover."""
    recorded: dict[str, list[Gap]] = {}
    covers: dict[str, BillCover] = {}
    for some in _parts(sorted(bill_ids)):
        gaps = select(CoverageGap.bill_id, CoverageGap.gap_start, CoverageGap.gap_end)
        for row in unit.execute(gaps.where(CoverageGap.bill_id.in_(some))):
            recorded.setdefault(row.bill_id, []).append((row.gap_start, row.gap_end))
        bills = query_for(BillRow, Bill).where(Bill.bill_id.in_(some))
        for bill in map(builder_of(BillRow), unit.execute(bills)):
            covers[bill.bill_id] = _cover(bill)
    # A bill is issued before the coverage that names it; without its row only gaps are known.
    return {
        one: uncovered_by(covers[one], recorded.get(one, ()))
        if one in covers
        else tuple(recorded.get(one, ()))
        for one in bill_ids
    }


def _parts(values: list[str]) -> Iterable[list[str]]:
    for at in range(0, len(values), VALUES_A_QUERY):
        yield values[at : at + VALUES_A_QUERY]
