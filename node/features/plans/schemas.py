"""Shapes of plan versions."""

from __future__ import annotations

from typing import Annotated, Any, Literal

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

PlanKindName = Literal["BENEFIT", "PREMIUM"]
PlanStatusName = Literal["PROPOSED", "APPROVED"]


class PlanVersionOut(Out):
    """Head of a version, valid for service days [valid_from, valid_until).

    `document_hash` is the SHA-256 of the source text, `body_hash` the keccak of the rules on chain.
    """

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
    insurer_id: Account
    document_hash: Hash
    catalogue_root: Hash
    body_hash: Hash
    proposer_id: Account
    approver_id: Account | None
    proposed_at: int
    approved_at: int | None


class PlanDetailOut(PlanVersionOut):
    """A version with its rules; amounts in fen, ratios in basis points, `null` = no limit.

    `rules` is null for a proposal that was handed in at another gateway.
    """

    rules: dict[str, Any] | None


class ProposalRequest(In):
    """Propose a plan document as an officer of the insurer."""

    officer_id: Account
    document: dict[str, Any]


class PlanVersionIn(In):
    """A plan version."""

    plan_id: Hash
    version: Annotated[int, Field(ge=1, lt=2**32)]


class ApprovalRequest(In):
    """Approve a proposed version as a second officer."""

    officer_id: Account
    approve: PlanVersionIn


PlanRequest = Annotated[
    Annotated[ApprovalRequest, Tag("#approve")] | Annotated[ProposalRequest, Tag("#propose")],
    chosen_by("approve", present="#approve", absent="#propose"),
]


class PreparedPlan(Prepared):
    """The intent to be signed by the officer, and the hash of the rules it stands for."""

    body_hash: Hash
