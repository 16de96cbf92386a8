"""Who may sign for an account, as the registries say at the last block read."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from node.db.models.members import Guardian
from node.db.models.parties import Officer
from node.db.unit_of_work import UnitOfWork
from node.domain.parties import SignerKind

SIGNER = (
    "SELECT s.kind, s.valid_from, s.valid_until, f.frozen FROM signers s"
    " LEFT JOIN signer_freezes f ON f.account = s.account WHERE s.account = ? AND s.key = ?"
)


class SignerRow(NamedTuple):
    """A key of an account; `valid_until` 0 = no end; `frozen` covers all keys of the account."""

    kind: SignerKind
    valid_from: int
    valid_until: int
    frozen: bool

    def is_valid_at(self, now_s: int) -> bool:
        """Whether the key's own dates allow signing at a moment."""
        return self.valid_from <= now_s and (self.valid_until == 0 or now_s < self.valid_until)


def signer_of(unit: UnitOfWork, *, account: str, key: str) -> SignerRow | None:
    """Return the key's row, None if the account has no such key."""
    owner = bytes.fromhex(account[2:])
    rows = unit.fetch(SIGNER, owner, bytes.fromhex(key[2:]))
    if not rows:
        return None
    kind, valid_from, valid_until, frozen = rows[0]
    return SignerRow(SignerKind[kind], valid_from, valid_until, bool(frozen))


def is_guardian(unit: UnitOfWork, *, member: str, guardian: str, day: int) -> bool:
    """Whether the guardian may sign for the member on a policy day."""
    until = unit.execute(
        select(Guardian.until_day).where(Guardian.member == member, Guardian.guardian == guardian)
    ).scalar_one_or_none()
    return until is not None and day < until


def organisation_of_officer(unit: UnitOfWork, officer: str) -> str | None:
    """Return the organisation an officer acts for, None if there is no such officer."""
    return unit.execute(
        select(Officer.organisation).where(Officer.officer == officer)
    ).scalar_one_or_none()
