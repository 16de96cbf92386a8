"""Made-up people behind the demo members: sealed in the gateway's database, a hash on chain.

Nothing here is secret: numbers and names stand in the devnet file and salts follow from them. What
members are asked for in earnest goes the same way, with random salts.
"""

from __future__ import annotations

from node.db.repositories.identities import IdentityVault, NewIdentity
from node.db.unit_of_work import UnitOfWork
from node.devnet.network.manifest import Manifest, MemberEntry
from node.devnet.seed.parties import member_party
from node.features.members.service import Identity
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex


def person_of(entry: MemberEntry) -> Identity | None:
    """Return who a member of the devnet file is, None if the file does not say."""
    if entry.person is None:
        return None
    salt = to_hex(keccak(f"sandbox salt {entry.name}".encode()))
    return Identity(entry.person.number, entry.person.name, salt)


def seal_people(unit: UnitOfWork, vault: IdentityVault, manifest: Manifest, *, now_ms: int) -> None:
    """Bind the numbers of the devnet file to its members; those bound already stay."""
    for entry in manifest.members:
        person = person_of(entry)
        if person is not None and vault.bound_to(unit, person.number) is None:
            account = member_party(entry.name).account
            one = NewIdentity(account, person.number, person.name, person.salt)
            vault.add(unit, one, now_ms=now_ms)
