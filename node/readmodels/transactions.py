"""What the chain says about an intent, whichever gateway sent it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from node.db.models.chain import ChainIntent
from node.db.pages import PageOf, PageRequest, page_of
from node.db.unit_of_work import Transaction
from node.readmodels.records import builder_of, built, query_for

LOG_BITS = 24


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


def chain_intent(tx: Transaction, digest: str) -> IntentRow | None:
    """Return the final state of a digest; None while it has none."""
    row = tx.execute(query_for(IntentRow, ChainIntent).where(ChainIntent.digest == digest)).first()
    return None if row is None else built(IntentRow, row)


def intents_of(tx: Transaction, actor: str, request: PageRequest) -> PageOf[IntentRow]:
    """Return what an actor did, newest first."""
    query = query_for(IntentRow, ChainIntent).where(ChainIntent.actor == actor)
    if (after := request.key(int)) is not None:
        block, log = after[0] >> LOG_BITS, after[0] & ((1 << LOG_BITS) - 1)
        same = (ChainIntent.block_number == block) & (ChainIntent.log_index < log)
        query = query.where((ChainIntent.block_number < block) | same)
    query = query.order_by(ChainIntent.block_number.desc(), ChainIntent.log_index.desc())
    rows = tx.execute(query.limit(request.limit + 1)).all()
    build = builder_of(IntentRow)
    return page_of(
        rows, request, build=build, key=lambda row: (row.block_number << LOG_BITS | row.log_index,)
    )
