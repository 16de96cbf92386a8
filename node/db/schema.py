"""Bringing a database to the schema of this program: Alembic, called from code.

One linear set of migrations serves both databases; tests run them, never `create_all`.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

import node.db.models  # noqa: F401  fills the metadata
from node.db.base import Base
from node.db.connect import parse_url, sync_engine
from node.db.errors import DatabaseUnusableError, SchemaOutdatedError

if TYPE_CHECKING:
    from alembic.config import Config

# Alembic takes longer to import than a start that has nothing to migrate: only who needs it does.
MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
HEAD = "head"
_REVISION = re.compile(r"^(down_)?revision\b[^=]*= *\"(\w+)\"", re.MULTILINE)


def head() -> str:
    """Return the schema version of this program: the migration that no other one builds on."""
    found: dict[str, set[str]] = {"": set(), "down_": set()}
    for file in (MIGRATIONS / "versions").glob("*.py"):
        for down, revision in _REVISION.findall(file.read_text(encoding="utf-8")):
            found[down].add(revision)
    (newest,) = found[""] - found["down_"]
    return newest


def upgrade(url: str, revision: str = HEAD) -> None:
    """Run the missing migrations. Blocking: commands and start-up only.

    Errors: DatabaseUnusableError.
    """
    if revision == HEAD and current(url) == head():
        return
    from alembic import command

    with _opened(url) as connection:
        command.upgrade(_config(connection), revision)
        connection.commit()


def downgrade(url: str, revision: str) -> None:
    """Take migrations back. Blocking."""
    from alembic import command

    engine = sync_engine(url)
    try:
        with engine.connect() as connection:
            command.downgrade(_config(connection), revision)
            connection.commit()
    finally:
        _dispose(engine)


def current(url: str) -> str | None:
    """Return the schema version of a database, None when it is empty or there is none.

    Errors: DatabaseUnusableError.
    """
    path = parse_url(url).path
    if path is not None and not path.exists():
        # Opening would make the file: who only asks must change nothing.
        return None
    with _opened(url) as connection:
        if not inspect(connection).has_table(VERSION_TABLE):
            return None
        query = text(f"SELECT version_num FROM {VERSION_TABLE}")
        found: str | None = connection.execute(query).scalar_one_or_none()
        return found


@contextmanager
def _opened(url: str) -> Iterator[Connection]:
    """Open a database for a while. Errors: DatabaseUnusableError where there is none to open."""
    try:
        engine = sync_engine(url)
        try:
            with engine.connect() as connection:
                yield connection
        finally:
            _dispose(engine)
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason, *_ = str(getattr(error, "orig", None) or error).splitlines()
        step = "next step: start it, or correct YIBAO_DATABASE_URL"
        raise DatabaseUnusableError(f"the database cannot be used: {reason}; {step}") from error


def require_current(url: str) -> None:
    """Refuse to work on another schema. Errors: SchemaOutdatedError, DatabaseUnusableError."""
    found, expected = current(url), head()
    if found != expected:
        raise SchemaOutdatedError(f"schema {found or 'empty'}, program needs {expected}")


def differences(url: str) -> list[object]:
    """Return what the tables differ in from the models: an empty list is the only good answer."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    engine = sync_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, Base.metadata))
    finally:
        _dispose(engine)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _dispose(engine: object) -> None:
    from sqlalchemy import Engine

    assert isinstance(engine, Engine)
    engine.dispose()
