"""Read rows of MemberRegistry and CoverageRegistry: members, signers, links, coverages."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import Base
from node.db.types import Address, Bytes32, Seconds


class Member(Base):
    """A member account id; nothing personal."""

    __tablename__ = "members"

    account: Mapped[str] = mapped_column(Address, primary_key=True)
    identity_commitment: Mapped[str] = mapped_column(Bytes32)
    categories: Mapped[int] = mapped_column(BigInteger)
    opened_by: Mapped[str] = mapped_column(Address)
    opened_at: Mapped[int] = mapped_column(Seconds)
    terms_hash: Mapped[str | None] = mapped_column(Bytes32)
    wallet_opened_at: Mapped[int | None] = mapped_column(Seconds)
    block_number: Mapped[int] = mapped_column(BigInteger)


class Signer(Base):
    """A key that may sign for an account id; `book` says in which registry."""

    __tablename__ = "signers"
    __table_args__ = (Index("ix_signers_key", "key"),)

    account: Mapped[str] = mapped_column(Address, primary_key=True)
    key: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    book: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    valid_from: Mapped[int] = mapped_column(Seconds)
    valid_until: Mapped[int] = mapped_column(Seconds)
    block_number: Mapped[int] = mapped_column(BigInteger)


class SignerFreeze(Base):
    """Whether all signers of an account are frozen."""

    __tablename__ = "signer_freezes"

    account: Mapped[str] = mapped_column(Address, primary_key=True)
    frozen: Mapped[bool] = mapped_column(Boolean)
    reason_code: Mapped[str] = mapped_column(String(66))
    block_number: Mapped[int] = mapped_column(BigInteger)


class Guardian(Base):
    """Who may sign for a minor, until a policy day."""

    __tablename__ = "guardians"

    member: Mapped[str] = mapped_column(Address, primary_key=True)
    guardian: Mapped[str] = mapped_column(Address, primary_key=True, index=True)
    until_day: Mapped[int] = mapped_column(Integer)
    block_number: Mapped[int] = mapped_column(BigInteger)


class FamilyLink(Base):
    """The holder lets a near relative's care be paid from the own MEDICAL pocket."""

    __tablename__ = "family_links"

    holder: Mapped[str] = mapped_column(Address, primary_key=True)
    relative: Mapped[str] = mapped_column(Address, primary_key=True, index=True)
    relation: Mapped[str] = mapped_column(String(12))
    active: Mapped[bool] = mapped_column(Boolean)
    linked_at: Mapped[int] = mapped_column(Seconds)
    ended_at: Mapped[int | None] = mapped_column(Seconds)
    block_number: Mapped[int] = mapped_column(BigInteger)


class Coverage(Base):
    """A coverage period [start_day, end_day) of a member in a scheme."""

    __tablename__ = "coverages"
    __table_args__ = (Index("ix_coverages_insurer", "insurer", "member"),)

    member: Mapped[str] = mapped_column(Address, primary_key=True)
    scheme: Mapped[str] = mapped_column(String(12), primary_key=True)
    start_day: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    end_day: Mapped[int] = mapped_column(Integer)
    care_from_day: Mapped[int] = mapped_column(Integer)
    insurer: Mapped[str] = mapped_column(Address)
    member_kind: Mapped[str] = mapped_column(String(12))
    region: Mapped[str] = mapped_column(String(26))
    tenure_years: Mapped[int] = mapped_column(Integer)
    bill_id: Mapped[str] = mapped_column(Bytes32, index=True)
    end_reason: Mapped[str | None] = mapped_column(String(66))
    block_number: Mapped[int] = mapped_column(BigInteger)
