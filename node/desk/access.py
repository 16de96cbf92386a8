"""Whose data a caller may read: the one place that decides it for every noun.

Members and money: a stranger gets `NotOwner` whether or not the thing exists, so that nobody can
probe for ids; only who may read everything is told that an id is unknown. Visits, claims, receipts
and transactions: the noun's service answers a stranger as if there were no such thing.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from node.db.repositories.visits import VisitRow
from node.db.unit_of_work import UnitOfWork
from node.desk.callers import Caller, may_sign
from node.desk.readers import AccountNames
from node.domain.errors import MemberUnknown, NotOwner, RequiredRelation
from node.domain.roles import Role
from node.readmodels import coverages, organisations, signers
from node.readmodels.claims import ClaimRow
from node.readmodels.members import MemberRow, find_member, links_of
from node.readmodels.premiums import BillRow
from node.readmodels.receipts import ReceiptRow

# What an organisation lacks follows from its role alone, so that it says nothing about the member.
_SEES_MEMBERS = {
    Role.PROVIDER: RequiredRelation.CARING_PROVIDER,
    Role.INSURER: RequiredRelation.COVERING_INSURER,
    Role.OPERATOR: RequiredRelation.REGISTRAR,
}


class Listed(enum.Enum):
    """A list that organisations see their part of."""

    BILLS = enum.auto()
    CLAIMS = enum.auto()
    COVERAGES = enum.auto()


NARROWED: dict[Listed, dict[Role, str]] = {
    Listed.BILLS: {Role.EMPLOYER: "payer", Role.INSURER: "insurer"},
    Listed.CLAIMS: {Role.PROVIDER: "provider", Role.INSURER: "insurer"},
    Listed.COVERAGES: {Role.INSURER: "insurer"},
}
"""The column of a list that must hold the organisation's own account."""


