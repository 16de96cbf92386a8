"""Entries of an account, newest first: the live record (S02, P58)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select

from node.db.models.wallets import Entry
from node.db.pages import PageOf, PageRequest, page_of
from node.db.unit_of_work import UnitOfWork


class EntryRow(NamedTuple):
    """One change of a balance; `amount_fen` is signed, `balance_fen` is what it left."""

    position: int
    pocket: int
    amount_fen: int
    balance_fen: int
    counterpart: str
    counterpart_pocket: int
    purpose: str
    ref: str
    block_number: int
    timestamp: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """What is looked for; None = any. Times are [since, until) in Unix seconds, sums absolute."""

    pocket: int | None = None
    purpose: str | None = None
    ref: str | None = None
    since: int | None = None
    until: int | None = None
    at_least_fen: int | None = None
    at_most_fen: int | None = None


def list_entries(
    unit: UnitOfWork, account: str, wanted: EntryFilter, request: PageRequest
) -> PageOf[EntryRow]:
    """Return entries of an account, newest first."""
    query = select(
        *(Entry.position, Entry.pocket, Entry.amount_fen, Entry.balance_fen, Entry.counterpart),
        *(Entry.counterpart_pocket, Entry.purpose, Entry.ref),
        *(Entry.block_number, Entry.timestamp),
    ).where(Entry.account == account)
    if (after := request.key(int)) is not None:
        query = query.where(Entry.position < after[0])
    query = query.where(*_conditions(wanted))
    rows = unit.execute(query.order_by(Entry.position.desc()).limit(request.limit + 1)).all()
    return page_of(rows, request, build=EntryRow._make, key=lambda row: (row.position,))


def _conditions(wanted: EntryFilter) -> Iterator[ColumnElement[bool]]:
    size = func.abs(Entry.amount_fen)
    for column, value in (
        (Entry.pocket, wanted.pocket),
        (Entry.purpose, wanted.purpose),
        (Entry.ref, wanted.ref),
    ):
        if value is not None:
            yield column == value
    for at_least, value in ((Entry.timestamp, wanted.since), (size, wanted.at_least_fen)):
        if value is not None:
            yield at_least >= value
    if wanted.until is not None:
        yield Entry.timestamp < wanted.until
    if wanted.at_most_fen is not None:
        yield size <= wanted.at_most_fen
