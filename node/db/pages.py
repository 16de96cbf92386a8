"""Pages of every list: rows after a sort key, and the key of the last row (P58).

A key is what the list is sorted by: rows that arrive meanwhile neither repeat nor hide any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from node.domain.errors import MalformedBody

Item = TypeVar("Item")
SortKey = tuple[int | str, ...]
KeyPart = type[int] | type[str] | re.Pattern[str]

ACCOUNT_PART = re.compile(r"0x[0-9a-f]{40}")
HASH_PART = re.compile(r"0x[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PageOf(Generic[Item]):
    """One page; `next` is the sort key to continue after, None on the last page."""

    items: tuple[Item, ...]
    next: SortKey | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Where to start and how many rows. Range: 1 <= limit."""

    limit: int = 50
    after: SortKey | None = None

    def key(self, *parts: KeyPart) -> tuple[Any, ...] | None:
        """Return the key of a list whose keys have parts like these, None for the first page.

        Clients hand keys back, so one of another list may come. Errors: MalformedBody.
        """
        if self.after is None:
            return None
        same = len(self.after) == len(parts)
        if not same or not all(map(_fits, self.after, parts)):
            raise MalformedBody("not a cursor of this list", field="/query/cursor")
        return self.after


def page_of(
    rows: Sequence[Any],
    request: PageRequest,
    *,
    build: Callable[[Any], Item],
    key: Callable[[Any], SortKey],
) -> PageOf[Item]:
    """Return the page of rows that were queried with `limit + 1`: the extra one tells of more."""
    shown = rows[: request.limit]
    more = len(rows) > request.limit
    return PageOf(tuple(build(row) for row in shown), key(shown[-1]) if more else None)


def _fits(value: int | str, part: KeyPart) -> bool:
    if isinstance(part, re.Pattern):
        return isinstance(value, str) and part.fullmatch(value) is not None
    return type(value) is part
