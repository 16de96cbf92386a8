"""Premiums: look-up, bills, quotes, payments, refunds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response

from node.api.days import read_day, read_optional_day, show_day
from node.api.deps import CallerDep, service
from node.api.idempotency import Money
from node.api.pagination import Page, PageDep, list_route, shown_page
from node.api.pairs import MoneyRouter
from node.api.schemas.base import AccountQuery, HashPath
from node.api.tags import IfNoneMatch, tagged_model
from node.desk.intents import PreparedIntent
from node.domain.premiums import RefundReason
from node.features.premiums.access import ACCESS
from node.features.premiums.lookups import LookupsService
from node.features.premiums.quotes import Promised, Quote
from node.features.premiums.schemas import (
    BillDetailOut,
    BillOut,
    BillRequest,
    BillStateName,
    CancelRequest,
    GapOut,
    IssueRequest,
    LookupIn,
    LookupOut,
    PaymentOut,
    PaymentRequest,
    PremiumQuoteOut,
    PreparedBill,
    PreparedPayment,
    QuoteRequest,
    RefundOut,
    RefundRequest,
)
from node.features.premiums.service import BillFilter, BillTerms, PremiumsService
from node.intents.messages import IntentKind
from node.readmodels.premiums import BillRow

router = MoneyRouter("/v1/premiums", tag="premiums", access=ACCESS)
LookupsDep = Annotated[LookupsService, Depends(service(LookupsService))]
PremiumsDep = Annotated[PremiumsService, Depends(service(PremiumsService))]


@router.post(
    "/lookup",
    operation_id="lookUpBills",
    summary="Find the open bills of a person",
    response_model=LookupOut,
)
async def look_up(wanted: LookupIn, caller: CallerDep, lookups: LookupsDep) -> dict[str, Any]:
    """Return the open bills of a person by number and name; every wrong pair is answered alike.

    Tries are counted per caller and per number (S50).
    """
    found = await lookups.open_bills(caller, number=wanted.number, name=wanted.name)
    bills = [shown_bill(row, day=found.day) for row in found.bills]
    return {"name": found.masked_name, "bills": bills}


@router.get("/bills", **list_route("listBills", "List premium bills", Page[BillOut]))
async def bills(
    *,
    caller: CallerDep,
    premiums: PremiumsDep,
    page: PageDep,
    member_id: AccountQuery = None,
    payer_id: AccountQuery = None,
    insurer_id: AccountQuery = None,
    state: Annotated[
        BillStateName | None, Query(description="Only those in this state today.")
    ] = None,
) -> Page[BillOut]:
    """Return bills by due day: a member's own, those an employer pays, those an insurer issued."""
    wanted = BillFilter(member=member_id, payer=payer_id, insurer=insurer_id, state=state)
    found = await premiums.page(caller, wanted, page)

    def shown(row: BillRow) -> BillOut:
        coverage = found.standings[row.bill_id].name
        return BillOut.model_validate({**shown_bill(row, day=found.day), "coverage": coverage})

    return shown_page(found.bills, shown)


@router.get(
    "/bills/{bill_id}",
    operation_id="readBill",
    summary="Read a premium bill",
    response_model=BillDetailOut,
)
async def bill(
    bill_id: HashPath, caller: CallerDep, premiums: PremiumsDep, if_none_match: IfNoneMatch = None
) -> Response:
    """Return a bill with payments, refund and the days that late payment left uncovered."""
    view = await premiums.find(caller, bill_id)
    refund = view.refund
    content = BillDetailOut(
        **shown_bill(view.bill, day=view.day),
        coverage=view.standing.name,
        payments=[PaymentOut(**_without_bill(one), payer_id=one.payer) for one in view.payments],
        refund=None if refund is None else RefundOut(**_without_bill(refund)),
        gaps=[
            GapOut(part=one.part, start=show_day(one.gap_start), end=show_day(one.gap_end))
            for one in view.gaps
        ],
    )
    return tagged_model(content, known=if_none_match)


