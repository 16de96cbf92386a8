"""Is the chain still the one that was read? Finds the fork to rewind to, or refuses by name."""

from __future__ import annotations

from node.db.unit_of_work import Database
from node.indexer.errors import ChainResetError, InconsistentEndpointError
from node.indexer.fetcher import Fetcher, Header
from node.readmodels import blocks
from node.readmodels.network import BlockRef, ChainPosition


async def require_same_chain(database: Database, fetcher: Fetcher, position: ChainPosition) -> None:
    """Make sure that this chain has the blocks that were final here. Errors: ChainResetError.

    A node that is behind is believed as far as it goes.
    """
    chain_id = await fetcher.chain_id()
    if chain_id != position.chain_id:
        raise ChainResetError(f"chain id {chain_id}, this database belongs to {position.chain_id}")
    if await fetcher.genesis_hash() != position.genesis_hash:
        raise ChainResetError("the chain starts with another genesis block")
    head = await fetcher.head()
    if head.number < position.final.number:
        await require_known_blocks(database, fetcher, head)
    else:
        await require_final_block(fetcher, position)


async def require_final_block(fetcher: Fetcher, position: ChainPosition) -> None:
    """Make sure that the last final block still stands.

    Errors: ChainResetError; InconsistentEndpointError if the node has fallen behind meanwhile.
    """
    final = await fetcher.header(position.final.number)
    if final is None:
        raise InconsistentEndpointError(f"block {position.final.number} is missing now")
    if final.hash != position.final.hash:
        raise ChainResetError(f"final block {final.number} has another hash")


async def require_known_blocks(database: Database, fetcher: Fetcher, head: Header) -> None:
    """Make sure that a head below the final block is of the same chain: the node lags, no more.

    What is compared is the highest block known here that the node has; a chain that goes on
    differently is found out as soon as it has the final block's number. Errors: ChainResetError.
    """
    known = await database.read(lambda unit: blocks.newest_kept(unit, at_most=head.number))
    if known is None:
        return
    number, block_hash = known
    found = head if number == head.number else await fetcher.header(number)
    if found is None:
        raise InconsistentEndpointError(f"block {number} is missing below the head")
    if found.hash != block_hash:
        raise ChainResetError(f"final block {number} has another hash")


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
            if number == min(position.head.number, head.number):
                return None  # a lower head that is known: the node lags, nothing was replaced
            return BlockRef(number, current.hash, current.timestamp)
        number -= 1
    await require_final_block(fetcher, position)
    return None if position.head == position.final else position.final


async def _seen(database: Database, position: ChainPosition, number: int) -> str | None:
    if number == position.head.number:
        return position.head.hash
    return await database.read(lambda unit: blocks.block_hash(unit, number))
