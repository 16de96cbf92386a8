"""The identity table: number and name sealed, found by a keyed hash of the number."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from typing import NamedTuple

from sqlalchemy import delete, select

from node.db.models.access import Identity
from node.db.sealing import Sealer
from node.db.unit_of_work import UnitOfWork
from node.domain.ids import NO_ACCOUNT

TABLE = "identities"
NUMBER_PURPOSE = "insured-number"
TRY_PURPOSE = "look-up try"


class NewIdentity(NamedTuple):
    """Who a member is; `number` in its 18-character form, `salt` that of its chain commitment."""

    member: str
    number: str
    name: str
    salt: str


class KnownIdentity(NamedTuple):
    """What a look-up by number finds."""

    member: str
    name: str


class IdentityVault:
    """Writes and reads identities with keys that are kept outside the database."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._decoy = sealer.seal("", table=TABLE, column="name_sealed", row_id=NO_ACCOUNT)

    def number_hash(self, number: str) -> str:
        """Return what a number is found by."""
        return self._sealer.lookup_hash(NUMBER_PURPOSE, number)

    def bound_to(self, unit: UnitOfWork, number: str) -> str | None:
        """Return the member that a number is bound to, None if it is free."""
        query = select(Identity.member).where(Identity.number_hash == self.number_hash(number))
        return unit.execute(query).scalar_one_or_none()

    def forget(self, unit: UnitOfWork, member: str) -> None:
        """Remove an identity whose member never came to be."""
        unit.execute(delete(Identity).where(Identity.member == member))

    def add(self, unit: UnitOfWork, identity: NewIdentity, *, now_ms: int) -> None:
        """Bind a number to a member, once."""
        unit.insert_many(
            Identity,
            [
                {
                    "member": identity.member,
                    "number_hash": self.number_hash(identity.number),
                    "number_sealed": self._seal(identity, "number_sealed", identity.number),
                    "name_sealed": self._seal(identity, "name_sealed", identity.name),
                    "salt_sealed": self._seal(identity, "salt_sealed", identity.salt),
                    "created_at_ms": now_ms,
                }
            ],
        )

    def find(self, unit: UnitOfWork, number: str) -> KnownIdentity | None:
        """Return whom a number belongs to, None if it is not bound."""
        row = unit.execute(
            select(Identity.member, Identity.name_sealed).where(
                Identity.number_hash == self.number_hash(number)
            )
        ).first()
        if row is None:
            return None
        name = self._sealer.unseal(
            bytes(row.name_sealed), table=TABLE, column="name_sealed", row_id=row.member
        )
        return KnownIdentity(row.member, name)

    def find_pair(self, unit: UnitOfWork, number: str, name: str) -> KnownIdentity | None:
        """Return the member that a number and a name belong to, None for any other pair.

        An unknown number costs the same query and the same decryption as a known one.
        """
        row = unit.execute(
            select(Identity.member, Identity.name_sealed).where(
                Identity.number_hash == self.number_hash(number)
            )
        ).first()
        member, sealed = (NO_ACCOUNT, self._decoy) if row is None else (row.member, row.name_sealed)
        known = self._sealer.unseal(bytes(sealed), table=TABLE, column="name_sealed", row_id=member)
        same = hmac.compare_digest(_comparable(known), _comparable(name))
        return KnownIdentity(member, known) if same and row is not None else None

    def name(self, unit: UnitOfWork, member: str) -> str | None:
        """Return the name of a member, None without an identity or after forgetting."""
        sealed = unit.execute(
            select(Identity.name_sealed).where(Identity.member == member)
        ).scalar_one_or_none()
        if sealed is None:
            return None
        return self._sealer.unseal(bytes(sealed), table=TABLE, column="name_sealed", row_id=member)

    def try_hash(self, number: str) -> str:
        """Return what tries with a number are counted under; not what it is found by."""
        return self._sealer.lookup_hash(TRY_PURPOSE, number)

    def salt(self, unit: UnitOfWork, member: str) -> str | None:
        """Return the salt of a member's hashes, None without an identity or after forgetting."""
        sealed = unit.execute(
            select(Identity.salt_sealed).where(Identity.member == member)
        ).scalar_one_or_none()
        if sealed is None:
            return None
        return self._sealer.unseal(bytes(sealed), table=TABLE, column="salt_sealed", row_id=member)

    def _seal(self, identity: NewIdentity, column: str, text: str) -> bytes:
        return self._sealer.seal(text, table=TABLE, column=column, row_id=identity.member)


def _comparable(name: str) -> bytes:
    """Return a digest of a name that spelling variants of one name share, of one length."""
    plain = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return hashlib.sha256(plain.encode()).digest()
