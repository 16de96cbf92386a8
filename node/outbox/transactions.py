"""Signed chain transactions of the relayer: nonce taken and raw bytes stored in one step (P52).

A transaction is SIGNED when its bytes are stored, SENT when a node took it, MINED or FINAL by the
indexer, REVERTED when it is final and did nothing, STUCK when a node refuses it for good. A stuck
one holds up every later nonce of its key, so an empty transaction of the same nonce takes its
place. Of two with one nonce a chain mines one at most: only when that is final do the rows travel
again, and what was mined after all has ended its rows by then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, and_, func, select, text, update

from node.db.models.outbox import (
    UNMINED_STATES,
    OutboxIntent,
    OutboxTransaction,
    SignerNonce,
)
from node.db.unit_of_work import UnitOfWork
from node.domain.transactions import TxStatus
from node.outbox.items import SWEEP_PREFIX
from node.outbox.queue import history_row, note_many
from node.outbox.states import sources_of

SIGNED, SENT, FINAL = "SIGNED", "SENT", "FINAL"
REVERTED, STUCK = "REVERTED", "STUCK"

T = OutboxTransaction
Row = OutboxIntent


class RawTransaction(Protocol):
    """What a signer makes."""

    @property
    def raw(self) -> bytes:
        """The bytes to send."""

    @property
    def tx_hash(self) -> str:
        """Their hash."""


class StoredTransaction(NamedTuple):
    """A stored transaction as the relayer needs it."""

    id: int
    signer: str
    tx_nonce: int
    tx_hash: str
    raw: bytes
    state: str
    attempts: int
    sent_at_ms: int | None
    items: int

    @property
    def is_empty(self) -> bool:
        """Whether it only uses up the nonce of another one."""
        return self.items == 0


class Envelope(NamedTuple):
    """Whose nonce to take, which leased rows travel, and when to try again unless it is mined."""

    signer: str
    row_ids: Sequence[int]
    gas_limit: int
    next_try_ms: int


def start_signer(unit: UnitOfWork, *, signer: str, chain_nonce: int) -> int:
    """Register a signing key with the chain's count, or raise ours to it; return the next nonce."""
    current = _next_nonce(unit, signer)
    if current is None:
        unit.insert_many(SignerNonce, [{"signer": signer, "next_nonce": chain_nonce}])
        return chain_nonce
    if current < chain_nonce:
        _set_nonce(unit, signer, chain_nonce)
    return max(current, chain_nonce)


def store_signed(
    unit: UnitOfWork, envelope: Envelope, sign: Callable[[int], RawTransaction], *, now_ms: int
) -> StoredTransaction:
    """Take the signer's next nonce, sign with it, store the bytes and tie the rows to them.

    The rows must be leased by the caller and checked with `still_leased` in this unit of work.
    """
    tx_nonce = _next_nonce(unit, envelope.signer)
    if tx_nonce is None:
        raise LookupError(f"signer {envelope.signer} was not started")
    signed = sign(tx_nonce)
    _set_nonce(unit, envelope.signer, tx_nonce + 1)
    unit.insert_many(T, [_row(envelope, signed, tx_nonce=tx_nonce, now_ms=now_ms)])
    stored = unit.execute(select(T.id).where(T.tx_hash == signed.tx_hash)).scalar_one()
    rows = [
        {
            "id": row_id,
            "state": TxStatus.SIGNED.value,
            "transaction_id": stored,
            "tx_hash": signed.tx_hash,
            "reason_code": None,
        }
        for row_id in envelope.row_ids
    ]
    unit.update_guarded(Row, rows, states=(TxStatus.LEASED.value,))
    return StoredTransaction(
        stored,
        envelope.signer,
        tx_nonce,
        signed.tx_hash,
        signed.raw,
        SIGNED,
        0,
        None,
        len(envelope.row_ids),
    )


def mark_sent(unit: UnitOfWork, ids: Sequence[int], *, now_ms: int, next_try_ms: int) -> None:
    """Note that a node took these transactions."""
    unit.execute(
        update(T)
        .where(T.id.in_(ids), T.state.in_((SIGNED, SENT)))
        .values(
            state=SENT,
            attempts=T.attempts + 1,
            sent_at_ms=_first(T.sent_at_ms, now_ms),
            next_try_ms=next_try_ms,
        )
    )
    unit.execute(
        update(Row)
        .where(Row.transaction_id.in_(ids), Row.state.in_(sources_of(TxStatus.SENT)),
               Row.state != TxStatus.MINED.value)
        .values(state=TxStatus.SENT.value, sent_at_ms=_first(Row.sent_at_ms, now_ms))
    )  # fmt: skip


def take_overdue(
    unit: UnitOfWork, *, now_ms: int, next_try_ms: int, limit: int
) -> list[StoredTransaction]:
    """Return stored transactions that are due for another try and move their time on.

    Taking moves the time in the same unit of work, so two relayers never take the same one.
    """
    where = T.state.in_((SIGNED, SENT))
    return _take(unit, where, now_ms=now_ms, next_try_ms=next_try_ms, limit=limit)


def take_stuck(
    unit: UnitOfWork, *, signer: str, now_ms: int, next_try_ms: int, limit: int
) -> list[StoredTransaction]:
    """Return the stuck transactions of a signer whose nonce is to be freed now; as above."""
    where = and_(T.state == STUCK, T.signer == signer)
    return _take(unit, where, now_ms=now_ms, next_try_ms=next_try_ms, limit=limit)


