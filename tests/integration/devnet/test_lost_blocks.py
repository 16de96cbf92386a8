"""A sandbox whose chain lost what its database has read does not start, and says why (P27)."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.chain.client import ChainClient
from node.chain.rpc.json_rpc import RpcClient
from node.db.schema import upgrade
from node.db.unit_of_work import Database
from node.devnet.network.local import DevnetError
from node.devnet.network.lost_blocks import require_no_lost_blocks
from node.readmodels.network import BlockRef, ChainPosition, store_position
from tests.fixtures.chain.live_node import LiveNode


@pytest.fixture
async def client(anvil_node: LiveNode) -> AsyncIterator[ChainClient]:
    async with RpcClient(anvil_node.url) as rpc:
        yield ChainClient(rpc)


@pytest.fixture
def url(tmp_path: Path) -> str:
    found = f"sqlite:///{tmp_path / 'yibao.sqlite3'}"
    upgrade(found)
    return found


async def note_read(url: str, final: BlockRef) -> None:
    """Say that the chain was read up to a block."""
    async with Database(url) as database:
        place = ChainPosition(1, "0x" + "00" * 32, final, final)
        await database.write(lambda unit: store_position(unit, place))


async def head_of(client: ChainClient) -> BlockRef:
    """Make a block and return it."""
    await client.rpc.call("evm_mine")
    head = await client.final_head()
    return BlockRef(head.number, head.block_hash, head.timestamp)


class TestStart:
    async def test_shorter_chain__is_refused_with_the_next_step(
        self, url: str, client: ChainClient
    ) -> None:
        """Neither a chain of which nothing was read nor one that has the block is refused."""
        await require_no_lost_blocks(url, client)
        head = await head_of(client)
        await note_read(url, head)
        await head_of(client)
        await require_no_lost_blocks(url, client)
        await note_read(url, BlockRef(head.number + 1_000, head.hash, head.timestamp))
        with pytest.raises(DevnetError, match=r"lost block \d+, .*; next step: forget both with"):
            await require_no_lost_blocks(url, client)

    async def test_chain_that_went_on_differently__is_refused(
        self, url: str, client: ChainClient
    ) -> None:
        head = await head_of(client)
        await note_read(url, BlockRef(head.number, "0x" + "77" * 32, head.timestamp))
        with pytest.raises(DevnetError, match="lost block"):
            await require_no_lost_blocks(url, client)
