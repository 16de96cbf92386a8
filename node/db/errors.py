"""What storage itself can refuse."""

# The catalogue gives the names: no suffix.

from __future__ import annotations

from dataclasses import dataclass

from node.domain.errors.base import CannotStartError, Unavailable


@dataclass(eq=False)
class StorageUnavailable(Unavailable):
    """The database does not answer, is locked or full; nothing of this request was stored."""


class SchemaOutdatedError(Exception):
    """The database has another schema version than this program; run `yibao db upgrade`."""


class DatabaseUnusableError(CannotStartError):
    """The database cannot be opened, or is none; the text says why and never holds its URL."""
