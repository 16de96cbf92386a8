"""Claims: quote, settle with both signatures, lines and trace, reversal (S03, S04, P32)."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from fastapi.responses import Response

from node.api.deps import CallerDep, service
from node.api.idempotency import Money, MoneyRequest, money_request
from node.api.languages import LanguageDep
from node.api.pagination import Page, PageDep, list_route, shown_page
from node.api.pairs import MoneyRouter
from node.api.schemas.base import AccountQuery
from node.api.tags import IfNoneMatch, tagged_model
from node.desk.intents import PreparedIntent, Step
from node.domain.adjudication.settlement import Settlement
from node.domain.adjudication.trace import Payer, Reason
from node.domain.kinds import CashMode
from node.domain.language import Language
from node.domain.wording import label_of, reason_text
from node.features.claims.access import ACCESS
from node.features.claims.schemas import (
    ClaimLineOut,
    ClaimLinesOut,
    ClaimOut,
    ClaimPath,
    ClaimQuoteOut,
    ClaimRequestIn,
    PartOut,
    PreparedClaim,
    ReversalRequest,
    SettlementOut,
    SignedClaimIn,
    TraceOut,
    TraceStepOut,
)
from node.features.claims.service import ClaimQuote, ClaimRequest, ClaimsService
from node.features.claims.traces import ClaimTrace, TracesService
from node.intents.messages import IntentKind
from node.readmodels.claims import ClaimRow

router = MoneyRouter("/v1/claims", tag="claims", access=ACCESS)
ClaimsDep = Annotated[ClaimsService, Depends(service(ClaimsService))]
TracesDep = Annotated[TracesService, Depends(service(TracesService))]
SignedClaim = Annotated[MoneyRequest, Depends(money_request(SignedClaimIn))]
StateName = Literal[
    "SUBMITTED", "IN_REVIEW", "ADJUDICATED", "SETTLED", "REVERSED", "CANCELLED", "EXPIRED"
]

SETTLEMENT_FIELDS = tuple(one.name for one in fields(Settlement))


@router.post(
    "/quotes", operation_id="quoteClaim", summary="Quote a claim", response_model=ClaimQuoteOut
)
async def quote(asked: ClaimRequestIn, caller: CallerDep, claims: ClaimsDep) -> ClaimQuoteOut:
    """Return what settling a visit would decide now; nothing is stored."""
    return shown_quote(await claims.quote(caller, _asked(asked)))


@router.prepare("", "prepareClaim", "Prepare a claim", model=PreparedClaim)
async def prepare(
    asked: ClaimRequestIn, caller: CallerDep, claims: ClaimsDep
) -> tuple[PreparedIntent, dict[str, Any]]:
    """Quote a visit and prepare its claim for the signatures of provider and member."""
    intent, found = await claims.prepare(caller, _asked(asked))
    return intent, {"visit_id": asked.visit_id, "quote": shown_quote(found)}


@router.submit("", "settleClaim", "Settle a claim", kinds=(IntentKind.SETTLE_CLAIM,))
async def settle(money: SignedClaim, claims: ClaimsDep) -> Step:
    """Hand in a claim signed by provider and member: submit and settle in one step."""
    assert isinstance(money.body, SignedClaimIn)
    return claims.visit_step(money.caller, money.submission, visit_id=money.body.visit_id)


@router.get("", **list_route("listClaims", "List claims", Page[ClaimOut]))
async def list_claims(
    *,
    caller: CallerDep,
    claims: ClaimsDep,
    page: PageDep,
    member_id: AccountQuery = None,
    state: Annotated[StateName | None, Query(description="Only those in this state.")] = None,
) -> Page[ClaimOut]:
    """Return the caller's claims, newest first."""
    found = await claims.page(caller, page, state=state, member=member_id)
    return shown_page(found, shown_claim)


