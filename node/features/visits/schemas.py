"""Shapes of visits and their fee lines."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from node.api.schemas import shapes
from node.api.schemas.base import (
    Account,
    Day,
    Fen,
    Hash,
    In,
    Out,
)

CareTypeName = Literal["OUTPATIENT", "INPATIENT", "CHRONIC", "PHARMACY", "ONLINE"]
ItemCode = Annotated[
    str,
    Field(pattern=shapes.PRINTABLE, max_length=64, examples=["XA02BC"]),
]
DiagnosisCode = Annotated[str, Field(pattern=shapes.PRINTABLE, max_length=32)]
LineNumber = Annotated[int, Field(ge=1, le=10_000)]
VisitPath = Annotated[str, Path(pattern=shapes.VISIT, description="Id of a visit.")]


class VisitIn(In):
    """Registration of a visit, or admission to a stay with `inpatient`."""

    member_id: Account
    care_type: CareTypeName
    inpatient: bool = False
    start: Day


class DiagnosesIn(In):
    """The diagnoses of a visit, in place of those before; they never reach the chain."""

    codes: Annotated[list[DiagnosisCode], Field(max_length=50)]


class LineIn(In):
    """One fee line. `gross_fen` may be left out; if given it must be price × quantity."""

    item_code: ItemCode
    quantity: Annotated[int, Field(ge=1, le=1_000_000)]
    unit_price_fen: Fen
    gross_fen: Fen | None = None
    service_date: Day | None = None


class LinesIn(In):
    """Fee lines to add, all or none."""

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=100)]


class RevokeIn(In):
    """Numbers of lines to revoke, all or none."""

    numbers: Annotated[list[LineNumber], Field(min_length=1, max_length=100)]


class DischargeIn(In):
    """The last day of a stay."""

    end: Day


class LineOut(Out):
    """A fee line with what the catalogue says of it; `over_fen` is above the price limit."""

    number: int
    item_code: str
    item_class: Literal["A", "B", "C"]
    quantity: int
    unit_price_fen: int
    gross_fen: int
    over_fen: int
    self_pay_bp: int
    line_hash: Hash
    revoked: bool


class VisitOut(Out):
    """A visit as its provider and its member see it."""

    visit_id: str
    provider_id: Account
    member_id: Account
    care_type: str
    state: str
    start: Day
    end: Day | None
    total_fen: int
    claim_id: Hash | None
    diagnoses: list[str]
    version: int
    lines: list[LineOut]
