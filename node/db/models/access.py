"""Who may call this gateway and whom an insured number belongs to. Never rebuilt from the chain."""

from __future__ import annotations

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import ROW_NUMBER, Base
from node.db.types import Address, Bytes32, Milliseconds


class Identity(Base):
    """The one place with personal data: sealed, and found by a keyed hash of the insured number."""

    __tablename__ = "identities"

    member: Mapped[str] = mapped_column(Address, primary_key=True)
    number_hash: Mapped[str] = mapped_column(Bytes32, unique=True)
    number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    salt_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at_ms: Mapped[int] = mapped_column(Milliseconds)


class ApiToken(Base):
    """A bearer token, stored as its hash only, and the role and account it acts under."""

    __tablename__ = "api_tokens"

    token_hash: Mapped[str] = mapped_column(Bytes32, primary_key=True)
    role: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(Address, index=True)
    label: Mapped[str] = mapped_column(String(64))
    created_at_ms: Mapped[int] = mapped_column(Milliseconds)
    expires_at_ms: Mapped[int | None] = mapped_column(Milliseconds)
    revoked_at_ms: Mapped[int | None] = mapped_column(Milliseconds)


class LookupAttempt(Base):
    """One try of a limited look-up; `subject` is a keyed hash."""

    __tablename__ = "lookup_attempts"

    id: Mapped[int] = mapped_column(ROW_NUMBER, primary_key=True, autoincrement=True)
    subject: Mapped[str] = mapped_column(Bytes32, index=True)
    at_ms: Mapped[int] = mapped_column(Milliseconds)
