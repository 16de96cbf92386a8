"""Heads of plan versions; a version never changes once approved, but for an end date (S16)."""

from __future__ import annotations

from dataclasses import dataclass

from node.db.models.parties import PlanVersion
from node.db.pages import HASH_PART, PageOf, PageRequest, page_of
from node.db.unit_of_work import UnitOfWork
from node.readmodels.records import builder_of, built, query_for


@dataclass(frozen=True, slots=True)
class PlanRow:
    """Head of one version, valid for service days [valid_from, valid_until)."""

    plan_id: str
    version: int
    kind: str
    status: str
    region: str
    scheme: str
    member_kind: str
    care_type: str
    valid_from: int
    valid_until: int
    insurer: str
    source_hash: str
    catalogue_root: str
    body_hash: str
    proposer: str
    approver: str | None
    proposed_at: int
    approved_at: int | None


def plan(unit: UnitOfWork, *, plan_id: str, version: int) -> PlanRow | None:
    """Return one version."""
    query = query_for(PlanRow, PlanVersion).where(
        PlanVersion.plan_id == plan_id, PlanVersion.version == version
    )
    row = unit.execute(query).first()
    return None if row is None else built(PlanRow, row)


def versions(unit: UnitOfWork, plan_id: str) -> list[PlanRow]:
    """Return all versions of a plan, newest first."""
    query = query_for(PlanRow, PlanVersion).where(PlanVersion.plan_id == plan_id)
    return [built(PlanRow, row) for row in unit.execute(query.order_by(PlanVersion.version.desc()))]


def plans(
    unit: UnitOfWork, request: PageRequest, *, kind: str | None = None, status: str | None = None
) -> PageOf[PlanRow]:
    """Return the newest rows of every plan id in order of ids; a cursor names the last id."""
    query = query_for(PlanRow, PlanVersion)
    if kind is not None:
        query = query.where(PlanVersion.kind == kind)
    if status is not None:
        query = query.where(PlanVersion.status == status)
    if (after := request.key(HASH_PART, int)) is not None:
        plan_id, version = after
        later = (PlanVersion.plan_id == plan_id) & (PlanVersion.version > version)
        query = query.where((PlanVersion.plan_id > plan_id) | later)
    query = query.order_by(PlanVersion.plan_id, PlanVersion.version).limit(request.limit + 1)
    rows = unit.execute(query).all()
    build = builder_of(PlanRow)
    return page_of(rows, request, build=build, key=lambda row: (row.plan_id, row.version))


def find_plan(
    unit: UnitOfWork,
    *,
    kind: str,
    region: str,
    scheme: str,
    member_kind: str,
    care_type: str,
    day: int,
) -> PlanRow | None:
    """Return the approved version that serves a selector on a policy day."""
    query = query_for(PlanRow, PlanVersion).where(
        PlanVersion.kind == kind,
        PlanVersion.status == "APPROVED",
        PlanVersion.region == region,
        PlanVersion.scheme == scheme,
        PlanVersion.member_kind == member_kind,
        PlanVersion.care_type == care_type,
        PlanVersion.valid_from <= day,
        PlanVersion.valid_until > day,
    )
    row = unit.execute(query.order_by(PlanVersion.version.desc()).limit(1)).first()
    return None if row is None else built(PlanRow, row)
