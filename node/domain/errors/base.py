"""What every expected failure has in common: a stable code, a category, values, a place.

Each category has one HTTP status and one exit code; nothing else decides them (style.md §4).
"""

# The catalogue gives the names: no suffix.
# ruff: noqa: N818

from __future__ import annotations

import enum
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self


class Category(enum.Enum):
    """What kind of failure it is, for whoever must react: (word, HTTP status, exit code)."""

    INVALID = ("invalid", 422, 2)
    REUSE = ("reuse", 422, 2)
    BAD_REQUEST = ("bad_request", 400, 2)
    UNAUTHENTICATED = ("unauthenticated", 401, 3)
    FORBIDDEN = ("forbidden", 403, 3)
    NOT_FOUND = ("not_found", 404, 4)
    CONFLICT = ("conflict", 409, 5)
    RATE_LIMITED = ("rate_limited", 429, 6)
    UNAVAILABLE = ("unavailable", 503, 6)
    BUG = ("bug", 500, 70)

    def __init__(self, word: str, http_status: int, exit_code: int) -> None:
        """Spread the three values over named attributes."""
        self.word = word
        self.http_status = http_status
        self.exit_code = exit_code


@dataclass(eq=False)
class DomainError(Exception):
    """An expected failure. Unless its category is UNAVAILABLE, no money moved.

    `field` is the JSON pointer (RFC 6901) of the offending value in the request, if there is one.
    """

    category: ClassVar[Category] = Category.BUG
    http_status: ClassVar[int | None] = None

    field: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Fill `args`, so that the failure prints and pickles like any exception."""
        super().__init__(*self.values().values())

    @property
    def code(self) -> str:
        """The stable code, equal to the name of the Solidity error."""
        return type(self).__name__

    @property
    def status(self) -> int:
        """The HTTP status: that of the category, unless the class has its own."""
        return self.http_status or self.category.http_status

    @property
    def exit_code(self) -> int:
        """The exit code of the command line."""
        return self.category.exit_code

    def values(self) -> dict[str, Any]:
        """The named values of the failure, in declaration order, without `field`."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "field"}

    def knowing(self, **facts: Any) -> Self:
        """Add what is known beside the failure's own values, which stay those of the contract."""
        self.__dict__["_facts"] = {**self.facts, **facts}
        return self

    @property
    def facts(self) -> dict[str, Any]:
        """What was added with `knowing`: answers show it after the values."""
        found: dict[str, Any] = self.__dict__.get("_facts", {})
        return found

    def __str__(self) -> str:
        """`Code(name=value, ...) at /pointer`."""
        shown = ", ".join(f"{name}={value!r}" for name, value in self.values().items())
        return f"{self.code}({shown})" + (f" at {self.field}" if self.field else "")


@dataclass(eq=False)
class Invalid(DomainError):
    """The request is well formed and cannot be right."""

    category: ClassVar[Category] = Category.INVALID


@dataclass(eq=False)
class BadRequest(DomainError):
    """The request is not well formed."""

    category: ClassVar[Category] = Category.BAD_REQUEST


@dataclass(eq=False)
class Unauthenticated(DomainError):
    """Who asks is not proved."""

    category: ClassVar[Category] = Category.UNAUTHENTICATED


@dataclass(eq=False)
class Forbidden(DomainError):
    """Who asks is known and may not."""

    category: ClassVar[Category] = Category.FORBIDDEN


@dataclass(eq=False)
class NotFound(DomainError):
    """The thing named does not exist, or must not be known to exist."""

    category: ClassVar[Category] = Category.NOT_FOUND


@dataclass(eq=False)
class Conflict(DomainError):
    """The request is right and the state does not allow it."""

    category: ClassVar[Category] = Category.CONFLICT


class CannotStartError(Exception):
    """A process cannot begin its work; the text says why and what the next step is."""


@dataclass(eq=False)
class Unavailable(DomainError):
    """A system that is needed does not answer; the outcome may be unknown: query by id."""

    category: ClassVar[Category] = Category.UNAVAILABLE
