"""What the chain says about an intent, whichever gateway sent it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from node.db.models.chain import ChainIntent
from node.db.unit_of_work import UnitOfWork
from node.readmodels.records import built, query_for


@dataclass(frozen=True, slots=True)
class IntentRow:
    """The final state of a digest on chain: FINAL or REFUSED."""

    digest: str
    actor: str
    kind: str
    state: str
    reason_code: str | None
    reason_values: dict[str, Any] | None
    block_number: int
    log_index: int
    tx_hash: str
    timestamp: int


def chain_intent(unit: UnitOfWork, digest: str) -> IntentRow | None:
    """Return the final state of a digest; None while it has none."""
    row = unit.execute(
        query_for(IntentRow, ChainIntent).where(ChainIntent.digest == digest)
    ).first()
    return None if row is None else built(IntentRow, row)
