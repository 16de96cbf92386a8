"""WalletLedger: every balance and every entry; all entries of a pocket add up to it (S02).

Transfers wait for the `Moved` that ends their call and says why. A posting that changes pocket is a
burn and a mint; both are told as one movement between two accounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from node.chain.abi.kinds import HoldState
from node.chain.events import (
    AccountFreezeSet,
    CounterOpened,
    Event,
    HoldFinished,
    HoldPlaced,
    Moved,
    Transfer,
    TransferReturned,
)
from node.db.models.wallets import (
    AccountFreeze,
    Entry,
    Hold,
    PendingTransfer,
    Wallet,
)
from node.db.models.wallets import Transfer as WalletTransfer
from node.domain.ids import NO_ACCOUNT
from node.indexer.projection import Handler, Leg, Place, Projection, UnbalancedMoveError
from node.outbox import sweeps
from node.outbox.marks import Outcome


class Posting(NamedTuple):
    """One balanced movement as its events tell it."""

    sender: str
    sender_pocket: int
    receiver: str
    receiver_pocket: int
    amount_fen: int
    place: Place


def transferred(projection: Projection, event: Transfer, place: Place) -> None:
    """A leg of a movement; its `Moved` follows in the same transaction."""
    projection.legs.append(Leg(event, place))


def moved(projection: Projection, event: Moved, place: Place) -> None:
    """A movement is complete: change both balances of each posting and write their entries."""
    postings = list(_postings(projection.take_legs(place.tx_hash)))
    if len(postings) != event.postings:
        raise UnbalancedMoveError(f"{event.ref}: {len(postings)} of {event.postings} postings")
    purpose = event.purpose.name
    for one in postings:
        out = (one.sender, one.sender_pocket, -one.amount_fen)
        into = (one.receiver, one.receiver_pocket, one.amount_fen)
        for side, (own, other) in enumerate(((out, into), (into, out))):
            _enter(projection, own, other, one.place, side=side, why=(purpose, event.ref))


def hold_placed(projection: Projection, event: HoldPlaced, place: Place) -> None:
    """Money is set aside: available becomes held, the balance stays."""
    row = _wallet(projection, event.account, event.pocket)
    row["available_fen"] -= event.amount_fen
    row["held_fen"] += event.amount_fen
    row["block_number"] = place.block_number
    projection.changes.save(Wallet, (row["account"], row["pocket"]), row)
    projection.changes.put(
        Hold,
        {
            "hold_id": event.hold_id,
            "account": event.account,
            "pocket": int(event.pocket),
            "state": HoldState.OPEN.name,
            "amount_fen": event.amount_fen,
            "posted_fen": 0,
            "expires_at": event.expires_at,
            "placed_block": place.block_number,
        },
    )


def hold_finished(projection: Projection, event: HoldFinished, place: Place) -> None:
    """A hold ended; what it posted leaves the pocket by the `Moved` that follows."""
    hold = projection.changes.patch(
        Hold,
        (event.hold_id,),
        state=event.state.name,
        posted_fen=event.posted_fen,
        finished_block=place.block_number,
    )
    row = _wallet(projection, hold["account"], hold["pocket"])
    row["held_fen"] -= hold["amount_fen"]
    row["available_fen"] += hold["amount_fen"]
    row["block_number"] = place.block_number
    projection.changes.save(Wallet, (row["account"], row["pocket"]), row)


def counter_opened(projection: Projection, event: CounterOpened, place: Place) -> None:
    """An account is a signed counter from now on."""
    row = _wallet(projection, event.account, event.pocket)
    row["is_counter"] = True
    row["block_number"] = place.block_number
    projection.changes.save(Wallet, (row["account"], row["pocket"]), row)


def freeze_set(projection: Projection, event: AccountFreezeSet, place: Place) -> None:
    """An account receives and cannot spend, or is released."""
    projection.changes.put(
        AccountFreeze,
        {
            "account": event.account,
            "frozen": event.frozen,
            "reason_code": event.reason_code,
            "block_number": place.block_number,
        },
    )


def transfer_returned(projection: Projection, event: TransferReturned, place: Place) -> None:
    """A lapsed wallet transfer went back; the sweep that did it, if any of ours, is done."""
    pending = projection.changes.find(PendingTransfer, event.sender)
    row = projection.changes.patch(
        WalletTransfer,
        (pending["digest"],),
        state="RETURNED",
        ended_at=place.timestamp,
        block_number=place.block_number,
    )
    sweep = sweeps.return_transfer(
        target=NO_ACCOUNT, sender=event.sender, returns_at=row["returns_at"]
    )
    projection.outcomes.final.append(Outcome(sweep.digest, place.block_number, place.tx_hash))


def _postings(legs: Sequence[Leg]) -> Iterator[Posting]:
    burnt: Leg | None = None
    for leg in legs:
        event = leg.event
        if event.receiver == NO_ACCOUNT:
            burnt = leg
            continue
        source = burnt.event if event.sender == NO_ACCOUNT and burnt is not None else event
        burnt = None
        yield Posting(
            *(source.sender, source.id, event.receiver, event.id, event.amount),
            place=leg.place,
        )


def _enter(
    projection: Projection,
    own: tuple[str, int, int],
    other: tuple[str, int, int],
    place: Place,
    *,
    side: int,
    why: tuple[str, str],
) -> None:
    account, pocket, amount_fen = own
    row = _wallet(projection, account, pocket)
    row["available_fen"] += amount_fen
    row["block_number"] = place.block_number
    projection.changes.save(Wallet, (row["account"], row["pocket"]), row)
    projection.changes.add(
        Entry,
        {
            "account": account,
            "position": place.position + side,
            "pocket": pocket,
            "amount_fen": amount_fen,
            "balance_fen": row["available_fen"] + row["held_fen"],
            "counterpart": other[0],
            "counterpart_pocket": other[1],
            "purpose": why[0],
            "ref": why[1],
            "block_number": place.block_number,
            "timestamp": place.timestamp,
        },
    )


def _wallet(projection: Projection, account: str, pocket: int) -> dict[str, Any]:
    row = projection.changes.get(Wallet, account, int(pocket))
    if row is not None:
        return row
    return {
        "account": account,
        "pocket": int(pocket),
        "available_fen": 0,
        "held_fen": 0,
        "is_counter": False,
        "block_number": 0,
    }


HANDLERS: dict[type[Event], Handler] = {
    Transfer: transferred,
    Moved: moved,
    HoldPlaced: hold_placed,
    HoldFinished: hold_finished,
    CounterOpened: counter_opened,
    AccountFreezeSet: freeze_set,
    TransferReturned: transfer_returned,
}
