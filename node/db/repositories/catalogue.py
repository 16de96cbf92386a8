"""Catalogue items: class, self-pay ratio and price limit of what may be charged (P31)."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, select

from node.db.models.visits import CatalogueItem, CatalogueVersion
from node.db.pages import PageOf, PageRequest, page_of
from node.db.unit_of_work import UnitOfWork


class ItemRow(NamedTuple):
    """An item of one catalogue, valid on policy days [valid_from, valid_until).

    `price_limit_fen` is per unit, None without one; `limits` holds further limits by name.
    """

    catalogue: str
    code: str
    valid_from: int
    valid_until: int | None
    name: str
    item_class: str
    self_pay_bp: int
    price_limit_fen: int | None
    limits: dict[str, Any] | None

    def is_valid_on(self, day: int) -> bool:
        """Whether the item may be charged on a policy day."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


class VersionRow(NamedTuple):
    """A published version of a catalogue; `items` is how many it has."""

    catalogue: str
    version: str
    root: str
    items: int
    insurer: str
    published_at_ms: int


_COLUMNS = tuple(getattr(CatalogueItem, name) for name in ItemRow._fields)


def replace_items(unit: UnitOfWork, catalogue: str, items: list[ItemRow]) -> None:
    """Put the items of a catalogue in place of all it had."""
    unit.execute(delete(CatalogueItem).where(CatalogueItem.catalogue == catalogue))
    unit.insert_many(CatalogueItem, [item._asdict() for item in items])


def items_of_code(unit: UnitOfWork, *, catalogue: str, code: str) -> list[ItemRow]:
    """Return the periods of an item, newest first."""
    query = select(*_COLUMNS).where(
        CatalogueItem.catalogue == catalogue, CatalogueItem.code == code
    )
    rows = unit.execute(query.order_by(CatalogueItem.valid_from.desc()))
    return [ItemRow._make(row) for row in rows]


def list_items(
    unit: UnitOfWork,
    catalogue: str,
    request: PageRequest,
    *,
    code: str | None = None,
    day: int | None = None,
) -> PageOf[ItemRow]:
    """Return items by code and first day; `day`: those valid on it."""
    query = select(*_COLUMNS).where(CatalogueItem.catalogue == catalogue)
    if code is not None:
        query = query.where(CatalogueItem.code == code)
    if day is not None:
        still = CatalogueItem.valid_until.is_(None) | (CatalogueItem.valid_until > day)
        query = query.where(CatalogueItem.valid_from <= day, still)
    if (after := request.key(str, int)) is not None:
        later = (CatalogueItem.code == after[0]) & (CatalogueItem.valid_from > after[1])
        query = query.where((CatalogueItem.code > after[0]) | later)
    query = query.order_by(CatalogueItem.code, CatalogueItem.valid_from)
    rows = unit.execute(query.limit(request.limit + 1)).all()
    return page_of(rows, request, build=ItemRow._make, key=lambda row: (row.code, row.valid_from))


def find_version(unit: UnitOfWork, *, catalogue: str, version: str) -> VersionRow | None:
    """Return a published version."""
    return _version(
        unit, CatalogueVersion.catalogue == catalogue, CatalogueVersion.version == version
    )


def newest_version(unit: UnitOfWork, catalogue: str) -> VersionRow | None:
    """Return the version whose items are in force, None before the first."""
    return _version(unit, CatalogueVersion.catalogue == catalogue)


def keep_version(unit: UnitOfWork, row: VersionRow) -> None:
    """Record that a version was published, now or once more."""
    unit.upsert_many(CatalogueVersion, [row._asdict()])


def _version(unit: UnitOfWork, *conditions: ColumnElement[bool]) -> VersionRow | None:
    columns = [getattr(CatalogueVersion, name) for name in VersionRow._fields]
    query = select(*columns).where(*conditions)
    newest = query.order_by(
        CatalogueVersion.published_at_ms.desc(), CatalogueVersion.version.desc()
    )
    row = unit.execute(newest.limit(1)).first()
    return None if row is None else VersionRow._make(row)
