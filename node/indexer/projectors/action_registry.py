"""ActionRegistry: what two officers decided together; pause."""

from __future__ import annotations

from node.chain.events import ActionApproved, ActionProposed, Event, PauseSet
from node.db.models.chain import Action, NetworkFlag
from node.indexer.projection import Handler, Place, Projection


def proposed(projection: Projection, event: ActionProposed, place: Place) -> None:
    """A first officer proposed."""
    projection.changes.put(
        Action,
        {
            "action_id": event.action_id,
            "kind": event.kind.name,
            "proposer": event.officer,
            "payload_hash": event.payload_hash,
            "proposed_at": place.timestamp,
        },
    )


def approved(projection: Projection, event: ActionApproved, place: Place) -> None:
    """A second officer approved; it took place."""
    projection.changes.patch(
        Action, (event.action_id,), approver=event.officer, approved_at=place.timestamp
    )


def pause_set(projection: Projection, event: PauseSet, place: Place) -> None:
    """The network stopped or resumed."""
    projection.changes.put(
        NetworkFlag,
        {"name": "paused", "value": event.paused, "block_number": place.block_number},
    )


HANDLERS: dict[type[Event], Handler] = {
    ActionProposed: proposed,
    ActionApproved: approved,
    PauseSet: pause_set,
}
