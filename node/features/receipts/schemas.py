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

    account_id: str
    name: str | None


class SourceAmountOut(Out):
    """What came from one source; negative where it went back."""

    source: SourceName
    amount_fen: int


class SubjectOut(Out):
    """The bill or claim: days [start, end) covered, or of care (the policy year if not known).

    Names are in the language asked for, null where this gateway does not know them; people are
    named in full on their own copy only. `family_holder_id` is there if its account paid a part.
    `subsidy_fen` is what the state paid beside the bill, not part of the receipt.
    """

    kind: Literal["BILL", "CLAIM"]
    subject_id: Hash
    member_id: Account
    insurer_id: Account | None
    provider_id: Account | None
    scheme: str | None
    region: str | None
    start: Day | None
    end: Day | None
    part: int | None
    parts: int | None
    subsidy_fen: int
    member_name: str | None
    insurer_name: str | None
    provider_name: str | None
    family_holder_id: Account | None
    family_holder_name: str | None


class RefusedOut(Out):
    """A part that no fund pays: why as a code, and in words of the language asked for."""

    code: str
    text: str
    amount_fen: int


class ReceiptLineOut(Out):
    """One fee line; `gross_fen` = `fund_fen` + `provider_fen` + `self_fen` = funds + `refused`.

    `item_name` is null for an item that its catalogue no longer lists.
    """

    number: int
    item_code: str
    item_name: str | None
    item_class: str
    quantity: int
    unit_price_fen: int
    gross_fen: int
    fund_fen: int
    provider_fen: int
    self_fen: int
    refused: list[RefusedOut]


class CareOut(Out):
    """Deductible, why each fen was refused, and the lines.

    `refused` adds up to the total without the funds; it is null where this gateway cannot prove it.
    `lines` are for patient, guardian and provider, and null for everybody else.
    """

    deductible_fen: int
    refused: list[RefusedOut] | None
    lines: list[ReceiptLineOut] | None


class ReceiptDetailOut(ReceiptOut):
    """A receipt with payer, subject and amounts by source, which add up to `amount_fen`.

    `care` explains a receipt of kind CLAIM. `qr_text` is what the code on paper says: an address
    where anybody who holds the paper checks number, amounts and state.
    """

    payer: PayerOut
    chain_id: int
    amounts: list[SourceAmountOut]
    subject: SubjectOut | None
    care: CareOut | None
    qr_text: str


class ReceiptCheckOut(Out):
    """What a paper must agree with: its number, amounts, state and place on the chain.

    `sandbox`: the money is test money, and the paper proves nothing.
    """

    number: str
    kind: KindName
    state: StateName
    amount_fen: int
    amounts: list[SourceAmountOut]
    voids: str | None
    voided_by: str | None
    chain_id: int
    tx_hash: Hash
    block_number: int
    timestamp: int
    sandbox: bool
