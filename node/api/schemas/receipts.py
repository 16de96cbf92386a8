"""Shapes of receipts."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict

from node.api.schemas.base import (
    ACCOUNT_EXAMPLE,
    DIGEST_EXAMPLE,
    PROVIDER_EXAMPLE,
    Account,
    Day,
    Hash,
    Out,
)
from node.api.schemas.base import example as shown

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

NUMBER_EXAMPLE = "0000001204-00017"
_RECEIPT: dict[str, Any] = {
    "number": NUMBER_EXAMPLE, "kind": "CLAIM", "state": "ISSUED", "amount_fen": 100_000,
    "digest": DIGEST_EXAMPLE, "subject_id": DIGEST_EXAMPLE, "voids": None, "voided_by": None,
    "tx_hash": DIGEST_EXAMPLE, "block_number": 1204, "timestamp": 1_772_416_800,
}  # fmt: skip
_DETAIL: dict[str, Any] = {
    **_RECEIPT, "payer": {"account": "0x1d2c…3445", "name": "A**"}, "chain_id": 31337,
    "amounts": [{"source": "POOLED", "amount_fen": 70_000},
                {"source": "CASH", "amount_fen": 30_000}],
    "subject": {"kind": "CLAIM", "id": DIGEST_EXAMPLE, "member": ACCOUNT_EXAMPLE,
                "insurer": PROVIDER_EXAMPLE, "provider": PROVIDER_EXAMPLE, "scheme": "RESIDENT",
                "region": "110000", "start": "2026-03-02", "end": "2026-03-03",
                "part": None, "parts": None, "subsidy_fen": 0},
    "qr_text": f"yibao:receipt:31337:{NUMBER_EXAMPLE}:{DIGEST_EXAMPLE}",
}  # fmt: skip


class ReceiptOut(Out):
    """A numbered proof of payment. A negative amount takes back the receipt that `voids` names."""

    model_config = ConfigDict(json_schema_extra=shown(_RECEIPT))

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

    model_config = ConfigDict(json_schema_extra=shown(_DETAIL))

    payer: PayerOut
    chain_id: int
    amounts: list[SourceAmountOut]
    subject: SubjectOut | None
    qr_text: str
