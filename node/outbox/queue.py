"""Putting intents into the outbox and leasing them out; called inside a unit of work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Update, select, update

from node.db.base import Base
from node.db.models.outbox import OPEN_STATES, IntentCounter, OutboxHistory, OutboxIntent
from node.db.unit_of_work import UnitOfWork
from node.domain.errors import NonceUsed
from node.domain.transactions import TxStatus
from node.outbox.items import OutboxItem
from node.outbox.states import sources_of
from node.wire.hexadecimal import to_hex

Row = OutboxIntent
COUNTER_BITS = 64
LEASABLE = (
    "SELECT id, attempts, digest, kind, actor, intent_nonce, deadline, body, signatures"
    f" FROM outbox WHERE {OPEN_STATES} AND "
)
WAITING = f"state = '{TxStatus.QUEUED.value}' AND not_before_ms <= ?"
LAPSED = f"state = '{TxStatus.LEASED.value}' AND lease_until_ms < ?"
SAME_NONCE = "SELECT digest, state, sent_at_ms FROM outbox WHERE actor = ? AND intent_nonce = ?"


class Enqueued(NamedTuple):
    """The row behind a digest after `enqueue`: a new one, or the one that was there."""

    digest: str
    is_new: bool
    state: str


class LeasedItem(NamedTuple):
    """A row in the hands of one relayer."""

    id: int
    item: OutboxItem
    attempts: int


def enqueue(unit: UnitOfWork, item: OutboxItem, *, now_ms: int) -> Enqueued:
    """Store an intent; a known digest returns its row and stores nothing (M02).

    Errors: NonceUsed if another intent of the actor holds this nonce and may still take effect.
    """
    digest = bytes.fromhex(item.digest[2:])
    # The same digest has the same actor and nonce, so one look finds it and every rival.
    nonce = item.intent_nonce.to_bytes(32, "big")
    rivals = unit.fetch(SAME_NONCE, bytes.fromhex(item.actor[2:]), nonce)
    for known, state, _ in rivals:
        if bytes(known) == digest:
            return Enqueued(item.digest, False, state)
    for _, state, sent_at_ms in rivals:
        if state != TxStatus.REJECTED.value or sent_at_ms is not None:
            raise NonceUsed(item.actor, item.intent_nonce)
    unit.insert_new(Row, [_row(item, now_ms)])
    return Enqueued(item.digest, True, TxStatus.QUEUED.value)


def enqueue_many(unit: UnitOfWork, items: Sequence[OutboxItem], *, now_ms: int) -> list[Enqueued]:
    """Store many intents of a batch in one statement each; as `enqueue` for every item.

    An item whose nonce another digest holds is left to the chain, which refuses it as `NonceUsed`.
    """
    digests = [item.digest for item in items]
    known = _states(unit, digests)
    fresh = {item.digest: item for item in items if item.digest not in known}
    unit.insert_new(Row, [_row(item, now_ms) for item in fresh.values()])
    return [
        Enqueued(digest, digest in fresh, known.get(digest, TxStatus.QUEUED.value))
        for digest in digests
    ]


def take_intent_nonce(unit: UnitOfWork, *, actor: str, space: int) -> int:
    """Return the next nonce of an actor in this gateway's own space (upper 192 bits)."""
    return take_intent_nonces(unit, actor=actor, space=space, count=1)[0]


def take_intent_nonces(unit: UnitOfWork, *, actor: str, space: int, count: int) -> range:
    """Return the next nonces of an actor, as many as asked for."""
    same = IntentCounter.actor == actor
    query = select(IntentCounter.next_counter).where(same).with_for_update()
    counter = unit.execute(query).scalar_one_or_none()
    if counter is None:
        # Two first requests may meet here: both add the row, one wins, then they take turns.
        unit.insert_new(IntentCounter, [{"actor": actor, "next_counter": 0}])
        counter = int(unit.execute(query).scalar_one())
    unit.execute(update(IntentCounter).where(same).values(next_counter=counter + count))
    first = space << COUNTER_BITS | counter
    return range(first, first + count)


def lease(
    unit: UnitOfWork, *, owner: str, now_ms: int, until_ms: int, limit: int
) -> list[LeasedItem]:
    """Hand at most `limit` rows to one relayer until a deadline, oldest first.

    Rows whose lease ran out are handed out again; a second relayer never waits for the first.
    """
    found = _leasable(unit, LAPSED, now_ms=now_ms, limit=limit)
    if len(found) < limit:
        found += _leasable(unit, WAITING, now_ms=now_ms, limit=limit - len(found))
    if not found:
        return []
    changed = {
        "state": TxStatus.LEASED.value,
        "lease_owner": owner,
        "lease_until_ms": until_ms,
        "attempts": Row.attempts + 1,
    }
    for ids in _chunks([one.id for one in found]):
        unit.execute(update(Row).where(Row.id.in_(ids)).values(changed))
    return found


