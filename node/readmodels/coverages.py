"""Coverage periods, their gaps, and the plans that apply to them (P47, P48)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import literal, select, tuple_

from node.db.models.members import Coverage
from node.db.models.parties import PlanVersion
from node.db.models.visits import Visit
from node.db.pages import ACCOUNT_PART, PageOf, PageRequest, SortKey, page_of
from node.db.unit_of_work import UnitOfWork
from node.domain.visits import VisitState

OPEN_VISITS = (
    VisitState.REGISTERED.value,
    VisitState.ADMITTED.value,
    VisitState.DISCHARGED.value,
)


class CoverageRow(NamedTuple):
    """A coverage [start_day, end_day) of a member in a scheme; days are policy days."""

    member: str
    scheme: str
    start_day: int
    end_day: int
    care_from_day: int
    insurer: str
    member_kind: str
    region: str
    tenure_years: int
    bill_id: str
    block_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageFilter:
    """What is looked for; None = any. `day`: coverages whose period holds it."""

    member: str | None = None
    insurer: str | None = None
    scheme: str | None = None
    day: int | None = None


class PlanHead(NamedTuple):
    """A plan version that applies to a coverage."""

    plan_id: str
    version: int
    care_type: str
    valid_from: int
    valid_until: int


COLUMNS = (
    *(Coverage.member, Coverage.scheme, Coverage.start_day, Coverage.end_day),
    *(Coverage.care_from_day, Coverage.insurer, Coverage.member_kind, Coverage.region),
    *(Coverage.tenure_years, Coverage.bill_id, Coverage.block_number),
)


def list_coverages(
    unit: UnitOfWork, wanted: CoverageFilter, request: PageRequest
) -> PageOf[CoverageRow]:
    """Return coverages by member, scheme and first day."""
    query = select(*COLUMNS)
    for column, value in (
        (Coverage.member, wanted.member),
        (Coverage.insurer, wanted.insurer),
        (Coverage.scheme, wanted.scheme),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.day is not None:
        query = query.where(Coverage.start_day <= wanted.day, Coverage.end_day > wanted.day)
    key = (Coverage.member, Coverage.scheme, Coverage.start_day)
    if (after := request.key(ACCOUNT_PART, str, int)) is not None:
        query = query.where(tuple_(*key) > tuple_(*_bound(after)))
    rows = unit.execute(query.order_by(*key).limit(request.limit + 1)).all()
    return page_of(
        rows,
        request,
        build=CoverageRow._make,
        key=lambda row: (row.member, row.scheme, row.start_day),
    )


def coverage_on(unit: UnitOfWork, member: str, day: int) -> CoverageRow | None:
    """Return the coverage whose period holds a day, None without one."""
    wanted = CoverageFilter(member=member, day=day)
    return next(iter(list_coverages(unit, wanted, PageRequest(limit=1)).items), None)


def plans_for(unit: UnitOfWork, coverage: CoverageRow, *, day: int) -> list[PlanHead]:
    """Return the effective benefit plans of a coverage on a day, one per kind of care."""
    query = select(
        *(PlanVersion.plan_id, PlanVersion.version, PlanVersion.care_type),
        *(PlanVersion.valid_from, PlanVersion.valid_until),
    ).where(
        PlanVersion.kind == "BENEFIT",
        PlanVersion.status == "APPROVED",
        PlanVersion.region == coverage.region,
        PlanVersion.scheme == coverage.scheme,
        PlanVersion.member_kind == coverage.member_kind,
        PlanVersion.valid_from <= day,
        PlanVersion.valid_until > day,
    )
    rows = unit.execute(query.order_by(PlanVersion.care_type, PlanVersion.version))
    return [PlanHead._make(row) for row in rows]


def is_covered_by(unit: UnitOfWork, *, member: str, insurer: str) -> bool:
    """Whether an insurer covers a member or ever did."""
    query = select(Coverage.member).where(Coverage.insurer == insurer, Coverage.member == member)
    return unit.execute(query.limit(1)).first() is not None


def has_open_visit(unit: UnitOfWork, *, provider: str, member: str) -> bool:
    """Whether a member is in a provider's care now."""
    query = select(Visit.visit_id).where(
        Visit.member == member, Visit.provider == provider, Visit.state.in_(OPEN_VISITS)
    )
    return unit.execute(query.limit(1)).first() is not None


def _bound(key: SortKey) -> tuple[object, ...]:
    """Bind each part with the type of its own column: a row value has none of its own."""
    columns = (Coverage.member, Coverage.scheme, Coverage.start_day)
    return tuple(literal(part, column.type) for part, column in zip(key, columns, strict=True))
