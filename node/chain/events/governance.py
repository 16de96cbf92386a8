"""Events of ValidatorRegistry: what participants propose, decide and report."""

from dataclasses import dataclass

from node.chain.abi.layouts import Account, Hash, Uint8, Uint64, Uint256
from node.chain.events.table import Event, event


@event("proposal_id", "kind", "subject")
@dataclass(frozen=True, slots=True)
class Proposed(Event):
    """A change was proposed; the proposer has voted for it."""

    proposal_id: Uint256
    kind: Uint8
    subject: Account


@event("proposal_id", "participant")
@dataclass(frozen=True, slots=True)
class Voted(Event):
    """A participant voted for a proposal."""

    proposal_id: Uint256
    participant: Account


@event("proposal_id", "kind", "subject")
@dataclass(frozen=True, slots=True)
class Enacted(Event):
    """A proposal passed and is in force."""

    proposal_id: Uint256
    kind: Uint8
    subject: Account


@event("removed", "added")
@dataclass(frozen=True, slots=True)
class ValidatorsChanged(Event):
    """The set of validators changes; keys are ed25519 keys, zero for none."""

    removed: Hash
    added: Hash


@event("validator", "height", "reporter")
@dataclass(frozen=True, slots=True)
class Misbehaviour(Event):
    """A decided block held evidence against a validator."""

    validator: Account
    height: Uint64
    kind: Uint8
    reporter: Account
