"""Read rows of BillRegistry and PremiumCollector: bills, payments, refunds, receipts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import Base
from node.db.types import Address, Bytes32, Fen, Seconds


class Bill(Base):
    """A premium bill as stored on chain; OVERDUE is computed from its dates by readers."""

    __tablename__ = "bills"
    __table_args__ = (
        Index("ix_bills_member", "member", "due_day", "bill_id"),
        Index("ix_bills_payer", "payer", "due_day", "bill_id"),
        {"sqlite_with_rowid": False},
    )

    bill_id: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    member: Mapped[str] = mapped_column(Address)
    payer: Mapped[str] = mapped_column(Address)
    insurer: Mapped[str] = mapped_column(Address)
    state: Mapped[str] = mapped_column(String(12))
    scheme: Mapped[str] = mapped_column(String(12))
    member_kind: Mapped[str] = mapped_column(String(12))
    parts: Mapped[int] = mapped_column(Integer)
    paid_parts: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(BigInteger)
    period_start: Mapped[int] = mapped_column(Integer)
    period_end: Mapped[int] = mapped_column(Integer)
    joined_day: Mapped[int] = mapped_column(Integer)
    due_day: Mapped[int] = mapped_column(Integer)
    part_interval_days: Mapped[int] = mapped_column(Integer)
    grace_days: Mapped[int] = mapped_column(Integer)
    backpay_days: Mapped[int] = mapped_column(Integer)
    late_fee_bp_per_day: Mapped[int] = mapped_column(Integer)
    region: Mapped[str] = mapped_column(String(26))
    personal_fen: Mapped[int] = mapped_column(Fen)
    employee_fen: Mapped[int] = mapped_column(Fen)
    subsidy_fen: Mapped[int] = mapped_column(Fen)
    paid_medical_fen: Mapped[int] = mapped_column(Fen)
    paid_cash_fen: Mapped[int] = mapped_column(Fen)
    paid_late_fee_fen: Mapped[int] = mapped_column(Fen)
    plan_id: Mapped[str] = mapped_column(Bytes32)
    plan_version: Mapped[int] = mapped_column(BigInteger)
    issued_at: Mapped[int] = mapped_column(Seconds)
    block_number: Mapped[int] = mapped_column(BigInteger)


class CoverageGap(Base):
    """Days [gap_start, gap_end) that a late payment did not restore."""

    __tablename__ = "coverage_gaps"

    bill_id: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    gap_start: Mapped[int] = mapped_column(Integer)
    gap_end: Mapped[int] = mapped_column(Integer)
    block_number: Mapped[int] = mapped_column(BigInteger)


class PremiumPayment(Base):
    """One paid part of a bill."""

    __tablename__ = "premium_payments"
    __table_args__ = ({"sqlite_with_rowid": False},)

    digest: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    bill_id: Mapped[str] = mapped_column(Bytes32)
    payer: Mapped[str] = mapped_column(Address)
    part: Mapped[int] = mapped_column(Integer)
    medical_fen: Mapped[int] = mapped_column(Fen)
    cash_fen: Mapped[int] = mapped_column(Fen)
    employee_fen: Mapped[int] = mapped_column(Fen)
    subsidy_fen: Mapped[int] = mapped_column(Fen)
    late_fee_fen: Mapped[int] = mapped_column(Fen)
    refunded: Mapped[bool] = mapped_column(Boolean)
    receipt_number: Mapped[str] = mapped_column(String(24))
    block_number: Mapped[int] = mapped_column(BigInteger)
    timestamp: Mapped[int] = mapped_column(Seconds)


class BillPayment(Base):
    """Which payment paid which part of a bill."""

    __tablename__ = "bill_payments"
    __table_args__ = ({"sqlite_with_rowid": False},)

    bill_id: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    part: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(Bytes32)


class PremiumRefund(Base):
    """The refund of a bill with the pockets it went back to."""

    __tablename__ = "premium_refunds"

    digest: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    bill_id: Mapped[str] = mapped_column(Bytes32, index=True)
    reason: Mapped[str] = mapped_column(String(24))
    medical_fen: Mapped[int] = mapped_column(Fen)
    cash_fen: Mapped[int] = mapped_column(Fen)
    employee_fen: Mapped[int] = mapped_column(Fen)
    subsidy_fen: Mapped[int] = mapped_column(Fen)
    late_fee_fen: Mapped[int] = mapped_column(Fen)
    receipt_number: Mapped[str] = mapped_column(String(24))
    block_number: Mapped[int] = mapped_column(BigInteger)
    timestamp: Mapped[int] = mapped_column(Seconds)


class Receipt(Base):
    """A numbered proof of payment; the number is block and log index of its event.

    `kind` is PREMIUM, PREMIUM_REFUND, CLAIM or CLAIM_REVERSAL; a negative one names the receipt it
    voids.
    """

    __tablename__ = "receipts"
    __table_args__ = (
        Index("ix_receipts_account", "account", "number"),
        Index("ix_receipts_subject", "subject", "number"),
        {"sqlite_with_rowid": False},
    )

    number: Mapped[str] = mapped_column(String(24), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str] = mapped_column(Bytes32, index=True)
    subject: Mapped[str] = mapped_column(Bytes32)
    account: Mapped[str] = mapped_column(Address)
    amount_fen: Mapped[int] = mapped_column(Fen)
    voids: Mapped[str | None] = mapped_column(String(24))
    voided_by: Mapped[str | None] = mapped_column(String(24))
    tx_hash: Mapped[str] = mapped_column(Bytes32)
    block_number: Mapped[int] = mapped_column(BigInteger)
    log_index: Mapped[int] = mapped_column(Integer)
    timestamp: Mapped[int] = mapped_column(Seconds)
