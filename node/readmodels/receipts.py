"""Receipts by number, payment or account (S53)."""

from __future__ import annotations

from dataclasses import dataclass

from node.db.models.bills import Receipt
from node.db.pages import PageOf, PageRequest, page_of
from node.db.unit_of_work import UnitOfWork
from node.readmodels.records import builder_of, built, query_for


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A numbered proof of payment; a negative amount is a negative receipt that voids another."""

    number: str
    kind: str
    state: str
    digest: str
    subject: str
    account: str
    amount_fen: int
    voids: str | None
    voided_by: str | None
    tx_hash: str
    block_number: int
    log_index: int
    timestamp: int


def receipt(unit: UnitOfWork, number: str) -> ReceiptRow | None:
    """Return one receipt."""
    row = unit.execute(query_for(ReceiptRow, Receipt).where(Receipt.number == number)).first()
    return None if row is None else built(ReceiptRow, row)


def receipts_of_subject(unit: UnitOfWork, subject: str) -> list[ReceiptRow]:
    """Return the receipts of a bill or claim in order."""
    query = query_for(ReceiptRow, Receipt).where(Receipt.subject == subject)
    return [built(ReceiptRow, row) for row in unit.execute(query.order_by(Receipt.number))]


def receipts(unit: UnitOfWork, account: str, request: PageRequest) -> PageOf[ReceiptRow]:
    """Return the receipts of an account, newest first."""
    query = query_for(ReceiptRow, Receipt).where(Receipt.account == account)
    if (after := request.key(str)) is not None:
        query = query.where(Receipt.number < after[0])
    rows = unit.execute(query.order_by(Receipt.number.desc()).limit(request.limit + 1)).all()
    build = builder_of(ReceiptRow)
    return page_of(rows, request, build=build, key=lambda row: (row.number,))
