"""Hot JSON-RPC client: single calls wait some milliseconds and travel together in arrays.

Everything that reads or sends at a rate goes through here (relayer, indexer, quotes, balances);
web3 is for deployment only. One `RpcClient` per process and endpoint, opened and closed by the
composition root. A call that is not answered in time raises `ChainUnavailable`: its outcome is
unknown, and whoever sent a transaction must look for it, never assume that it failed.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp
import orjson

from node.domain.errors import ChainUnavailable

ARRAY_LIMIT = 100
ARRAY_BYTES = 1_500_000  # anvil refuses bodies over 2 MB, geth over 5 MB


class Rpc(Protocol):
    """What reads of a chain need of an endpoint, or of several as one."""

    async def call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        """Return the result of one call. Errors: RpcError, ChainUnavailable."""

    async def batch(
        self, calls: Sequence[tuple[str, Sequence[Any]]], *, timeout_s: float | None = None
    ) -> list[Any]:
        """Return one result per call in order; a failed item's result is its RpcError."""


class RpcError(Exception):
    """The endpoint answered with an error; `data` carries the revert bytes of a failed call."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(code, message, data)
        self.code, self.message, self.data = code, message, data

    @classmethod
    def parse(cls, error: Any) -> Self:
        """Return the error of a reply, whatever shape the endpoint gave it."""
        if not isinstance(error, dict):
            return cls(0, str(error))
        code = error.get("code")
        return cls(
            code if isinstance(code, int) else 0, str(error.get("message", "")), error.get("data")
        )


@dataclass(slots=True, eq=False)
class _Call:
    text: bytes
    deadline_at: float
    future: "asyncio.Future[Any]"

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


def encode_call(call_id: int, method: str, params: Sequence[Any]) -> bytes:
    """Return one request. Numbers are 0x text: orjson refuses integers above 64 bits."""
    return orjson.dumps({"jsonrpc": "2.0", "id": call_id, "method": method, "params": params})


class RpcClient:
    """Coalesces calls to one endpoint; use as an async context manager.

    `linger_s` is how long a call waits for company; arrays hold at most ARRAY_LIMIT calls and
    ARRAY_BYTES bytes and travel over `connections` connections. `timeout_s` is per call.
    """

    def __init__(
        self, url: str, *, timeout_s: float = 10.0, linger_s: float = 0.002, connections: int = 4
    ) -> None:
        self.url, self.timeout_s, self.linger_s = url, timeout_s, linger_s
        self._connections = connections
        self._slots = asyncio.Semaphore(connections)
        self._session: aiohttp.ClientSession | None = None
        self._pending: list[_Call] = []
        self._pending_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60),
            headers={"Content-Type": "application/json"},
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Fail what is still waiting and close the connections."""
        if self._timer is not None:
            self._timer.cancel()
        waiting, self._pending = self._pending, []
        for call in waiting:
            call.fail(ChainUnavailable())
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        """Return the result of one call. Errors: RpcError, ChainUnavailable."""
        return await self._enqueue(method, params, timeout_s)

    async def batch(
        self, calls: Sequence[tuple[str, Sequence[Any]]], *, timeout_s: float | None = None
    ) -> list[Any]:
        """Return one result per call in order; a failed item's result is its RpcError.

        The calls may share arrays with others and be spread over several. Errors:
        ChainUnavailable when any item stays without an answer.
        """
        futures = [self._enqueue(method, params, timeout_s) for method, params in calls]
        self._flush()
        results = await asyncio.gather(*futures, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, RpcError):
                raise result
        return results

    def _enqueue(
        self, method: str, params: Sequence[Any], timeout_s: float | None
    ) -> "asyncio.Future[Any]":
        if self._session is None:
            raise RuntimeError("the client is not open")
        loop = asyncio.get_running_loop()
        # The id is the place in the array: answers may come in any order.
        text = encode_call(len(self._pending), method, params)
        if self._pending_bytes + len(text) > ARRAY_BYTES and self._pending:
            self._flush()
            text = encode_call(0, method, params)
        deadline_at = loop.time() + (self.timeout_s if timeout_s is None else timeout_s)
        call = _Call(text, deadline_at, loop.create_future())
        self._pending.append(call)
        self._pending_bytes += len(text)
        if len(self._pending) >= ARRAY_LIMIT:
            self._flush()
        elif self._timer is None:
            self._timer = loop.call_later(self.linger_s, self._flush)
        return call.future

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        calls, self._pending, self._pending_bytes = self._pending, [], 0
        if calls:
            task = asyncio.get_running_loop().create_task(self._send(calls))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _send(self, calls: list[_Call]) -> None:
        watch = _Deadlines(calls)
        try:
            async with self._slots:
                await self._exchange(calls)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            _fail_all(calls, error)
        except asyncio.CancelledError as error:
            _fail_all(calls, error)
            raise
        finally:
            watch.close()

    async def _exchange(self, calls: list[_Call]) -> None:
        session = self._session
        waiting = [call for call in calls if not call.future.done()]
        if session is None or not waiting:
            return
        body = b"[" + b",".join([call.text for call in calls]) + b"]"
        limit = max(call.deadline_at for call in waiting) - asyncio.get_running_loop().time()
        async with asyncio.timeout(limit), session.post(self.url, data=body) as reply:
            content = await reply.read()
            _settle(calls, content, reply.status)


class _Deadlines:
    """One timer per array that fails each call when its own time is over."""

    def __init__(self, calls: list[_Call]) -> None:
        self._calls, self._loop = calls, asyncio.get_running_loop()
        self._timer = self._arm()

    def _arm(self) -> asyncio.TimerHandle | None:
        times = [call.deadline_at for call in self._calls if not call.future.done()]
        return self._loop.call_at(min(times), self._expire) if times else None

    def _expire(self) -> None:
        now = self._loop.time()
        for call in self._calls:
            if call.deadline_at <= now:
                call.fail(ChainUnavailable())
        self._timer = self._arm()

    def close(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()


def _fail_all(calls: Sequence[_Call], cause: BaseException) -> None:
    for call in calls:
        error = ChainUnavailable()
        error.__cause__ = cause
        call.fail(error)


def _settle(calls: Sequence[_Call], content: bytes, status: int) -> None:
    """Give each call its item of the reply; what has none is unanswered."""
    try:
        reply = orjson.loads(content)
    except orjson.JSONDecodeError:
        _fail_all(calls, ConnectionError(f"HTTP {status}, not JSON"))
        return
    if isinstance(reply, dict) and "error" in reply:
        # The array as a whole was refused: too large, not parsed, over a rate limit.
        for call in calls:
            call.fail(RpcError.parse(reply["error"]))
        return
    for item in reply if isinstance(reply, list) else ():
        with suppress(KeyError, TypeError, IndexError):
            place = item["id"]
            call = calls[place if place >= 0 else len(calls)]
            if "error" in item:
                call.fail(RpcError.parse(item["error"]))
            elif not call.future.done():
                call.future.set_result(item["result"])
    _fail_all(calls, ConnectionError(f"HTTP {status}, no answer to this call"))
