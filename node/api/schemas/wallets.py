"""Shapes of wallets: balances, entries, and the wishes that money intents are made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Tag

from node.api.schemas.base import (
    ACCOUNT_EXAMPLE,
    DIGEST_EXAMPLE,
    PROVIDER_EXAMPLE,
    Account,
    Fen,
    Hash,
    In,
    Out,
    chosen_by,
)
from node.api.schemas.base import example as shown
from node.domain.kinds import Pocket

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

    model_config = ConfigDict(
        json_schema_extra=shown(
            {
                "account": ACCOUNT_EXAMPLE,
                "block_number": 1204,
                "block_hash": DIGEST_EXAMPLE,
                "family_medical_fen": 30_000,
                "pockets": {
                    name: {"available_fen": 12_345, "held_fen": 655, "total_fen": 13_000}
                    for name in Pocket.__members__
                },
            }
        )
    )

    account: Account
    block_number: int
    block_hash: Hash
    family_medical_fen: int
    pockets: PocketsOut


class EntryOut(Out):
    """One change of a balance; all entries of a pocket add up to it. `ref` is the intent's digest.

    `position` orders all entries of the network.
    """

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"position": "20206436352", "pocket": "CASH", "amount_fen": -12_345,
             "balance_fen": 655, "counterpart": PROVIDER_EXAMPLE, "counterpart_pocket": "CASH",
             "purpose": "CLAIM", "ref": DIGEST_EXAMPLE, "block_number": 1204,
             "timestamp": 1_772_416_800}
        )
    )  # fmt: skip

    position: str
    pocket: PocketName
    amount_fen: int
    balance_fen: int
    counterpart: Account
    counterpart_pocket: PocketName
    purpose: str
    ref: Hash
    block_number: int
    timestamp: int


class OpeningWish(In):
    """Open the own wallet under terms with this hash."""

    model_config = ConfigDict(json_schema_extra=shown({"terms_hash": DIGEST_EXAMPLE}))

    terms_hash: Hash


class SendWish(In):
    """Send MEDICAL money to a near relative: at most 200,000 fen, three times a day (P12)."""

    model_config = ConfigDict(
        json_schema_extra=shown({"receiver": ACCOUNT_EXAMPLE, "amount_fen": 12_345})
    )

    receiver: Account
    amount_fen: Fen


class AcceptWish(In):
    """Accept what a relative sent, before the next 06:00."""

    model_config = ConfigDict(
        json_schema_extra=shown({"accept_from": ACCOUNT_EXAMPLE, "amount_fen": 12_345})
    )

    accept_from: Account
    amount_fen: Fen


TransferWish = Annotated[
    Annotated[AcceptWish, Tag("#accept")] | Annotated[SendWish, Tag("#send")],
    chosen_by("accept_from", present="#accept", absent="#send"),
]


class DepositWish(In):
    """Money a channel received for the account; a notice hash works once."""

    model_config = ConfigDict(
        json_schema_extra=shown({"amount_fen": 50_000, "notice_hash": DIGEST_EXAMPLE})
    )

    amount_fen: Fen
    notice_hash: Hash


class WithdrawalWish(In):
    """CASH out through a channel; the hash commits to the own bound bank account."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"channel": PROVIDER_EXAMPLE, "amount_fen": 5_000, "destination_hash": DIGEST_EXAMPLE}
        )
    )

    channel: Account
    amount_fen: Fen
    destination_hash: Hash