def note_resent(unit: UnitOfWork, stored: StoredTransaction, *, now_ms: int) -> None:
    """Write into the history of each row that its transaction was sent again."""
    _note(unit, stored, event="resent", at_ms=now_ms)


def close(unit: UnitOfWork, stored_id: int, *, state: str, reason_code: str | None) -> bool:
    """End a transaction as FINAL or REVERTED; return whether it was open."""
    done = unit.execute(
        update(T)
        .where(T.id == stored_id, T.state.in_((SIGNED, SENT, "MINED")))
        .values(state=state, reason_code=reason_code)
    )
    return done.rowcount == 1


def suspend(unit: UnitOfWork, stored_id: int, *, reason_code: str, until_ms: int) -> None:
    """Note that a node refuses these bytes; at a moment their nonce is to be freed."""
    unit.execute(
        update(T)
        .where(T.id == stored_id, T.state.in_((SIGNED, SENT)))
        .values(state=STUCK, reason_code=reason_code, next_try_ms=until_ms)
    )


def resume(unit: UnitOfWork, stored_id: int, *, now_ms: int) -> None:
    """Look at a stuck transaction as at any other again: its nonce is used on the chain."""
    unit.execute(
        update(T).where(T.id == stored_id, T.state == STUCK).values(state=SENT, next_try_ms=now_ms)
    )


def replace(
    unit: UnitOfWork,
    stored: StoredTransaction,
    signed: RawTransaction,
    *,
    now_ms: int,
    next_try_ms: int,
) -> StoredTransaction | None:
    """Store an empty transaction of the same nonce in place of a stuck one; None if it moved on.

    The rows stay tied to it until it is final, and their history keeps the hash of what it was.
    """
    done = unit.execute(
        update(T)
        .where(T.id == stored.id, T.state == STUCK, T.tx_hash == stored.tx_hash)
        .values(
            state=SIGNED,
            raw=signed.raw,
            tx_hash=signed.tx_hash,
            items=0,
            attempts=0,
            sent_at_ms=None,
            next_try_ms=next_try_ms,
        )
    )
    if done.rowcount == 0:
        return None
    _note(unit, stored, event="replaced", at_ms=now_ms)
    return stored._replace(
        tx_hash=signed.tx_hash, raw=signed.raw, state=SIGNED, attempts=0, sent_at_ms=None, items=0
    )


def open_count(unit: UnitOfWork, *, signer: str) -> int:
    """Return how many transactions of a signer are not seen in a block yet."""
    # By state alone: the index of signers holds every transaction that ever was.
    rows = unit.fetch(f"SELECT signer FROM outbox_transactions WHERE {UNMINED_STATES}")
    own = bytes.fromhex(signer[2:])
    return sum(bytes(row[0]) == own for row in rows)


def end_sweeps(unit: UnitOfWork, stored_id: int, *, now_ms: int) -> int:
    """Make the sweeps of a mined transaction FINAL: with or without effect, they are done."""
    done = unit.execute(
        update(Row)
        .where(
            Row.transaction_id == stored_id,
            Row.kind.startswith(SWEEP_PREFIX, autoescape=True),
            Row.state.in_(sources_of(TxStatus.FINAL)),
        )
        .values(state=TxStatus.FINAL.value, final_at_ms=now_ms)
    )
    return done.rowcount


def _take(
    unit: UnitOfWork,
    where: ColumnElement[bool],
    *,
    now_ms: int,
    next_try_ms: int,
    limit: int,
) -> list[StoredTransaction]:
    query = (
        select(*(getattr(T, name) for name in StoredTransaction._fields))
        .where(text(UNMINED_STATES), where, T.next_try_ms <= now_ms)
        .order_by(T.signer, T.tx_nonce)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = [
        StoredTransaction(**{**row._mapping, "raw": bytes(row.raw)}) for row in unit.execute(query)
    ]
    if found:
        ids = [one.id for one in found]
        unit.execute(update(T).where(T.id.in_(ids)).values(next_try_ms=next_try_ms))
    return found


def _note(unit: UnitOfWork, stored: StoredTransaction, *, event: str, at_ms: int) -> None:
    rows = unit.execute(select(Row.digest).where(Row.transaction_id == stored.id)).scalars().all()
    note_many(
        unit,
        [
            history_row(digest, event=event, at_ms=at_ms, attempts=stored.attempts + 1,
                        tx_hash=stored.tx_hash)
            for digest in rows
        ],
    )  # fmt: skip


def _row(
    envelope: Envelope, signed: RawTransaction, *, tx_nonce: int, now_ms: int
) -> dict[str, Any]:
    return {
        "signer": envelope.signer,
        "tx_nonce": tx_nonce,
        "tx_hash": signed.tx_hash,
        "raw": signed.raw,
        "items": len(envelope.row_ids),
        "gas_limit": envelope.gas_limit,
        "state": SIGNED,
        "attempts": 0,
        "next_try_ms": envelope.next_try_ms,
        "created_at_ms": now_ms,
    }


def _next_nonce(unit: UnitOfWork, signer: str) -> int | None:
    query = select(SignerNonce.next_nonce).where(SignerNonce.signer == signer)
    found: int | None = unit.execute(query.with_for_update()).scalar_one_or_none()
    return found


def _set_nonce(unit: UnitOfWork, signer: str, value: int) -> None:
    unit.execute(update(SignerNonce).where(SignerNonce.signer == signer).values(next_nonce=value))


def _first(column: Any, now_ms: int) -> Any:
    return func.coalesce(column, now_ms)
