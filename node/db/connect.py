"""Connections per database URL: SQLite in WAL mode, or PostgreSQL through psycopg.

`sqlite:///path` opens a file; `postgresql://…` opens pools. Nothing here commits: see
`unit_of_work`.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import StaticPool

BUSY_TIMEOUT_MS = 5_000
POOL_SIZE = 10
STATEMENT_TIMEOUT_MS = 30_000

SHARED_PRAGMAS = (f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}", "PRAGMA foreign_keys = ON")
# The outbox promises that what was accepted survives a power cut: every commit is synced.
WRITER_PRAGMAS = (
    *("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"),
    *("PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 4000"),
)
READER_PRAGMAS = ("PRAGMA query_only = ON", "PRAGMA mmap_size = 268435456")


@dataclass(frozen=True)
class Address:
    """A parsed database URL."""

    url: str
    dialect: str
    path: Path | None

    @property
    def is_sqlite(self) -> bool:
        """Whether one file of this machine is the database."""
        return self.dialect == "sqlite"


def parse_url(url: str) -> Address:
    """Return what a database URL means; only file SQLite and PostgreSQL are served.

    Errors: ValueError, which never holds the URL: there may be a password in it.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ValueError("postgresql://… or sqlite:///… is wanted") from None
    dialect = parsed.get_backend_name()
    if dialect == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("SQLite needs a file: several connections share the database")
        return Address(url, dialect, Path(parsed.database))
    if dialect != "postgresql":
        raise ValueError(f"no such database here: {dialect}")
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    return Address(plain, dialect, None)


def open_sqlite(path: Path, *, writable: bool) -> sqlite3.Connection:
    """Return a connection in autocommit mode; transactions are begun by hand."""
    connection = sqlite3.connect(
        path,
        timeout=BUSY_TIMEOUT_MS / 1000,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=512,
    )
    for pragma in (*SHARED_PRAGMAS, *(WRITER_PRAGMAS if writable else READER_PRAGMAS)):
        connection.execute(pragma)
    return connection


def sqlite_engine(connection: sqlite3.Connection) -> Engine:
    """Return an engine over one open connection; it never begins a transaction by itself."""
    return create_engine(
        "sqlite://", creator=lambda: connection, poolclass=StaticPool, isolation_level="AUTOCOMMIT"
    )


def postgres_engine(address: Address) -> AsyncEngine:
    """Return the pool for units of work and lists."""
    url = make_url(address.url).set(drivername="postgresql+psycopg")
    return create_async_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_pre_ping=False,
        connect_args={"options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"},
    )


def sync_engine(url: str) -> Engine:
    """Return a plain engine for migrations and one-off commands."""
    address = parse_url(url)
    if address.path is not None:
        address.path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite_engine(open_sqlite(address.path, writable=True))
    return create_engine(make_url(address.url).set(drivername="postgresql+psycopg"))
