"""Shapes of receipts."""

from __future__ import annotations

from typing import Literal

from node.api.schemas.base import (
    Account,
    Day,
    Hash,
    Out,
)

KindName = Literal["PREMIUM", "PREMIUM_REFUND", "CLAIM", "CLAIM_REVERSAL"]
StateName = Literal["ISSUED", "VOIDED"]
SourceName = Literal[
    "POOLED",
    "BIG_ILLNESS",
    "AID",
    "SUPPLEMENTARY",
    "PROVIDER",
    "MEDICAL",
    "FAMILY",
    "CASH",
    "EMPLOYEE",
    "LATE_FEE",
]


class ReceiptOut(Out):
    """A numbered proof of payment. A negative amount takes back the receipt that `voids` names."""

    number: str
    kind: KindName
    state: StateName
    amount_fen: int
    digest: Hash
    subject_id: Hash
    voids: str | None
    voided_by: str | None
    tx_hash: Hash
    block_number: int
    timestamp: int


class PayerOut(Out):
    """Who paid, masked as on paper; the name only where this gateway knows it."""

    account: str
    name: str | None


class SourceAmountOut(Out):
    """What came from one source; negative where it went back."""

    source: SourceName
    amount_fen: int


class SubjectOut(Out):
    """The bill or claim: days [start, end) covered, or of care (the policy year if not known).

    `subsidy_fen` is what the state paid beside the bill, not part of the receipt.
    """

    kind: Literal["BILL", "CLAIM"]
    id: Hash
    member: Account
    insurer: Account | None
    provider: Account | None
    scheme: str | None
    region: str | None
    start: Day | None
    end: Day | None
    part: int | None
    parts: int | None
    subsidy_fen: int


class ReceiptDetailOut(ReceiptOut):
    """A receipt with payer, subject and amounts by source, which add up to `amount_fen`.

    `qr_text` is what the code on paper says: number, chain id and transaction, no person.
    """

    payer: PayerOut
    chain_id: int
    amounts: list[SourceAmountOut]
    subject: SubjectOut | None
    qr_text: str
