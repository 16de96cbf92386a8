"""Read rows of ProviderRegistry and PlanRegistry: organisations, officers, contracts, plans."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import Base
from node.db.types import Address, Bytes32, Seconds


class Organisation(Base):
    """A provider, insurer, employer, channel, auditor or operator."""

    __tablename__ = "organisations"
    __table_args__ = (Index("ix_organisations_kind", "kind", "provider_type", "organisation"),)

    organisation: Mapped[str] = mapped_column(Address, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    status: Mapped[str] = mapped_column(String(12))
    provider_type: Mapped[str] = mapped_column(String(12))
    level: Mapped[str] = mapped_column(String(34))
    region: Mapped[str] = mapped_column(String(26))
    settlement_account: Mapped[str] = mapped_column(Address)
    status_reason: Mapped[str | None] = mapped_column(String(66))
    registered_at: Mapped[int] = mapped_column(Seconds)
    block_number: Mapped[int] = mapped_column(BigInteger)


class ProviderContract(Base):
    """Whether an insurer contracts a provider."""

    __tablename__ = "provider_contracts"

    provider: Mapped[str] = mapped_column(Address, primary_key=True)
    insurer: Mapped[str] = mapped_column(Address, primary_key=True, index=True)
    contracted: Mapped[bool] = mapped_column(Boolean)
    block_number: Mapped[int] = mapped_column(BigInteger)


class Officer(Base):
    """A person who acts for an organisation, with a mask of roles."""

    __tablename__ = "officers"

    officer: Mapped[str] = mapped_column(Address, primary_key=True)
    organisation: Mapped[str] = mapped_column(Address, index=True)
    roles: Mapped[int] = mapped_column(Integer)
    block_number: Mapped[int] = mapped_column(BigInteger)


class PlanVersion(Base):
    """The head of a plan version; the rules themselves are read from the contract or the intent."""

    __tablename__ = "plans"
    __table_args__ = (
        Index("ix_plans_selector", "region", "scheme", "member_kind", "care_type", "valid_from"),
    )

    plan_id: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(8))
    region: Mapped[str] = mapped_column(String(26))
    scheme: Mapped[str] = mapped_column(String(12))
    member_kind: Mapped[str] = mapped_column(String(12))
    care_type: Mapped[str] = mapped_column(String(34))
    valid_from: Mapped[int] = mapped_column(Integer)
    valid_until: Mapped[int] = mapped_column(Integer)
    insurer: Mapped[str] = mapped_column(Address)
    source_hash: Mapped[str] = mapped_column(Bytes32)
    catalogue_root: Mapped[str] = mapped_column(Bytes32)
    body_hash: Mapped[str] = mapped_column(Bytes32)
    proposer: Mapped[str] = mapped_column(Address)
    approver: Mapped[str | None] = mapped_column(Address)
    proposed_at: Mapped[int] = mapped_column(Seconds)
    approved_at: Mapped[int | None] = mapped_column(Seconds)
    block_number: Mapped[int] = mapped_column(BigInteger)
