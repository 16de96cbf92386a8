"""Claims, their steps and provider debt; see `accumulators` for the member-year."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from node.db.models.claims import Claim, ClaimStep
from node.db.pages import PageOf, PageRequest, page_of
from node.db.unit_of_work import UnitOfWork
from node.readmodels.records import builder_of, built, query_for


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim; amounts are None until it is adjudicated. See `Claim`."""

    claim_id: str
    digest: str
    position: int
    state: str
    provider: str
    member: str
    insurer: str | None
    supplementary_payer: str | None
    family_holder: str | None
    region: str | None
    scheme: str | None
    plan_id: str | None
    plan_version: int | None
    year: int | None
    cash_at_counter: bool | None
    total_fen: int | None
    own_fen: int | None
    over_fen: int | None
    pre_self_fen: int | None
    in_scope_fen: int | None
    deductible_fen: int | None
    pooled_fen: int | None
    big_illness_fen: int | None
    aid_fen: int | None
    supplementary_fen: int | None
    provider_fen: int | None
    member_fen: int | None
    medical_fen: int | None
    family_fen: int | None
    cash_fen: int | None
    trace_hash: str | None
    evidence: bytes | None
    replaces: str | None
    expires_at: int | None
    reversal_digest: str | None
    reversal_reason: str | None
    shortfall_fen: int | None
    receipt_number: str | None
    submitted_at: int
    settled_at: int | None
    block_number: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """A state that a claim entered."""

    state: str
    timestamp: int
    block_number: int


def claim(unit: UnitOfWork, claim_id: str) -> ClaimRow | None:
    """Return one claim."""
    row = unit.execute(query_for(ClaimRow, Claim).where(Claim.claim_id == claim_id)).first()
    return None if row is None else built(ClaimRow, row)


def steps(unit: UnitOfWork, claim_id: str) -> list[StepRow]:
    """Return the states of a claim in order."""
    query = query_for(StepRow, ClaimStep).where(ClaimStep.claim_id == claim_id)
    return [built(StepRow, row) for row in unit.execute(query.order_by(ClaimStep.position))]


def claims(
    unit: UnitOfWork,
    request: PageRequest,
    *,
    member: str | None = None,
    provider: str | None = None,
    insurer: str | None = None,
    state: str | None = None,
) -> PageOf[ClaimRow]:
    """Return claims newest first, by any of member, provider, insurer and state."""
    query = query_for(ClaimRow, Claim)
    for column, value in (
        (Claim.member, member),
        (Claim.provider, provider),
        (Claim.insurer, insurer),
        (Claim.state, state),
    ):
        if value is not None:
            query = query.where(column == value)
    if (after := request.key(int)) is not None:
        query = query.where(Claim.position < after[0])
    rows = unit.execute(query.order_by(Claim.position.desc()).limit(request.limit + 1)).all()
    build = builder_of(ClaimRow)
    return page_of(rows, request, build=build, key=lambda row: (row.position,))


def due_claims(unit: UnitOfWork, *, at: int, limit: int) -> list[tuple[str, int]]:
    """Return (claim id, expires_at) of claims nobody confirmed in time."""
    query = (
        select(Claim.claim_id, Claim.expires_at)
        .where(Claim.state == "ADJUDICATED", Claim.expires_at <= at)
        .order_by(Claim.expires_at)
        .limit(limit)
    )
    return [(row.claim_id, row.expires_at or 0) for row in unit.execute(query)]
