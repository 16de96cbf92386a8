"""Real `kill -9` of the workers at random moments: zero lost, zero doubled (M02, P51)."""

import asyncio
import random
import sys
import time

import pytest

from node.outbox.queue import enqueue_many
from tests.fixtures.chain.pipeline import Pipeline, many_members

KILLS = 8
MEMBERS = 160
LIMIT_S = 60


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One file database: the embedded default is what a power cut hits."""
    return sqlite_url


async def start(pipeline: Pipeline, url: str, key: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos.gateway_process", url, pipeline.chain.node.url),
        *(str(pipeline.chain.node.chain_id), pipeline.address("IntentRouter")),
        *(pipeline.address("NetworkDirectory"), pipeline.chain.node.key(key).secret.hex()),
        stderr=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
    )


class TestKill:
    async def test_workers_killed_at_random_moments__lose_and_double_nothing(
        self, pipeline: Pipeline, database_url: str, rng: random.Random
    ):
        items = await pipeline.open_members(*many_members(MEMBERS))
        parts = [items[at :: KILLS + 1] for at in range(KILLS + 1)]
        digests = [item.digest for item in items]
        for number, part in enumerate(parts):
            await pipeline.database.write(
                lambda unit, part=part: enqueue_many(unit, part, now_ms=time.time_ns() // 10**6)
            )
            process = await start(pipeline, database_url, 1 + number % 2)
            if number < KILLS:
                # A moment somewhere between start-up and a few steps of work.
                await asyncio.sleep(rng.uniform(0.6, 2.0))
                process.kill()
                await process.wait()
                continue
            try:
                async with asyncio.timeout(LIMIT_S):
                    # The work is done in another process: only looking tells.
                    while set(await pipeline.states(digests)) != {"FINAL"}:  # noqa: ASYNC110
                        await asyncio.sleep(0.2)
            finally:
                process.kill()
                await process.wait()
        counts = await pipeline.executions()
        assert [counts[digest] for digest in digests] == [1] * MEMBERS
