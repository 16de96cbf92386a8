"""Shapes of the catalogue."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from node.api.schemas import shapes
from node.api.schemas.base import Day, Fen, Hash, In, Out

ItemClassName = Literal["A", "B", "C"]
MOST_ITEMS = 100_000
Limit = Annotated[int, Field(ge=0, le=1_000_000_000)]
LimitName = Annotated[str, Field(pattern=shapes.LIMIT_NAME)]


class ItemIn(In):
    """An item valid on days [valid_from, valid_until); `price_limit_fen` is per unit.

    Class A is wholly in scope, B after its self-pay ratio, C wholly self-paid.
    """

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

    region: str
    code: str
    name: str
    item_class: ItemClassName
    self_pay_bp: int
    price_limit_fen: int | None
    limits: dict[str, int] | None
    valid_from: Day
    valid_until: Day | None


class CatalogueVersionIn(In):
    """All items of a version; they take the place of what the region had."""

    items: Annotated[list[ItemIn], Field(max_length=MOST_ITEMS)]


class VersionOut(Out):
    """A published version. `root` is over keccak(canonical item), sorted leaves, sorted pairs."""

    region: str
    version: str
    items: int
    root: Hash
