"""Units of work of the indexer: a final range, a range that may still be undone, a rewind.

Each is all or nothing: rows, outbox marks and the new position are stored together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from node.chain.events import IntentExecuted, IntentRefused, LogEntry, PremiumPaid, Transfer
from node.db.models.bills import Bill
from node.db.models.wallets import Wallet
from node.db.unit_of_work import UnitOfWork
from node.domain.ids import NO_ACCOUNT
from node.indexer.fetcher import BlockRange, Header
from node.indexer.projection import Outcomes, Projection
from node.indexer.projectors import HANDLERS
from node.outbox import marks
from node.outbox.marks import Outcome
from node.outbox.waiters import Waiters, announce
from node.readmodels import blocks, network
from node.readmodels.changes import Changes
from node.readmodels.network import BlockRef, ChainPosition

PAUSE_MS = 5_000


def clock_ms() -> int:
    """Return the UTC time in milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreSettings:
    """What every unit of work needs to know; `waiters` None = nobody waits in this process."""

    chain_id: int
    genesis_hash: str
    directory: str
    waiters: Waiters | None = None
    now_ms: Callable[[], int] = clock_ms


def apply_final(
    unit: UnitOfWork, found: BlockRange, settings: StoreSettings, *, head: Header | None = None
) -> int:
    """Project a final range that follows the last one; return how many events counted.

    A range that is applied already changes nothing. `head` is the last block seen.
    """
    before = network.position(unit)
    if before is not None and found.last.number <= before.final.number:
        return 0
    first, last = found.headers[0].number, found.last.number
    known = blocks.applied_events(unit, first=first, last=last)
    changes = Changes(unit)
    projection = Projection(
        changes,
        handlers=HANDLERS,
        directory=settings.directory,
        emitters=network.emitters(unit),
    )
    times = {header.number: header.timestamp for header in found.headers}
    entries = [one for one in found.entries if (one.block_hash, one.log_index) not in known]
    _prefetch(changes, entries)
    counted = [one for one in entries if projection.apply(one, times[one.block_number])]
    changes.flush()
    blocks.note_applied(unit, [_applied(one) for one in counted])
    _store_blocks(unit, found, {one.block_number for one in counted})
    _mark(unit, projection.outcomes, final_timestamp=found.last.timestamp, settings=settings)
    network.store_position(unit, _position(found.last, head or found.last, settings))
    return len(counted)


def apply_pending(unit: UnitOfWork, found: BlockRange, settings: StoreSettings) -> None:
    """Note blocks above the final one: their intents are MINED, nothing else is believed yet."""
    position = network.position(unit)
    if position is None or found.headers[0].parent_hash != position.head.hash:
        return  # another unit of work was faster; the next step looks again
    outcomes = [
        Outcome(one.event.digest, one.block_number, one.tx_hash)
        for one in found.entries
        if isinstance(one.event, IntentExecuted | IntentRefused)
    ]
    moment = settings.now_ms()
    marks.mark_mined(unit, outcomes, now_ms=moment)
    hashes = list(dict.fromkeys(one.tx_hash for one in outcomes))
    marks.mark_transactions(unit, hashes, state="MINED", now_ms=moment)
    blocks.keep_blocks(unit, [_block(header) for header in found.headers])
    network.store_position(unit, _with_head(position, found.last))
    announce(unit, settings.waiters, [one.digest for one in outcomes])


def rewind(unit: UnitOfWork, *, fork: BlockRef, settings: StoreSettings) -> list[str]:
    """Forget the blocks above a fork; return the digests that are SENT again.

    Only blocks that were never final can go: nothing else was projected from them.
    """
    position = network.position(unit)
    if position is None or fork.number < position.final.number:
        raise ValueError("a final block is never taken back")
    moment = settings.now_ms()
    digests = marks.unmine(unit, above_block=fork.number, now_ms=moment)
    blocks.forget_blocks(unit, first=fork.number + 1)
    network.store_position(
        unit, ChainPosition(position.chain_id, position.genesis_hash, position.final, fork)
    )
    announce(unit, settings.waiters, digests)
    return digests


def _mark(
    unit: UnitOfWork, outcomes: Outcomes, *, final_timestamp: int, settings: StoreSettings
) -> None:
    moment = settings.now_ms()
    marks.mark_final(unit, outcomes.final, now_ms=moment)
    marks.mark_refused(unit, outcomes.refused, now_ms=moment)
    marks.mark_rejected(unit, outcomes.rejected, now_ms=moment)
    if outcomes.noted:
        marks.note_reason(unit, outcomes.noted, now_ms=moment)
    if outcomes.postponed:
        digests = [one.digest for one in outcomes.postponed]
        marks.postpone(unit, digests, until_ms=moment + PAUSE_MS, reason_code="Paused")
    marks.mark_transactions(unit, list(outcomes.tx_hashes), state="FINAL", now_ms=moment)
    changed = [*outcomes.ended(), *(one.digest for one in outcomes.noted)]
    for actor, intent_nonce in outcomes.cancelled:
        changed += marks.reject_cancelled(
            unit, actor=actor, intent_nonce=intent_nonce, now_ms=moment
        )
    changed += marks.reject_overdue(unit, final_timestamp=final_timestamp, now_ms=moment)
    announce(unit, settings.waiters, changed)


def _prefetch(changes: Changes, entries: Sequence[LogEntry]) -> None:
    """Read in bulk the rows that most events need."""
    wallets: dict[tuple[str, int], None] = {}
    bills: dict[tuple[str], None] = {}
    for entry in entries:
        event = entry.event
        if isinstance(event, Transfer):
            for account in (event.sender, event.receiver):
                if account != NO_ACCOUNT:
                    wallets[account, event.id] = None
        elif isinstance(event, PremiumPaid):
            bills[event.bill_id,] = None
    changes.prefetch(Wallet, wallets)
    changes.prefetch(Bill, bills)


def _store_blocks(unit: UnitOfWork, found: BlockRange, with_events: set[int]) -> None:
    """Keep final blocks that carry events; an empty one says nothing once it is final."""
    blocks.forget_blocks(unit, first=found.headers[0].number, last=found.last.number)
    rows = [_block(header) for header in found.headers if header.number in with_events]
    blocks.keep_blocks(unit, rows)


def _applied(entry: LogEntry) -> dict[str, object]:
    return {
        "block_number": entry.block_number,
        "block_hash": entry.block_hash,
        "log_index": entry.log_index,
    }


def _block(header: Header) -> dict[str, object]:
    return {
        "number": header.number,
        "hash": header.hash,
        "parent_hash": header.parent_hash,
        "timestamp": header.timestamp,
    }


def _ref(header: Header) -> BlockRef:
    return BlockRef(header.number, header.hash, header.timestamp)


def _position(final: Header, head: Header, settings: StoreSettings) -> ChainPosition:
    seen = head if head.number >= final.number else final
    return ChainPosition(settings.chain_id, settings.genesis_hash, _ref(final), _ref(seen))


def _with_head(position: ChainPosition, head: Header) -> ChainPosition:
    return ChainPosition(position.chain_id, position.genesis_hash, position.final, _ref(head))
