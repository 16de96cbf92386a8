"""Receipts: numbered by block and log index; a negative one voids those it refers to (S53, P46)."""

from __future__ import annotations

from typing import Literal

from node.db.models.bills import Receipt
from node.indexer.projection import Place, Projection

ISSUED, VOIDED = "ISSUED", "VOIDED"
Kind = Literal["PREMIUM", "PREMIUM_REFUND", "CLAIM", "CLAIM_REVERSAL"]


def issue_receipt(
    projection: Projection,
    place: Place,
    *,
    kind: Kind,
    digest: str,
    subject: str,
    account: str,
    amount_fen: int,
    voids: str | None = None,
) -> str:
    """Write the receipt that this event is; return its number."""
    number = place.receipt_number
    projection.changes.put(
        Receipt,
        {
            "number": number,
            "kind": kind,
            "state": ISSUED,
            "digest": digest,
            "subject": subject,
            "account": account,
            "amount_fen": amount_fen,
            "voids": voids,
            "tx_hash": place.tx_hash,
            "block_number": place.block_number,
            "log_index": place.log_index,
            "timestamp": place.timestamp,
        },
    )
    return number


def void_receipt(projection: Projection, number: str, *, voided_by: str) -> None:
    """Mark a receipt as voided by a negative one."""
    projection.changes.patch(Receipt, (number,), state=VOIDED, voided_by=voided_by)
