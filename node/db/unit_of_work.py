"""The one place that commits: short closures over a `UnitOfWork`, all or nothing.

`Database.write` runs a plain function in a unit of work, `Database.read` on a read-only connection.
The same functions serve both databases: on SQLite they run in the thread that owns the connection,
on PostgreSQL inside the event loop on a pooled connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, CursorResult, Executable, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from node.db import hot
from node.db.base import Base
from node.db.connect import parse_url, postgres_engine
from node.db.errors import StorageUnavailable
from node.db.sqlite_threads import Readers, Writer

Result = TypeVar("Result")
Work = Callable[["UnitOfWork"], Result]


class UnitOfWork:
    """What a closure may do with the database while its unit of work lasts."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._after_commit: list[Callable[[], None]] = []

    @property
    def is_sqlite(self) -> bool:
        """Whether this runs on SQLite."""
        return self.connection.dialect.name == "sqlite"

    def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[Any]:
        """Run one SQLAlchemy statement."""
        result = self.connection.execute(statement, parameters)
        assert isinstance(result, CursorResult)
        return result

    def fetch(self, statement: str, *values: Any) -> Sequence[Any]:
        """Return the raw rows of a hot query; `?` marks values, hashes and ids are bytes."""
        return hot.fetch(self.connection, statement, values)

    def run_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one hot statement once per row of values; written like that of `fetch`."""
        hot.run_many(self.connection, statement, rows)

    def insert_many(self, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert many rows of one table at once."""
        hot.insert_many(self.connection, model, rows)

    def insert_new(self, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert the rows whose keys are new; existing ones stay as they are."""
        hot.insert_new(self.connection, model, rows)

    def upsert_many(self, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert or replace many rows of one table by primary key."""
        hot.upsert_many(self.connection, model, rows)

    def update_guarded(
        self,
        model: type[Base],
        rows: Sequence[Mapping[str, Any]],
        *,
        states: Sequence[str],
        keep: frozenset[str] = frozenset(),
    ) -> None:
        """Update rows by their first named column, where their state is one of `states`."""
        hot.update_guarded(self.connection, model, rows, states=states, keep=keep)

    def notify(self, channel: str, payload: str) -> None:
        """Tell other processes after the commit (PostgreSQL); SQLite has one process only."""
        if not self.is_sqlite:
            statement = text("SELECT pg_notify(:channel, :payload)")
            self.execute(statement, {"channel": channel, "payload": payload})

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call back in the event loop once everything of this unit is stored."""
        self._after_commit.append(callback)

    def callbacks(self) -> list[Callable[[], None]]:
        """Return what to call after the commit."""
        return self._after_commit


class Database:
    """One database: units of work, reads, hot point reads. Open it in the event loop it serves."""

    def __init__(self, url: str) -> None:
        self.address = parse_url(url)
        self._writer: Writer | None = None
        self._readers: Readers | None = None
        self._engine: AsyncEngine | None = None
        self.hot: hot.HotReads

    @property
    def is_sqlite(self) -> bool:
        """Whether one process owns this database."""
        return self.address.is_sqlite

    async def open(self) -> Database:
        """Start the threads or pools; the schema must be there already."""
        if self.address.path is not None:
            self._writer = Writer(self.address.path)
            self._readers = Readers(self.address.path)
            self.hot = hot.SqliteHotReads(self.address.path)
        else:
            self._engine = postgres_engine(self.address)
            self.hot = await hot.PostgresHotReads.open(self.address.url)
        return self

    async def close(self) -> None:
        """Finish what was handed in, then close every connection."""
        if self._writer is not None and self._readers is not None:
            await self._writer.close()
            self._readers.close()
        if self._engine is not None:
            await self._engine.dispose()
        await self.hot.close()

    async def __aenter__(self) -> Database:
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def write(self, work: Work[Result], *, quick: bool = False) -> Result:
        """Run `work` in a unit of work and return its result after the commit.

        `quick` says that it takes some milliseconds at most: SQLite then runs it in the loop.
        Errors: whatever `work` raises, with nothing stored; StorageUnavailable.
        """
        if self._writer is not None:
            return await self._writer.run(work, UnitOfWork, quick=quick)
        assert self._engine is not None
        kept: list[UnitOfWork] = []

        def run(connection: Connection) -> Result:
            kept.append(UnitOfWork(connection))
            return work(kept[0])

        try:
            async with self._engine.connect() as connection, connection.begin():
                result = await connection.run_sync(run)
        except OperationalError as error:
            raise StorageUnavailable() from error
        for callback in kept[0].callbacks():
            callback()
        return result

    async def read(self, work: Work[Result]) -> Result:
        """Run `work` on a read-only snapshot. Errors: as `work` raises; StorageUnavailable."""
        if self._readers is not None:
            return await self._readers.run(work, UnitOfWork)
        assert self._engine is not None
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(**options)
                async with connection.begin():
                    return await connection.run_sync(lambda sync: work(UnitOfWork(sync)))
        except OperationalError as error:
            raise StorageUnavailable() from error
