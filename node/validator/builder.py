"""The payload of the next proposal: started when a block is decided, taken when it is asked for.

geth goes on improving a payload until it is fetched, twelve seconds at most; so only the expected
next proposer starts one, and what is not used is fetched and thrown away.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from node.validator.engine import Engine, EngineError
from node.validator.payload import Payload
from node.validator.validity import Head, Window

# A payload begun only when it is asked for needs this long to fill.
FILL_S = 0.6
LONGEST_WAIT_S = 1.0


@dataclass(frozen=True, slots=True)
class _Started:
    payload_id: str
    head: Head
    timestamp: int


class PayloadBuilder:
    """At most one payload under construction. `now` gives seconds of the local clock."""

    def __init__(self, engine: Engine, *, now: Callable[[], float]) -> None:
        self._engine, self._now = engine, now
        self._started: _Started | None = None

    async def start(self, head: Head) -> None:
        """Begin a payload on a head. Errors: EngineError."""
        await self._start(head, max(int(self._now()), head.timestamp + 1))

    async def take(self, head: Head, window: Window) -> Payload:
        """Return a payload on a head, with a time inside the window. Errors: EngineError."""
        started = self._started
        fits = started is not None and started.head == head and started.timestamp in window
        if not fits:
            await self.discard()
            started = await self._start_in(head, window)
            await asyncio.sleep(FILL_S)
        self._started = None
        if started is None:
            raise RuntimeError("nothing was started")
        return await self._engine.payload(started.payload_id)

    async def discard(self) -> None:
        """End a payload that nobody asked for."""
        started, self._started = self._started, None
        if started is not None:
            with suppress(EngineError):
                await self._engine.payload(started.payload_id)

    async def _start_in(self, head: Head, window: Window) -> _Started:
        # A clock behind its parent's block waits for it, so that chain time does not run ahead.
        behind_s = head.timestamp - self._now()
        if behind_s > 0:
            await asyncio.sleep(min(behind_s, LONGEST_WAIT_S))
        return await self._start(head, window.clamp(int(self._now())))

    async def _start(self, head: Head, timestamp: int) -> _Started:
        payload_id = await self._engine.start_payload(head, timestamp=timestamp)
        self._started = _Started(payload_id, head, timestamp)
        return self._started
