"""Shapes of premiums: bills, look-up, quotes, payments, refunds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from node.api.schemas.base import (
    Account,
    Day,
    Hash,
    In,
    Out,
    chosen_by,
)
from node.api.schemas.intents import Prepared
from node.domain.money import MAX_AMOUNT_FEN
from node.features.coverages.schemas import SchemeName, StandingName
from node.features.members.schemas import Name, Number

BillStateName = Literal["OPEN", "PARTLY_PAID", "PAID", "CANCELLED", "REFUNDED", "OVERDUE"]
ReasonName = Literal["BEFORE_START", "DOUBLE_PAYMENT", "TWO_SCHEMES", "DEATH_BEFORE_START"]
Version = Annotated[int, Field(ge=1, lt=2**32)]
FenOrNothing = Annotated[int, Field(ge=0, le=MAX_AMOUNT_FEN, description="Whole fen.")]


class LookupIn(In):
    """The insured number and the name as registered; both stay out of every URL and log."""

    number: Number
    name: Name


class OpenBillOut(Out):
    """What is still to pay; `due` is the due day of the next part."""

    bill_id: Hash
    scheme: str
    period_start: Day
    period_end: Day
    state: BillStateName
    parts: int
    paid_parts: int
    due: Day
    personal_fen: int
    subsidy_fen: int


class LookupOut(Out):
    """The open bills of one person, masked (S50)."""

    name: str
    bills: list[OpenBillOut]


class BillOut(OpenBillOut):
    """A bill with its state today. For declared bills `personal_fen` is the employer's share.

    `coverage`: what the bill is worth today. PENDING_ENROLMENT is paid, and the insurer has not yet
    enrolled the member.
    """

    member_id: Account
    payer_id: Account
    insurer_id: Account
    member_kind: str
    region: str
    revision: int
    joined: Day
    part_interval_days: int
    grace_days: int
    backpay_days: int
    late_fee_bp_per_day: int
    employee_fen: int
    paid_medical_fen: int
    paid_cash_fen: int
    paid_late_fee_fen: int
    plan_id: Hash
    plan_version: int
    issued_at: int
    coverage: StandingName


class PaymentOut(Out):
    """One paid part; `cash_fen` includes employee share and late fee."""

    digest: Hash
    payer_id: Account
    part: int
    medical_fen: int
    cash_fen: int
    employee_fen: int
    subsidy_fen: int
    late_fee_fen: int
    refunded: bool
    receipt_number: str
    timestamp: int


class RefundOut(Out):
    """The refund of a bill."""

    digest: Hash
    reason: ReasonName
    medical_fen: int
    cash_fen: int
    employee_fen: int
    subsidy_fen: int
    late_fee_fen: int
    receipt_number: str
    timestamp: int


class GapOut(Out):
    """Days [start, end) that a late payment of a part left uncovered."""

    part: int
    start: Day
    end: Day


class BillDetailOut(BillOut):
    """A bill with all that happened to it."""

    payments: list[PaymentOut]
    refund: RefundOut | None
    gaps: list[GapOut]


class IssueRequest(In):
    """A RESIDENT or FLEXIBLE bill; scheme, region, kind of member and amounts follow from the plan.

    `joined` is the first day of membership, the start of the period without one.
    """

    member_id: Account
    plan_id: Hash
    plan_version: Version
    period_start: Day
    period_end: Day
    joined: Day | None = None
    due: Day
    parts: Annotated[int, Field(ge=1, le=12)] = 1
    part_interval_days: Annotated[int, Field(ge=0, le=366)] = 0


class CancelRequest(In):
    """Withdraw a bill on which nothing was paid."""

    cancel_bill_id: Hash


BillRequest = Annotated[
    Annotated[CancelRequest, Tag("#cancel")] | Annotated[IssueRequest, Tag("#issue")],
    chosen_by("cancel_bill_id", present="#cancel", absent="#issue"),
]


class PreparedBill(Prepared):
    """The intent of a new or cancelled bill, and the bill's id."""

    bill_id: Hash


class QuoteRequest(In):
    """Ask what the next part of a bill costs now."""

    bill_id: Hash


class PremiumQuoteOut(Out):
    """What is due and until when that holds (Unix seconds of chain time).

    gross - subsidy - discount + late fee = payable. `jws` signs all other fields with the key that
    `GET /v1/network` names; it is evidence, paying does not need it.
    """

    bill_id: Hash
    revision: int
    scheme: SchemeName
    plan_id: Hash
    plan_version: int
    period_start: Day
    period_end: Day
    part: int
    parts: int
    due: Day
    gross_fen: int
    subsidy_fen: int
    discount_fen: int
    employee_fen: int
    late_fee_fen: int
    payable_fen: int
    chain_id: int
    block_number: int
    block_hash: Hash
    expires_at: int
    jws: str


class QuotedIn(In):
    """The three figures of a quote that a payment rests on."""

    revision: Annotated[int, Field(ge=1, lt=2**32)]
    payable_fen: FenOrNothing
    expires_at: Annotated[int, Field(ge=0, lt=2**53)]


class PaymentRequest(In):
    """Pay the next part: `medical_fen` from MEDICAL (RESIDENT bills only), the rest from CASH.

    `payer_id` is who pays: absent = the caller; a guardian names the minor. With `quote` the
    payment is refused if that quote has expired or is stale, without a quote it is quoted anew.
    """

    bill_id: Hash
    payer_id: Account | None = None
    medical_fen: FenOrNothing = 0
    quote: QuotedIn | None = None


class PreparedPayment(Prepared):
    """The payment to be signed and the quote it rests on."""

    quote: PremiumQuoteOut


class RefundRequest(In):
    """Pay a bill back whole (P46). `died_on` belongs to DEATH_BEFORE_START and is not kept."""

    bill_id: Hash
    reason: ReasonName
    died_on: Day | None = None
