"""Tries of the look-up by number and name, kept as long as they count."""

from __future__ import annotations

import hashlib

from sqlalchemy import delete, func, select

from node.db.models.access import LookupAttempt
from node.db.unit_of_work import UnitOfWork


def hold_subject(unit: UnitOfWork, subject: str) -> None:
    """Let tries of one subject pass one after the other; SQLite has one writer anyway."""
    if unit.is_sqlite:
        return
    name = hashlib.sha256(f"try {subject}".encode()).digest()
    number = int.from_bytes(name[:8], "big", signed=True)
    unit.execute(select(func.pg_advisory_xact_lock(number)))


def tries_since(unit: UnitOfWork, subject: str, *, since_ms: int) -> list[int]:
    """Return the moments of a subject's tries after a moment, oldest first."""
    query = select(LookupAttempt.at_ms).where(
        LookupAttempt.subject == subject, LookupAttempt.at_ms > since_ms
    )
    return list(unit.execute(query.order_by(LookupAttempt.at_ms)).scalars())


def add_try(unit: UnitOfWork, subject: str, *, now_ms: int) -> None:
    """Count a try."""
    unit.insert_many(LookupAttempt, [{"subject": subject, "at_ms": now_ms}])


def forget_tries(unit: UnitOfWork, *, until_ms: int) -> None:
    """Delete tries that no longer count."""
    unit.execute(delete(LookupAttempt).where(LookupAttempt.at_ms <= until_ms))
