"""Shapes of wallets: balances, entries, and the requests that money intents are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Tag

from node.api.schemas.base import (
    Account,
    Fen,
    Hash,
    In,
    Out,
    chosen_by,
)

PocketName = Literal["CASH", "MEDICAL", "POINTS"]
PurposeName = Literal[
    "DEPOSIT",
    "WITHDRAWAL",
    "TRANSFER_SENT",
    "TRANSFER_ACCEPTED",
    "TRANSFER_RETURNED",
    "PREMIUM",
    "PREMIUM_REFUND",
    "CLAIM",
    "CLAIM_REVERSAL",
    "FUND_TRANSFER",
    "CORRECTION",
    "CLEARING",
    "INCENTIVE",
    "GRANT",
]


class PocketOut(Out):
    """Fen in one pocket: total = available + held. A channel's counter may be negative."""

    available_fen: int
    held_fen: int
    total_fen: int


class PocketsOut(Out):
    """All pockets of an account."""

    CASH: PocketOut
    MEDICAL: PocketOut
    POINTS: PocketOut


class BalanceOut(Out):
    """Everything an account has at one final block; `family_medical_fen` may pay its care too."""

    account_id: Account
    block_number: int
    block_hash: Hash
    family_medical_fen: int
    pockets: PocketsOut


class EntryOut(Out):
    """One change of a balance; all entries of a pocket add up to its balance.

    `ref` is the digest of the intent that moved the money, for a CORRECTION the id of the decision
    behind it. `position` orders all entries of the network.
    """

    position: str
    pocket: PocketName
    amount_fen: int
    balance_fen: int
    counterpart_id: Account
    counterpart_pocket: PocketName
    purpose: str
    ref: Hash
    block_number: int
    timestamp: int


class OpeningRequest(In):
    """Open the own wallet under terms with this hash."""

    terms_hash: Hash


class SendRequest(In):
    """Send MEDICAL money to a near relative: at most 200,000 fen, three times a day (P12)."""

    receiver_id: Account
    amount_fen: Fen


class AcceptRequest(In):
    """Accept what a relative sent, before the next 06:00."""

    sender_id: Account
    amount_fen: Fen


TransferRequest = Annotated[
    Annotated[AcceptRequest, Tag("#accept")] | Annotated[SendRequest, Tag("#send")],
    chosen_by("sender_id", present="#accept", absent="#send"),
]


class DepositRequest(In):
    """Money a channel received for the account; a notice hash works once."""

    amount_fen: Fen
    notice_hash: Hash


class WithdrawalRequest(In):
    """CASH out through a channel; the hash commits to the own bound bank account."""

    channel_id: Account
    amount_fen: Fen
    destination_hash: Hash
