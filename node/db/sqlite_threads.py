"""SQLite's threads: one writer that commits in groups, and a few readers.

The writer owns the only write connection. Each closure runs in a SAVEPOINT, so a failing one takes
nothing with it; closures that wait together are committed together, and each caller is answered
after the commit. Closures that are quick run in the caller's event loop while the writer waits: in
its own thread each of their statements would have to win the interpreter back from a busy loop.
"""

from __future__ import annotations

import asyncio
import functools
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from node.db.connect import open_sqlite, sqlite_engine
from node.db.errors import StorageUnavailable

GROUP_UNITS = 200
GROUP_S = 0.005
READER_THREADS = 2
LOOP_CHECK_S = 1.0

Result = TypeVar("Result")


class Unit(Protocol):
    """What a closure is called with."""

    def callbacks(self) -> list[Callable[[], None]]:
        """Return what to call after the commit."""


Wrap = Callable[[Connection], Any]


@dataclass
class _Job:
    work: Callable[[Any], Any]
    wrap: Wrap
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    quick: bool = False
    result: Any = None
    error: BaseException | None = None
    callbacks: tuple[Callable[[], None], ...] = ()


class Writer:
    """The thread that owns the write connection."""

    def __init__(self, path: Path) -> None:
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._raw = open_sqlite(path, writable=True)
        self._connection = sqlite_engine(self._raw).connect()
        self._thread = threading.Thread(target=self._serve, name="sqlite-writer", daemon=True)
        self._thread.start()

    async def run(
        self, work: Callable[[Any], Result], wrap: Wrap, *, quick: bool = False
    ) -> Result:
        """Hand in a closure and wait until it is committed; `quick` = some milliseconds."""
        loop = asyncio.get_running_loop()
        job = _Job(work, wrap, loop.create_future(), loop, quick)
        self._queue.put(job)
        # A cancelled caller must not leave the outcome of its unit open: the unit still finishes.
        result: Result = await job.future
        return result

    async def close(self) -> None:
        """Finish all closures handed in and stop."""
        self._queue.put(None)
        await asyncio.get_running_loop().run_in_executor(None, self._thread.join)
        self._connection.close()
        self._raw.close()

    def _serve(self) -> None:
        while (first := self._queue.get()) is not None:
            group, stop = [first], False
            try:
                self._raw.execute("BEGIN IMMEDIATE")
                stop = self._run_group(group)
                self._raw.execute("COMMIT")
            except (sqlite3.Error, OperationalError) as error:
                self._abandon(group, error)
            self._answer(group)
            if stop:
                return

    def _run_group(self, group: list[_Job]) -> bool:
        """Run waiting closures until none waits or the group is full; True = asked to stop."""
        ends, done, stop = time.monotonic() + GROUP_S, 0, False
        while done < len(group) and (done == 0 or time.monotonic() < ends):
            stop = self._join(group) or stop
            first = group[done]
            end = done + 1
            while first.quick and end < len(group) and _together(first, group[end]):
                end += 1
            if first.quick:
                _in_loop(first.loop, functools.partial(self._run_all, group[done:end]))
            else:
                self._run_one(first)
            done = end
        for late in group[done:]:
            self._run_one(late)
        return stop

    def _join(self, group: list[_Job]) -> bool:
        """Take what waits into a group that has room; True = asked to stop."""
        while len(group) < GROUP_UNITS:
            try:
                job = self._queue.get_nowait()
            except Empty:
                return False
            if job is None:
                return True
            group.append(job)
        return False

    def _run_all(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            self._run_one(job)

    def _run_one(self, job: _Job) -> None:
        self._raw.execute("SAVEPOINT unit")
        unit = job.wrap(self._connection)
        try:
            job.result = job.work(unit)
            job.callbacks = tuple(unit.callbacks())
        except BaseException as error:  # the caller gets it, whatever it is
            job.error = error
            self._raw.execute("ROLLBACK TO unit")
        self._raw.execute("RELEASE unit")

    def _abandon(self, group: list[_Job], error: Exception) -> None:
        if self._raw.in_transaction:
            self._raw.execute("ROLLBACK")
        for job in group:
            failure = StorageUnavailable()
            failure.__cause__ = error
            job.error = job.error or failure

    def _answer(self, group: list[_Job]) -> None:
        loops = {id(job.loop): job.loop for job in group}
        for key, loop in loops.items():
            jobs = [job for job in group if id(job.loop) == key]
            # The loop may be gone when a process stops while closures still wait.
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, jobs)


def _together(first: _Job, other: _Job) -> bool:
    return other.quick and other.loop is first.loop


def _in_loop(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    """Run in a loop's thread and wait for it; here, if that loop is gone."""
    once, done = threading.Lock(), threading.Event()

    def run() -> None:
        if once.acquire(blocking=False):
            try:
                work()
            finally:
                done.set()

    try:
        loop.call_soon_threadsafe(run)
    except RuntimeError:
        run()
    while not done.wait(LOOP_CHECK_S):
        if loop.is_closed():
            run()


def _settle(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.error is None:
            for callback in job.callbacks:
                callback()
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(_translated(job.error))
        else:
            job.future.set_result(job.result)


def _translated(error: BaseException) -> BaseException:
    """Return StorageUnavailable for a locked, full or broken database, the error otherwise."""
    if isinstance(error, OperationalError | sqlite3.OperationalError):
        failure = StorageUnavailable()
        failure.__cause__ = error
        return failure
    return error


class Readers:
    """A few threads with read-only connections, for lists; point reads run inline (`hot`)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._opened: list[Connection] = []
        self._pool = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="sqlite-reader")

    async def run(self, work: Callable[[Any], Result], wrap: Wrap) -> Result:
        """Run a closure on one snapshot."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._run, work, wrap)

    def close(self) -> None:
        """Wait for running reads and close the connections."""
        self._pool.shutdown(wait=True)
        for connection in self._opened:
            connection.close()
            connection.engine.dispose()

    def _run(self, work: Callable[[Any], Result], wrap: Wrap) -> Result:
        if not hasattr(self._local, "raw"):
            self._local.raw = open_sqlite(self._path, writable=False)
            self._local.connection = sqlite_engine(self._local.raw).connect()
            self._opened.append(self._local.connection)
        self._local.raw.execute("BEGIN")
        try:
            return work(wrap(self._local.connection))
        except (OperationalError, sqlite3.OperationalError) as error:
            raise StorageUnavailable() from error
        finally:
            self._local.raw.execute("ROLLBACK")
