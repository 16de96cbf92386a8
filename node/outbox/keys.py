"""Idempotency keys: the same key and body get the first answer, other content is refused (P50).

Only accepted requests are stored, in the unit of work that accepts them, for 30 days.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import delete, func, select

from node.db.models.outbox import IdempotencyKey
from node.db.unit_of_work import UnitOfWork
from node.domain.errors import IdempotencyKeyReused, RequestInProgress
from node.wire.hexadecimal import to_hex

FIND = (
    "SELECT body_hash, status, response, digest FROM idempotency"
    " WHERE actor = ? AND route = ? AND key = ?"
)
TOLD = "UPDATE idempotency SET status = ?, response = ? WHERE actor = ? AND route = ? AND key = ?"
KEPT_MS = 30 * 24 * 3600 * 1000


class KeyOwner(NamedTuple):
    """Who sent a key and to which route; a key means nothing without both."""

    actor: str
    route: str
    key: str


class StoredAnswer(NamedTuple):
    """The answer to give again; `digest` leads to what became of the intent since."""

    status: int | None
    response: bytes | None
    digest: str | None


def take_key(unit: UnitOfWork, owner: KeyOwner) -> None:
    """Hold a key until this unit of work ends. Errors: RequestInProgress if another one holds it.

    SQLite has one writer, so there two requests never overlap: the second finds the first answer.
    """
    if unit.is_sqlite:
        return
    name = hashlib.sha256("\0".join(owner).encode()).digest()
    number = int.from_bytes(name[:8], "big", signed=True)
    if not unit.execute(select(func.pg_try_advisory_xact_lock(number))).scalar_one():
        raise RequestInProgress(owner.key)


def find_answer(unit: UnitOfWork, owner: KeyOwner, *, body_hash: str) -> StoredAnswer | None:
    """Return the stored answer of a key, None if it is new. Errors: IdempotencyKeyReused."""
    rows = unit.fetch(FIND, *owner)
    if not rows:
        return None
    stored_hash, status, response, digest = rows[0]
    if bytes(stored_hash) != bytes.fromhex(body_hash[2:]):
        raise IdempotencyKeyReused(owner.key)
    return StoredAnswer(
        status,
        None if response is None else bytes(response),
        None if digest is None else to_hex(digest),
    )


def store_answer(
    unit: UnitOfWork, owner: KeyOwner, *, body_hash: str, answer: StoredAnswer, now_ms: int
) -> None:
    """Keep the answer of an accepted request, in the unit of work that accepts it."""
    unit.insert_many(
        IdempotencyKey,
        [
            {
                **owner._asdict(),
                "body_hash": body_hash,
                **answer._asdict(),
                "created_at_ms": now_ms,
                "expires_at_ms": now_ms + KEPT_MS,
            }
        ],
    )


def update_answers(unit: UnitOfWork, told: Sequence[tuple[KeyOwner, int, bytes]]) -> None:
    """Replace stored answers by what the clients were told in the end: status and response."""
    unit.run_many(TOLD, [(status, response, *owner) for owner, status, response in told])


def has_expired(unit: UnitOfWork, *, now_ms: int) -> bool:
    """Tell whether a key is older than 30 days: looking takes no writer from others."""
    lapsed = select(IdempotencyKey.key).where(IdempotencyKey.expires_at_ms < now_ms).limit(1)
    return unit.execute(lapsed).first() is not None


def drop_expired(unit: UnitOfWork, *, now_ms: int) -> int:
    """Forget keys older than 30 days; return how many."""
    return unit.execute(
        delete(IdempotencyKey).where(IdempotencyKey.expires_at_ms < now_ms)
    ).rowcount
