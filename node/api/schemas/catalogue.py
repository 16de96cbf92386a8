"""Shapes of the catalogue."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from node.api.schemas import shapes
from node.api.schemas.base import DIGEST_EXAMPLE, Day, Fen, Hash, In, Out
from node.api.schemas.base import example as shown

ItemClassName = Literal["A", "B", "C"]
MOST_ITEMS = 100_000
Limit = Annotated[int, Field(ge=0, le=1_000_000_000)]
LimitName = Annotated[str, Field(pattern=shapes.LIMIT_NAME)]
_ITEM = {"code": "XN02BE", "name": "Paracetamol 500 mg", "item_class": "B", "self_pay_bp": 1_000,
         "price_limit_fen": 850, "limits": {"quantity_a_day": 8}, "valid_from": "2026-01-01",
         "valid_until": None}  # fmt: skip


class ItemIn(In):
    """An item valid on days [valid_from, valid_until); `price_limit_fen` is per unit.

    Class A is wholly in scope, B after its self-pay ratio, C wholly self-paid.
    """

    model_config = ConfigDict(json_schema_extra=shown(_ITEM))

    code: Annotated[str, Field(pattern=shapes.PRINTABLE, max_length=64)]
    name: Annotated[str, Field(pattern=shapes.PRINTABLE, max_length=200)]
    item_class: ItemClassName
    self_pay_bp: Annotated[int, Field(ge=0, le=10_000)] = 0
    price_limit_fen: Fen | None = None
    limits: Annotated[dict[LimitName, Limit], Field(max_length=16)] | None = None
    valid_from: Day
    valid_until: Day | None = None


class ItemOut(Out):
    """An item as the catalogue of a region lists it."""

    model_config = ConfigDict(json_schema_extra=shown({"region": "110000", **_ITEM}))

    region: str
    code: str
    name: str
    item_class: ItemClassName
    self_pay_bp: int
    price_limit_fen: int | None
    limits: dict[str, int] | None
    valid_from: Day
    valid_until: Day | None


class VersionIn(In):
    """All items of a version; they take the place of what the region had."""

    model_config = ConfigDict(json_schema_extra=shown({"items": [_ITEM]}))

    items: Annotated[list[ItemIn], Field(max_length=MOST_ITEMS)]


class VersionOut(Out):
    """A published version. `root` is over keccak(canonical item), sorted leaves, sorted pairs."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"region": "110000", "version": "2026-01", "items": 1, "root": DIGEST_EXAMPLE}
        )
    )

    region: str
    version: str
    items: int
    root: Hash
