"""The payload of the next proposal: started when a block is decided, taken when it is asked for.

geth goes on improving a payload until it is fetched, twelve seconds at most; so only the expected
next proposer starts one, and what is not used is fetched and thrown away.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from node.validator.bridge.engine import Engine, EngineError
from node.validator.bridge.payload import Payload
from node.validator.bridge.validity import Head, Window

# Until geth has given a payload its time (configuration.RECOMMIT) it answers with an empty block.
FILL_S = 0.7


@dataclass(frozen=True, slots=True)
class _Started:
    payload_id: str
    head: Head
    timestamp: int
    at_s: float


class PayloadBuilder:
    """At most one payload under construction.

    `now` gives seconds of the local clock; `longest_wait_s` is how long a proposal waits for it.
    """

    def __init__(
        self, engine: Engine, *, now: Callable[[], float], longest_wait_s: float = 1.0
    ) -> None:
        self._engine, self._now, self._longest_wait_s = engine, now, longest_wait_s
        self._started: _Started | None = None

    async def start(self, head: Head) -> None:
        """Begin a payload on a head. Errors: EngineError."""
        self._started = await self._start(head, max(int(self._now()), head.timestamp + 1))

    async def take(self, head: Head, window: Window) -> Payload:
        """Return a payload on a head, with a time inside the window. Errors: EngineError."""
        await self._wait_for(head)
        started, fill_s = self._started, min(FILL_S, self._longest_wait_s)
        if started is None or started.head != head or started.timestamp not in window:
            await self.discard()
            self._started = started = await self._start(head, window.clamp(int(self._now())))
            fill_s = FILL_S
        # Begun in Commit it is old enough, unless this machine was busy meanwhile.
        await asyncio.sleep(max(0.0, started.at_s + fill_s - time.monotonic()))
        self._started = None
        return await self._engine.payload(started.payload_id)

    async def take_smallest(self, head: Head, window: Window, *, instead_of: Payload) -> Payload:
        """Return what geth has at once, which is a block without transactions.

        It carries another second than the payload it replaces, since geth would give that one
        again. Errors: EngineError, also when the window holds one second only.
        """
        second = instead_of.timestamp + 1
        if second not in window:
            second = instead_of.timestamp - 1
        if second not in window:
            raise EngineError("engine_forkchoiceUpdatedV3", "no second left for a smaller payload")
        started = await self._start(head, second)
        return await self._engine.payload(started.payload_id)

    async def discard(self) -> None:
        """End a payload that nobody asked for."""
        started, self._started = self._started, None
        if started is not None:
            with suppress(EngineError):
                await self._engine.payload(started.payload_id)

    async def _wait_for(self, head: Head) -> None:
        """Let a clock behind its parent's block catch up, so that chain time does not run ahead."""
        behind_s = head.timestamp - self._now()
        if behind_s > 0:
            await asyncio.sleep(min(behind_s, self._longest_wait_s))

    async def _start(self, head: Head, timestamp: int) -> _Started:
        payload_id = await self._engine.start_payload(head, timestamp=timestamp)
        return _Started(payload_id, head, timestamp, time.monotonic())
