"""Shapes of plan versions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, Tag

from node.api.schemas.base import (
    DIGEST_EXAMPLE,
    PROVIDER_EXAMPLE,
    Account,
    Day,
    Hash,
    In,
    Out,
    chosen_by,
)
from node.api.schemas.base import example as shown
from node.api.schemas.intents import INTENT_EXAMPLE, Prepared

PlanKindName = Literal["BENEFIT", "PREMIUM"]
PlanStatusName = Literal["PROPOSED", "APPROVED"]
DOCUMENT_EXAMPLE: dict[str, Any] = {
    "kind": "premium", "plan_id": "resident-adult-premium", "version": 2,
    "valid": ["2027-01-01", "2031-01-01"], "region": "110000", "scheme": "RESIDENT",
    "member_kind": "ADULT", "care_type": "PREMIUM", "personal": {"ADULT": 42_000},
    "subsidy": {"ADULT": 70_000}, "grace_days": 30, "backpay_days": 90,
}  # fmt: skip
_HEAD: dict[str, Any] = {
    "plan_id": DIGEST_EXAMPLE, "version": 1, "kind": "PREMIUM", "status": "APPROVED",
    "region": "110000", "scheme": "RESIDENT", "member_kind": "ADULT", "care_type": "PREMIUM",
    "valid_from": "2024-01-01", "valid_until": "2031-01-01", "insurer": PROVIDER_EXAMPLE,
    "document_hash": DIGEST_EXAMPLE, "catalogue_root": DIGEST_EXAMPLE,
    "body_hash": DIGEST_EXAMPLE, "proposer": PROVIDER_EXAMPLE, "approver": PROVIDER_EXAMPLE,
    "proposed_at": 1_772_400_000, "approved_at": 1_772_400_060,
}  # fmt: skip


class PlanVersionOut(Out):
    """Head of a version, valid for service days [valid_from, valid_until).

    `document_hash` is the SHA-256 of the source text, `body_hash` the keccak of the rules on chain.
    """

    model_config = ConfigDict(json_schema_extra=shown(_HEAD))

    plan_id: Hash
    version: int
    kind: PlanKindName
    status: PlanStatusName
    region: str
    scheme: str
    member_kind: str
    care_type: str
    valid_from: Day
    valid_until: Day
    insurer: Account
    document_hash: Hash
    catalogue_root: Hash
    body_hash: Hash
    proposer: Account
    approver: Account | None
    proposed_at: int
    approved_at: int | None


class PlanDetailOut(PlanVersionOut):
    """A version with its rules; amounts in fen, ratios in basis points, `null` = no limit.

    `rules` is null for a proposal that was handed in at another gateway.
    """

    model_config = ConfigDict(
        json_schema_extra=shown({**_HEAD, "rules": {"grace_days": 30, "proration": "NONE"}})
    )

    rules: dict[str, Any] | None


class ProposalWish(In):
    """Propose a plan document as an officer of the insurer."""

    model_config = ConfigDict(
        json_schema_extra=shown({"officer": PROVIDER_EXAMPLE, "document": DOCUMENT_EXAMPLE})
    )

    officer: Account
    document: dict[str, Any]


class VersionIn(In):
    """A plan version."""

    plan_id: Hash
    version: Annotated[int, Field(ge=1, lt=2**32)]


class ApprovalWish(In):
    """Approve a proposed version as a second officer."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"officer": PROVIDER_EXAMPLE, "approve": {"plan_id": DIGEST_EXAMPLE, "version": 2}}
        )
    )

    officer: Account
    approve: VersionIn


PlanWish = Annotated[
    Annotated[ApprovalWish, Tag("#approve")] | Annotated[ProposalWish, Tag("#propose")],
    chosen_by("approve", present="#approve", absent="#propose"),
]


class PreparedPlan(Prepared):
    """The intent to be signed by the officer, and the hash of the rules it stands for."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"intent": INTENT_EXAMPLE, "typed_data": {"primaryType": "PublishPlan"},
             "digest": DIGEST_EXAMPLE, "body_hash": DIGEST_EXAMPLE}
        )
    )  # fmt: skip

    body_hash: Hash
