"""Wallet transfers (医保钱包转账): MEDICAL money between near relatives, with four limits (P12).

All moments are chain time in Unix seconds; days and hours are those of Shanghai. Source:
domain.md §3, IWalletOperations.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from node.domain.days import day_of, next_time_of_day, second_of_day
from node.domain.errors import (
    NotNearRelative,
    TransferClosedHours,
    TransferDailyLimit,
    TransferPending,
    TransferTooLarge,
    WalletNotOpen,
)
from node.domain.ids import AccountId
from node.domain.kinds import Relation
from node.domain.money import amount

TRANSFERS_PER_DAY = 3
TRANSFER_LIMIT_FEN = 200_000
CLOSED_FROM_S = 22 * 3600
OPEN_FROM_S = 6 * 3600


class TransferState(enum.Enum):
    """State of a wallet transfer. RETURNED is computed from time until somebody sweeps it."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    RETURNED = "returned"


@dataclass(frozen=True)
class SenderState:
    """What a sender has sent: the policy day of the last transfer, how many on it, what is pending.

    `pending_returns_at` is the second at which an unaccepted transfer goes back, None if there is
    none.
    """

    last_day: int = 0
    sent_on_last_day: int = 0
    pending_returns_at: int | None = None


@dataclass(frozen=True)
class TransferRequest:
    """A transfer that is about to be sent."""

    sender: AccountId
    receiver: AccountId
    amount_fen: int
    relation: Relation
    sender_open: bool = True
    receiver_open: bool = True


def returns_at(sent_at: int) -> int:
    """Return when an unaccepted transfer goes back: the next 06:00:00 after it was sent."""
    return next_time_of_day(sent_at, OPEN_FROM_S)


def is_open_at(timestamp: int) -> bool:
    """Tell whether transfers are possible: 06:00:00 to 21:59:59."""
    return OPEN_FROM_S <= second_of_day(timestamp) < CLOSED_FROM_S


def sent_today(state: SenderState, now: int) -> int:
    """Return how many transfers count for the day; a returned one still counts."""
    return state.sent_on_last_day if state.last_day == day_of(now) else 0


def send(request: TransferRequest, state: SenderState, now: int) -> SenderState:
    """Return the sender's state after a transfer sent now.

    A lapsed transfer no longer blocks. Errors, in this order: WalletNotOpen, NotNearRelative,
    TransferTooLarge, TransferClosedHours, TransferPending, TransferDailyLimit, InvalidAmount.
    """
    for account, is_open in (
        (request.sender, request.sender_open),
        (request.receiver, request.receiver_open),
    ):
        if not is_open:
            raise WalletNotOpen(account)
    if request.relation is Relation.NONE or request.sender == request.receiver:
        raise NotNearRelative(request.sender, request.receiver)
    if request.amount_fen > TRANSFER_LIMIT_FEN:
        raise TransferTooLarge(request.amount_fen, TRANSFER_LIMIT_FEN)
    if not is_open_at(now):
        raise TransferClosedHours(second_of_day(now))
    if state.pending_returns_at is not None and now < state.pending_returns_at:
        raise TransferPending(request.sender)
    count = sent_today(state, now)
    if count >= TRANSFERS_PER_DAY:
        raise TransferDailyLimit(request.sender, count)
    amount(request.amount_fen, field="/amount_fen")
    return SenderState(day_of(now), count + 1, returns_at(now))
