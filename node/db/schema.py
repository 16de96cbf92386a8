"""Bringing a database to the schema of this program: Alembic, called from code.

One linear set of migrations serves both databases; tests run them, never `create_all`.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

import node.db.models  # noqa: F401  fills the metadata
from node.db.base import Base
from node.db.connect import parse_url, sync_engine
from node.db.errors import SchemaOutdatedError

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(url: str, revision: str = "head") -> None:
    """Run the missing migrations. Blocking: commands and start-up only."""
    engine = sync_engine(url)
    try:
        with engine.connect() as connection:
            command.upgrade(_config(connection), revision)
            connection.commit()
    finally:
        _dispose(engine)


def downgrade(url: str, revision: str) -> None:
    """Take migrations back. Blocking."""
    engine = sync_engine(url)
    try:
        with engine.connect() as connection:
            command.downgrade(_config(connection), revision)
            connection.commit()
    finally:
        _dispose(engine)


def current(url: str) -> str | None:
    """Return the schema version of a database, None when it is empty or there is none."""
    path = parse_url(url).path
    if path is not None and not path.exists():
        # Opening would make the file: who only asks must change nothing.
        return None
    engine = sync_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        _dispose(engine)


def require_current(url: str) -> None:
    """Refuse to work on another schema. Errors: SchemaOutdatedError."""
    script = ScriptDirectory(str(MIGRATIONS))
    found, expected = current(url), script.get_current_head()
    if found != expected:
        raise SchemaOutdatedError(f"schema {found or 'empty'}, program needs {expected}")


def differences(url: str) -> list[object]:
    """Return what the tables differ in from the models: an empty list is the only good answer."""
    engine = sync_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, Base.metadata))
    finally:
        _dispose(engine)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _dispose(engine: object) -> None:
    from sqlalchemy import Engine

    assert isinstance(engine, Engine)
    engine.dispose()
