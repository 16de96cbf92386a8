"""Waking requests that wait for a digest: in process, and through NOTIFY on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from node.db.hot import OutboxStatus
from node.db.notices import Notices
from node.db.unit_of_work import Database, UnitOfWork
from node.outbox.states import is_terminal

CHANNEL = "yibao_outbox"
# A missed wake-up costs at most this long: the row is read again anyway.
RECHECK_S = 1.0


class Waiters:
    """Who waits for which digest in this process."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Event]] = {}

    def wake(self, digests: Iterable[str]) -> None:
        """Wake those who wait for these digests; call in the event loop."""
        if not self._waiting:
            return
        for digest in digests:
            for event in self._waiting.get(digest, ()):
                event.set()

    def wake_all(self) -> None:
        """Wake everybody: another process changed something."""
        self.wake(tuple(self._waiting))

    async def wait_terminal(
        self, database: Database, digest: str, *, timeout_s: float
    ) -> OutboxStatus | None:
        """Return the status once it is terminal, or what it is when the time is over."""
        event = asyncio.Event()
        self._waiting.setdefault(digest, set()).add(event)
        loop = asyncio.get_running_loop()
        ends = loop.time() + timeout_s
        try:
            while True:
                event.clear()
                status = await database.hot.status(digest)
                left = ends - loop.time()
                if status is None or is_terminal(status.state) or left <= 0:
                    return status
                await _wait_for(event, min(left, RECHECK_S))
        finally:
            waiting = self._waiting[digest]
            waiting.discard(event)
            if not waiting:
                del self._waiting[digest]

    async def listen(self, database: Database) -> None:
        """Pass on the notices of other processes until cancelled; returns at once on SQLite."""
        if database.is_sqlite:
            return
        async with Notices(database.address.url, CHANNEL) as notices:
            async for _ in notices:
                self.wake_all()


def announce(unit: UnitOfWork, waiters: Waiters | None, digests: Iterable[str]) -> None:
    """Wake whoever waits for these digests, here and elsewhere, once this unit is committed."""
    changed = tuple(digests)
    if not changed:
        return
    if waiters is not None:
        unit.after_commit(lambda: waiters.wake(changed))
    unit.notify(CHANNEL, str(len(changed)))


async def _wait_for(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
