"""Care as the provider recorded it: visits, fee lines, the catalogue. Never on chain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import Base
from node.db.types import Address, Bytes32, Fen, JsonText, Milliseconds


class Visit(Base):
    """A registration or stay; `version` rises with each change, for ETags and lost updates."""

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_provider", "provider", "visit_id"),
        Index("ix_visits_member", "member", "visit_id"),
        UniqueConstraint("claim_id"),
    )

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    provider: Mapped[str] = mapped_column(Address)
    member: Mapped[str] = mapped_column(Address)
    care_type: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    start_day: Mapped[int] = mapped_column(Integer)
    end_day: Mapped[int | None] = mapped_column(Integer)
    diagnoses_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    claim_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    claim_id: Mapped[str | None] = mapped_column(Bytes32)
    digest: Mapped[str | None] = mapped_column(Bytes32, index=True)
    version: Mapped[int] = mapped_column(Integer)
    created_at_ms: Mapped[int] = mapped_column(Milliseconds)
    updated_at_ms: Mapped[int] = mapped_column(Milliseconds)


class VisitLine(Base):
    """One fee line; the item code is sealed, the hash is what goes on chain."""

    __tablename__ = "visit_lines"

    visit_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    item_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    item_class: Mapped[str] = mapped_column(String(1))
    quantity: Mapped[int] = mapped_column(BigInteger)
    unit_price_fen: Mapped[int] = mapped_column(Fen)
    gross_fen: Mapped[int] = mapped_column(Fen)
    over_fen: Mapped[int] = mapped_column(Fen)
    self_pay_bp: Mapped[int] = mapped_column(Integer)
    line_hash: Mapped[str] = mapped_column(Bytes32)
    revoked: Mapped[bool] = mapped_column(Boolean)
    created_at_ms: Mapped[int] = mapped_column(Milliseconds)


class CatalogueItem(Base):
    """A drug, service or consumable of one catalogue, valid on days [valid_from, valid_until)."""

    __tablename__ = "catalogue_items"

    catalogue: Mapped[str] = mapped_column(String(32), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    valid_from: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    valid_until: Mapped[int | None] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(String(200))
    item_class: Mapped[str] = mapped_column(String(1))
    self_pay_bp: Mapped[int] = mapped_column(Integer)
    price_limit_fen: Mapped[int | None] = mapped_column(Fen)
    limits: Mapped[dict[str, Any] | None] = mapped_column(JsonText)


class CatalogueVersion(Base):
    """A published version: the Merkle root of its items, which a plan version may name."""

    __tablename__ = "catalogue_versions"

    catalogue: Mapped[str] = mapped_column(String(32), primary_key=True)
    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    root: Mapped[str] = mapped_column(Bytes32)
    items: Mapped[int] = mapped_column(Integer)
    insurer: Mapped[str] = mapped_column(Address)
    published_at_ms: Mapped[int] = mapped_column(Milliseconds)
