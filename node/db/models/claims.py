"""Read rows of ClaimRegistry and ClaimSettlement: claims, their states, accumulators, debts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import Base
from node.db.types import Address, Bytes32, Fen, JsonText, Seconds


class Claim(Base):
    """A claim with everything its commitment covers; nothing medical.

    `evidence` is abi.encode(ReversalEvidence), as confirmation and reversal must supply it.
    """

    __tablename__ = "claims"
    __table_args__ = (
        Index("ix_claims_member", "member", "position"),
        Index("ix_claims_provider", "provider", "position"),
        Index("ix_claims_insurer", "insurer", "position"),
        Index("ix_claims_due", "state", "expires_at"),
    )

    claim_id: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    digest: Mapped[str] = mapped_column(Bytes32, index=True)
    position: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(12))
    provider: Mapped[str] = mapped_column(Address)
    member: Mapped[str] = mapped_column(Address)
    insurer: Mapped[str | None] = mapped_column(Address)
    supplementary_payer: Mapped[str | None] = mapped_column(Address)
    family_holder: Mapped[str | None] = mapped_column(Address)
    region: Mapped[str | None] = mapped_column(String(26))
    scheme: Mapped[str | None] = mapped_column(String(12))
    plan_id: Mapped[str | None] = mapped_column(Bytes32)
    plan_version: Mapped[int | None] = mapped_column(BigInteger)
    year: Mapped[int | None] = mapped_column(SmallInteger)
    cash_at_counter: Mapped[bool | None] = mapped_column(Boolean)
    previous_claim: Mapped[str | None] = mapped_column(Bytes32)
    total_fen: Mapped[int | None] = mapped_column(Fen)
    own_fen: Mapped[int | None] = mapped_column(Fen)
    over_fen: Mapped[int | None] = mapped_column(Fen)
    pre_self_fen: Mapped[int | None] = mapped_column(Fen)
    in_scope_fen: Mapped[int | None] = mapped_column(Fen)
    deductible_fen: Mapped[int | None] = mapped_column(Fen)
    pooled_fen: Mapped[int | None] = mapped_column(Fen)
    big_illness_fen: Mapped[int | None] = mapped_column(Fen)
    aid_fen: Mapped[int | None] = mapped_column(Fen)
    supplementary_fen: Mapped[int | None] = mapped_column(Fen)
    provider_fen: Mapped[int | None] = mapped_column(Fen)
    member_fen: Mapped[int | None] = mapped_column(Fen)
    medical_fen: Mapped[int | None] = mapped_column(Fen)
    family_fen: Mapped[int | None] = mapped_column(Fen)
    cash_fen: Mapped[int | None] = mapped_column(Fen)
    trace_hash: Mapped[str | None] = mapped_column(Bytes32)
    evidence: Mapped[bytes | None] = mapped_column(LargeBinary)
    replaces: Mapped[str | None] = mapped_column(Bytes32)
    expires_at: Mapped[int | None] = mapped_column(Seconds)
    reversal_digest: Mapped[str | None] = mapped_column(Bytes32)
    reversal_reason: Mapped[str | None] = mapped_column(String(66))
    shortfall_fen: Mapped[int | None] = mapped_column(Fen)
    receipt_number: Mapped[str | None] = mapped_column(String(24))
    submitted_at: Mapped[int] = mapped_column(Seconds)
    settled_at: Mapped[int | None] = mapped_column(Seconds)
    block_number: Mapped[int] = mapped_column(BigInteger)


class ClaimStep(Base):
    """Each state a claim entered, in order."""

    __tablename__ = "claim_steps"

    claim_id: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(12))
    timestamp: Mapped[int] = mapped_column(Seconds)
    block_number: Mapped[int] = mapped_column(BigInteger)


class MemberYear(Base):
    """The eleven accumulator words of a member and policy year, and the stay counter.

    Lists are in the order outpatient, inpatient, chronic.
    """

    __tablename__ = "accumulators"

    member: Mapped[str] = mapped_column(Address, primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    deductible_used_e4: Mapped[list[int]] = mapped_column(JsonText)
    in_bands_e4: Mapped[list[int]] = mapped_column(JsonText)
    fund_paid_fen: Mapped[list[int]] = mapped_column(JsonText)
    compliant_self_pay_fen: Mapped[int] = mapped_column(Fen)
    aid_paid_fen: Mapped[int] = mapped_column(Fen)
    stays: Mapped[int] = mapped_column(Integer)
    last_claim: Mapped[str | None] = mapped_column(Bytes32)
    block_number: Mapped[int] = mapped_column(BigInteger)


class ProviderDebt(Base):
    """What a provider owes an insurer after reversals its money did not cover."""

    __tablename__ = "provider_debts"

    provider: Mapped[str] = mapped_column(Address, primary_key=True)
    insurer: Mapped[str] = mapped_column(Address, primary_key=True)
    debt_fen: Mapped[int] = mapped_column(Fen)
    block_number: Mapped[int] = mapped_column(BigInteger)
