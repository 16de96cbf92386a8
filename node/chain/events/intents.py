"""Events of IntentRouter: what became of each intent."""

from dataclasses import dataclass
from typing import Annotated

from node.chain.abi.layouts import Account, Bytes, Digest, Selector, Uint256
from node.chain.abi.packing import Word
from node.chain.events.table import Event, event
from node.intents.messages import IntentKind


@event("actor")
@dataclass(frozen=True, slots=True)
class IntentCancelled(Event):
    """The nonce bit of an intent was burnt by the actor's own asked."""

    actor: Account
    intent_nonce: Uint256


@event("digest", "actor")
@dataclass(frozen=True, slots=True)
class IntentExecuted(Event):
    """The final state of a digest: it took effect."""

    digest: Digest
    actor: Account
    kind: Annotated[IntentKind, Word("uint8")]


@event("digest", "actor")
@dataclass(frozen=True, slots=True)
class IntentRefused(Event):
    """The final state of a digest: its rules failed; `reason` is the revert data."""

    digest: Digest
    actor: Account
    kind: Annotated[IntentKind, Word("uint8")]
    reason: Bytes


@event("digest", "actor")
@dataclass(frozen=True, slots=True)
class IntentSkipped(Event):
    """An item executed nothing; never by itself the state of a digest."""

    digest: Digest
    actor: Account
    reason: Selector
