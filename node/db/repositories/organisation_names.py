"""Names of organisations in both languages, kept beside the chain that only knows their ids."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import delete, select

from node.db.models.directory import OrganisationName
from node.db.unit_of_work import UnitOfWork
from node.domain.errors import MalformedBody
from node.domain.language import Language

LONGEST = 120


class NameRow(NamedTuple):
    """What an organisation is called."""

    organisation: str
    name_zh: str
    name_en: str

    def of(self, language: Language) -> str:
        """Return the name in a language."""
        return self.name_zh if language is Language.ZH else self.name_en


_COLUMNS = tuple(getattr(OrganisationName, name) for name in NameRow._fields)


def keep_name(unit: UnitOfWork, row: NameRow, *, now_ms: int) -> None:
    """Store the names of an organisation in place of those it had.

    Errors: MalformedBody for a name that is empty, too long or not plain text.
    """
    for name in (row.name_zh, row.name_en):
        _require_plain(name)
    unit.upsert_many(OrganisationName, [row._asdict() | {"named_at_ms": now_ms}])


def names_of(unit: UnitOfWork, organisations: Iterable[str]) -> dict[str, NameRow]:
    """Return the names of those that have any, by id."""
    query = select(*_COLUMNS).where(OrganisationName.organisation.in_(set(organisations)))
    return {row.organisation: NameRow._make(row) for row in unit.execute(query)}


def all_names(unit: UnitOfWork) -> list[NameRow]:
    """Return all names, by id."""
    query = select(*_COLUMNS).order_by(OrganisationName.organisation)
    return [NameRow._make(row) for row in unit.execute(query)]


def forget_name(unit: UnitOfWork, organisation: str) -> bool:
    """Remove the names of an organisation; return whether it had any."""
    found = OrganisationName.organisation == organisation
    return unit.execute(delete(OrganisationName).where(found)).rowcount == 1


def _require_plain(name: str) -> None:
    """Refuse what would not be one line of text on paper, such as marks that turn its direction."""
    kinds = {unicodedata.category(letter) for letter in name}
    odd = any(kind.startswith("C") or kind in ("Zl", "Zp") for kind in kinds)
    if not name.strip() or name != name.strip() or len(name) > LONGEST or odd:
        raise MalformedBody(f"a name is 1 to {LONGEST} letters on one line", field="/name")
