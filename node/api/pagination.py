"""Cursor pages: the one shape of every list (P58).

A cursor is the sort key of the last row shown, so rows that arrive meanwhile neither repeat nor
hide any other. Cursors are opaque to clients and carry no personal data.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Depends, Query, Request
from pydantic import BaseModel

from node.db.pages import PageOf, PageRequest, SortKey
from node.domain.errors import FilterUnknown, MalformedBody

Row = TypeVar("Row")
Item = TypeVar("Item")

LARGEST_PAGE = 200
PageLimit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="Rows per page.")]
PageCursor = Annotated[
    str | None, Query(max_length=512, description="`next` of the page before; absent = first page.")
]


class Page(BaseModel, Generic[Item]):
    """One page of a list and where the next one starts."""

    items: list[Item]
    next: str | None = None


def encode_cursor(key: SortKey) -> str:
    """Return the opaque text of a sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> SortKey | None:
    """Return the sort key of a cursor, None for the first page. Errors: MalformedBody."""
    if cursor is None:
        return None
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, orjson.JSONDecodeError, ValueError) as error:
        raise MalformedBody("not a cursor of this list", field="/query/cursor") from error
    plain = isinstance(key, list) and all(_is_part(part) for part in key)
    if not plain:
        raise MalformedBody("not a cursor of this list", field="/query/cursor")
    return tuple(key)


def _is_part(part: object) -> bool:
    """Whether a database takes a value: text without NUL, integers of 64 bits."""
    if isinstance(part, str):
        return "\0" not in part
    return type(part) is int and abs(part) < 2**63


def shown_page(found: PageOf[Row], show: Callable[[Row], Item]) -> Page[Item]:
    """Return a page as clients see it."""
    following = None if found.next is None else encode_cursor(found.next)
    return Page(items=[show(row) for row in found.items], next=following)


async def page_request(cursor: PageCursor = None, limit: PageLimit = 50) -> PageRequest:
    """Return which page is asked for. Errors: MalformedBody."""
    return PageRequest(limit, decode_cursor(cursor))


PageDep = Annotated[PageRequest, Depends(page_request)]


def list_route(operation_id: str, summary: str, model: type[Page[Any]]) -> dict[str, Any]:
    """Return the declaration of a list: unknown filters are refused."""
    return {
        "operation_id": operation_id,
        "summary": summary,
        "response_model": model,
        "dependencies": [Depends(refuse_unknown_filters)],
    }


async def refuse_unknown_filters(request: Request) -> None:
    """Refuse a query parameter that the route does not declare: an error, never an empty answer."""
    route = request.scope["route"]
    declared = {parameter.alias for parameter in route.dependant.query_params}
    for dependency in route.dependant.dependencies:
        declared |= {parameter.alias for parameter in dependency.query_params}
    for name in request.query_params:
        if name not in declared:
            raise FilterUnknown(name, field=f"/query/{name}")
