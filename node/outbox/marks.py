"""What the chain says about outbox rows; the indexer's unit of work calls these (P53).

Times are this gateway's clock in milliseconds. A mark never leaves a terminal state.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text, update

from node.db.models.outbox import OPEN_STATES, OutboxIntent, OutboxTransaction
from node.db.unit_of_work import UnitOfWork
from node.domain.transactions import RejectionReason, TxStatus
from node.outbox.queue import history_row, note_many
from node.outbox.states import sources_of

Row = OutboxIntent
SIGNATURE_INVALID = "SignatureInvalid"
FIRST_TIMES = frozenset({"mined_at_ms", "final_at_ms"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where and how a digest ended; `reason_code` is None for an executed intent."""

    digest: str
    block_number: int
    tx_hash: str
    reason_code: str | None = None
    reason_values: dict[str, Any] | None = None


def mark_mined(unit: UnitOfWork, outcomes: Sequence[Outcome], *, now_ms: int) -> None:
    """Note that these digests are in a block that may still be undone."""
    rows = [
        {
            "digest": one.digest,
            "state": TxStatus.MINED.value,
            "tx_hash": one.tx_hash,
            "block_number": one.block_number,
            "mined_at_ms": now_ms,
        }
        for one in outcomes
    ]
    unit.update_guarded(Row, rows, states=sources_of(TxStatus.MINED), keep=FIRST_TIMES)


def mark_final(unit: UnitOfWork, outcomes: Sequence[Outcome], *, now_ms: int) -> None:
    """Note executed intents of final blocks: they never change again."""
    _end(unit, outcomes, state=TxStatus.FINAL, now_ms=now_ms)


def mark_refused(unit: UnitOfWork, outcomes: Sequence[Outcome], *, now_ms: int) -> None:
    """Note intents that the chain refused for ever, with the reason."""
    _end(unit, outcomes, state=TxStatus.REFUSED, now_ms=now_ms)


def mark_rejected(unit: UnitOfWork, outcomes: Sequence[Outcome], *, now_ms: int) -> None:
    """Note intents that can never execute: expired at a final block, or cancelled."""
    _end(unit, outcomes, state=TxStatus.REJECTED, now_ms=now_ms)


def note_reason(unit: UnitOfWork, outcomes: Sequence[Outcome], *, now_ms: int) -> None:
    """Show why the chain skipped intents that may still end either way (bad signature)."""
    states = (TxStatus.SIGNED.value, TxStatus.SENT.value, TxStatus.MINED.value)
    rows = [
        {"digest": one.digest, "reason_code": one.reason_code, "reason_values": one.reason_values}
        for one in outcomes
    ]
    unit.update_guarded(Row, rows, states=states)
    note_many(
        unit,
        [
            history_row(
                one.digest,
                event="skipped",
                at_ms=now_ms,
                reason_code=one.reason_code,
                tx_hash=one.tx_hash,
            )
            for one in outcomes
        ],
    )


def postpone(unit: UnitOfWork, digests: Sequence[str], *, until_ms: int, reason_code: str) -> None:
    """Queue intents again that the chain would not take now (paused network)."""
    rows = [
        {
            "digest": digest,
            "state": TxStatus.QUEUED.value,
            "not_before_ms": until_ms,
            "reason_code": reason_code,
            "transaction_id": None,
            "tx_hash": None,
            "sent_at_ms": None,
            "lease_owner": None,
        }
        for digest in digests
    ]
    unit.update_guarded(Row, rows, states=(TxStatus.SIGNED.value, TxStatus.SENT.value))


def unmine(unit: UnitOfWork, *, above_block: int, now_ms: int) -> list[str]:
    """Take back MINED marks of blocks that are gone; return the digests.

    Their transactions are due at once: the same bytes go out again.
    """
    mined = Row.state == TxStatus.MINED.value
    where = (text(OPEN_STATES), mined, Row.block_number > above_block)
    rows = unit.execute(select(Row.digest, Row.tx_hash, Row.attempts).where(*where)).all()
    if rows:
        hashes = list({row.tx_hash for row in rows})
        unit.update_guarded(
            OutboxTransaction,
            [{"tx_hash": one, "state": "SENT", "next_try_ms": now_ms} for one in hashes],
            states=("MINED",),
        )
        values = {"state": TxStatus.SENT.value, "block_number": None, "mined_at_ms": None}
        unit.execute(update(Row).where(*where).values(values))
        note_many(
            unit,
            [
                history_row(row.digest, event="rewound", at_ms=now_ms, attempts=row.attempts,
                            tx_hash=row.tx_hash)
                for row in rows
            ],
        )  # fmt: skip
    return [row.digest for row in rows]


def reject_overdue(unit: UnitOfWork, *, final_timestamp: int, now_ms: int) -> list[str]:
    """Reject open intents whose deadline lies before a final block that has no trace of them."""
    open_states = Row.state.in_(sources_of(TxStatus.REJECTED))
    where = (text(OPEN_STATES), open_states, Row.deadline < final_timestamp)
    rows = unit.execute(select(Row.digest, Row.reason_code, Row.deadline).where(*where)).all()
    for row in rows:
        unsigned = row.reason_code == SIGNATURE_INVALID
        reason = RejectionReason.SIGNATURE_INVALID if unsigned else RejectionReason.DEADLINE_PASSED
        unit.execute(
            update(Row)
            .where(Row.digest == row.digest, *where)
            .values(
                state=TxStatus.REJECTED.value,
                reason_code=reason.value,
                reason_values={"deadline": row.deadline},
                final_at_ms=now_ms,
            )
        )
    return [row.digest for row in rows]


def reject_cancelled(unit: UnitOfWork, *, actor: str, intent_nonce: int, now_ms: int) -> list[str]:
    """Reject the open intents whose nonce their own actor burnt; return their digests."""
    where = (
        Row.actor == actor,
        Row.intent_nonce == intent_nonce,
        Row.state.in_(sources_of(TxStatus.REJECTED)),
    )
    digests = list(unit.execute(select(Row.digest).where(*where)).scalars())
    if digests:
        unit.execute(
            update(Row)
            .where(*where)
            .values(
                state=TxStatus.REJECTED.value,
                reason_code=RejectionReason.CANCELLED.value,
                final_at_ms=now_ms,
            )
        )
    return digests


def mark_transactions(
    unit: UnitOfWork, tx_hashes: Sequence[str], *, state: str, now_ms: int
) -> None:
    """Note that chain transactions of ours were seen in a block."""
    rows = [{"tx_hash": one, "state": state, "mined_at_ms": now_ms} for one in tx_hashes]
    unit.update_guarded(
        OutboxTransaction, rows, states=("SIGNED", "SENT", "MINED"), keep=FIRST_TIMES
    )


def _end(unit: UnitOfWork, outcomes: Sequence[Outcome], *, state: TxStatus, now_ms: int) -> None:
    rows = [
        {
            "digest": one.digest,
            "state": state.value,
            "tx_hash": one.tx_hash,
            "block_number": one.block_number,
            "reason_code": one.reason_code,
            "reason_values": one.reason_values,
            "mined_at_ms": now_ms,
            "final_at_ms": now_ms,
        }
        for one in outcomes
    ]
    unit.update_guarded(Row, rows, states=sources_of(state), keep=FIRST_TIMES)
