"""Shapes of coverages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from node.api.schemas import shapes
from node.api.schemas.base import (
    Account,
    Day,
    Hash,
    In,
    Out,
    chosen_by,
)
from node.domain.ids import NO_HASH
from node.features.providers.schemas import Region

SchemeName = Literal["EMPLOYEE", "RESIDENT", "FLEXIBLE"]
MemberKindName = Literal["ADULT", "CHILD", "STUDENT", "NEEDY", "RETIREE"]
StandingName = Literal[
    "NONE",
    "UNPAID",
    "PENDING_ENROLMENT",
    "UPCOMING",
    "WAITING",
    "ACTIVE",
    "SUSPENDED",
    "ENDED",
]
Years = Annotated[int, Field(ge=0, le=255)]


class EnrolmentRequest(In):
    """One coverage period [start, end); waiting follows from the plan and from missed years."""

    actor_id: Account
    member_id: Account
    scheme: SchemeName
    member_kind: MemberKindName
    region: Region
    start: Day
    end: Day
    bill_id: Hash = NO_HASH
    plan_id: Hash
    plan_version: Annotated[int, Field(ge=1, lt=2**32)]
    missed_years: Years = 0
    extra_years: Years = 0
    newborn: bool = False
    late: bool = False


class EndRequest(In):
    """Shorten the period that starts on `start`; `new_end` is its first day without coverage."""

    actor_id: Account
    member_id: Account
    scheme: SchemeName
    start: Day
    new_end: Day
    reason: Annotated[str, Field(pattern=shapes.REASON)]


CoverageRequest = Annotated[
    Annotated[EndRequest, Tag("#end")] | Annotated[EnrolmentRequest, Tag("#enrol")],
    chosen_by("new_end", present="#end", absent="#enrol"),
]


class CoverageOut(Out):
    """A coverage period [start, end) and where it stands today: care is paid while it is ACTIVE."""

    member_id: Account
    scheme: str
    coverage: Literal["UPCOMING", "WAITING", "ACTIVE", "SUSPENDED", "ENDED"]
    start: Day
    end: Day
    care_from: Day
    insurer_id: Account
    member_kind: str
    region: str
    tenure_years: int
    bill_id: Hash
    block_number: int
