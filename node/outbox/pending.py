"""Whether something is still on its way: accepted, and neither final nor refused."""

from __future__ import annotations

from sqlalchemy import func, select, text

from node.db.models.outbox import OPEN_STATES, OutboxIntent
from node.db.unit_of_work import UnitOfWork
from node.intents.messages import IntentKind
from node.wire.words import WORD


def is_pending(unit: UnitOfWork, kind: IntentKind, *, account: str) -> bool:
    """Whether an open intent of a kind names an account in the first field of its body."""
    word = bytes.fromhex(account[2:]).rjust(WORD, b"\0")
    query = select(OutboxIntent.digest).where(
        OutboxIntent.kind == kind.name,
        text(OPEN_STATES),
        func.substr(OutboxIntent.body, 1, WORD) == word,
    )
    return unit.execute(query.limit(1)).first() is not None