@router.get(
    "/{claim_id}", operation_id="readClaim", summary="Read a claim", response_model=ClaimOut
)
async def read(
    claim_id: ClaimPath,
    caller: CallerDep,
    claims: ClaimsDep,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return a claim with its settlement."""
    row = await claims.find(caller, claim_id)
    version = f"{row.block_number}-{row.state}"
    return tagged_model(shown_claim(row), known=if_none_match, version=version)


@router.get(
    "/{claim_id}/lines",
    operation_id="listClaimLines",
    summary="List the lines of a claim with their shares",
    response_model=ClaimLinesOut,
)
async def lines(
    claim_id: ClaimPath, caller: CallerDep, traces: TracesDep, language: LanguageDep
) -> ClaimLinesOut:
    """Return each line with class, price, fund share and self share; they add up (S03)."""
    trace = await traces.explain(caller, claim_id)
    return ClaimLinesOut(
        claim_id=claim_id,
        total_fen=trace.adjudication.settlement.total_fen,
        fund_fen=trace.adjudication.settlement.fund_fen,
        lines=_lines(trace, language),
    )


@router.get(
    "/{claim_id}/trace",
    operation_id="traceClaim",
    summary="Explain why each fen was refused",
    response_model=TraceOut,
)
async def trace(
    claim_id: ClaimPath, caller: CallerDep, traces: TracesDep, language: LanguageDep
) -> TraceOut:
    """Return why each fen was refused, line by line (P32)."""
    found = await traces.explain(caller, claim_id)
    steps = [
        TraceStepOut(**asdict(step), label=label_of("Rule", step.rule, language))
        for step in found.adjudication.trace.steps
    ]
    return TraceOut(
        claim_id=claim_id,
        plan_id=str(found.claim.plan_id),
        plan_version=found.claim.plan_version or 0,
        trace_hash=str(found.claim.trace_hash),
        verified=found.verified,
        steps=steps,
        lines=_lines(found, language),
    )


@router.prepare("/{claim_id}/reversals", "prepareReversal", "Prepare the reversal of a claim")
async def prepare_reversal(
    claim_id: ClaimPath, asked: ReversalRequest, caller: CallerDep, claims: ClaimsDep
) -> PreparedIntent:
    """Prepare the reversal of a settled claim, alone or with later ones."""
    return await claims.prepare_reversal(
        caller,
        [claim_id, *asked.with_claim_ids],
        actor=asked.actor_id,
        reason_code=asked.reason_code,
    )


@router.submit(
    "/{claim_id}/reversals", "reverseClaim", "Reverse a claim", kinds=(IntentKind.REVERSE_CLAIMS,)
)
async def reverse(claim_id: ClaimPath, money: Money) -> None:
    """Hand in the signed reversal."""
    # Nothing to look at: which claims are reversed stands in the evidence that was signed.


def shown_quote(found: ClaimQuote) -> ClaimQuoteOut:
    """Return a quote as it is answered."""
    body = found.body
    return ClaimQuoteOut(
        claim_id=found.claim_id,
        insurer_id=found.insurer.lower(),
        plan_id=body.plan_id,
        plan_version=body.plan_version,
        trace_hash=found.trace_hash,
        block_number=found.block.number,
        expires_at=body.quote_expires_at,
        settlement=SettlementOut(**asdict(found.settlement)),
    )


def shown_claim(row: ClaimRow) -> ClaimOut:
    """Return a claim as it is answered."""
    figures = {name: getattr(row, name) for name in SETTLEMENT_FIELDS}
    return ClaimOut(
        claim_id=row.claim_id,
        state=row.state,
        provider_id=row.provider,
        member_id=row.member,
        insurer_id=row.insurer,
        digest=row.digest,
        plan_id=row.plan_id,
        plan_version=row.plan_version,
        year=row.year,
        trace_hash=row.trace_hash,
        replaces_claim_id=row.replaces,
        receipt_number=row.receipt_number,
        submitted_at=row.submitted_at,
        settled_at=row.settled_at,
        block_number=row.block_number,
        settlement=None if row.total_fen is None else SettlementOut(**figures),
    )


def _part(code: Reason | Payer, amount_fen: int, language: Language) -> PartOut:
    text = reason_text(code, language)
    return PartOut(code=code.value, label=text.label, text=text.meaning, amount_fen=amount_fen)


def _asked(asked: ClaimRequestIn) -> ClaimRequest:
    return ClaimRequest(
        visit_id=asked.visit_id,
        claim_number=asked.claim_number,
        cash_mode=CashMode[asked.cash_mode],
        family_holder=asked.family_holder_id,
        replaces=asked.replaces_claim_id,
    )


def _lines(found: ClaimTrace, language: Language) -> list[ClaimLineOut]:
    shares = found.adjudication.trace.lines
    return [
        ClaimLineOut(
            number=line.number,
            item_code=line.item_code,
            item_class=line.item_class,
            quantity=line.quantity,
            unit_price_fen=line.unit_price_fen,
            gross_fen=line.gross_fen,
            fund_fen=share.fund_fen,
            provider_fen=share.provider_fen,
            self_fen=share.self_fen,
            paid=[_part(one.payer, one.amount_fen, language) for one in share.paid],
            refused=[_part(one.reason, one.amount_fen, language) for one in share.refused],
        )
        for line, share in zip(found.lines, shares, strict=True)
    ]
