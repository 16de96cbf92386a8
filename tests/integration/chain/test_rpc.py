"""The hot JSON-RPC client against anvil, and against endpoints that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from aiohttp import web

from node.chain.rpc.json_rpc import ARRAY_LIMIT, RpcClient, RpcError
from node.domain.errors import ChainUnavailable
from tests.fixtures.chain.live_node import LiveNode

Answer = Callable[[list[dict[str, Any]]], Awaitable[web.Response]]


@asynccontextmanager
async def endpoint(answer: Answer) -> AsyncIterator[tuple[str, list[int]]]:
    """Serve JSON-RPC by a function; yield the address and the sizes of the arrays received."""
    sizes: list[int] = []

    async def handle(request: web.Request) -> web.Response:
        calls = orjson.loads(await request.read())
        sizes.append(len(calls))
        return await answer(calls)

    application = web.Application(client_max_size=10_000_000)
    application.router.add_post("/", handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    try:
        yield f"http://127.0.0.1:{port}", sizes
    finally:
        await runner.cleanup()


def reply(items: list[dict[str, Any]]) -> web.Response:
    return web.json_response(items)


async def echo(calls: list[dict[str, Any]]) -> web.Response:
    return reply([{"id": one["id"], "result": one["params"][0]} for one in reversed(calls)])


class TestCoalescing:
    async def test_calls_at_once__travel_in_arrays_and_each_gets_its_answer(self) -> None:
        async with endpoint(echo) as (url, sizes), RpcClient(url) as rpc:
            found = await asyncio.gather(*(rpc.call("echo", hex(n)) for n in range(250)))
        assert found == [hex(n) for n in range(250)]
        assert sorted(sizes) == [50, 100, 100]

    async def test_large_calls__are_spread_by_bytes(self) -> None:
        async with endpoint(echo) as (url, sizes), RpcClient(url) as rpc:
            text = "0x" + "ab" * 250_000
            found = await asyncio.gather(*(rpc.call("echo", text) for _ in range(7)))
        assert found == [text] * 7
        assert max(sizes) == 2

    async def test_batch__keeps_order_over_several_arrays(self) -> None:
        async with endpoint(echo) as (url, sizes), RpcClient(url) as rpc:
            found = await rpc.batch([("echo", [n]) for n in range(ARRAY_LIMIT + 1)])
        assert found == list(range(ARRAY_LIMIT + 1))
        assert sorted(sizes) == [1, 100]

    async def test_at_most_four_arrays__are_on_their_way(self) -> None:
        running, most = 0, 0

        async def slow(calls: list[dict[str, Any]]) -> web.Response:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.02)
            running -= 1
            return await echo(calls)

        async with endpoint(slow) as (url, _), RpcClient(url) as rpc:
            await rpc.batch([("echo", [n]) for n in range(1_000)])
        assert most == 4

    async def test_large_integer__is_refused_before_it_is_sent(self) -> None:
        async with endpoint(echo) as (url, sizes), RpcClient(url) as rpc:
            with pytest.raises(TypeError):
                await rpc.call("echo", 1 << 64)
        assert sizes == []


class TestTrouble:
    async def test_one_bad_item__fails_alone(self) -> None:
        async def answer(calls: list[dict[str, Any]]) -> web.Response:
            bad = {"error": {"code": 3, "message": "no", "data": "0x01"}}
            good = {"result": "0x1"}
            return reply([{"id": c["id"], **(bad if c["params"][0] else good)} for c in calls])

        async with endpoint(answer) as (url, _), RpcClient(url) as rpc:
            first, second, third = await rpc.batch([("x", [0]), ("x", [1]), ("x", [0])])
        assert (first, third) == ("0x1", "0x1")
        assert isinstance(second, RpcError)
        assert (second.code, second.message, second.data) == (3, "no", "0x01")

    @pytest.mark.parametrize(
        "body", [b"", b"<html>502</html>", b"[]", b'[{"id":99,"result":1}]', b'"x"', b'[{"id":-1}]']
    )
    async def test_reply_without_an_answer__is_unavailable(self, body: bytes) -> None:
        async def answer(_calls: list[dict[str, Any]]) -> web.Response:
            return web.Response(body=body, status=502)

        async with endpoint(answer) as (url, _), RpcClient(url) as rpc:
            with pytest.raises(ChainUnavailable):
                await rpc.call("x")

    async def test_refusal_of_the_whole_array__reaches_every_call(self) -> None:
        async def answer(_calls: list[dict[str, Any]]) -> web.Response:
            return web.json_response({"id": None, "error": {"code": -32600, "message": "large"}})

        async with endpoint(answer) as (url, _), RpcClient(url) as rpc:
            for found in await rpc.batch([("x", []), ("y", [])]):
                assert isinstance(found, RpcError)
                assert found.code == -32600

    async def test_deadline_of_one_call__does_not_shorten_its_neighbours(self) -> None:
        released = asyncio.Event()

        async def answer(calls: list[dict[str, Any]]) -> web.Response:
            await released.wait()
            return await echo(calls)

        async with endpoint(answer) as (url, _), RpcClient(url) as rpc:
            patient = asyncio.create_task(rpc.call("echo", 1, timeout_s=30))
            with pytest.raises(ChainUnavailable):
                await rpc.call("echo", 2, timeout_s=0.05)
            assert not patient.done()
            released.set()
            assert await patient == 1

    async def test_cancelled_call__leaves_the_others_alone(self) -> None:
        async with endpoint(echo) as (url, _), RpcClient(url) as rpc:
            doomed = asyncio.create_task(rpc.call("echo", 1))
            other = asyncio.create_task(rpc.call("echo", 2))
            await asyncio.sleep(0)
            doomed.cancel()
            assert await other == 2
            with pytest.raises(asyncio.CancelledError):
                await doomed

    async def test_nobody_listening__is_unavailable_with_the_cause(self) -> None:
        async with RpcClient("http://127.0.0.1:9") as rpc:
            with pytest.raises(ChainUnavailable) as caught:
                await rpc.call("eth_chainId")
        assert isinstance(caught.value.__cause__, OSError)

    async def test_closing__fails_what_waits(self) -> None:
        async def answer(_calls: list[dict[str, Any]]) -> web.Response:
            await asyncio.sleep(30)
            return reply([])

        async with endpoint(answer) as (url, _):
            async with RpcClient(url) as rpc:
                sent = asyncio.create_task(rpc.call("x"))
                await asyncio.sleep(0.05)
                queued = asyncio.create_task(rpc.call("y"))
                await asyncio.sleep(0)
            for task in (sent, queued):
                with pytest.raises(ChainUnavailable):
                    await task

    async def test_client_that_is_not_open__says_so(self) -> None:
        with pytest.raises(RuntimeError):
            await RpcClient("http://127.0.0.1:9").call("x")


class TestAnvil:
    async def test_reads_at_once__are_answered(self, anvil_node: LiveNode) -> None:
        async with RpcClient(anvil_node.url) as rpc:
            found = await asyncio.gather(*(rpc.call("eth_chainId") for _ in range(500)))
        assert set(found) == {hex(anvil_node.chain_id)}

    async def test_unknown_method__is_an_error_of_its_item(self, anvil_node: LiveNode) -> None:
        async with RpcClient(anvil_node.url) as rpc:
            known, unknown = await rpc.batch([("eth_chainId", []), ("yibao_nothing", [])])
        assert known == hex(anvil_node.chain_id)
        assert isinstance(unknown, RpcError)
        assert unknown.code == -32601
