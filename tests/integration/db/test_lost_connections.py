"""A database that goes away while it is asked: `StorageUnavailable`, and work again afterwards."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest

from node.db import schema
from node.db.errors import StorageUnavailable
from node.db.unit_of_work import Database
from node.readmodels.network import position
from tests.fixtures.actors import ANN
from tests.fixtures.gateway.in_process import started_api

DIGEST = "0x" + "ab" * 32
KILL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
MOST_CONNECTIONS = 10


async def kill_backends(url: str) -> None:
    """End every server process that works for other connections to a database."""

    def kill() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(KILL)

    await asyncio.to_thread(kill)


@pytest.fixture
def url(postgres_url: str) -> str:
    schema.upgrade(postgres_url)
    return postgres_url


async def again(read: Callable[[], Awaitable[object]]) -> None:
    """Read until it works: each lost connection of a pool is noticed once."""
    for _ in range(MOST_CONNECTIONS):
        try:
            await read()
        except StorageUnavailable:
            continue
        return
    pytest.fail("the pool never got a connection again")


class TestPostgres:
    async def test_hot_read_of_a_killed_backend__is_storage_unavailable(self, url: str) -> None:
        async with Database(url) as database:
            assert await database.hot.status(DIGEST) is None
            await kill_backends(url)
            with pytest.raises(StorageUnavailable):
                await database.hot.status(DIGEST)
            await again(lambda: database.hot.status(DIGEST))

    async def test_unit_of_work_of_a_killed_backend__is_storage_unavailable(self, url: str) -> None:
        async with Database(url) as database:
            await database.read(position)
            await kill_backends(url)
            with pytest.raises(StorageUnavailable):
                await database.read(position)
            await again(lambda: database.read(position))

    async def test_request_meanwhile__gets_a_problem_and_the_next_one_an_answer(
        self, url: str
    ) -> None:
        """S60: 503 with its name and when to try again, never a bug."""
        path = f"/v1/wallets/{ANN.account}/balance"
        async with started_api(url) as api:
            first = await api.get(ANN, path)
            await kill_backends(url)
            lost = await api.get(ANN, path)
            assert (lost.status_code, lost.json()["code"]) == (503, "StorageUnavailable")
            assert (lost.headers["Retry-After"], lost.headers["content-type"]) == (
                "1", "application/problem+json",
            )  # fmt: skip
            for _ in range(MOST_CONNECTIONS):
                answer = await api.get(ANN, path)
                if answer.status_code == 200:
                    break
            assert answer.content == first.content


class TestSqlite:
    async def test_hot_read_of_a_broken_file__is_storage_unavailable(self, sqlite_url: str) -> None:
        async with Database(sqlite_url) as database:
            await database.write(lambda unit: unit.fetch("DROP TABLE outbox"))
            with pytest.raises(StorageUnavailable):
                await database.hot.status(DIGEST)