def release(
    unit: UnitOfWork,
    ids: Sequence[int],
    *,
    owner: str,
    not_before_ms: int,
    reason_code: str | None = None,
) -> int:
    """Give leased rows back to the queue, not to be tried before a moment; return how many."""
    done = 0
    for part in _chunks(ids):
        done += unit.execute(
            update(Row)
            .where(Row.id.in_(part), Row.state == TxStatus.LEASED.value, Row.lease_owner == owner)
            .values(
                state=TxStatus.QUEUED.value,
                lease_owner=None,
                lease_until_ms=None,
                not_before_ms=not_before_ms,
                reason_code=reason_code,
            )
        ).rowcount
    return done


def still_leased(unit: UnitOfWork, ids: Sequence[int], *, owner: str) -> set[int]:
    """Return the rows that `owner` still holds; they stay locked until the unit of work ends."""
    held: set[int] = set()
    for part in _chunks(ids):
        query = select(Row.id).where(
            Row.id.in_(part), Row.state == TxStatus.LEASED.value, Row.lease_owner == owner
        )
        held.update(unit.execute(query.with_for_update()).scalars())
    return held


def reject_unsent(unit: UnitOfWork, digest: str, *, reason_code: str, now_ms: int) -> bool:
    """Reject a row that was never handed to the chain; return whether it was one."""
    done = unit.execute(
        update(Row)
        .where(
            Row.digest == digest,
            Row.state == TxStatus.QUEUED.value,
            Row.sent_at_ms.is_(None),
            Row.transaction_id.is_(None),
        )
        .values(state=TxStatus.REJECTED.value, reason_code=reason_code, final_at_ms=now_ms)
    )
    return done.rowcount == 1


def requeue(
    unit: UnitOfWork,
    *,
    transaction_id: int,
    reason_code: str,
    now_ms: int,
    not_before_ms: int = 0,
) -> int:
    """Give back the rows of a transaction that is final and did nothing; return how many."""
    where = (
        Row.transaction_id == transaction_id,
        Row.state.in_(sources_of(TxStatus.QUEUED)),
    )
    rows = unit.execute(select(Row.digest, Row.attempts, Row.tx_hash).where(*where)).all()
    note_many(
        unit,
        [
            history_row(row.digest, event="requeued", at_ms=now_ms, attempts=row.attempts,
                        reason_code=reason_code, tx_hash=row.tx_hash)
            for row in rows
        ],
    )  # fmt: skip
    cleared: dict[str, Any] = {"lease_owner": None, "lease_until_ms": None, "transaction_id": None}
    queued = {"state": TxStatus.QUEUED.value, "tx_hash": None, "sent_at_ms": None, **cleared}
    queued["not_before_ms"] = not_before_ms
    return unit.execute(update(Row).where(*where).values(queued)).rowcount


def history_row(
    digest: str,
    *,
    event: str,
    at_ms: int,
    attempts: int = 0,
    reason_code: str | None = None,
    tx_hash: str | None = None,
) -> dict[str, Any]:
    """Return a history row for `note_many`."""
    return {
        "digest": digest,
        "event": event,
        "at_ms": at_ms,
        "attempts": attempts,
        "reason_code": reason_code,
        "tx_hash": tx_hash,
    }


def note_many(unit: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Write down what happened beside the straight way."""
    unit.insert_many(OutboxHistory, rows)


def _row(item: OutboxItem, now_ms: int) -> dict[str, Any]:
    return {
        "digest": item.digest,
        "kind": item.kind,
        "actor": item.actor,
        "intent_nonce": item.intent_nonce,
        "deadline": item.deadline,
        "body": item.body,
        "signatures": item.signatures,
        "state": TxStatus.QUEUED.value,
        "attempts": 0,
        "not_before_ms": 0,
        "created_at_ms": now_ms,
    }


def _leasable(unit: UnitOfWork, which: str, *, now_ms: int, limit: int) -> list[LeasedItem]:
    lock = "" if unit.is_sqlite else " FOR UPDATE SKIP LOCKED"
    statement = f"{LEASABLE}{which} ORDER BY id LIMIT ?{lock}"
    return [_leased(*row) for row in unit.fetch(statement, now_ms, limit)]


def _leased(row_id: int, attempts: int, *values: Any) -> LeasedItem:
    digest, kind, actor, nonce, deadline, body, signatures = values
    item = OutboxItem(
        digest=to_hex(digest),
        kind=kind,
        actor=to_hex(actor),
        intent_nonce=int.from_bytes(nonce, "big"),
        deadline=deadline,
        body=bytes(body),
        signatures=bytes(signatures),
    )
    return LeasedItem(row_id, item, attempts + 1)


def _states(unit: UnitOfWork, digests: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in _chunks(digests):
        query = select(Row.digest, Row.state).where(Row.digest.in_(part))
        found.update((row.digest, row.state) for row in unit.execute(query))
    return found


def _chunks(values: Sequence[Any], size: int = 500) -> list[Sequence[Any]]:
    return [values[at : at + size] for at in range(0, len(values), size)]


def guarded(model: type[Base], target: TxStatus) -> Update:
    """Return an update of a state column that starts only from states that may reach `target`."""
    column = model.__table__.c.state
    return update(model).where(column.in_(sources_of(target)))
