"""Several endpoints as one: dead, slow and lagging nodes are passed over, the own one preferred."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from node.chain.rpc import endpoints
from node.chain.rpc.endpoints import RpcPool
from node.chain.rpc.errors import Trouble
from node.chain.rpc.json_rpc import RpcError
from node.domain.errors import ChainUnavailable
from node.relayer.endpoint import Endpoint
from tests.integration.chain.test_rpc import endpoint

HEADER_NOT_FOUND = {"code": -32000, "message": "header not found"}
TOO_LOW = {"code": -32000, "message": "nonce too low: next nonce 4, tx nonce 3"}
NO_FUNDS = {"code": -32000, "message": "insufficient funds for gas * price + value"}
BAD_CHAIN = {"code": -32000, "message": "invalid chain id for signer"}


class Node:
    """A node that a test lets answer, fail, stall or be behind; it notes what it was asked."""

    def __init__(self, height: int = 9) -> None:
        self.height, self.error, self.asked = height, None, list[str]()
        self.is_dead = self.is_silent = False
        self.url = ""

    async def answer(self, calls: list[dict[str, Any]]) -> web.Response:
        self.asked += [one["method"] for one in calls]
        if self.is_silent:
            await asyncio.sleep(60)
        if self.is_dead:
            return web.Response(status=502, text="gone")
        return web.json_response([self._item(one) for one in calls])

    def _item(self, call: dict[str, Any]) -> dict[str, Any]:
        head = {"jsonrpc": "2.0", "id": call["id"]}
        if self.error is not None:
            return head | {"error": self.error}
        if call["method"] == "eth_call" and int(call["params"][1], 16) > self.height:
            return head | {"error": HEADER_NOT_FOUND}
        return head | {"result": hex(self.height)}


@asynccontextmanager
async def nodes(*heights: int, timeout_s: float = 10.0) -> AsyncIterator[tuple[RpcPool, Any]]:
    """Serve nodes of some heights and open a pool over them."""
    found = [Node(height) for height in heights]
    async with AsyncExitStack() as stack:
        for one in found:
            one.url, _ = await stack.enter_async_context(endpoint(one.answer))
        pool = RpcPool([one.url for one in found], timeout_s=timeout_s)
        yield await stack.enter_async_context(pool), found


class TestReads:
    async def test_own_node_answers__nobody_else_is_asked(self) -> None:
        async with nodes(9, 12) as (pool, (_own, other)):
            assert await pool.call("eth_blockNumber") == "0x9"
            assert await pool.batch([("eth_blockNumber", ()), ("eth_chainId", ())]) == ["0x9"] * 2
            assert other.asked == []

    async def test_dead_node__is_passed_over_and_not_asked_again(self) -> None:
        """M09: reads go to the next endpoint when one is dead."""
        async with nodes(9, 9, 9) as (pool, (own, second, third)):
            own.is_dead = second.is_dead = True
            assert await pool.call("eth_blockNumber") == "0x9"
            own.asked.clear()
            assert await pool.batch([("eth_blockNumber", ())]) == ["0x9"]
            assert (own.asked, pool.current_url) == ([], third.url)

    async def test_silent_node__costs_its_share_of_the_time_only(self) -> None:
        async with nodes(9, 9, timeout_s=2.0) as (pool, (own, _)):
            own.is_silent = True
            async with asyncio.timeout(1.9):
                assert await pool.call("eth_blockNumber") == "0x9"

    async def test_node_without_the_block__is_behind_and_another_is_asked(self) -> None:
        async with nodes(9, 12) as (pool, (_, other)):
            assert await pool.call("eth_call", {}, "0xc") == "0xc"
            assert await pool.batch([("eth_call", ({}, "0xc"))]) == ["0xc"]
            assert pool.current_url == other.url

    @pytest.mark.parametrize("count", [1, 3])
    async def test_block_that_nobody_has__is_unavailable_not_a_failure(self, count: int) -> None:
        async with nodes(*[9] * count) as (pool, _):
            with pytest.raises(ChainUnavailable):
                await pool.call("eth_call", {}, "0xc")
            with pytest.raises(ChainUnavailable):
                await pool.batch([("eth_call", ({}, "0xc"))])

    async def test_refusal__is_the_answer_and_nobody_else_is_asked(self) -> None:
        async with nodes(9, 9) as (pool, (own, other)):
            own.error = {"code": 3, "message": "execution reverted", "data": "0x"}
            with pytest.raises(RpcError, match="reverted"):
                await pool.call("eth_call", {}, "0x1")
            assert other.asked == []

    async def test_all_dead__is_unavailable(self) -> None:
        async with nodes(9, 9) as (pool, found):
            for one in found:
                one.is_dead = True
            with pytest.raises(ChainUnavailable):
                await pool.call("eth_blockNumber")

    async def test_own_node_back__is_read_again_once_it_is_not_behind(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(endpoints, "LOOK_BACK_S", 0.0)
        async with nodes(9, 12) as (pool, (own, other)):
            own.is_dead = True
            await pool.call("eth_chainId")
            own.is_dead = False
            for _ in range(20):
                await pool.call("eth_chainId")
                await asyncio.sleep(0)
            assert pool.current_url == other.url
            own.height = 11
            async with asyncio.timeout(10):
                while pool.current_url != own.url:
                    await pool.call("eth_chainId")

    def test_no_address__is_refused(self) -> None:
        with pytest.raises(ValueError, match="needed"):
            RpcPool([])


class TestSends:
    """Every node gets the bytes; what they answer together decides."""

    async def test_transaction__reaches_every_node(self) -> None:
        """M09: what is over 4 KB would reach the next proposer half a second later."""
        async with nodes(9, 9, 9) as (pool, found):
            assert await Endpoint(pool, pool.each).send(b"\x02") is None
            async with asyncio.timeout(10):
                for one in found:
                    while one.asked != ["eth_sendRawTransaction"]:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)

    async def test_one_node_took_it__the_silent_and_the_refusing_do_not_matter(self) -> None:
        async with nodes(9, 9, 9) as (pool, (own, second, _)):
            own.is_silent, second.error = True, BAD_CHAIN
            async with asyncio.timeout(5):
                assert await Endpoint(pool, pool.each).send(b"\x02") is None

    @pytest.mark.parametrize(
        ("errors", "trouble"),
        [
            ((NO_FUNDS, TOO_LOW), Trouble.NONCE_TOO_LOW),
            ((BAD_CHAIN, NO_FUNDS), Trouble.NO_FUNDS),
            ((BAD_CHAIN, None), Trouble.MALFORMED),
            ((None, None), Trouble.UNREACHABLE),
        ],
    )
    async def test_nobody_took_it__the_mildest_trouble_counts(
        self, errors: tuple[Any, Any], trouble: Trouble
    ) -> None:
        async with nodes(9, 9) as (pool, found):
            for one, error in zip(found, errors, strict=True):
                one.error, one.is_dead = error, error is None
            assert await Endpoint(pool, pool.each).send(b"\x02") is trouble
