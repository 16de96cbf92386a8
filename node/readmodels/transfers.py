"""Wallet transfers of a sender, as the limits of the next one need them (P12)."""

from __future__ import annotations

from sqlalchemy import func, select

from node.db.models.wallets import Transfer
from node.db.unit_of_work import UnitOfWork
from node.domain.days import day_of, day_start
from node.domain.wallets import SenderState


def sender_state(unit: UnitOfWork, sender: str, *, now: int) -> SenderState:
    """Return what a sender sent on the day of `now` and what is not accepted yet."""
    day = day_of(now)
    sent = unit.execute(
        select(func.count()).where(Transfer.sender == sender, Transfer.sent_at >= day_start(day))
    ).scalar_one()
    pending = unit.execute(
        select(func.max(Transfer.returns_at)).where(
            Transfer.sender == sender, Transfer.state == "PENDING"
        )
    ).scalar_one()
    return SenderState(last_day=day, sent_on_last_day=sent, pending_returns_at=pending)


def is_pending(unit: UnitOfWork, *, sender: str, receiver: str, amount_fen: int, now: int) -> bool:
    """Whether a sender's transfer of that amount waits for that receiver."""
    query = select(Transfer.digest).where(
        Transfer.sender == sender,
        Transfer.receiver == receiver,
        Transfer.amount_fen == amount_fen,
        Transfer.state == "PENDING",
        Transfer.returns_at > now,
    )
    return unit.execute(query).first() is not None
