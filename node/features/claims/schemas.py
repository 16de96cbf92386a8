"""Shapes of claims: quotes, settlements, lines with their shares, traces, reversals."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field
from pydantic.dataclasses import dataclass

from node.api.schemas import shapes
from node.api.schemas.base import (
    Account,
    Hash,
    In,
    Out,
)
from node.api.schemas.intents import (
    Prepared,
    SignedIntentIn,
)
from node.domain.adjudication.settlement import Settlement

ClaimPath = Annotated[str, Path(pattern=shapes.HASH, description="Id of a claim.")]
VisitId = Annotated[str, Field(pattern=shapes.VISIT, description="Id of a visit.")]
ReasonCode = Annotated[str, Field(pattern=shapes.REASON, examples=["WRONG_LINES"])]


class ClaimRequestIn(In):
    """Which visit to claim, under which number of the provider's own."""

    visit_id: VisitId
    claim_number: Annotated[str, Field(pattern=shapes.PRINTABLE, max_length=64)]
    cash_mode: Literal["WALLET", "COUNTER"] = "WALLET"
    family_holder_id: Account | None = None
    replaces_claim_id: Hash | None = None


@dataclass(frozen=True)
class SettlementOut(Settlement):
    """The fifteen figures in fen; total = own + over + pre_self + in_scope, and so on."""


class ClaimQuoteOut(Out):
    """What settling would decide now, by the contract's own code at a final block."""

    claim_id: Hash
    insurer_id: Account
    plan_id: Hash
    plan_version: int
    trace_hash: Hash
    block_number: int
    expires_at: int
    settlement: SettlementOut


class PreparedClaim(Prepared):
    """A claim to be signed by provider and member, its visit, and its quote."""

    visit_id: VisitId
    quote: ClaimQuoteOut


class SignedClaimIn(SignedIntentIn):
    """A claim signed by provider and member, and the visit it is for."""

    visit_id: VisitId


class ClaimOut(Out):
    """A claim; the settlement is there from ADJUDICATED on."""

    claim_id: Hash
    state: str
    provider_id: Account
    member_id: Account
    insurer_id: Account | None
    digest: Hash
    plan_id: Hash | None
    plan_version: int | None
    year: int | None
    trace_hash: Hash | None
    replaces_claim_id: Hash | None
    receipt_number: str | None
    submitted_at: int
    settled_at: int | None
    block_number: int
    settlement: SettlementOut | None


class PartOut(Out):
    """A part of a line: who pays it or why it was refused, and how much.

    `label` and `text` say the code in the language of `Accept-Language`, zh or en.
    """

    code: str
    label: str
    text: str
    amount_fen: int


class ClaimLineOut(Out):
    """A line with its class, price and shares; fund + provider + self = gross."""

    number: int
    item_code: str
    item_class: str
    quantity: int
    unit_price_fen: int
    gross_fen: int
    fund_fen: int
    provider_fen: int
    self_fen: int
    paid: list[PartOut]
    refused: list[PartOut]


class ClaimLinesOut(Out):
    """The lines of a claim; they add up to the payment."""

    claim_id: Hash
    total_fen: int
    fund_fen: int
    lines: list[ClaimLineOut]


class TraceStepOut(Out):
    """One step of adjudication, numbered as in docs/adjudication.md; `label` names the rule."""

    step: int
    rule: str
    label: str
    amount_fen: int


class TraceOut(Out):
    """Every step and every refused part; `verified`: its hash is the one on chain."""

    claim_id: Hash
    plan_id: Hash
    plan_version: int
    trace_hash: Hash
    verified: bool
    steps: list[TraceStepOut]
    lines: list[ClaimLineOut]


class ReversalRequest(In):
    """Claims to undo, together with the one in the path: all or none, newest first."""

    actor_id: Account
    reason_code: ReasonCode
    with_claim_ids: Annotated[tuple[Hash, ...], Field(max_length=19, strict=False)] = ()
