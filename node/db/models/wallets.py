"""Read rows of WalletLedger and WalletOperations: balances, entries, holds, transfers, funds."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import Base
from node.db.types import Address, Bytes32, Fen, Seconds


class Wallet(Base):
    """Balance of an account in a pocket: `available_fen` can be spent, `held_fen` is reserved.

    A signed counter (EXTERNAL, points issuer) may be negative and holds nothing.
    """

    __tablename__ = "wallets"
    __table_args__ = ({"sqlite_with_rowid": False},)

    account: Mapped[str] = mapped_column(Address, primary_key=True)
    pocket: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    available_fen: Mapped[int] = mapped_column(Fen)
    held_fen: Mapped[int] = mapped_column(Fen)
    is_counter: Mapped[bool] = mapped_column(Boolean)
    block_number: Mapped[int] = mapped_column(BigInteger)


class Entry(Base):
    """One change of a balance (available + held); all entries of a pocket add up to it (S02).

    `position` orders all entries of the network: block, log index, side. `ref` is the intent's
    digest, or the subject of a sweep.
    """

    __tablename__ = "entries"
    __table_args__ = (
        Index("ix_entries_ref", "ref"),
        {"sqlite_with_rowid": False},
    )

    account: Mapped[str] = mapped_column(Address, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    pocket: Mapped[int] = mapped_column(SmallInteger)
    amount_fen: Mapped[int] = mapped_column(Fen)
    balance_fen: Mapped[int] = mapped_column(Fen)
    counterpart: Mapped[str] = mapped_column(Address)
    counterpart_pocket: Mapped[int] = mapped_column(SmallInteger)
    purpose: Mapped[str] = mapped_column(String(20))
    ref: Mapped[str] = mapped_column(Bytes32)
    block_number: Mapped[int] = mapped_column(BigInteger)
    timestamp: Mapped[int] = mapped_column(Seconds)


class Hold(Base):
    """A reservation; it ends exactly once."""

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_account", "account", "state"),)

    hold_id: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    account: Mapped[str] = mapped_column(Address)
    pocket: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(String(8))
    amount_fen: Mapped[int] = mapped_column(Fen)
    posted_fen: Mapped[int] = mapped_column(Fen)
    expires_at: Mapped[int] = mapped_column(Seconds)
    placed_block: Mapped[int] = mapped_column(BigInteger)
    finished_block: Mapped[int | None] = mapped_column(BigInteger)


class AccountFreeze(Base):
    """Whether an account is frozen: it receives and cannot spend."""

    __tablename__ = "account_freezes"

    account: Mapped[str] = mapped_column(Address, primary_key=True)
    frozen: Mapped[bool] = mapped_column(Boolean)
    reason_code: Mapped[str] = mapped_column(String(66))
    block_number: Mapped[int] = mapped_column(BigInteger)


class Transfer(Base):
    """A wallet transfer between relatives: PENDING, then ACCEPTED or RETURNED."""

    __tablename__ = "transfers"
    __table_args__ = (
        Index("ix_transfers_sender", "sender", "position"),
        Index("ix_transfers_receiver", "receiver", "position"),
        Index("ix_transfers_due", "state", "returns_at"),
    )

    digest: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    sender: Mapped[str] = mapped_column(Address)
    receiver: Mapped[str] = mapped_column(Address)
    amount_fen: Mapped[int] = mapped_column(Fen)
    returns_at: Mapped[int] = mapped_column(Seconds)
    state: Mapped[str] = mapped_column(String(8))
    sent_at: Mapped[int] = mapped_column(Seconds)
    ended_at: Mapped[int | None] = mapped_column(Seconds)
    block_number: Mapped[int] = mapped_column(BigInteger)


class PendingTransfer(Base):
    """The last transfer a sender sent; it is on its way while that transfer is PENDING."""

    __tablename__ = "pending_transfers"

    sender: Mapped[str] = mapped_column(Address, primary_key=True)
    digest: Mapped[str] = mapped_column(Bytes32)


class ChannelMovement(Base):
    """Money that came in or went out through a bank or channel."""

    __tablename__ = "channel_movements"
    __table_args__ = (
        Index("ix_channel_movements_channel", "channel", "position"),
        Index("ix_channel_movements_account", "account", "position"),
    )

    digest: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger)
    direction: Mapped[str] = mapped_column(String(4))
    account: Mapped[str] = mapped_column(Address)
    channel: Mapped[str] = mapped_column(Address)
    pocket: Mapped[int] = mapped_column(SmallInteger)
    amount_fen: Mapped[int] = mapped_column(Fen)
    reference_hash: Mapped[str] = mapped_column(Bytes32)
    block_number: Mapped[int] = mapped_column(BigInteger)
    timestamp: Mapped[int] = mapped_column(Seconds)


class Fund(Base):
    """The name of a derived fund account."""

    __tablename__ = "funds"
    __table_args__ = (Index("ix_funds_region", "region", "scheme", "kind"),)

    account: Mapped[str] = mapped_column(Address, primary_key=True)
    region: Mapped[str] = mapped_column(String(26))
    scheme: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    insurer: Mapped[str] = mapped_column(Address)
    block_number: Mapped[int] = mapped_column(BigInteger)
