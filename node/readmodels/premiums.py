"""Premium bills with payments, gaps and refunds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, not_, or_

from node.db.models.bills import (
    Bill,
    BillPayment,
    CoverageGap,
    PremiumPayment,
    PremiumRefund,
)
from node.db.pages import HASH_PART, PageOf, PageRequest, page_of
from node.db.unit_of_work import UnitOfWork
from node.readmodels.records import builder_of, built, known_of, query_for

OPEN_STATES = ("OPEN", "PARTLY_PAID")


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill as stored; OVERDUE follows from `due_day`, `grace_days` and the day asked for."""

    bill_id: str
    member: str
    payer: str
    insurer: str
    state: str
    scheme: str
    member_kind: str
    parts: int
    paid_parts: int
    revision: int
    period_start: int
    period_end: int
    joined_day: int
    due_day: int
    part_interval_days: int
    grace_days: int
    backpay_days: int
    late_fee_bp_per_day: int
    region: str
    personal_fen: int
    employee_fen: int
    subsidy_fen: int
    paid_medical_fen: int
    paid_cash_fen: int
    paid_late_fee_fen: int
    plan_id: str
    plan_version: int
    issued_at: int

    def state_on(self, day: int) -> str:
        """Return the state on a policy day: OVERDUE after due day and grace of the next part."""
        due = self.due_day + self.paid_parts * self.part_interval_days
        late = self.state in OPEN_STATES and day > due + self.grace_days
        return "OVERDUE" if late else self.state


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One paid part; `cash_fen` includes employee share and late fee."""

    digest: str
    bill_id: str
    payer: str
    part: int
    medical_fen: int
    cash_fen: int
    employee_fen: int
    subsidy_fen: int
    late_fee_fen: int
    refunded: bool
    receipt_number: str
    block_number: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class RefundRow:
    """The refund of a bill."""

    digest: str
    bill_id: str
    reason: str
    medical_fen: int
    cash_fen: int
    employee_fen: int
    subsidy_fen: int
    late_fee_fen: int
    receipt_number: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class GapRow:
    """Days without cover after a late payment."""

    part: int
    gap_start: int
    gap_end: int


def bill(unit: UnitOfWork, bill_id: str) -> BillRow | None:
    """Return one bill."""
    row = unit.execute(query_for(BillRow, Bill).where(Bill.bill_id == bill_id)).first()
    return None if row is None else built(BillRow, row)


def known_bills(unit: UnitOfWork, bill_ids: Collection[str]) -> set[str]:
    """Return which of many bills exist."""
    return known_of(unit, Bill.bill_id, bill_ids)


def open_bills(unit: UnitOfWork, member: str) -> list[BillRow]:
    """Return what is still to pay for a member, earliest due first."""
    query = query_for(BillRow, Bill).where(Bill.member == member, Bill.state.in_(OPEN_STATES))
    rows = unit.execute(query.order_by(Bill.due_day, Bill.bill_id))
    return [built(BillRow, row) for row in rows]


def current_bills(unit: UnitOfWork, members: Collection[str], *, day: int) -> list[BillRow]:
    """Return the unpaid bills of members, and the paid ones whose period is not over on a day."""
    running = and_(Bill.state == "PAID", Bill.period_end > day)
    query = query_for(BillRow, Bill).where(
        Bill.member.in_(members), or_(Bill.state.in_(OPEN_STATES), running)
    )
    rows = unit.execute(query.order_by(Bill.due_day, Bill.bill_id))
    return [built(BillRow, row) for row in rows]


def bills(
    unit: UnitOfWork,
    request: PageRequest,
    *,
    member: str | None = None,
    payer: str | None = None,
    insurer: str | None = None,
    state: str | None = None,
    today: int,
) -> PageOf[BillRow]:
    """Return bills by due day and id: of a member, payer, insurer, in a state of today."""
    query = query_for(BillRow, Bill)
    for column, value in ((Bill.member, member), (Bill.payer, payer), (Bill.insurer, insurer)):
        if value is not None:
            query = query.where(column == value)
    if state is not None:
        query = query.where(_is_in_state(state, today))
    if (after := request.key(int, HASH_PART)) is not None:
        due_day, bill_id = after
        later = (Bill.due_day == due_day) & (Bill.bill_id > bill_id)
        query = query.where((Bill.due_day > due_day) | later)
    query = query.order_by(Bill.due_day, Bill.bill_id).limit(request.limit + 1)
    rows = unit.execute(query).all()
    build = builder_of(BillRow)
    return page_of(rows, request, build=build, key=lambda row: (row.due_day, row.bill_id))


def _is_in_state(state: str, day: int) -> ColumnElement[bool]:
    """As `BillRow.state_on`, for the database."""
    due = Bill.due_day + Bill.paid_parts * Bill.part_interval_days
    late = due + Bill.grace_days < day
    if state == "OVERDUE":
        return and_(Bill.state.in_(OPEN_STATES), late)
    if state in OPEN_STATES:
        return and_(Bill.state == state, not_(late))
    return Bill.state == state


def payments_of(unit: UnitOfWork, bill_id: str) -> list[PaymentRow]:
    """Return the payments of a bill by part."""
    query = (
        query_for(PaymentRow, PremiumPayment)
        .join(BillPayment, BillPayment.digest == PremiumPayment.digest)
        .where(BillPayment.bill_id == bill_id)
    )
    return [built(PaymentRow, row) for row in unit.execute(query.order_by(BillPayment.part))]


def payment(unit: UnitOfWork, digest: str) -> PaymentRow | None:
    """Return the payment that an intent made."""
    query = query_for(PaymentRow, PremiumPayment).where(PremiumPayment.digest == digest)
    row = unit.execute(query).first()
    return None if row is None else built(PaymentRow, row)


def refund_of(unit: UnitOfWork, bill_id: str) -> RefundRow | None:
    """Return the refund of a bill."""
    query = query_for(RefundRow, PremiumRefund).where(PremiumRefund.bill_id == bill_id)
    row = unit.execute(query).first()
    return None if row is None else built(RefundRow, row)


def gaps_of(unit: UnitOfWork, bill_id: str) -> list[GapRow]:
    """Return the days a bill's late payments did not restore."""
    query = query_for(GapRow, CoverageGap).where(CoverageGap.bill_id == bill_id)
    return [built(GapRow, row) for row in unit.execute(query.order_by(CoverageGap.part))]
