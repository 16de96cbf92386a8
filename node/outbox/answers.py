"""Keeps what clients were told in the end; one block answers many, so they are stored together."""

from __future__ import annotations

import asyncio
import functools

from node.db.unit_of_work import Database
from node.outbox.keys import KeyOwner, update_answers


class ToldAnswers:
    """Final answers on their way into the idempotency table, one write at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[KeyOwner, int, bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def keep(self, owner: KeyOwner, *, status: int, response: bytes) -> None:
        """Store the last answer of a key. Errors: StorageUnavailable."""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((owner, status, response, kept))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        await kept

    async def _write(self) -> None:
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                work = functools.partial(update_answers, told=[one[:3] for one in group])
                try:
                    await self._database.write(work, quick=True)
                except Exception as error:  # each caller gets it
                    _settle(group, error)
                else:
                    _settle(group, None)
        finally:
            self._writer = None


def _settle(
    group: list[tuple[KeyOwner, int, bytes, asyncio.Future[None]]], error: Exception | None
) -> None:
    for *_, kept in group:
        if kept.done():
            continue
        if error is None:
            kept.set_result(None)
        else:
            kept.set_exception(error)
