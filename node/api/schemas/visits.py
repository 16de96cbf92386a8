"""Shapes of visits and their fee lines."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import ConfigDict, Field

from node.api.schemas import shapes
from node.api.schemas.base import (
    ACCOUNT_EXAMPLE,
    DIGEST_EXAMPLE,
    PROVIDER_EXAMPLE,
    Account,
    Day,
    Fen,
    Hash,
    In,
    Out,
)
from node.api.schemas.base import example as shown

VISIT_EXAMPLE = "7d8f2c34-51a6-4c1e-9f0b-2a3b4c5d6e7f"
CareTypeName = Literal["OUTPATIENT", "INPATIENT", "CHRONIC", "PHARMACY", "ONLINE"]
ItemCode = Annotated[
    str,
    Field(pattern=shapes.PRINTABLE, max_length=64, examples=["XA02BCO153A001010300001"]),
]
DiagnosisCode = Annotated[str, Field(pattern=shapes.PRINTABLE, max_length=32)]
LineNumber = Annotated[int, Field(ge=1, le=10_000)]
VisitPath = Annotated[str, Path(pattern=shapes.VISIT, examples=[VISIT_EXAMPLE])]


class VisitIn(In):
    """Registration of a visit, or admission to a stay with `inpatient`."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"member_id": ACCOUNT_EXAMPLE, "care_type": "OUTPATIENT", "inpatient": False,
             "start": "2026-03-02"}
        )
    )  # fmt: skip

    member_id: Account
    care_type: CareTypeName
    inpatient: bool = False
    start: Day


class DiagnosesIn(In):
    """The diagnoses of a visit, in place of those before; they never reach the chain."""

    model_config = ConfigDict(json_schema_extra=shown({"codes": ["J06.900"]}))

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

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"lines": [{"item_code": "A01", "quantity": 2, "unit_price_fen": 1_250}]}
        )
    )

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=100)]


class RevokeIn(In):
    """Numbers of lines to revoke, all or none."""

    model_config = ConfigDict(json_schema_extra=shown({"numbers": [1]}))

    numbers: Annotated[list[LineNumber], Field(min_length=1, max_length=100)]


class DischargeIn(In):
    """The last day of a stay."""

    model_config = ConfigDict(json_schema_extra=shown({"end": "2026-03-09"}))

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

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"visit_id": VISIT_EXAMPLE, "provider_id": PROVIDER_EXAMPLE,
             "member_id": ACCOUNT_EXAMPLE, "care_type": "OUTPATIENT", "state": "REGISTERED",
             "start": "2026-03-02", "end": None, "total_fen": 2_500, "claim_id": None,
             "diagnoses": ["J06.900"], "version": 3,
             "lines": [{"number": 1, "item_code": "A01", "item_class": "A", "quantity": 2,
                        "unit_price_fen": 1_250, "gross_fen": 2_500, "over_fen": 0,
                        "self_pay_bp": 0, "line_hash": DIGEST_EXAMPLE, "revoked": False}]}
        )
    )  # fmt: skip

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
