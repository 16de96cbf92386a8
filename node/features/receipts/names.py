"""Who is named on a receipt, and how: organisations by name, people masked but for the reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.db.repositories.identities import IdentityVault
from node.db.repositories.organisation_names import names_of
from node.db.unit_of_work import UnitOfWork
from node.domain.language import Language
from node.domain.members import mask_name


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody on a receipt; `name` as the reader may see it, None where it is not known here."""

    account: str
    name: str | None


class NameReader:
    """The names one reader sees on one receipt: its own in full, other people's masked."""

    def __init__(self, vault: IdentityVault, *, reader: str, language: Language) -> None:
        self._vault = vault
        self._reader = reader
        self._language = language
        self._known: dict[str, str] = {}

    def learn(self, unit: UnitOfWork, accounts: Iterable[str]) -> None:
        """Read the names of accounts, as far as this gateway knows them."""
        wanted = set(accounts)
        for account, row in names_of(unit, wanted).items():
            self._known[account] = row.of(self._language)
        for account in wanted - self._known.keys():
            name = self._vault.name(unit, account)
            if name is not None:
                self._known[account] = name if account == self._reader else mask_name(name)

    def party(self, account: str) -> Party:
        """Return an account with its name."""
        return Party(account, self._known.get(account))

    def optional(self, account: str | None) -> Party | None:
        """Return an account that may be missing."""
        return None if account is None else self.party(account)