@router.prepare("/bills", "prepareBill", "Prepare a bill or its cancellation", model=PreparedBill)
async def prepare_bill(
    asked: BillRequest, caller: CallerDep, premiums: PremiumsDep
) -> tuple[PreparedIntent, dict[str, Any]]:
    """Prepare a bill, or the cancellation of one on which nothing was paid (S45)."""
    if isinstance(asked, CancelRequest):
        cancelled = await premiums.prepare_cancellation(caller, asked.cancel_bill_id)
        return cancelled, {"bill_id": asked.cancel_bill_id}
    intent, bill_id = await premiums.prepare_issue(caller, _terms(asked))
    return intent, {"bill_id": bill_id}


@router.submit(
    "/bills",
    "issueBill",
    "Issue a bill or cancel it",
    kinds=(IntentKind.ISSUE_BILL, IntentKind.CANCEL_BILL),
)
async def issue_bill(money: Money) -> None:
    """Hand in a signed bill or cancellation."""


@router.post(
    "/quotes",
    operation_id="quotePremium",
    summary="Quote a premium",
    response_model=PremiumQuoteOut,
)
async def quote(asked: QuoteRequest, caller: CallerDep, premiums: PremiumsDep) -> dict[str, Any]:
    """Return what the next part costs, signed, for 15 minutes (S51)."""
    return _quote(await premiums.quote(caller, asked.bill_id))


@router.prepare(
    "/payments", "preparePayment", "Prepare the payment of a premium", model=PreparedPayment
)
async def prepare_payment(
    asked: PaymentRequest, caller: CallerDep, premiums: PremiumsDep
) -> tuple[PreparedIntent, dict[str, Any]]:
    """Prepare the payment of the next part, by a member or by an employer."""
    intent, offered = await premiums.prepare_payment(
        caller,
        bill_id=asked.bill_id,
        payer=asked.payer_id,
        medical_fen=asked.medical_fen,
        promised=None if asked.quote is None else Promised(**asked.quote.model_dump()),
    )
    return intent, {"quote": _quote(offered)}


@router.submit(
    "/payments",
    "payPremium",
    "Pay a premium",
    kinds=(IntentKind.PAY_PREMIUM, IntentKind.PAY_DECLARED),
    fast=True,
)
async def pay(money: Money) -> None:
    """Hand in a signed payment."""


@router.prepare("/refunds", "prepareRefund", "Prepare the refund of a premium")
async def prepare_refund(
    asked: RefundRequest, caller: CallerDep, premiums: PremiumsDep
) -> PreparedIntent:
    """Prepare the refund of a bill to the pockets that paid (P46)."""
    return await premiums.prepare_refund(
        caller,
        bill_id=asked.bill_id,
        reason=RefundReason[asked.reason],
        death_day=read_optional_day(asked.died_on, field="/died_on"),
    )


@router.submit("/refunds", "refundPremium", "Refund a premium", kinds=(IntentKind.REFUND_PREMIUM,))
async def refund(money: Money) -> None:
    """Hand in a signed refund."""


def _terms(asked: IssueRequest) -> BillTerms:
    start = read_day(asked.period_start, field="/period_start")
    joined = read_optional_day(asked.joined, field="/joined")
    return BillTerms(
        member=asked.member_id,
        plan_id=asked.plan_id,
        plan_version=asked.plan_version,
        period_start=start,
        period_end=read_day(asked.period_end, field="/period_end"),
        joined_day=start if joined is None else joined,
        due_day=read_day(asked.due, field="/due"),
        parts=asked.parts,
        part_interval_days=asked.part_interval_days,
    )


def shown_bill(row: BillRow, *, day: int) -> dict[str, Any]:
    """Return a bill as it is answered on a day."""
    next_part = min(row.paid_parts, row.parts - 1)
    return {
        **asdict(row),
        "member_id": row.member,
        "payer_id": row.payer,
        "insurer_id": row.insurer,
        "state": row.state_on(day),
        "period_start": show_day(row.period_start),
        "period_end": show_day(row.period_end),
        "joined": show_day(row.joined_day),
        "due": show_day(row.due_day + next_part * row.part_interval_days),
    }


def _without_bill(row: Any) -> dict[str, Any]:
    return {name: value for name, value in asdict(row).items() if name != "bill_id"}


def _quote(offered: Quote) -> dict[str, Any]:
    return {**offered.document, "jws": offered.jws}
