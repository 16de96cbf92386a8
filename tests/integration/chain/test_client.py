"""Plain chain methods against anvil: headers, logs, receipts, finality."""

import pytest

from node.chain.client import ChainClient
from node.chain.events import EntrySet, decode_log, topic_of
from node.chain.finality import Finality
from node.domain.errors import ChainUnavailable
from tests.fixtures.anvil import AnvilChain

NOBODY = "0x" + "77" * 20


class TestChainClient:
    async def test_headers__form_a_chain(self, anvil_chain: AnvilChain) -> None:
        client = anvil_chain.client
        await anvil_chain.send(to=NOBODY)
        head = await client.head()
        parent, newest, beyond = await client.headers([head - 1, head, head + 1])
        assert parent is not None
        assert newest is not None
        assert beyond is None
        assert newest.parent_hash == parent.block_hash
        assert await client.header(newest.block_hash) == newest
        assert newest.gas_used == 21_000

    async def test_logs__are_found_by_address_block_and_topic(
        self, anvil_chain: AnvilChain
    ) -> None:
        directory = anvil_chain.book.directory.address
        found = await anvil_chain.client.logs(
            addresses=[directory],
            first=0,
            last=await anvil_chain.client.head(),
            topics=[topic_of(EntrySet)],
        )
        events = [decode_log(log) for log in found]
        names = {event.name for event in events if isinstance(event, EntrySet)}
        assert {"WalletLedger", "IntentRouter"} <= names

    async def test_receipt__is_none_until_mined(self, anvil_chain: AnvilChain) -> None:
        assert await anvil_chain.client.tx_receipt("0x" + "12" * 32) is None
        assert not await anvil_chain.client.is_known("0x" + "12" * 32)
        mined = await anvil_chain.send(to=NOBODY)
        assert mined.succeeded
        assert await anvil_chain.client.is_known(mined.tx_hash)

    async def test_accounts__have_balance_count_and_code(self, anvil_chain: AnvilChain) -> None:
        client = anvil_chain.client
        assert await client.chain_id() == anvil_chain.node.chain_id
        assert await client.balance(anvil_chain.node.account(1)) > 0
        assert await client.code(anvil_chain.book.ledger.address)
        assert await client.code(NOBODY) == b""

    async def test_depth__moves_the_final_head_back(self, anvil_chain: AnvilChain) -> None:
        head = await anvil_chain.client.head()
        assert (await anvil_chain.client.final_head()).number == head
        deep = ChainClient(anvil_chain.rpc, Finality(2))
        assert (await deep.final_head()).number == head - 2

    async def test_chain_younger_than_the_depth__has_no_final_block(
        self, anvil_chain: AnvilChain
    ) -> None:
        with pytest.raises(ChainUnavailable):
            await ChainClient(anvil_chain.rpc, Finality(10_000_000)).final_head()
