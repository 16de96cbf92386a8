"""Entries of an account, newest first: the live record (S02, P58)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import func, select

from node.db.models.wallets import Entry
from node.db.unit_of_work import Transaction


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
    tx: Transaction, account: str, wanted: EntryFilter, *, before: int | None, limit: int
) -> list[EntryRow]:
    """Return entries of an account older than a position, newest first."""
    query = select(
        *(Entry.position, Entry.pocket, Entry.amount_fen, Entry.balance_fen, Entry.counterpart),
        *(Entry.counterpart_pocket, Entry.purpose, Entry.ref),
        *(Entry.block_number, Entry.timestamp),
    ).where(Entry.account == account)
    size = func.abs(Entry.amount_fen)
    limits = (
        (wanted.pocket, Entry.pocket == wanted.pocket),
        (wanted.purpose, Entry.purpose == wanted.purpose),
        (wanted.ref, Entry.ref == wanted.ref),
        (wanted.since, Entry.timestamp >= wanted.since),
        (wanted.until, Entry.timestamp < wanted.until),
        (wanted.at_least_fen, size >= wanted.at_least_fen),
        (wanted.at_most_fen, size <= wanted.at_most_fen),
        (before, Entry.position < before),
    )
    for value, condition in limits:
        if value is not None:
            query = query.where(condition)
    rows = tx.execute(query.order_by(Entry.position.desc()).limit(limit))
    return [EntryRow._make(row) for row in rows]
