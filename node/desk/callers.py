"""Who asks: a role and an account, proved by a token. Says whose data and money it may touch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from node.db.unit_of_work import UnitOfWork
from node.domain.errors import NotOwner, RequiredRelation
from node.domain.roles import Role
from node.readmodels import signers

_OWN_ACCOUNT_ONLY = frozenset({Role.MEMBER, Role.DEPENDANT})


@dataclass(frozen=True, slots=True)
class Caller:
    """One authenticated party under one role. `account` is a member or organisation id."""

    role: Role
    account: str

    @property
    def is_person(self) -> bool:
        """Whether this is a member or dependant, who sees and moves only what is their own."""
        return self.role in _OWN_ACCOUNT_ONLY

    def require_own(self, account: str, *, relation: RequiredRelation) -> None:
        """Make sure that the account is the caller's own. Errors: NotOwner with the relation."""
        if account != self.account:
            raise NotOwner(self.account, account, relation)


def hash_token(token: str) -> str:
    """Return what a token is stored and found by."""
    return "0x" + hashlib.sha256(token.encode()).hexdigest()


class Authenticator(Protocol):
    """What tells who a bearer token acts as."""

    async def verify(self, token: str) -> Caller:
        """Return who asks. Errors: SignInRequired."""


def may_sign(unit: UnitOfWork, caller: Caller, *, actor: str, day: int) -> bool:
    """Whether the caller may hand in an intent of `actor`; see `require_may_sign`."""
    if actor == caller.account:
        return True
    if caller.is_person:
        return signers.is_guardian(unit, member=actor, guardian=caller.account, day=day)
    return signers.organisation_of_officer(unit, actor) == caller.account


def require_may_sign(unit: UnitOfWork, caller: Caller, *, actor: str, day: int) -> None:
    """Make sure that the caller may hand in an intent of `actor`.

    A member acts for itself and, as guardian, for a minor; an organisation for itself and its
    officers. Errors: NotOwner.
    """
    if not may_sign(unit, caller, actor=actor, day=day):
        person = RequiredRelation.HOLDER_OR_GUARDIAN
        relation = person if caller.is_person else RequiredRelation.ACTOR_OR_OFFICER
        raise NotOwner(caller.account, actor, relation)
