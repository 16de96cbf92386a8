"""WalletOperations: deposits, withdrawals, wallet transfers, corrections as people know them."""

from __future__ import annotations

from node.chain.events import (
    Corrected,
    Deposited,
    Event,
    TransferAccepted,
    TransferSent,
    Withdrawn,
)
from node.db.models.chain import Action
from node.db.models.wallets import ChannelMovement, PendingTransfer, Transfer
from node.domain.kinds import Pocket
from node.indexer.projection import Handler, Place, Projection


def deposited(projection: Projection, event: Deposited, place: Place) -> None:
    """A channel brought money in."""
    projection.changes.put(
        ChannelMovement,
        {
            "digest": event.digest,
            "position": place.position,
            "direction": "IN",
            "account": event.account,
            "channel": event.channel,
            "pocket": int(event.pocket),
            "amount_fen": event.amount_fen,
            "reference_hash": event.notice_hash,
            "block_number": place.block_number,
            "timestamp": place.timestamp,
        },
    )


def withdrawn(projection: Projection, event: Withdrawn, place: Place) -> None:
    """A member took CASH out; the channel pays it."""
    projection.changes.put(
        ChannelMovement,
        {
            "digest": event.digest,
            "position": place.position,
            "direction": "OUT",
            "account": event.member,
            "channel": event.channel,
            "pocket": int(Pocket.CASH),
            "amount_fen": event.amount_fen,
            "reference_hash": event.destination_hash,
            "block_number": place.block_number,
            "timestamp": place.timestamp,
        },
    )


def transfer_sent(projection: Projection, event: TransferSent, place: Place) -> None:
    """A wallet transfer is on its way until accepted or lapsed."""
    projection.changes.put(
        Transfer,
        {
            "digest": event.digest,
            "position": place.position,
            "sender": event.sender,
            "receiver": event.receiver,
            "amount_fen": event.amount_fen,
            "returns_at": event.returns_at,
            "state": "PENDING",
            "sent_at": place.timestamp,
            "block_number": place.block_number,
        },
    )
    projection.changes.put(PendingTransfer, {"sender": event.sender, "digest": event.digest})


def transfer_accepted(projection: Projection, event: TransferAccepted, place: Place) -> None:
    """The receiver took it."""
    pending = projection.changes.find(PendingTransfer, event.sender)
    projection.changes.patch(
        Transfer,
        (pending["digest"],),
        state="ACCEPTED",
        ended_at=place.timestamp,
        block_number=place.block_number,
    )


def corrected(projection: Projection, event: Corrected, place: Place) -> None:
    """Two officers posted a correcting entry that names the wrong one (P10)."""
    projection.changes.patch(Action, (event.action_id,), corrected_ref=event.corrected_ref)


HANDLERS: dict[type[Event], Handler] = {
    Deposited: deposited,
    Withdrawn: withdrawn,
    TransferSent: transfer_sent,
    TransferAccepted: transfer_accepted,
    Corrected: corrected,
}
