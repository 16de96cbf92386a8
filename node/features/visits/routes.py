"""Visits: what a provider records of care, before anything is claimed (P37)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends
from fastapi.responses import Response

from node.api.days import read_day, read_optional_day
from node.api.deps import CallerDep, NounRouter, service
from node.api.tags import IfNoneMatch, tagged_model
from node.domain.days import iso
from node.features.visits.access import ACCESS
from node.features.visits.schemas import (
    DiagnosesIn,
    DischargeIn,
    LineOut,
    LinesIn,
    RevokeIn,
    VisitIn,
    VisitOut,
    VisitPath,
)
from node.features.visits.service import LineRequest, VisitsService, VisitView

router = NounRouter("/v1/visits", tag="visits", access=ACCESS)
VisitsDep = Annotated[VisitsService, Depends(service(VisitsService))]


@router.post(
    "",
    operation_id="registerVisit",
    summary="Register a visit or an admission",
    response_model=VisitOut,
    status_code=201,
)
async def register(asked: VisitIn, caller: CallerDep, visits: VisitsDep) -> VisitOut:
    """Register a visit or admit to a stay."""
    return shown(
        await visits.register(
            caller,
            member=asked.member_id,
            care_type=asked.care_type,
            inpatient=asked.inpatient,
            start_day=read_day(asked.start, field="/start"),
        )
    )


@router.get(
    "/{visit_id}", operation_id="readVisit", summary="Read a visit", response_model=VisitOut
)
async def read(
    visit_id: VisitPath,
    caller: CallerDep,
    visits: VisitsDep,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return a visit with its lines, to its provider or member."""
    view = await visits.find(caller, visit_id)
    return tagged_model(shown(view), known=if_none_match, version=str(view.visit.version))


@router.put(
    "/{visit_id}/diagnoses",
    operation_id="diagnoseVisit",
    summary="Replace the diagnoses of a visit",
    response_model=VisitOut,
)
async def diagnose(
    visit_id: VisitPath, asked: DiagnosesIn, caller: CallerDep, visits: VisitsDep
) -> VisitOut:
    """Replace the diagnoses; they are kept sealed and never reach the chain."""
    return shown(await visits.diagnose(caller, visit_id, asked.codes))


@router.post(
    "/{visit_id}/lines",
    operation_id="addVisitLines",
    summary="Add fee lines",
    response_model=VisitOut,
)
async def add_lines(
    visit_id: VisitPath, asked: LinesIn, caller: CallerDep, visits: VisitsDep
) -> VisitOut:
    """Add fee lines, all or none; class, limit and ratio come from the catalogue."""
    requests = [
        LineRequest(
            item_code=line.item_code,
            quantity=line.quantity,
            unit_price_fen=line.unit_price_fen,
            gross_fen=line.gross_fen,
            service_day=read_optional_day(line.service_date, field=f"/lines/{place}/service_date"),
        )
        for place, line in enumerate(asked.lines)
    ]
    return shown(await visits.add_lines(caller, visit_id, requests))


@router.post(
    "/{visit_id}/lines/revoke",
    operation_id="revokeVisitLines",
    summary="Revoke fee lines",
    response_model=VisitOut,
)
async def revoke_lines(
    visit_id: VisitPath, asked: RevokeIn, caller: CallerDep, visits: VisitsDep
) -> VisitOut:
    """Revoke fee lines, all or none."""
    return shown(await visits.revoke_lines(caller, visit_id, asked.numbers))


@router.post(
    "/{visit_id}/discharge",
    operation_id="dischargeVisit",
    summary="End a stay",
    response_model=VisitOut,
)
async def discharge(
    visit_id: VisitPath, asked: DischargeIn, caller: CallerDep, visits: VisitsDep
) -> VisitOut:
    """Discharge the patient: the stay ends on its last day and can then be claimed."""
    end_day = read_day(asked.end, field="/end")
    return shown(await visits.discharge(caller, visit_id, end_day=end_day))


@router.post(
    "/{visit_id}/cancel",
    operation_id="cancelVisit",
    summary="Cancel a visit",
    response_model=VisitOut,
)
async def cancel(visit_id: VisitPath, caller: CallerDep, visits: VisitsDep) -> VisitOut:
    """Cancel a visit; its lines must be revoked first."""
    return shown(await visits.cancel(caller, visit_id))


def shown(view: VisitView) -> VisitOut:
    """Return a visit as it is answered."""
    row = view.visit
    live = [line for line in view.lines if not line.revoked]
    values: dict[str, Any] = {
        "visit_id": row.visit_id,
        "provider_id": row.provider,
        "member_id": row.member,
        "care_type": row.care_type,
        "state": row.state,
        "start": iso(row.start_day),
        "end": None if row.end_day is None else iso(row.end_day),
        "total_fen": sum(line.gross_fen for line in live),
        "claim_id": row.claim_id,
        "diagnoses": view.diagnoses,
        "version": row.version,
        "lines": [LineOut(**line._asdict()) for line in view.lines],
    }
    return VisitOut(**values)
