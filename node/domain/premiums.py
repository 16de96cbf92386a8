"""Premium bills: what is owed, in which parts, until when, and what late payment costs (S45, P45).

Amounts are fen, days policy days. PremiumCollector computes the same integers. Source: domain.md
§4, docs/premiums.md.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from node.domain.days import Day, months_between, require_period
from node.domain.errors import (
    BillAlreadyPaid,
    BillStateInvalid,
    InvalidInstalment,
    InvalidPeriod,
    QuoteExpired,
    QuoteStale,
    RefundExceedsPayment,
    RefundNotAllowed,
)
from node.domain.ids import BillId
from node.domain.kinds import Proration
from node.domain.money import WHOLE_BP, Fen, amount, half_up, share
from node.domain.plans.plan import PremiumPlan


class BillState(enum.IntEnum):
    """State of a premium bill, numbered as in IBillRegistry. OVERDUE is computed, never stored."""

    NONE = 0
    OPEN = 1
    PARTLY_PAID = 2
    PAID = 3
    CANCELLED = 4
    REFUNDED = 5
    OVERDUE = 6


class BillEvent(enum.Enum):
    """What can happen to a bill."""

    ISSUE = "issue"
    PAY_PART = "pay-part"
    PAY_LAST = "pay-last"
    LAPSE = "lapse"
    CANCEL = "cancel"
    REFUND = "refund"


BILL_TRANSITIONS: dict[tuple[BillState, BillEvent], BillState] = {
    (BillState.NONE, BillEvent.ISSUE): BillState.OPEN,
    (BillState.OPEN, BillEvent.PAY_PART): BillState.PARTLY_PAID,
    (BillState.OPEN, BillEvent.PAY_LAST): BillState.PAID,
    (BillState.OPEN, BillEvent.LAPSE): BillState.OVERDUE,
    (BillState.OPEN, BillEvent.CANCEL): BillState.CANCELLED,
    (BillState.PARTLY_PAID, BillEvent.PAY_PART): BillState.PARTLY_PAID,
    (BillState.PARTLY_PAID, BillEvent.PAY_LAST): BillState.PAID,
    (BillState.PARTLY_PAID, BillEvent.LAPSE): BillState.OVERDUE,
    (BillState.OVERDUE, BillEvent.PAY_PART): BillState.PARTLY_PAID,
    (BillState.OVERDUE, BillEvent.PAY_LAST): BillState.PAID,
    (BillState.PAID, BillEvent.REFUND): BillState.REFUNDED,
}


class RefundReason(enum.IntEnum):
    """Why a premium may be paid back, numbered as in IPremiumCollector."""

    NONE = 0
    BEFORE_START = 1
    DOUBLE_PAYMENT = 2
    TWO_SCHEMES = 3
    DEATH_BEFORE_START = 4


@dataclass(frozen=True)
class EmployeeShares:
    """The two shares of a monthly EMPLOYEE premium, each rounded on its own, in fen."""

    base_fen: Fen
    employer_fen: Fen
    employee_fen: Fen

    @property
    def total_fen(self) -> Fen:
        """The sum of the two rounded shares."""
        return Fen(self.employer_fen + self.employee_fen)


def next_bill_state(bill_id: BillId, state: BillState, event: BillEvent) -> BillState:
    """Return the state after an event. Errors: BillAlreadyPaid, BillStateInvalid."""
    target = BILL_TRANSITIONS.get((state, event))
    if target is not None:
        return target
    if state is BillState.PAID and event in (BillEvent.PAY_PART, BillEvent.PAY_LAST):
        raise BillAlreadyPaid(bill_id)
    raise BillStateInvalid(bill_id, state.name)


def state_on(state: BillState, *, due_day: int, grace_days: int, day: int) -> BillState:
    """Return the state on a day: OVERDUE once the grace of the first unpaid part is over."""
    unpaid = state in (BillState.OPEN, BillState.PARTLY_PAID)
    return BillState.OVERDUE if unpaid and day > due_day + grace_days else state


def employee_shares(plan: PremiumPlan, wage_fen: int) -> EmployeeShares:
    """Return both shares of a month's premium for a declared wage.

    The base is the wage within floor and ceiling. Range: wage 1 to MAX_AMOUNT_FEN. Errors:
    InvalidAmount.
    """
    wage = amount(wage_fen, field="/wage_fen")
    base = Fen(min(max(wage, plan.base_floor_fen), plan.base_ceiling_fen))
    return EmployeeShares(base, share(base, plan.employer_bp), share(base, plan.employee_bp))


def instalment_fen(bill_id: BillId, amount_fen: int, *, parts: int, part: int) -> Fen:
    """Return the amount of one instalment: equal parts, the first ones one fen larger.

    Range: 1 <= part <= parts; all parts add up to the amount. Errors: InvalidInstalment.
    """
    if not 1 <= part <= parts:
        raise InvalidInstalment(bill_id, part)
    # The remainder goes to the first parts, so nobody who stops early has paid too little.
    return Fen(amount_fen // parts + int(part <= amount_fen % parts))


def instalment_due_day(first_due_day: int, *, interval_days: int, part: int) -> Day:
    """Return the day on which part 1, 2, … is due: the first one, then every interval."""
    return Day(first_due_day + (part - 1) * interval_days)


def prorate(
    amount_fen: int, proration: Proration, *, period: tuple[int, int], join_day: int
) -> Fen:
    """Return the premium of a member who joins inside [start, end).

    NONE: all; MONTHS: the joining month counts whole; DAYS: by days left. Rounded half up once.
    Errors: InvalidPeriod if the member joins after the end.
    """
    start, end = period
    require_period(start, end)
    first = max(start, join_day)
    if first >= end:
        raise InvalidPeriod(join_day, end)
    if proration is Proration.MONTHS:
        left, whole = months_between(first, end), months_between(start, end)
    elif proration is Proration.DAYS:
        left, whole = end - first, end - start
    else:
        left, whole = 1, 1
    return Fen(half_up(amount_fen * left, whole))


def late_fee_fen(
    unpaid_fen: int, *, bp_per_day: int, due_day: int, grace_days: int, day: int
) -> Fen:
    """Return the late fee of an employer's unpaid principal on a day.

    0 within grace; after it every day since the due date counts. At most the principal.
    """
    if day <= due_day + grace_days:
        return Fen(0)
    return Fen(min(half_up(unpaid_fen * bp_per_day * (day - due_day), WHOLE_BP), unpaid_fen))


@dataclass(frozen=True)
class Offer:
    """What a quote says of a bill: its state and what is to be paid at it, in fen."""

    revision: int
    payable_fen: int


def require_fresh_quote(
    bill_id: BillId, *, expires_at: int, now_s: int, quoted: Offer, due: Offer
) -> None:
    """Make sure a quote still holds: not expired, the bill and what is due unchanged (S51).

    It holds until `expires_at`, included. Errors: QuoteExpired, QuoteStale.
    """
    if now_s > expires_at:
        raise QuoteExpired(expires_at, field="/quote/expires_at")
    if quoted != due:
        raise QuoteStale(bill_id, field="/quote")


@dataclass(frozen=True)
class RefundRequest:
    """What is asked of a paid bill, and the dates that decide. Days are policy days."""

    reason: RefundReason
    amount_fen: int
    day: int
    period_start: int
    death_day: int | None = None


def require_refund(
    bill_id: BillId,
    state: BillState,
    request: RefundRequest,
    *,
    paid_fen: int,
    refunded_fen: int = 0,
) -> None:
    """Make sure that a refund is allowed and does not exceed what was paid (P46).

    Before the period starts always; later only for the named reasons. Errors: BillStateInvalid,
    RefundNotAllowed, RefundExceedsPayment (also for a second refund).
    """
    if state is BillState.REFUNDED:
        raise RefundExceedsPayment(bill_id, request.amount_fen, 0)
    next_bill_state(bill_id, state, BillEvent.REFUND)
    allowed = {
        RefundReason.NONE: False,
        RefundReason.BEFORE_START: request.day < request.period_start,
        RefundReason.DOUBLE_PAYMENT: True,
        RefundReason.TWO_SCHEMES: True,
        RefundReason.DEATH_BEFORE_START: (
            request.death_day is not None and request.death_day < request.period_start
        ),
    }
    if not allowed[request.reason]:
        raise RefundNotAllowed(bill_id, request.reason.name)
    refund_fen = refunded_fen + amount(request.amount_fen)
    if refund_fen > paid_fen:
        raise RefundExceedsPayment(bill_id, refund_fen, paid_fen)
