"""The identity table: number and name sealed, found by a keyed hash of the number."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from node.db.models.access import Identity
from node.db.sealing import Sealer
from node.db.unit_of_work import Transaction

TABLE = "identities"
NUMBER_PURPOSE = "insured-number"


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

    def number_hash(self, number: str) -> str:
        """Return what a number is found by."""
        return self._sealer.lookup_hash(NUMBER_PURPOSE, number)

    def is_bound(self, tx: Transaction, number: str) -> bool:
        """Whether a number belongs to a member already."""
        query = select(Identity.member).where(Identity.number_hash == self.number_hash(number))
        return tx.execute(query).first() is not None

    def add(self, tx: Transaction, identity: NewIdentity, *, now_ms: int) -> None:
        """Bind a number to a member, once."""
        tx.insert_many(
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

    def find(self, tx: Transaction, number: str) -> KnownIdentity | None:
        """Return whom a number belongs to, None if it is not bound."""
        row = tx.execute(
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

    def salt(self, tx: Transaction, member: str) -> str | None:
        """Return the salt of a member's hashes, None without an identity or after forgetting."""
        sealed = tx.execute(
            select(Identity.salt_sealed).where(Identity.member == member)
        ).scalar_one_or_none()
        if sealed is None:
            return None
        return self._sealer.unseal(bytes(sealed), table=TABLE, column="salt_sealed", row_id=member)

    def _seal(self, identity: NewIdentity, column: str, text: str) -> bytes:
        return self._sealer.seal(text, table=TABLE, column=column, row_id=identity.member)
