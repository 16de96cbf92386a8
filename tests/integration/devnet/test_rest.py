"""A local chain that nobody uses rests, and loses nothing when it is killed (ADR 0018)."""

import asyncio
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from node.chain.client import BlockHeader, ChainClient
from node.chain.rpc.json_rpc import RpcClient
from node.devnet.network.chain_files import ChainFiles
from node.devnet.network.local import Anvil, AnvilOptions, free_port
from node.devnet.network.manifest import load_manifest
from tests.fixtures.chain.anvil import require_anvil
from tests.fixtures.waiting import until

NOBODY = "0x" + "77" * 20
SENT = 40
"""Blocks of a payment each: reads are pinned to some of them."""


@pytest.fixture(autouse=True)
def _anvil() -> None:
    require_anvil()


def sandbox_options(folder: Path) -> AnvilOptions:
    """Return the options of the sandbox itself, saved every second."""
    options = load_manifest().anvil_options(folder, port=free_port())
    return replace(options, state_interval_s=1)


async def head_of(rpc: RpcClient) -> BlockHeader:
    return await ChainClient(rpc).final_head()


async def pay(rpc: RpcClient, count: int = 1) -> None:
    """Send coins of the first account, each in a block of its own."""
    sender = (await rpc.call("eth_accounts"))[0]
    for _ in range(count):
        payment = {"from": sender, "to": NOBODY, "value": "0x1"}
        tx_hash = await rpc.call("eth_sendTransaction", payment)
        assert await rpc.call("eth_getTransactionReceipt", tx_hash) is not None


class TestRest:
    async def test_idle_seconds__make_no_block_and_write_nothing(self, tmp_path: Path) -> None:
        """0.2 s blocks made fifteen in this time, of 1.7 kB each, and wrote all of them."""
        options = sandbox_options(tmp_path)
        async with Anvil(options) as anvil, RpcClient(anvil.url) as rpc:
            before = await head_of(rpc)
            # The one wait for a time: that nothing happens shows in no condition.
            await asyncio.sleep(3)
            after = await head_of(rpc)
        assert after.number - before.number <= 1

    async def test_saved_chain_at_rest__is_not_written_again(self, tmp_path: Path) -> None:
        options = sandbox_options(tmp_path)
        saved = tmp_path / "chain.json"
        async with Anvil(options) as anvil, RpcClient(anvil.url) as rpc:
            await pay(rpc)
            await until(saved.exists, "the first save")
            written = saved.stat().st_mtime_ns
            await asyncio.sleep(2.5)
            assert saved.stat().st_mtime_ns == written

    async def test_rest__lets_chain_time_go_on(self, tmp_path: Path) -> None:
        options = replace(sandbox_options(tmp_path), idle_block_s=1)
        async with Anvil(options) as anvil, RpcClient(anvil.url) as rpc:
            before = await head_of(rpc)
            await until(lambda: _is_later(rpc, before), "a later block")

    async def test_time_of_a_block_made_now__does_not_rest(self, tmp_path: Path) -> None:
        async with Anvil(sandbox_options(tmp_path)) as anvil, RpcClient(anvil.url) as rpc:
            before = await head_of(rpc)
            await asyncio.sleep(2)
            assert await ChainClient(rpc).next_timestamp() >= before.timestamp + 1


async def _is_later(rpc: RpcClient, before: BlockHeader) -> bool | None:
    return (await head_of(rpc)).timestamp > before.timestamp


class TestPinnedReads:
    async def test_blocks_of_the_last_seconds__answer_with_their_own_state(
        self, tmp_path: Path
    ) -> None:
        async with Anvil(sandbox_options(tmp_path)) as anvil, RpcClient(anvil.url) as rpc:
            client = ChainClient(rpc)
            first = (await client.final_head()).number
            await pay(rpc, SENT)
            found = [await client.balance(NOBODY, block=first + n) for n in range(SENT + 1)]
        assert found == list(range(SENT + 1))

    async def test_restart__begins_with_a_block_of_now_that_can_be_read(
        self, tmp_path: Path
    ) -> None:
        options = replace(sandbox_options(tmp_path), clock_start_s=None)
        async with Anvil(options) as anvil, RpcClient(anvil.url) as rpc:
            await pay(rpc)
        await asyncio.sleep(2)
        began = int(time.time())
        async with Anvil(options) as anvil, RpcClient(anvil.url) as rpc:
            client = ChainClient(rpc)
            head = await client.final_head()
            assert await client.balance(NOBODY, block=head.number) == 1
            assert head.timestamp >= began


class TestKilled:
    async def test_killed_chain__has_what_was_saved_while_it_ran(self, tmp_path: Path) -> None:
        options = sandbox_options(tmp_path)
        anvil = Anvil(options)
        await anvil.start()
        async with RpcClient(anvil.url) as rpc:
            await pay(rpc, 3)
        await until((tmp_path / "chain.json").exists, "a save")
        assert anvil.pid is not None
        os.kill(anvil.pid, signal.SIGKILL)
        await until(lambda: anvil.pid is None, "its end")
        await anvil.stop()
        async with Anvil(options) as again, RpcClient(again.url) as rpc:
            assert await ChainClient(rpc).balance(NOBODY) == 3

    async def test_half_a_state_of_its_last_end__does_not_stop_a_start(
        self, tmp_path: Path
    ) -> None:
        options = sandbox_options(tmp_path)
        async with Anvil(options) as anvil, RpcClient(anvil.url) as rpc:
            await pay(rpc)
        files = ChainFiles(tmp_path / "chain.json")
        files.at_exit.write_bytes(files.saved.read_bytes()[:-100])
        async with Anvil(options) as anvil, RpcClient(anvil.url) as rpc:
            assert await ChainClient(rpc).balance(NOBODY) == 1
