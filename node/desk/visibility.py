"""Whose data a caller may read: the one place that decides it for every noun.

A stranger gets `NotOwner` whether or not the thing exists, so that nobody can probe for ids; only
who may read everything is told that an id is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.db.unit_of_work import Transaction
from node.desk.callers import Caller
from node.desk.readers import AccountNames
from node.domain.errors import MemberUnknown, NotOwner, RequiredRelation
from node.domain.roles import Role
from node.readmodels import coverages, organisations, signers
from node.readmodels.members import MemberRow, find_member

# What an organisation lacks follows from its role alone, so that it says nothing about the member.
_SEES_MEMBERS = {
    Role.PROVIDER: RequiredRelation.CARING_PROVIDER,
    Role.INSURER: RequiredRelation.COVERING_INSURER,
    Role.OPERATOR: RequiredRelation.REGISTRAR,
}


@dataclass(frozen=True, slots=True)
class Visibility:
    """Answers for one moment: `day` is the policy day on which guardians are judged."""

    names: AccountNames

    def require_member(
        self, tx: Transaction, caller: Caller, member: str, *, day: int
    ) -> MemberRow:
        """Return a member the caller may read.

        A person sees the own account and that of a minor it guards, a provider whom it cares for
        now, an insurer whom it covers or registered, an operator whom it registered, an auditor
        everybody. Errors: NotOwner, MemberUnknown.
        """
        row = find_member(tx, member)
        if not self._sees_member(tx, caller, member, row, day=day):
            relation = _SEES_MEMBERS.get(caller.role, RequiredRelation.HOLDER_OR_GUARDIAN)
            raise NotOwner(caller.account, member, relation)
        if row is None:
            raise MemberUnknown(member)
        return row

    def require_account(self, tx: Transaction, caller: Caller, account: str, *, day: int) -> None:
        """Make sure that the caller may read the money of an account. Errors: NotOwner."""
        if not (account == caller.account or self._sees_money(tx, caller, account, day=day)):
            person = RequiredRelation.HOLDER_OR_GUARDIAN
            relation = person if caller.is_person else RequiredRelation.MONEY_HOLDER
            raise NotOwner(caller.account, account, relation)

    def _sees_member(
        self, tx: Transaction, caller: Caller, member: str, row: MemberRow | None, *, day: int
    ) -> bool:
        if caller.role is Role.AUDITOR or member == caller.account:
            return True
        if caller.is_person:
            return signers.is_guardian(tx, member=member, guardian=caller.account, day=day)
        if caller.role is Role.PROVIDER:
            return coverages.has_open_visit(tx, provider=caller.account, member=member)
        registered = row is not None and row.opened_by == caller.account
        if caller.role is Role.INSURER:
            return registered or coverages.is_covered_by(tx, member=member, insurer=caller.account)
        return caller.role is Role.OPERATOR and registered

    def _sees_money(self, tx: Transaction, caller: Caller, account: str, *, day: int) -> bool:
        if caller.role is Role.AUDITOR:
            return True
        if caller.is_person:
            return signers.is_guardian(tx, member=account, guardian=caller.account, day=day)
        organisation = organisations.find_organisation(tx, caller.account)
        if organisation is not None and organisation.settlement_account == account:
            return True
        names = self.names
        if caller.role is Role.CHANNEL:
            return account == names.external_of(caller.account)
        if caller.role is Role.PROVIDER:
            payers = organisations.contractors_of(tx, caller.account)
            return any(account == names.receivable(caller.account, one) for one in payers)
        if caller.role is Role.INSURER:
            owed = organisations.providers_of(tx, caller.account)
            return organisations.is_fund_of(tx, account=account, insurer=caller.account) or any(
                account == names.receivable(one, caller.account) for one in owed
            )
        return False
