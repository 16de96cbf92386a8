"""NetworkDirectory: where contracts are; from here on their events count."""

from __future__ import annotations

from node.chain.events import EntrySet, Event
from node.db.models.chain import DirectoryEntry
from node.indexer.projection import Handler, Place, Projection


def entry_set(projection: Projection, event: EntrySet, place: Place) -> None:
    """A name points to a contract."""
    projection.emitters.add(event.target)
    projection.changes.put(
        DirectoryEntry,
        {
            "name": event.name,
            "version": event.version,
            "target": event.target,
            "code_hash": event.code_hash,
            "block_number": place.block_number,
        },
    )


HANDLERS: dict[type[Event], Handler] = {EntrySet: entry_set}
