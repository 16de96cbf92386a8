"""Pages of every list: rows after a sort key, newest first, and the key of the last row (P58)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from node.domain.errors import MalformedBody

Item = TypeVar("Item")
SortKey = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class PageOf(Generic[Item]):
    """One page; `next` is the sort key to continue after, None on the last page."""

    items: tuple[Item, ...]
    next: SortKey | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Where to start and how many rows. Range: 1 <= limit <= 200."""

    limit: int = 50
    after: SortKey | None = None

    def position(self) -> int | None:
        """Return the key of a list in order of events. Errors: MalformedBody."""
        if self.after is None:
            return None
        if len(self.after) != 1 or not isinstance(self.after[0], int):
            raise MalformedBody("not a cursor of this list", field="/query/cursor")
        return self.after[0]

    def text(self) -> str | None:
        """Return the key of a list in order of an id. Errors: MalformedBody."""
        if self.after is None:
            return None
        if len(self.after) != 1 or not isinstance(self.after[0], str):
            raise MalformedBody("not a cursor of this list", field="/query/cursor")
        return self.after[0]


def page_of(
    rows: Sequence[Any],
    request: PageRequest,
    *,
    build: Callable[[Any], Item],
    key: Callable[[Any], SortKey],
) -> PageOf[Item]:
    """Return the page of rows that were queried with `limit + 1`."""
    shown = rows[: request.limit]
    more = len(rows) > request.limit
    return PageOf(tuple(build(row) for row in shown), key(shown[-1]) if more else None)
