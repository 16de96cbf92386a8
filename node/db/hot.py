"""Raw-driver paths of the hot tables: point reads outside units of work, bulk writes inside them.

Each gives what the same query through SQLAlchemy gives; tests compare both on both databases.
"""

from __future__ import annotations

import functools
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import psycopg
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import Boolean, Connection, Table
from sqlalchemy.types import TypeDecorator

from node.db.base import Base, table_of
from node.db.connect import open_sqlite
from node.db.errors import StorageUnavailable
from node.db.types import HexBytes
from node.wire.hexadecimal import to_hex

CONNECTION_S = 5.0
"""How long a read waits for a connection of the pool."""

Row = Mapping[str, Any]
Convert = Callable[[Any], Any]

# One statement, so that pockets, family share and block belong together.
BALANCE = (
    "SELECT w.pocket, w.available_fen, w.held_fen, s.final_number, s.final_hash,"
    " (SELECT COALESCE(SUM(h.available_fen), 0) FROM family_links f"
    " JOIN wallets h ON h.account = f.holder AND h.pocket = 1"
    " WHERE f.relative = k.account AND f.active)"
    " FROM (SELECT ? AS account) k CROSS JOIN chain_state s"
    " LEFT JOIN wallets w ON w.account = k.account ORDER BY w.pocket"
)
STATUS = (
    "SELECT state, reason_code, reason_values, tx_hash, block_number FROM outbox WHERE digest = ?"
)
BEARER = "SELECT role, account, expires_at_ms, revoked_at_ms FROM api_tokens WHERE token_hash = ?"


class PocketBalance(NamedTuple):
    """Fen in one pocket."""

    pocket: int
    available_fen: int
    held_fen: int


class BalanceAt(NamedTuple):
    """All pockets of an account at one final block; pockets never used are absent.

    `family_medical_fen` is what holders of active links have for this account's care (S01).
    """

    pockets: tuple[PocketBalance, ...]
    block_number: int
    block_hash: str
    family_medical_fen: int = 0


class OutboxStatus(NamedTuple):
    """What is known of one digest."""

    state: str
    reason_code: str | None
    reason_values: dict[str, Any] | None
    tx_hash: str | None
    block_number: int | None


class TokenRow(NamedTuple):
    """Who a bearer token acts as."""

    role: str
    account: str
    expires_at_ms: int | None
    revoked_at_ms: int | None


class HotReads(ABC):
    """Indexed point reads, each well under 100 µs of work."""

    @abstractmethod
    async def rows(self, statement: str, key: bytes) -> Sequence[Sequence[Any]]:
        """Run a one-key query written with `?`. Errors: StorageUnavailable."""

    @abstractmethod
    async def close(self) -> None:
        """Close the connections."""

    async def balance(self, account: str) -> BalanceAt | None:
        """Return the balances of an account; None before the first block is read."""
        rows = await self.rows(BALANCE, _raw(account))
        if not rows:
            return None
        pockets = tuple(PocketBalance(*row[:3]) for row in rows if row[0] is not None)
        return BalanceAt(pockets, rows[0][3], to_hex(rows[0][4]), int(rows[0][5]))

    async def status(self, digest: str) -> OutboxStatus | None:
        """Return the state of a digest in this gateway's outbox."""
        rows = await self.rows(STATUS, _raw(digest))
        if not rows:
            return None
        state, code, values, tx_hash, block = rows[0]
        known = None if values is None else orjson.loads(values)
        return OutboxStatus(state, code, known, None if tx_hash is None else to_hex(tx_hash), block)

    async def token(self, token_hash: str) -> TokenRow | None:
        """Return what a token may do; whether it still may is the caller's question."""
        rows = await self.rows(BEARER, _raw(token_hash))
        if not rows:
            return None
        role, account, expires, revoked = rows[0]
        return TokenRow(role, to_hex(account), expires, revoked)


class SqliteHotReads(HotReads):
    """Inline reads on one read-only connection of the event loop's thread."""

    def __init__(self, path: Path) -> None:
        self._connection = open_sqlite(path, writable=False)

    async def rows(self, statement: str, key: bytes) -> Sequence[Sequence[Any]]:
        """Run the query in the loop: it takes microseconds. Errors: StorageUnavailable."""
        try:
            return self._connection.execute(statement, (key,)).fetchall()
        except sqlite3.OperationalError as error:
            raise StorageUnavailable() from error

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class PostgresHotReads(HotReads):
    """Prepared reads on a pool of psycopg connections."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, size: int = 4) -> PostgresHotReads:
        """Open the pool and wait for its first connection."""
        pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=CONNECTION_S,
            kwargs={"autocommit": True},
        )
        await pool.open(wait=True)
        return cls(pool)

    async def rows(self, statement: str, key: bytes) -> Sequence[Sequence[Any]]:
        """Run the query as a prepared statement. Errors: StorageUnavailable."""
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(_percent(statement), (key,), prepare=True)
                rows: Sequence[Sequence[Any]] = await cursor.fetchall()
                return rows
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            # A lost connection, a server that goes down, or none free in time.
            raise StorageUnavailable() from error

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()


def fetch(connection: Connection, statement: str, values: Sequence[Any]) -> Sequence[Any]:
    """Return the raw rows of a query written with `?`, inside a unit of work."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        rows: Sequence[Any] = cursor.execute(statement, tuple(values)).fetchall()
        cursor.close()
        return rows
    return connection.exec_driver_sql(_percent(statement), tuple(values)).all()