def is_holder(unit: UnitOfWork, holder: str, member: str) -> bool:
    """Whether an account is the member itself or holds an active family link to it."""
    if holder == member:
        return True
    links = links_of(unit, holder)
    return any(one.active and (one.holder, one.relative) == (holder, member) for one in links)


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """Answers for one moment: `day` is the policy day on which guardians are judged."""

    names: AccountNames

    def require_member(
        self, unit: UnitOfWork, caller: Caller, member: str, *, day: int
    ) -> MemberRow:
        """Return a member the caller may read.

        A person sees the own account and that of a minor it guards, a provider whom it cares for
        now, an insurer whom it covers or registered, an operator whom it registered, an auditor
        everybody. Errors: NotOwner, MemberUnknown.
        """
        row = find_member(unit, member)
        if not self._sees_member(unit, caller, member, row, day=day):
            relation = _SEES_MEMBERS.get(caller.role, RequiredRelation.HOLDER_OR_GUARDIAN)
            raise NotOwner(caller.account, member, relation)
        if row is None:
            raise MemberUnknown(member)
        return row

    def require_account(self, unit: UnitOfWork, caller: Caller, account: str, *, day: int) -> None:
        """Make sure that the caller may read the money of an account. Errors: NotOwner."""
        if not self._sees_money(unit, caller, account, day=day):
            person = RequiredRelation.HOLDER_OR_GUARDIAN
            relation = person if caller.is_person else RequiredRelation.MONEY_HOLDER
            raise NotOwner(caller.account, account, relation)

    def sees_claim(self, unit: UnitOfWork, caller: Caller, claim: ClaimRow, *, day: int) -> bool:
        """Whether the caller took part in a claim, acts for its member, or audits."""
        parties = (claim.member, claim.provider, claim.insurer, claim.family_holder)
        return caller.account in parties or self._sees_money(unit, caller, claim.member, day=day)

    def sees_receipt(
        self,
        unit: UnitOfWork,
        caller: Caller,
        receipt: ReceiptRow,
        *,
        source: ClaimRow | BillRow | None,
        day: int,
    ) -> bool:
        """Whether the caller is party to a receipt or to the claim or bill behind it."""
        parties = {receipt.account}
        if source is not None:
            parties |= {source.member, source.insurer or ""}
        if isinstance(source, ClaimRow):
            parties.add(source.provider)
        return caller.account in parties or self._sees_money(unit, caller, receipt.account, day=day)

    def sees_bill(self, unit: UnitOfWork, caller: Caller, bill: BillRow, *, day: int) -> bool:
        """Whether the caller is party to a bill, may pay for its member, or audits."""
        return (
            caller.role is Role.AUDITOR
            or caller.account in (bill.member, bill.payer, bill.insurer)
            or (caller.is_person and self.may_pay_for(unit, caller, bill.member, day=day))
        )

    def may_pay_for(self, unit: UnitOfWork, caller: Caller, member: str, *, day: int) -> bool:
        """Whether a person is the member, guards it, or holds a family link to it."""
        guards = signers.is_guardian(unit, member=member, guardian=caller.account, day=day)
        return guards or is_holder(unit, caller.account, member)

    def require_may_pay_for(
        self, unit: UnitOfWork, caller: Caller, member: str, *, day: int
    ) -> None:
        """Make sure that a person may list and pay the bills of a member. Errors: NotOwner."""
        if not self.may_pay_for(unit, caller, member, day=day):
            relation = RequiredRelation.PAYS_FOR_MEMBER
            raise NotOwner(caller.account, member, relation, field="/query/member_id")

    def sees_visit(self, caller: Caller, visit: VisitRow) -> bool:
        """Whether a visit is the caller's own care, or care that the caller gives."""
        own = caller.is_person and visit.member == caller.account
        return own or self.keeps_visit(caller, visit)

    def keeps_visit(self, caller: Caller, visit: VisitRow) -> bool:
        """Whether the caller is the provider that writes a visit."""
        return visit.provider == caller.account

    def sees_transaction(
        self, unit: UnitOfWork, caller: Caller, parties: Sequence[str], *, day: int
    ) -> bool:
        """Whether the caller audits or may sign for one of the parties of an intent."""
        if not parties:
            return False
        return caller.role is Role.AUDITOR or any(
            may_sign(unit, caller, actor=party, day=day) for party in parties
        )

    def narrowed(self, noun: Listed, caller: Caller) -> dict[str, str]:
        """Return the filter that a list has for an organisation, whatever it asks for."""
        field = NARROWED[noun].get(caller.role)
        return {} if field is None else {field: caller.account}

    def _sees_member(
        self, unit: UnitOfWork, caller: Caller, member: str, row: MemberRow | None, *, day: int
    ) -> bool:
        if caller.role is Role.AUDITOR or member == caller.account:
            return True
        if caller.is_person:
            return signers.is_guardian(unit, member=member, guardian=caller.account, day=day)
        if caller.role is Role.PROVIDER:
            return coverages.has_open_visit(unit, provider=caller.account, member=member)
        registered = row is not None and row.opened_by == caller.account
        if caller.role is Role.INSURER:
            return registered or coverages.is_covered_by(
                unit, member=member, insurer=caller.account
            )
        return caller.role is Role.OPERATOR and registered

    def _sees_money(self, unit: UnitOfWork, caller: Caller, account: str, *, day: int) -> bool:
        if caller.role is Role.AUDITOR or account == caller.account:
            return True
        if caller.is_person:
            return signers.is_guardian(unit, member=account, guardian=caller.account, day=day)
        organisation = organisations.find_organisation(unit, caller.account)
        if organisation is not None and organisation.settlement_account == account:
            return True
        names = self.names
        if caller.role is Role.CHANNEL:
            return account == names.external_of(caller.account)
        if caller.role is Role.PROVIDER:
            payers = organisations.contractors_of(unit, caller.account)
            return any(account == names.receivable(caller.account, one) for one in payers)
        if caller.role is Role.INSURER:
            owed = organisations.providers_of(unit, caller.account)
            return organisations.is_fund_of(unit, account=account, insurer=caller.account) or any(
                account == names.receivable(one, caller.account) for one in owed
            )
        return False
