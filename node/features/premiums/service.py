"""Premiums: bills issued and cancelled, quotes, payments, refunds (S51, S45, P46).

Everything is checked against the read models and a quote of the contract before anything is signed,
so that a refusal costs neither money nor a nonce; the contract decides in the end.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from node.db.pages import PageRequest
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.access import AccessDecision, Listed, is_holder
from node.desk.callers import Caller, require_may_sign
from node.desk.intents import IntentDesk, PreparedIntent
from node.domain.days import Day, day_of, require_period
from node.domain.errors import (
    BillUnknown,
    InvalidAmount,
    InvalidInstalment,
    InvalidPeriod,
    MemberUnknown,
    NotOwner,
    PlanUnknown,
    PocketNotAllowed,
    RequiredRelation,
)
from node.domain.ids import BillId
from node.domain.kinds import MemberKind, Pocket, Scheme
from node.domain.premiums import (
    BillEvent,
    BillState,
    RefundReason,
    RefundRequest,
    next_bill_state,
    require_refund,
)
from node.features.premiums.bill_views import BillPage, BillView
from node.features.premiums.quotes import Promised, Quote, QuoteDesk
from node.features.wallets.service import require_available
from node.intents.bodies import CancelBill, IssueBill, PayDeclared, PayPremium, RefundPremium
from node.intents.encoding import short_text
from node.intents.messages import IntentKind
from node.readmodels import premiums as bill_rows
from node.readmodels.members import find_member
from node.readmodels.plans import PlanRow, plan
from node.readmodels.premiums import BillRow
from node.readmodels.standings import standings_of

BILL_ID_BYTES = 32
MOST_PERIOD_DAYS = 4_095
FURTHEST_DUE_DAYS = 32_767


@dataclass(frozen=True, slots=True, kw_only=True)
class BillTerms:
    """What a bill is for; region, scheme and member kind follow from the plan. Policy days."""

    member: str
    plan_id: str
    plan_version: int
    period_start: Day
    period_end: Day
    joined_day: Day
    due_day: Day
    parts: int
    part_interval_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BillFilter:
    """What is looked for; None = any."""

    member: str | None = None
    payer: str | None = None
    insurer: str | None = None
    state: str | None = None


class PremiumsService:
    """Commands and questions about premium bills."""

    def __init__(
        self, database: Database, *, desk: IntentDesk, access: AccessDecision, quotes: QuoteDesk
    ) -> None:
        self._database = database
        self._desk = desk
        self._access = access
        self._quotes = quotes

    async def page(self, caller: Caller, wanted: BillFilter, request: PageRequest) -> BillPage:
        """Return the bills the caller may see: own, paid, issued or all of them.

        A person without a filter gets the own ones. Errors: NotOwner.
        """
        today = self._today()
        if caller.is_person:
            wanted = replace(wanted, member=wanted.member or caller.account)
        wanted = replace(wanted, **self._access.narrowed(Listed.BILLS, caller))

        def read(unit: UnitOfWork) -> BillPage:
            member = wanted.member
            if caller.is_person and member:
                self._access.require_may_pay_for(unit, caller, member, day=today)
            found = bill_rows.bills(
                unit,
                request,
                member=member,
                payer=wanted.payer,
                insurer=wanted.insurer,
                state=wanted.state,
                today=today,
            )
            return BillPage(today, found, standings_of(unit, found.items, day=today))

        return await self._database.read(read)

    async def find(self, caller: Caller, bill_id: str) -> BillView:
        """Return a bill with payments, gaps and refund. Errors: BillUnknown, NotOwner."""
        today = self._today()

        def read(unit: UnitOfWork) -> BillView:
            bill = self._require_seen(unit, caller, bill_id, day=today, field=None)
            return BillView(
                bill,
                today,
                standings_of(unit, [bill], day=today)[bill_id],
                bill_rows.payments_of(unit, bill_id),
                bill_rows.refund_of(unit, bill_id),
                bill_rows.gaps_of(unit, bill_id),
            )

        return await self._database.read(read)

    async def prepare_issue(self, caller: Caller, terms: BillTerms) -> tuple[PreparedIntent, str]:
        """Prepare a RESIDENT or FLEXIBLE bill; return it with the new bill's id.

        Errors: PlanUnknown, NotOwner (another insurer's plan), MemberUnknown, InvalidPeriod,
        InvalidInstalment.
        """
        bill_id = "0x" + secrets.token_hex(BILL_ID_BYTES)
        _check_terms(bill_id, terms)

        def read(unit: UnitOfWork) -> PlanRow:
            head = _require_plan(unit, caller, terms)
            if find_member(unit, terms.member) is None:
                raise MemberUnknown(terms.member, field="/member_id")
            return head

        head = await self._database.read(read)
        body = IssueBill(
            bill_id=bill_id,
            member=terms.member,
            scheme=int(Scheme[head.scheme]),
            member_kind=int(MemberKind[head.member_kind]),
            region=short_text(head.region, 12),
            plan_id=terms.plan_id,
            plan_version=terms.plan_version,
            period_start=terms.period_start,
            period_end=terms.period_end,
            joined_day=terms.joined_day,
            due_day=terms.due_day,
            parts=terms.parts,
            part_interval_days=terms.part_interval_days,
        )
        prepared = await self._desk.prepare(
            caller, kind=IntentKind.ISSUE_BILL, actor=caller.account, body=body
        )
        return prepared, bill_id

    async def prepare_cancellation(self, caller: Caller, bill_id: str) -> PreparedIntent:
        """Prepare the end of an open bill. Errors: BillUnknown, NotOwner, BillStateInvalid."""
        today = self._today()

        def check(unit: UnitOfWork) -> None:
            bill = _require_issued(unit, caller, bill_id, field="/cancel_bill_id")
            state = BillState[bill.state_on(today)]
            next_bill_state(BillId(bill_id), state, BillEvent.CANCEL)

        return await self._desk.prepare(
            caller,
            kind=IntentKind.CANCEL_BILL,
            actor=caller.account,
            body=CancelBill(bill_id),
            check=check,
        )

    async def quote(self, caller: Caller, bill_id: str) -> Quote:
        """Return a signed quote for the next part of a bill (S51).

        Errors: BillUnknown, NotOwner, BillAlreadyPaid, BillStateInvalid, ChainUnavailable.
        """
        today = self._today()
        bill = await self._database.read(
            lambda unit: self._require_seen(unit, caller, bill_id, day=today, field="/bill_id")
        )
        return await self._quotes.quote(bill)

    async def prepare_payment(
        self,
        caller: Caller,
        *,
        bill_id: str,
        payer: str | None,
        medical_fen: int,
        promised: Promised | None,
    ) -> tuple[PreparedIntent, Quote]:
        """Prepare the payment of the next part: `medical_fen` from MEDICAL, the rest from CASH.

        A member, its guardian or the holder of a family link pays a RESIDENT or FLEXIBLE bill, the
        employer a declared one. Errors: BillUnknown, NotOwner, PocketNotAllowed, QuoteExpired,
        QuoteStale, InvalidAmount, InsufficientBalance; those of a quote.
        """
        actor = payer or caller.account
        today = self._today()

        def read(unit: UnitOfWork) -> BillRow:
            require_may_sign(unit, caller, actor=actor, day=today)
            bill = _require_payable(unit, actor, bill_id)
            if medical_fen and bill.scheme != Scheme.RESIDENT.name:
                raise PocketNotAllowed(Pocket.MEDICAL.name, "PREMIUM", field="/medical_fen")
            return bill

        bill = await self._database.read(read)
        quote = await self._quotes.quote(bill, promised=promised)
        cash_fen = quote.due.total_fen - medical_fen
        if cash_fen < 0:
            raise InvalidAmount(medical_fen, field="/medical_fen")
        balance = await self._database.hot.balance(actor)
        for pocket, needed in ((Pocket.MEDICAL, medical_fen), (Pocket.CASH, cash_fen)):
            require_available(balance, actor, pocket=pocket, needed_fen=needed)
        kind, body = _payment(bill, quote, medical_fen=medical_fen, cash_fen=cash_fen)
        return await self._desk.prepare(caller, kind=kind, actor=actor, body=body), quote

    async def prepare_refund(
        self, caller: Caller, *, bill_id: str, reason: RefundReason, death_day: int | None
    ) -> PreparedIntent:
        """Prepare the refund of a whole bill; the day of death is checked and not kept (P46).

        Errors: BillUnknown, NotOwner, RefundExceedsPayment (refunded before), BillStateInvalid,
        RefundNotAllowed.
        """
        today = self._today()

        def check(unit: UnitOfWork) -> None:
            bill = _require_issued(unit, caller, bill_id, field="/bill_id")
            paid_fen = _whole_fen(bill)
            request = RefundRequest(reason, paid_fen, today, bill.period_start, death_day)
            state = BillState[bill.state_on(today)]
            require_refund(BillId(bill_id), state, request, paid_fen=paid_fen)

        return await self._desk.prepare(
            caller,
            kind=IntentKind.REFUND_PREMIUM,
            actor=caller.account,
            body=RefundPremium(bill_id, int(reason)),
            check=check,
        )

    def _today(self) -> Day:
        return day_of(self._desk.now_s)

    def _require_seen(
        self, unit: UnitOfWork, caller: Caller, bill_id: str, *, day: int, field: str | None
    ) -> BillRow:
        """Return a bill the caller may read. Bill ids say nothing, so an unknown bill is named."""
        bill = _require_bill(unit, bill_id, field=field)
        if not self._access.sees_bill(unit, caller, bill, day=day):
            raise NotOwner(caller.account, bill_id, RequiredRelation.BILL_PARTY, field=field)
        return bill


def _check_terms(bill_id: str, terms: BillTerms) -> None:
    start, end = terms.period_start, terms.period_end
    require_period(start, end, field="/period_end")
    if end - start > MOST_PERIOD_DAYS:
        raise InvalidPeriod(start, end, field="/period_end")
    if terms.joined_day >= end:
        raise InvalidPeriod(terms.joined_day, end, field="/joined")
    if abs(terms.due_day - start) > FURTHEST_DUE_DAYS:
        raise InvalidPeriod(start, terms.due_day, field="/due")
    if (terms.parts == 1) != (terms.part_interval_days == 0):
        raise InvalidInstalment(bill_id, terms.parts, field="/part_interval_days")


def _require_plan(unit: UnitOfWork, caller: Caller, terms: BillTerms) -> PlanRow:
    """Return the approved premium version that a bill follows."""
    head = plan(unit, plan_id=terms.plan_id, version=terms.plan_version)
    serves = (
        head is not None
        and (head.kind, head.status) == ("PREMIUM", "APPROVED")
        and head.scheme != Scheme.EMPLOYEE.name
        and head.valid_from <= terms.period_start < head.valid_until
    )
    if head is None or not serves:
        raise PlanUnknown(terms.plan_id, terms.plan_version, field="/plan_id")
    if head.insurer != caller.account:
        relation = RequiredRelation.PLAN_INSURER
        raise NotOwner(caller.account, terms.plan_id, relation, field="/plan_id")
    return head


def _require_bill(unit: UnitOfWork, bill_id: str, *, field: str | None) -> BillRow:
    bill = bill_rows.bill(unit, bill_id)
    if bill is None:
        raise BillUnknown(bill_id, field=field)
    return bill


def _require_issued(unit: UnitOfWork, caller: Caller, bill_id: str, *, field: str) -> BillRow:
    bill = _require_bill(unit, bill_id, field=field)
    if bill.insurer != caller.account:
        raise NotOwner(caller.account, bill_id, RequiredRelation.BILL_INSURER, field=field)
    return bill


def _require_payable(unit: UnitOfWork, actor: str, bill_id: str) -> BillRow:
    """Return a bill that an account may pay, as the contract judges it."""
    bill = _require_bill(unit, bill_id, field="/bill_id")
    declared = bill.scheme == Scheme.EMPLOYEE.name
    pays = actor == bill.payer if declared else is_holder(unit, actor, bill.member)
    if not pays:
        raise NotOwner(actor, bill_id, RequiredRelation.BILL_PAYER, field="/bill_id")
    return bill


def _whole_fen(bill: BillRow) -> int:
    """What goes back with a refund, the subsidy too: a bill may be paid by subsidy alone."""
    paid_fen = bill.paid_medical_fen + bill.paid_cash_fen + bill.paid_late_fee_fen
    return paid_fen + bill.subsidy_fen


def _payment(
    bill: BillRow, quote: Quote, *, medical_fen: int, cash_fen: int
) -> tuple[IntentKind, PayPremium | PayDeclared]:
    due = quote.due
    if bill.scheme == Scheme.EMPLOYEE.name:
        declared = PayDeclared(bill.bill_id, due.revision, cash_fen, quote.expires_at)
        return IntentKind.PAY_DECLARED, declared
    paid = PayPremium(
        bill_id=bill.bill_id,
        part=due.part,
        revision=due.revision,
        medical_fen=medical_fen,
        cash_fen=cash_fen,
        quote_expires_at=quote.expires_at,
    )
    return IntentKind.PAY_PREMIUM, paid
