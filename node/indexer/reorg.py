"""Is the chain still the one that was read? Finds the fork to rewind to, or refuses by name."""

from __future__ import annotations

from node.db.unit_of_work import Database
from node.indexer.errors import ChainResetError
from node.indexer.fetcher import Fetcher, Header
from node.readmodels import blocks
from node.readmodels.network import BlockRef, ChainPosition


async def require_same_chain(fetcher: Fetcher, position: ChainPosition) -> None:
    """Make sure that this chain has the blocks that were final here. Errors: ChainResetError."""
    chain_id = await fetcher.chain_id()
    if chain_id != position.chain_id:
        raise ChainResetError(f"chain id {chain_id}, this database belongs to {position.chain_id}")
    if await fetcher.genesis_hash() != position.genesis_hash:
        raise ChainResetError("the chain starts with another genesis block")
    await require_final_block(fetcher, position)


async def require_final_block(fetcher: Fetcher, position: ChainPosition) -> None:
    """Make sure that the last final block still stands. Errors: ChainResetError."""
    final = await fetcher.header(position.final.number)
    if final is None:
        raise ChainResetError(
            f"the chain is older than this database: block {position.final.number} is missing"
        )
    if final.hash != position.final.hash:
        raise ChainResetError(f"final block {final.number} has another hash")


async def find_fork(
    database: Database, fetcher: Fetcher, position: ChainPosition, head: Header
) -> BlockRef | None:
    """Return the last common block if the blocks seen above the final one were replaced.

    None means that all of them still stand. Errors: ChainResetError.
    """
    number = min(position.head.number, head.number)
    while number > position.final.number:
        current = await fetcher.header(number)
        seen = await _seen(database, position, number)
        if current is not None and current.hash == seen:
            if number == position.head.number:
                return None
            return BlockRef(number, current.hash, current.timestamp)
        number -= 1
    await require_final_block(fetcher, position)
    return None if position.head == position.final else position.final


async def _seen(database: Database, position: ChainPosition, number: int) -> str | None:
    if number == position.head.number:
        return position.head.hash
    return await database.read(lambda tx: blocks.block_hash(tx, number))
