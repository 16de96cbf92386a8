"""What this gateway promised to bring to the chain: intents, transactions, nonces, keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, Integer, LargeBinary, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import ROW_NUMBER, Base
from node.db.types import Address, Bytes32, JsonText, Milliseconds, Seconds, Uint256

OPEN_STATES = "state IN ('QUEUED', 'LEASED', 'SIGNED', 'SENT', 'MINED')"
UNMINED_STATES = "state IN ('SIGNED', 'SENT', 'STUCK')"
"""Conditions of the partial indexes. SQLite uses such an index only for a query that repeats its
condition word for word; without it every look at the queue reads the whole table."""


class OutboxIntent(Base):
    """One signed intent (or sweep) and what became of it; found by its digest.

    `id` is the order of arrival. Sweeps have a name of their own in `kind`, the target contract in
    `actor` and the call data in `body`.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_open", "state", "id", sqlite_where=text(OPEN_STATES),
              postgresql_where=text(OPEN_STATES)),
        Index("ix_outbox_actor", "actor", "intent_nonce"),
        Index("ix_outbox_transaction", "transaction_id",
              sqlite_where=text("transaction_id IS NOT NULL"),
              postgresql_where=text("transaction_id IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(ROW_NUMBER, primary_key=True, autoincrement=True)
    digest: Mapped[str] = mapped_column(Bytes32, unique=True)
    kind: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(Address)
    intent_nonce: Mapped[int] = mapped_column(Uint256)
    deadline: Mapped[int] = mapped_column(Seconds)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    signatures: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(8))
    reason_code: Mapped[str | None] = mapped_column(String(64))
    reason_values: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    attempts: Mapped[int] = mapped_column(Integer)
    lease_owner: Mapped[str | None] = mapped_column(String(64))
    lease_until_ms: Mapped[int | None] = mapped_column(Milliseconds)
    not_before_ms: Mapped[int] = mapped_column(Milliseconds)
    transaction_id: Mapped[int | None] = mapped_column(ROW_NUMBER)
    tx_hash: Mapped[str | None] = mapped_column(Bytes32)
    block_number: Mapped[int | None] = mapped_column(Seconds)
    created_at_ms: Mapped[int] = mapped_column(Milliseconds)
    sent_at_ms: Mapped[int | None] = mapped_column(Milliseconds)
    mined_at_ms: Mapped[int | None] = mapped_column(Milliseconds)
    final_at_ms: Mapped[int | None] = mapped_column(Milliseconds)


class OutboxHistory(Base):
    """What happened to an intent beside the straight way: resent, rewound, skipped, requeued.

    The straight way itself (queued, submitted, mined, final) stands in the times of the intent.
    """

    __tablename__ = "outbox_history"

    id: Mapped[int] = mapped_column(ROW_NUMBER, primary_key=True, autoincrement=True)
    digest: Mapped[str] = mapped_column(Bytes32, index=True)
    event: Mapped[str] = mapped_column(String(16))
    at_ms: Mapped[int] = mapped_column(Milliseconds)
    attempts: Mapped[int] = mapped_column(Integer)
    reason_code: Mapped[str | None] = mapped_column(String(64))
    tx_hash: Mapped[str | None] = mapped_column(Bytes32)


class OutboxTransaction(Base):
    """One signed chain transaction, stored before it is sent and resent byte for byte."""

    __tablename__ = "outbox_transactions"
    __table_args__ = (
        UniqueConstraint("signer", "tx_nonce"),
        Index("ix_outbox_transactions_open", "state", "next_try_ms",
              sqlite_where=text(UNMINED_STATES),
              postgresql_where=text(UNMINED_STATES)),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(ROW_NUMBER, primary_key=True, autoincrement=True)
    signer: Mapped[str] = mapped_column(Address)
    tx_nonce: Mapped[int] = mapped_column(Seconds)
    tx_hash: Mapped[str] = mapped_column(Bytes32, unique=True)
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    items: Mapped[int] = mapped_column(Integer)
    gas_limit: Mapped[int] = mapped_column(Seconds)
    state: Mapped[str] = mapped_column(String(8))
    reason_code: Mapped[str | None] = mapped_column(String(64))
    attempts: Mapped[int] = mapped_column(Integer)
    next_try_ms: Mapped[int] = mapped_column(Milliseconds)
    created_at_ms: Mapped[int] = mapped_column(Milliseconds)
    sent_at_ms: Mapped[int | None] = mapped_column(Milliseconds)
    mined_at_ms: Mapped[int | None] = mapped_column(Milliseconds)


class SignerNonce(Base):
    """The next transaction nonce of a signing key, taken in the unit that stores its use."""

    __tablename__ = "signer_nonces"

    signer: Mapped[str] = mapped_column(Address, primary_key=True)
    next_nonce: Mapped[int] = mapped_column(Seconds)


class IntentCounter(Base):
    """The next intent nonce of an actor in this gateway's own nonce space."""

    __tablename__ = "intent_counters"

    actor: Mapped[str] = mapped_column(Address, primary_key=True)
    next_counter: Mapped[int] = mapped_column(Seconds)


class IdempotencyKey(Base):
    """An accepted request and its answer, kept for 30 days."""

    __tablename__ = "idempotency"

    actor: Mapped[str] = mapped_column(String(64), primary_key=True)
    route: Mapped[str] = mapped_column(String(96), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    body_hash: Mapped[str] = mapped_column(Bytes32)
    digest: Mapped[str | None] = mapped_column(Bytes32)
    status: Mapped[int | None] = mapped_column(SmallInteger)
    response: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at_ms: Mapped[int] = mapped_column(Milliseconds)
    expires_at_ms: Mapped[int] = mapped_column(Milliseconds, index=True)
