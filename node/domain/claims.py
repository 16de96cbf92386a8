"""Claim states: which event leads where, and what is refused (domain.md §8).

Settled claims leave SETTLED only by reversal; REJECTED, CANCELLED, EXPIRED and REVERSED never flip.
Numbers equal contracts/src/types/ClaimTypes.sol.
"""

from __future__ import annotations

import enum

from node.domain.errors import ClaimNotSettled, ClaimStateInvalid
from node.domain.ids import ClaimId


class ClaimState(enum.IntEnum):
    """State of a claim."""

    NONE = 0
    SUBMITTED = 1
    IN_REVIEW = 2
    ADJUDICATED = 3
    SETTLED = 4
    REVERSED = 5
    REJECTED = 6
    CANCELLED = 7
    EXPIRED = 8


class ClaimEvent(enum.Enum):
    """What can happen to a claim."""

    SUBMIT = "submit"
    FLAG = "flag"
    ADJUDICATE = "adjudicate"
    REJECT = "reject"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    EXPIRE = "expire"
    REVERSE = "reverse"


CLAIM_TRANSITIONS: dict[tuple[ClaimState, ClaimEvent], ClaimState] = {
    (ClaimState.NONE, ClaimEvent.SUBMIT): ClaimState.SUBMITTED,
    (ClaimState.SUBMITTED, ClaimEvent.FLAG): ClaimState.IN_REVIEW,
    (ClaimState.SUBMITTED, ClaimEvent.ADJUDICATE): ClaimState.ADJUDICATED,
    (ClaimState.SUBMITTED, ClaimEvent.REJECT): ClaimState.REJECTED,
    (ClaimState.SUBMITTED, ClaimEvent.CANCEL): ClaimState.CANCELLED,
    (ClaimState.IN_REVIEW, ClaimEvent.ADJUDICATE): ClaimState.ADJUDICATED,
    (ClaimState.IN_REVIEW, ClaimEvent.REJECT): ClaimState.REJECTED,
    (ClaimState.IN_REVIEW, ClaimEvent.CANCEL): ClaimState.CANCELLED,
    (ClaimState.ADJUDICATED, ClaimEvent.CONFIRM): ClaimState.SETTLED,
    (ClaimState.ADJUDICATED, ClaimEvent.CANCEL): ClaimState.CANCELLED,
    (ClaimState.ADJUDICATED, ClaimEvent.EXPIRE): ClaimState.EXPIRED,
    (ClaimState.SETTLED, ClaimEvent.REVERSE): ClaimState.REVERSED,
}

FINAL_CLAIM_STATES = frozenset(
    {ClaimState.REJECTED, ClaimState.CANCELLED, ClaimState.EXPIRED, ClaimState.REVERSED}
)


def next_claim_state(claim_id: ClaimId, state: ClaimState, event: ClaimEvent) -> ClaimState:
    """Return the state after an event.

    Errors: ClaimNotSettled for a reversal of anything but a settled claim, else ClaimStateInvalid.
    """
    target = CLAIM_TRANSITIONS.get((state, event))
    if target is not None:
        return target
    if event is ClaimEvent.REVERSE:
        raise ClaimNotSettled(claim_id)
    raise ClaimStateInvalid(claim_id, state.name)
