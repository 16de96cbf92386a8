"""Several endpoints as one: reads go to the next where one is dead or has not the block yet.

The first endpoint is the own node. What fails there is asked of the others in turn, and they are
kept until the own node answers again and is not behind them. Transactions are not spread here: who
sends them has `each` endpoint, because only the sender can tell what several answers mean together.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self, TypeVar

import structlog

from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.domain.errors import ChainUnavailable

log = structlog.get_logger(__name__)
LOOK_BACK_S = 5.0
LEAST_SHARE_S = 0.5
# What geth says of a block that it does not have yet.
_LACKS_BLOCK = re.compile(r"header not found|beyond current head|unknown block|block not found")

_Answer = TypeVar("_Answer")


class RpcPool:
    """The endpoints of one chain, the own node first; use as an async context manager.

    Range: at least one address. `timeout_s` is for a call with all its attempts.
    """

    def __init__(self, urls: Sequence[str], *, timeout_s: float = 10.0) -> None:
        if not urls:
            raise ValueError("an endpoint is needed")
        self.each = tuple(RpcClient(url, timeout_s=timeout_s) for url in urls)
        self.timeout_s = timeout_s
        self._current, self._look_at = 0, 0.0
        self._looking: asyncio.Task[None] | None = None
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        """The address of the own node."""
        return self.each[0].url

    @property
    def current_url(self) -> str:
        """The address that is read from now."""
        return self.each[self._current].url

    async def __aenter__(self) -> Self:
        """Open the connection pools."""
        async with AsyncExitStack() as opening:
            for client in self.each:
                await opening.enter_async_context(client)
            self._stack = opening.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Fail what is still waiting and close the connections."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        await self._stack.aclose()

    async def call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        """Return the result of one call. Errors: RpcError, ChainUnavailable."""

        async def ask(client: RpcClient, limit_s: float) -> Any:
            try:
                return await client.call(method, *params, timeout_s=limit_s)
            except RpcError as error:
                if _lacks_block(error):
                    raise _LacksBlock(error) from error
                raise

        return await self._ask(ask, timeout_s)

    async def batch(
        self, calls: Sequence[tuple[str, Sequence[Any]]], *, timeout_s: float | None = None
    ) -> list[Any]:
        """Return one result per call in order, all of one endpoint; a failed item is its RpcError.

        Errors: ChainUnavailable when any item stays without an answer.
        """

        async def ask(client: RpcClient, limit_s: float) -> list[Any]:
            results = await client.batch(calls, timeout_s=limit_s)
            for one in results:
                if isinstance(one, RpcError) and _lacks_block(one):
                    raise _LacksBlock(one)
            return results

        return await self._ask(ask, timeout_s)

    async def _ask(
        self, ask: Callable[[RpcClient, float], Awaitable[_Answer]], timeout_s: float | None
    ) -> _Answer:
        loop = asyncio.get_running_loop()
        deadline_at = loop.time() + (self.timeout_s if timeout_s is None else timeout_s)
        self._look_back()
        failure: Exception = ChainUnavailable()
        start, count = self._current, len(self.each)
        for tried in range(count):
            place = (start + tried) % count
            share_s = max((deadline_at - loop.time()) / (count - tried), LEAST_SHARE_S)
            try:
                answer = await ask(self.each[place], share_s)
            except (ChainUnavailable, _LacksBlock) as error:
                failure = error
                continue
            # Unless others have moved on meanwhile, whoever answered is asked next.
            if tried and self._current == start:
                self._keep(place)
            return answer
        if isinstance(failure, _LacksBlock):
            raise ChainUnavailable() from failure.error
        raise failure

    def _keep(self, place: int) -> None:
        log.warning("endpoint_changed", left=self.current_url, to=self.each[place].url)
        self._current = place
        self._look_at = asyncio.get_running_loop().time() + LOOK_BACK_S

    def _look_back(self) -> None:
        """Now and then, see beside the calls whether the own node is well again."""
        now = asyncio.get_running_loop().time()
        if self._current == 0 or now < self._look_at:
            return
        self._look_at = now + LOOK_BACK_S
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._return_home())

    async def _return_home(self) -> None:
        try:
            own, other = [
                int(await client.call("eth_blockNumber"), 16)
                for client in (self.each[0], self.each[self._current])
            ]
        except (ChainUnavailable, RpcError):
            return
        # Asked after the own node, the other may be a block ahead.
        if own >= other - 1:
            log.warning("endpoint_changed", left=self.current_url, to=self.url)
            self._current = 0


class _LacksBlock(Exception):  # noqa: N818
    """An endpoint is behind: it does not have the block that it was asked about."""

    def __init__(self, error: RpcError) -> None:
        super().__init__(error.message)
        self.error = error


def _lacks_block(error: RpcError) -> bool:
    return error.code != 3 and _LACKS_BLOCK.search(error.message.lower()) is not None
