"""Where the chain stands for this gateway: head, lag, contract addresses, pause."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from node.db.models.chain import ChainState, DirectoryEntry, NetworkFlag
from node.db.unit_of_work import UnitOfWork
from node.wire.hexadecimal import to_hex

STATE_ROW = 1
POSITION = (
    "SELECT chain_id, genesis_hash, final_number, final_hash, final_timestamp,"
    " head_number, head_hash, head_timestamp FROM chain_state"
)


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block by number and hash, with its time in seconds."""

    number: int
    hash: str
    timestamp: int


@dataclass(frozen=True, slots=True)
class ChainPosition:
    """Which chain this is, how far it is final, and the last block seen."""

    chain_id: int
    genesis_hash: str
    final: BlockRef
    head: BlockRef


def position(unit: UnitOfWork) -> ChainPosition | None:
    """Return how far the chain is read; None before the first block."""
    rows = unit.fetch(POSITION)
    if not rows:
        return None
    chain_id, genesis, *ends = rows[0]
    return ChainPosition(chain_id, to_hex(genesis), _block(*ends[:3]), _block(*ends[3:]))


def _block(number: int, block_hash: bytes, timestamp: int) -> BlockRef:
    return BlockRef(number, to_hex(block_hash), timestamp)


def final_head(unit: UnitOfWork) -> BlockRef | None:
    """Return the final block that all read models stand at."""
    found = position(unit)
    return None if found is None else found.final


def store_position(unit: UnitOfWork, found: ChainPosition) -> None:
    """Note how far the chain is read; the indexer's unit of work does this last."""
    unit.upsert_many(
        ChainState,
        [
            {
                "id": STATE_ROW,
                "chain_id": found.chain_id,
                "genesis_hash": found.genesis_hash,
                "final_number": found.final.number,
                "final_hash": found.final.hash,
                "final_timestamp": found.final.timestamp,
                "head_number": found.head.number,
                "head_hash": found.head.hash,
                "head_timestamp": found.head.timestamp,
            }
        ],
    )


def address_of(unit: UnitOfWork, name: str) -> str | None:
    """Return the contract behind a directory name, None if it is not set."""
    query = (
        select(DirectoryEntry.target)
        .where(DirectoryEntry.name == name)
        .order_by(DirectoryEntry.version.desc())
        .limit(1)
    )
    return unit.execute(query).scalar_one_or_none()


def addresses(unit: UnitOfWork) -> dict[str, str]:
    """Return every directory name with its contract."""
    columns = (DirectoryEntry.name, DirectoryEntry.target)
    query = select(*columns).order_by(DirectoryEntry.name, DirectoryEntry.version)
    return {row.name: row.target for row in unit.execute(query)}


def emitters(unit: UnitOfWork) -> frozenset[str]:
    """Return every contract that is or was in the directory: their events count."""
    return frozenset(unit.execute(select(DirectoryEntry.target)).scalars())


def is_paused(unit: UnitOfWork) -> bool:
    """Whether the network refuses intents other than governance."""
    query = select(NetworkFlag.value).where(NetworkFlag.name == "paused")
    return bool(unit.execute(query).scalar_one_or_none())
