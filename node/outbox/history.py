"""The story of one payment as its owner sees it: every step with time, attempts and hash (P56)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from node.db.models.outbox import OutboxHistory, OutboxIntent
from node.db.unit_of_work import UnitOfWork

Row = OutboxIntent


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the story: queued, submitted, mined, final, refused, rejected, resent, …"""

    event: str
    at_ms: int
    attempts: int
    tx_hash: str | None = None
    reason_code: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An intent of this gateway as stored."""

    digest: str
    kind: str
    actor: str
    intent_nonce: int
    deadline: int
    body: bytes
    state: str
    reason_code: str | None
    reason_values: dict[str, Any] | None
    attempts: int
    tx_hash: str | None
    block_number: int | None
    created_at_ms: int
    steps: tuple[Step, ...]


def bodies_of(unit: UnitOfWork, *, kind: str, actor: str) -> list[bytes]:
    """Return the bodies of one kind that an actor handed in here, newest first."""
    query = select(Row.body).where(Row.actor == actor, Row.kind == kind)
    return [bytes(body) for body in unit.execute(query.order_by(Row.id.desc())).scalars()]


def find_entry(unit: UnitOfWork, digest: str) -> OutboxEntry | None:
    """Return an intent with its story, None if this gateway does not know it."""
    row = unit.execute(
        select(
            *(Row.digest, Row.kind, Row.actor, Row.intent_nonce, Row.deadline, Row.body),
            *(Row.state, Row.reason_code, Row.reason_values, Row.attempts, Row.tx_hash),
            *(Row.block_number, Row.created_at_ms, Row.sent_at_ms, Row.mined_at_ms),
            Row.final_at_ms,
        ).where(Row.digest == digest)
    ).first()
    if row is None:
        return None
    return OutboxEntry(
        digest=row.digest,
        kind=row.kind,
        actor=row.actor,
        intent_nonce=row.intent_nonce,
        deadline=row.deadline,
        body=bytes(row.body),
        state=row.state,
        reason_code=row.reason_code,
        reason_values=row.reason_values,
        attempts=row.attempts,
        tx_hash=row.tx_hash,
        block_number=row.block_number,
        created_at_ms=row.created_at_ms,
        steps=_steps(unit, row),
    )


def _steps(unit: UnitOfWork, row: Any) -> tuple[Step, ...]:
    steps = [Step("queued", row.created_at_ms, 0)]
    if row.sent_at_ms is not None:
        steps.append(Step("submitted", row.sent_at_ms, row.attempts, row.tx_hash))
    if row.mined_at_ms is not None and row.block_number is not None:
        steps.append(Step("mined", row.mined_at_ms, row.attempts, row.tx_hash))
    if row.final_at_ms is not None:
        name = str(row.state).lower()
        steps.append(Step(name, row.final_at_ms, row.attempts, row.tx_hash, row.reason_code))
    notes = unit.execute(
        select(
            *(OutboxHistory.event, OutboxHistory.at_ms, OutboxHistory.attempts),
            *(OutboxHistory.tx_hash, OutboxHistory.reason_code),
        ).where(OutboxHistory.digest == row.digest)
    )
    steps += [Step(**note._mapping) for note in notes]
    # Equal times keep the order of the way: queued, submitted, mined, final.
    return tuple(sorted(steps, key=lambda step: step.at_ms))
