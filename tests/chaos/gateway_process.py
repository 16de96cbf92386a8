"""A gateway's workers in a process of their own, to be killed: relayer and indexer on one database.

Arguments: database URL, RPC URL, chain id, router, directory, key (hex).
"""

import asyncio
import sys

from node.chain.finality import Finality
from node.chain.rpc.json_rpc import RpcClient
from node.db.unit_of_work import Database
from node.indexer.loop import Indexer
from node.relayer.loop import Relayer
from node.relayer.settings import RelayerSettings
from node.relayer.signer import KeySigner


async def main(words: list[str]) -> None:
    database_url, rpc_url, chain_id, router, directory, key = words
    async with Database(database_url) as database, RpcClient(rpc_url, timeout_s=10) as rpc:
        settings = RelayerSettings(
            owner=f"gateway-{key[:6]}",
            chain_id=int(chain_id),
            router=router,
            lease_s=1,
            resend_s=1,
            lease_items=20,
        )
        signer = KeySigner(bytes.fromhex(key))
        relayer = Relayer(database, rpc, signer=signer, settings=settings)
        indexer = Indexer(database, rpc, directory=directory, finality=Finality(0))
        await asyncio.gather(relayer.run(), indexer.run())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
