"""Visits and their fee lines: the state table (P37).

    outpatient  REGISTERED ─ settle → SETTLED           inpatient  ADMITTED ─ discharge → DISCHARGED
    REGISTERED, ADMITTED ─ cancel → CANCELLED                      DISCHARGED ─ settle → SETTLED
    SETTLED ─ reverse → back to where it was settled from

Lines may come late, never with a date after discharge. Platform codes: domain.md §12.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from node.domain.errors import CareTypeNotCovered, InvalidServiceDate, VisitStateInvalid
from node.domain.ids import VisitId
from node.domain.kinds import CareScope, ProviderType


class VisitState(enum.StrEnum):
    """State of a visit; a stay is an inpatient visit."""

    NONE = "NONE"
    REGISTERED = "REGISTERED"
    ADMITTED = "ADMITTED"
    DISCHARGED = "DISCHARGED"
    SETTLED_VISIT = "SETTLED_VISIT"
    SETTLED_STAY = "SETTLED_STAY"
    CANCELLED = "CANCELLED"


class VisitEvent(enum.Enum):
    """What can happen to a visit, with the platform code where there is one."""

    REGISTER = "2201"
    CANCEL = "2202"
    DIAGNOSE = "2203"
    ADD_LINES = "2204"
    REVOKE_LINES = "2205"
    ADMIT = "2401"
    DISCHARGE = "2402"
    CHANGE = "2403"
    CANCEL_DISCHARGE = "2405"
    SETTLE = "2207"
    REVERSE = "2208"


_WORK = (VisitEvent.DIAGNOSE, VisitEvent.ADD_LINES, VisitEvent.REVOKE_LINES, VisitEvent.CHANGE)
_OPEN = (VisitState.REGISTERED, VisitState.ADMITTED, VisitState.DISCHARGED)

VISIT_TRANSITIONS: dict[tuple[VisitState, VisitEvent], VisitState] = {
    (VisitState.NONE, VisitEvent.REGISTER): VisitState.REGISTERED,
    (VisitState.NONE, VisitEvent.ADMIT): VisitState.ADMITTED,
    **{(state, event): state for state in _OPEN for event in _WORK},
    (VisitState.REGISTERED, VisitEvent.CANCEL): VisitState.CANCELLED,
    (VisitState.ADMITTED, VisitEvent.CANCEL): VisitState.CANCELLED,
    (VisitState.ADMITTED, VisitEvent.DISCHARGE): VisitState.DISCHARGED,
    (VisitState.DISCHARGED, VisitEvent.CANCEL_DISCHARGE): VisitState.ADMITTED,
    (VisitState.REGISTERED, VisitEvent.SETTLE): VisitState.SETTLED_VISIT,
    (VisitState.DISCHARGED, VisitEvent.SETTLE): VisitState.SETTLED_STAY,
    (VisitState.SETTLED_VISIT, VisitEvent.REVERSE): VisitState.REGISTERED,
    (VisitState.SETTLED_STAY, VisitEvent.REVERSE): VisitState.DISCHARGED,
}

ADMITTING = frozenset({ProviderType.HOSPITAL, ProviderType.CLINIC})
"""A pharmacy admits no stays."""


@dataclass(frozen=True)
class Visit:
    """A visit or stay. Days are policy days; `live_lines` counts lines that are not revoked."""

    visit_id: VisitId
    state: VisitState
    start_day: int
    end_day: int | None = None
    live_lines: int = 0


def next_visit_state(
    visit: Visit, event: VisitEvent, *, provider_type: ProviderType = ProviderType.HOSPITAL
) -> VisitState:
    """Return the state after an event. Errors: VisitStateInvalid for anything else.

    A visit with lines is cancelled only after they are revoked, and settled only with lines.
    """
    target = VISIT_TRANSITIONS.get((visit.state, event))
    refused = (
        target is None
        or (event is VisitEvent.ADMIT and provider_type not in ADMITTING)
        or (event is VisitEvent.CANCEL and visit.live_lines > 0)
        or (event is VisitEvent.SETTLE and visit.live_lines == 0)
    )
    if target is None or refused:
        raise VisitStateInvalid(visit.visit_id, visit.state.value)
    return target


def require_care_type(care_type: str, *, provider_type: ProviderType, level: str) -> None:
    """Make sure a provider may give a kind of care. Errors: CareTypeNotCovered."""
    if care_type == CareScope.INPATIENT.name and provider_type not in ADMITTING:
        raise CareTypeNotCovered(care_type, level, field="/care_type")


def require_service_day(
    visit: Visit, *, service_day: int, today: int, field: str | None = None
) -> None:
    """Make sure a date lies in the visit and not in the future. Errors: InvalidServiceDate."""
    last = today if visit.end_day is None else min(today, visit.end_day)
    if not visit.start_day <= service_day <= last:
        raise InvalidServiceDate(service_day, service_day, field=field)
