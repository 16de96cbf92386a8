"""Waiting requests: woken in process, and by NOTIFY from another process on PostgreSQL."""

import asyncio

import pytest

from node.db import schema
from node.db.unit_of_work import Database
from node.outbox import marks, queue
from node.outbox.marks import Outcome
from node.outbox.waiters import Waiters, announce
from tests.integration.outbox.test_queue import item

DIGEST = item(1).digest


async def finish(database: Database, waiters: Waiters | None) -> None:
    def work(unit) -> None:
        marks.mark_final(unit, [Outcome(DIGEST, 1, "0x" + "ee" * 32)], now_ms=2)
        announce(unit, waiters, [DIGEST])

    await database.write(work)


class TestWaiters:
    async def test_time_over__gives_the_status_as_it_is(self, database: Database):
        await database.write(lambda unit: queue.enqueue(unit, item(1), now_ms=1))
        status = await Waiters().wait_terminal(database, DIGEST, timeout_s=0.05)
        assert status is not None
        assert status.state == "QUEUED"

    async def test_unknown_digest__is_answered_at_once(self, database: Database):
        assert await Waiters().wait_terminal(database, DIGEST, timeout_s=30) is None

    async def test_mark_in_this_process__wakes_the_request(self, database: Database):
        waiters = Waiters()
        await database.write(lambda unit: queue.enqueue(unit, item(1), now_ms=1))
        waiting = asyncio.create_task(waiters.wait_terminal(database, DIGEST, timeout_s=20))
        await asyncio.sleep(0)
        await finish(database, waiters)
        status = await waiting
        assert status is not None
        assert status.state == "FINAL"

    async def test_mark_in_another_process__wakes_the_request_by_notice(
        self, postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ):
        schema.upgrade(postgres_url)
        # Without looking again by itself, only the notice can wake the request.
        monkeypatch.setattr("node.outbox.waiters.RECHECK_S", 60)
        waiters = Waiters()
        async with Database(postgres_url) as here, Database(postgres_url) as there:
            await here.write(lambda unit: queue.enqueue(unit, item(1), now_ms=1))
            listening = asyncio.create_task(waiters.listen(here))
            waiting = asyncio.create_task(waiters.wait_terminal(here, DIGEST, timeout_s=20))
            async with asyncio.timeout(20):
                await finish(there, None)
                while not waiting.done():
                    await there.write(lambda unit: announce(unit, None, [DIGEST]))
            status = await waiting
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        assert status is not None
        assert status.state == "FINAL"
