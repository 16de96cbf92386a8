"""Plain chain methods: headers, logs, receipts, finality."""

import pytest

from node.chain.client import ChainClient
from node.chain.events import EntrySet, decode_log, topic_of
from node.chain.finality import Finality
from node.domain.errors import ChainUnavailable
from tests.fixtures.chain.live_chain import LiveChain

pytestmark = pytest.mark.any_engine

NOBODY = "0x" + "77" * 20


class TestChainClient:
    async def test_headers__form_a_chain(self, live_chain: LiveChain) -> None:
        client = live_chain.client
        head = (await live_chain.send(to=NOBODY)).block_number
        parent, newest, beyond = await client.headers([head - 1, head, head + 10_000])
        assert parent is not None
        assert newest is not None
        assert beyond is None
        assert newest.parent_hash == parent.block_hash
        assert await client.header(newest.block_hash) == newest
        assert newest.gas_used == 21_000

    async def test_logs__are_found_by_address_block_and_topic(self, live_chain: LiveChain) -> None:
        directory = live_chain.book.directory.address
        found = await live_chain.client.logs(
            addresses=[directory],
            first=0,
            last=await live_chain.client.head(),
            topics=[topic_of(EntrySet)],
        )
        events = [decode_log(log) for log in found]
        names = {event.name for event in events if isinstance(event, EntrySet)}
        assert {"WalletLedger", "IntentRouter"} <= names

    async def test_receipt__is_none_until_mined(self, live_chain: LiveChain) -> None:
        assert await live_chain.client.tx_receipt("0x" + "12" * 32) is None
        assert not await live_chain.client.is_known("0x" + "12" * 32)
        mined = await live_chain.send(to=NOBODY)
        assert mined.succeeded
        assert await live_chain.client.is_known(mined.tx_hash)

    async def test_accounts__have_balance_count_and_code(self, live_chain: LiveChain) -> None:
        client = live_chain.client
        assert await client.chain_id() == live_chain.node.chain_id
        assert await client.balance(live_chain.node.account(1)) > 0
        assert await client.code(live_chain.book.ledger.address)
        assert await client.code(NOBODY) == b""

    async def test_depth__moves_the_final_head_back(self, live_chain: LiveChain) -> None:
        head = await live_chain.client.head()
        final = (await live_chain.client.final_head()).number
        deep = (await ChainClient(live_chain.rpc, Finality(2)).final_head()).number
        after = await live_chain.client.head()
        assert head <= final <= after
        assert head - 2 <= deep <= after - 2

    async def test_chain_younger_than_the_depth__has_no_final_block(
        self, live_chain: LiveChain
    ) -> None:
        with pytest.raises(ChainUnavailable):
            await ChainClient(live_chain.rpc, Finality(10_000_000)).final_head()
