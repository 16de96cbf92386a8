"""The catalogue: items by code and day, and whole versions published by an insurer."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from node.api.days import read_day, read_optional_day, show_day
from node.api.deps import CallerDep, NounRouter, service
from node.api.pagination import Page, PageDep, list_route, shown_page
from node.api.schemas import shapes
from node.api.schemas.base import DayQuery
from node.db.repositories.catalogue import ItemRow
from node.features.catalogue.access import ACCESS
from node.features.catalogue.schemas import CatalogueVersionIn, ItemIn, ItemOut, VersionOut
from node.features.catalogue.service import CatalogueService

router = NounRouter("/v1/catalogue", tag="catalogue", access=ACCESS)
CatalogueDep = Annotated[CatalogueService, Depends(service(CatalogueService))]

RegionQuery = Annotated[
    str, Query(pattern=shapes.PRINTABLE, max_length=12, description="Region of the catalogue.")
]
CodeQuery = Annotated[
    str | None,
    Query(pattern=shapes.PRINTABLE, max_length=64, description="Only the item of this code."),
]
VersionPath = Annotated[
    str, Path(pattern=shapes.CATALOGUE_VERSION, description="Name of the version, such as 2026-01.")
]


@router.get("/items", **list_route("listCatalogueItems", "List catalogue items", Page[ItemOut]))
async def items(
    *,
    catalogue: CatalogueDep,
    page: PageDep,
    region: RegionQuery,
    code: CodeQuery = None,
    day: DayQuery = None,
) -> Page[ItemOut]:
    """Return the items of a region by code; `day`: those that may be charged on it (P31)."""
    on = read_optional_day(day, field="/query/day")
    return shown_page(await catalogue.page(region, page, code=code, day=on), _shown)


@router.put(
    "/versions/{version}",
    operation_id="publishCatalogueVersion",
    summary="Publish a catalogue version",
    response_model=VersionOut,
)
async def publish(
    version: VersionPath, asked: CatalogueVersionIn, caller: CallerDep, catalogue: CatalogueDep
) -> VersionOut:
    """Publish a version: its items take the place of all that the insurer's region had."""
    rows = [_row(item, place) for place, item in enumerate(asked.items)]
    found = await catalogue.publish(caller, version=version, items=rows)
    return VersionOut(
        region=found.catalogue, version=found.version, items=found.items, root=found.root
    )


def _row(item: ItemIn, place: int) -> ItemRow:
    return ItemRow(
        catalogue="",
        code=item.code,
        valid_from=read_day(item.valid_from, field=f"/items/{place}/valid_from"),
        valid_until=read_optional_day(item.valid_until, field=f"/items/{place}/valid_until"),
        name=item.name,
        item_class=item.item_class,
        self_pay_bp=item.self_pay_bp,
        price_limit_fen=item.price_limit_fen,
        limits=item.limits,
    )


def _shown(row: ItemRow) -> ItemOut:
    values = row._asdict()
    return ItemOut.model_validate(
        {
            **values,
            "region": values.pop("catalogue"),
            "valid_from": show_day(row.valid_from),
            "valid_until": None if row.valid_until is None else show_day(row.valid_until),
        }
    )
