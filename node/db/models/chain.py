"""What the indexer knows about the chain itself: head, blocks, intents, the directory."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import Base
from node.db.types import Address, Bytes32, JsonText, Seconds, Uint256


class ChainState(Base):
    """The one row that says which chain this is and how far it is read."""

    __tablename__ = "chain_state"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    chain_id: Mapped[int] = mapped_column(BigInteger)
    genesis_hash: Mapped[str] = mapped_column(Bytes32)
    final_number: Mapped[int] = mapped_column(BigInteger)
    final_hash: Mapped[str] = mapped_column(Bytes32)
    final_timestamp: Mapped[int] = mapped_column(Seconds)
    head_number: Mapped[int] = mapped_column(BigInteger)
    head_hash: Mapped[str] = mapped_column(Bytes32)
    head_timestamp: Mapped[int] = mapped_column(Seconds)


class Block(Base):
    """A block that carries events, or one that is not final yet."""

    __tablename__ = "blocks"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(Bytes32)
    parent_hash: Mapped[str] = mapped_column(Bytes32)
    timestamp: Mapped[int] = mapped_column(Seconds, index=True)


class AppliedEvent(Base):
    """The key of every event that changed a row: no event is applied twice."""

    __tablename__ = "applied_events"
    __table_args__ = ({"sqlite_with_rowid": False},)

    block_number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    block_hash: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    log_index: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class ChainIntent(Base):
    """The final state of a digest on chain, whichever gateway sent it."""

    __tablename__ = "intents"
    __table_args__ = (
        Index("ix_intents_actor", "actor", "block_number", "log_index"),
        {"sqlite_with_rowid": False},
    )

    digest: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    actor: Mapped[str] = mapped_column(Address)
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8))
    reason_code: Mapped[str | None] = mapped_column(String(64))
    reason_values: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    block_number: Mapped[int] = mapped_column(BigInteger)
    log_index: Mapped[int] = mapped_column(Integer)
    tx_hash: Mapped[str] = mapped_column(Bytes32)
    timestamp: Mapped[int] = mapped_column(Seconds)


class CancelledNonce(Base):
    """A nonce that its actor burnt with CancelIntent."""

    __tablename__ = "cancelled_nonces"

    actor: Mapped[str] = mapped_column(Address, primary_key=True)
    intent_nonce: Mapped[int] = mapped_column(Uint256, primary_key=True)
    block_number: Mapped[int] = mapped_column(BigInteger)


class DirectoryEntry(Base):
    """Where a contract is or was, by name; the highest version counts now."""

    __tablename__ = "directory_entries"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    target: Mapped[str] = mapped_column(Address)
    code_hash: Mapped[str] = mapped_column(Bytes32)
    block_number: Mapped[int] = mapped_column(BigInteger)


class Action(Base):
    """A pause, unpause or correction that needs two officers."""

    __tablename__ = "actions"

    action_id: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    proposer: Mapped[str] = mapped_column(Address)
    payload_hash: Mapped[str] = mapped_column(Bytes32)
    approver: Mapped[str | None] = mapped_column(Address)
    corrected_ref: Mapped[str | None] = mapped_column(Bytes32)
    proposed_at: Mapped[int] = mapped_column(Seconds)
    approved_at: Mapped[int | None] = mapped_column(Seconds)


class NetworkFlag(Base):
    """Switches of the network, such as `paused`."""

    __tablename__ = "network_flags"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    value: Mapped[bool] = mapped_column(Boolean)
    block_number: Mapped[int] = mapped_column(BigInteger)