def run_many(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run a statement written with `?` once per row of values, inside a unit of work."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        cursor.executemany(statement, rows)
        cursor.close()
        return
    connection.exec_driver_sql(_percent(statement), [tuple(row) for row in rows])


def insert_many(connection: Connection, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows; each names the same columns, absent columns stay NULL."""
    _write_many(connection, model, rows, conflict="")


def insert_new(connection: Connection, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert the rows whose keys are new and leave the others alone."""
    _write_many(connection, model, rows, conflict=" ON CONFLICT DO NOTHING")


def upsert_many(connection: Connection, model: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows, or replace all given columns of those whose primary key exists."""
    if not rows:
        return
    table = table_of(model)
    key = [column.name for column in table.primary_key]
    changed = [name for name in rows[0] if name not in key]
    sets = ", ".join(f"{name} = excluded.{name}" for name in changed)
    action = f"UPDATE SET {sets}" if changed else "NOTHING"
    conflict = f" ON CONFLICT ({', '.join(key)}) DO {action}"
    _write_many(connection, model, rows, conflict=conflict)


def _write_many(
    connection: Connection, model: type[Base], rows: Sequence[Row], *, conflict: str
) -> None:
    if not rows:
        return
    table, names = table_of(model), tuple(rows[0])
    sqlite = connection.dialect.name == "sqlite"
    columns = _columns(table, names, rows)
    # Only names from our own tables enter the text; values are bound.
    target = f"INSERT INTO {table.name} ({', '.join(names)})"
    if sqlite:
        marks = ", ".join("?" * len(names))
        statement = f"{target} VALUES ({marks}){conflict}"
        cursor = connection.connection.cursor()
        cursor.executemany(statement, list(zip(*columns, strict=True)))
        cursor.close()
        return
    arrays = ", ".join(f"%s::{kind}[]" for kind in _array_types(table, names))
    where = " WHERE true" if conflict else ""
    # One statement with one array per column: a single round trip however many rows.
    connection.exec_driver_sql(
        f"{target} SELECT * FROM unnest({arrays}){where}{conflict}", tuple(columns)
    )


def update_guarded(
    connection: Connection,
    model: type[Base],
    rows: Sequence[Row],
    *,
    states: Sequence[str],
    keep: frozenset[str] = frozenset(),
) -> None:
    """Update rows found by their first named column, where `state` is one of `states`.

    Columns in `keep` take the new value only while they are NULL.
    """
    if not rows:
        return
    table, names = table_of(model), tuple(rows[0])
    key, columns = names[0], names[1:]
    sqlite = connection.dialect.name == "sqlite"
    new = {name: "?" if sqlite else f"new.{name}" for name in columns}
    sets = ", ".join(
        f"{name} = COALESCE({table.name}.{name}, {new[name]})"
        if name in keep
        else f"{name} = {new[name]}"
        for name in columns
    )
    # State names are our own enumeration.
    guard = "state IN (" + ", ".join(f"'{state}'" for state in states) + ")"
    values = _columns(table, names, rows)
    if sqlite:
        statement = f"UPDATE {table.name} SET {sets} WHERE {key} = ? AND {guard}"
        cursor = connection.connection.cursor()
        cursor.executemany(statement, list(zip(*values[1:], values[0], strict=True)))
        cursor.close()
        return
    arrays = ", ".join(f"%s::{kind}[]" for kind in _array_types(table, names))
    connection.exec_driver_sql(
        f"UPDATE {table.name} SET {sets} FROM unnest({arrays}) AS new({', '.join(names)})"
        f" WHERE {table.name}.{key} = new.{key} AND {table.name}.{guard}",
        tuple(values),
    )


def _columns(table: Table, names: tuple[str, ...], rows: Sequence[Row]) -> list[list[Any]]:
    return [
        [row[name] for row in rows]
        if convert is None
        else [None if row[name] is None else convert(row[name]) for row in rows]
        for name, convert in zip(names, _converters(table, names), strict=True)
    ]


@functools.lru_cache(maxsize=256)
def _converters(table: Table, names: tuple[str, ...]) -> tuple[Convert | None, ...]:
    found: list[Convert | None] = []
    for name in names:
        kind = table.columns[name].type
        if isinstance(kind, HexBytes):
            found.append(_raw)
        elif isinstance(kind, TypeDecorator):
            found.append(functools.partial(_bound, kind))
        elif isinstance(kind, Boolean):
            found.append(bool)
        else:
            found.append(None)
    return tuple(found)


def _bound(kind: TypeDecorator[Any], value: Any) -> Any:
    # The decorators of node.db.types do not look at the dialect.
    return kind.process_bind_param(value, None)  # type: ignore[arg-type]


@functools.lru_cache(maxsize=256)
def _array_types(table: Table, names: tuple[str, ...]) -> tuple[str, ...]:
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]
    kinds = (table.columns[name].type.dialect_impl(dialect) for name in names)
    return tuple(_array_type(kind.compile(dialect)) for kind in kinds)


def _array_type(name: str) -> str:
    return "text" if name.startswith("VARCHAR") else name.lower()


def _percent(statement: str) -> str:
    return statement.replace("?", "%s")


def _raw(text: str) -> bytes:
    return bytes.fromhex(text[2:])
