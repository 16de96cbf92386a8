"""The work of one range: events in, row changes and outcomes of intents out. No I/O but row reads.

An event counts from the moment its contract stands in the directory, so a replay from the first
block gives the same rows as living through it (M17).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from node.chain.events import EntrySet, Event, LogEntry, Transfer
from node.outbox.marks import Outcome
from node.readmodels.changes import Changes

POSITION_BITS = 24


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands; `timestamp` is its block's, in seconds."""

    block_number: int
    log_index: int
    tx_hash: str
    timestamp: int

    @property
    def position(self) -> int:
        """A number that orders all events of the network, with room for two entries each."""
        return self.block_number << POSITION_BITS | self.log_index << 1

    @property
    def receipt_number(self) -> str:
        """The number of the receipt that this event is."""
        return f"{self.block_number:010d}-{self.log_index:05d}"


@dataclass(slots=True)
class Outcomes:
    """What the range says about intents, by how the outbox must mark them."""

    final: list[Outcome] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)
    rejected: list[Outcome] = field(default_factory=list)
    noted: list[Outcome] = field(default_factory=list)
    postponed: list[Outcome] = field(default_factory=list)
    cancelled: list[tuple[str, int]] = field(default_factory=list)
    tx_hashes: dict[str, None] = field(default_factory=dict)

    def ended(self) -> Iterable[str]:
        """Return the digests that came to an end."""
        for outcomes in (self.final, self.refused, self.rejected):
            for one in outcomes:
                yield one.digest


@dataclass(frozen=True, slots=True)
class Leg:
    """One ERC-6909 transfer that waits for the `Moved` that says why."""

    event: Transfer
    place: Place


class UnbalancedMoveError(Exception):
    """A `Moved` does not follow as many postings as it counts: events were missed."""


Handler = Callable[["Projection", Any, Place], None]


class Projection:
    """State of one range while its events are applied in order."""

    def __init__(
        self,
        changes: Changes,
        *,
        handlers: dict[type[Event], Handler],
        directory: str,
        emitters: Iterable[str],
    ) -> None:
        self.changes = changes
        self.outcomes = Outcomes()
        self.emitters = {directory, *emitters}
        self.legs: list[Leg] = []
        self._handlers, self._directory = handlers, directory

    def apply(self, entry: LogEntry, timestamp: int) -> bool:
        """Apply one event; return whether it counted."""
        if entry.address not in self.emitters:
            return False
        event = entry.event
        handler = self._handlers.get(type(event))
        if handler is None:
            return False
        if type(event) is EntrySet and entry.address != self._directory:
            return False
        place = Place(entry.block_number, entry.log_index, entry.tx_hash, timestamp)
        handler(self, event, place)
        self.outcomes.tx_hashes[entry.tx_hash] = None
        return True

    def take_legs(self, tx_hash: str) -> list[Leg]:
        """Return the transfers of this transaction since its last `Moved`."""
        legs, self.legs = self.legs, []
        if any(leg.place.tx_hash != tx_hash for leg in legs):
            raise UnbalancedMoveError(tx_hash)
        return legs
