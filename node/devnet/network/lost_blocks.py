"""Finds out at the start of a sandbox that its chain lost blocks which its database has read.

Only a chain that is killed loses any: those since its last save. Its gateway would wait until the
shorter chain has grown past what was read, and then refuse it.
"""

from __future__ import annotations

from node.chain.client import ChainClient
from node.db.unit_of_work import Database
from node.devnet.network.local import DevnetError
from node.readmodels.network import position


async def require_no_lost_blocks(database_url: str, client: ChainClient) -> None:
    """Make sure that the chain still has the last block that was read. Errors: DevnetError."""
    async with Database(database_url) as database:
        place = await database.read(position)
    # A restarted anvil makes a new block 0 and keeps all that follow it.
    if place is None or place.final.number == 0:
        return
    header = await client.header(place.final.number)
    if header is None or header.block_hash != place.final.hash:
        raise DevnetError(
            f"the chain was killed and lost block {place.final.number}, which was read already",
            "forget both with yibao devnet reset, or start with --fresh",
        )
