"""Blocks and event keys as the indexer keeps them; used by its units of work only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from node.db.models.chain import AppliedEvent, Block
from node.db.unit_of_work import UnitOfWork


def block_hash(unit: UnitOfWork, number: int) -> str | None:
    """Return the hash of a block that is kept, None if it is not."""
    return unit.execute(select(Block.hash).where(Block.number == number)).scalar_one_or_none()


def newest_kept(unit: UnitOfWork, *, at_most: int) -> tuple[int, str] | None:
    """Return number and hash of the highest block that is kept up to a height."""
    query = select(Block.number, Block.hash).where(Block.number <= at_most)
    row = unit.execute(query.order_by(Block.number.desc()).limit(1)).first()
    return None if row is None else (row.number, row.hash)


def forget_blocks(unit: UnitOfWork, *, first: int, last: int | None = None) -> None:
    """Delete blocks of a range; without a last one all from the first on."""
    query = delete(Block).where(Block.number >= first)
    unit.execute(query if last is None else query.where(Block.number <= last))


def keep_blocks(unit: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store blocks by number, hash, parent_hash and timestamp."""
    unit.upsert_many(Block, rows)


def applied_events(unit: UnitOfWork, *, first: int, last: int) -> set[tuple[str, int]]:
    """Return the events of a range that were applied, by block hash and log index."""
    query = select(AppliedEvent.block_hash, AppliedEvent.log_index).where(
        AppliedEvent.block_number.between(first, last)
    )
    return {(row.block_hash, row.log_index) for row in unit.execute(query)}


def note_applied(unit: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Store event keys: block_number, block_hash, log_index."""
    unit.insert_many(AppliedEvent, rows)
