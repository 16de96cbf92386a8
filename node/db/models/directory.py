"""What organisations are called. Never on chain and never rebuilt from it: operators say so."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from node.db.base import Base
from node.db.types import Address, Milliseconds


class OrganisationName(Base):
    """The names of an organisation, which may be known here before it is on the chain."""

    __tablename__ = "organisation_names"

    organisation: Mapped[str] = mapped_column(Address, primary_key=True)
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    named_at_ms: Mapped[int] = mapped_column(Milliseconds)
