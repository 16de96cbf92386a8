"""Shapes of claims: quotes, settlements, lines with their shares, traces, reversals."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

from node.api.schemas import shapes
from node.api.schemas.base import (
    ACCOUNT_EXAMPLE,
    DIGEST_EXAMPLE,
    PROVIDER_EXAMPLE,
    Account,
    Hash,
    In,
    Out,
)
from node.api.schemas.base import example as shown
from node.api.schemas.intents import (
    INTENT_EXAMPLE,
    SIGNATURE_EXAMPLE,
    Prepared,
    SignedIntentIn,
)
from node.api.schemas.visits import VISIT_EXAMPLE
from node.domain.language import Language
from node.domain.settlement import Settlement
from node.domain.trace import Payer, Reason
from node.domain.wording import reason_text

ClaimPath = Annotated[str, Path(pattern=shapes.HASH, examples=[DIGEST_EXAMPLE])]
VisitId = Annotated[str, Field(pattern=shapes.VISIT, examples=[VISIT_EXAMPLE])]
ReasonCode = Annotated[str, Field(pattern=shapes.REASON, examples=["WRONG_LINES"])]
SETTLEMENT_EXAMPLE = {
    "total_fen": 54_550,
    "own_fen": 0,
    "over_fen": 0,
    "pre_self_fen": 2_728,
    "in_scope_fen": 51_822,
    "deductible_fen": 0,
    "pooled_fen": 25_911,
    "big_illness_fen": 0,
    "aid_fen": 0,
    "supplementary_fen": 0,
    "provider_fen": 0,
    "member_fen": 28_639,
    "medical_fen": 20_000,
    "family_fen": 0,
    "cash_fen": 8_639,
}


class ClaimWishIn(In):
    """Which visit to claim, under which number of the provider's own."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"visit_id": VISIT_EXAMPLE, "claim_number": "2026-000123", "cash_mode": "WALLET"}
        )
    )

    visit_id: VisitId
    claim_number: Annotated[str, Field(pattern=shapes.PRINTABLE, max_length=64)]
    cash_mode: Literal["WALLET", "COUNTER"] = "WALLET"
    family_holder_id: Account | None = None
    replaces: Hash | None = None


@dataclass(frozen=True, config=ConfigDict(json_schema_extra=shown(SETTLEMENT_EXAMPLE)))
class SettlementOut(Settlement):
    """The fifteen figures in fen; total = own + over + pre_self + in_scope, and so on."""


class ClaimQuoteOut(Out):
    """What settling would decide now, by the contract's own code at a final block."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"claim_id": DIGEST_EXAMPLE, "insurer_id": PROVIDER_EXAMPLE, "plan_id": DIGEST_EXAMPLE,
             "plan_version": 1, "trace_hash": DIGEST_EXAMPLE, "block_number": 1204,
             "expires_at": 1_772_417_700, "settlement": SETTLEMENT_EXAMPLE}
        )
    )  # fmt: skip

    claim_id: Hash
    insurer_id: Account
    plan_id: Hash
    plan_version: int
    trace_hash: Hash
    block_number: int
    expires_at: int
    settlement: SettlementOut


class PreparedClaim(Prepared):
    """A claim to be signed by provider and member, with its quote."""

    quote: ClaimQuoteOut


class SignedClaimIn(SignedIntentIn):
    """A claim signed by provider and member, and the visit it is for."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"intent": INTENT_EXAMPLE, "signatures": [SIGNATURE_EXAMPLE] * 2,
             "visit_id": VISIT_EXAMPLE}
        )
    )  # fmt: skip

    visit_id: VisitId


class ClaimOut(Out):
    """A claim; the settlement is there from ADJUDICATED on."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"claim_id": DIGEST_EXAMPLE, "state": "SETTLED", "provider_id": PROVIDER_EXAMPLE,
             "member_id": ACCOUNT_EXAMPLE, "insurer_id": PROVIDER_EXAMPLE, "digest": DIGEST_EXAMPLE,
             "plan_id": DIGEST_EXAMPLE, "plan_version": 1, "year": 2026,
             "trace_hash": DIGEST_EXAMPLE, "replaces": None, "receipt_number": "1204-17",
             "submitted_at": 1_772_416_800, "settled_at": 1_772_416_800, "block_number": 1204,
             "settlement": SETTLEMENT_EXAMPLE}
        )
    )  # fmt: skip

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
    replaces: Hash | None
    receipt_number: str | None
    submitted_at: int
    settled_at: int | None
    block_number: int
    settlement: SettlementOut | None


def part_example(code: Reason | Payer, amount_fen: int) -> dict[str, Any]:
    """Return a part of a line as an example shows it."""
    text = reason_text(code, Language.EN)
    return {
        "code": code.value,
        "label": text.label,
        "text": text.meaning,
        "amount_fen": amount_fen,
    }


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

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"number": 1, "item_code": "drug-13", "item_class": "B", "quantity": 1,
             "unit_price_fen": 54_550, "gross_fen": 54_550, "fund_fen": 25_911,
             "provider_fen": 0, "self_fen": 28_639,
             "paid": [part_example(Payer.POOLED, 25_911)],
             "refused": [part_example(Reason.PRE_SELF_PAY, 2_728),
                         part_example(Reason.BAND_SELF_PAY, 25_911)]}
        )
    )  # fmt: skip

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


class StepOut(Out):
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
    steps: list[StepOut]
    lines: list[ClaimLineOut]


class ReversalWish(In):
    """Claims to undo, together with the one in the path: all or none, newest first."""

    model_config = ConfigDict(
        json_schema_extra=shown({"actor": PROVIDER_EXAMPLE, "reason_code": "WRONG_LINES"})
    )

    actor: Account
    reason_code: ReasonCode
    with_claims: Annotated[tuple[Hash, ...], Field(max_length=19, strict=False)] = ()
