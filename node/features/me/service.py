"""Who am I: what a caller may know about itself, in one answer and a fixed number of queries.

It shows nothing that another route would refuse the caller: the own account, the minors it guards
today, the family links it is a side of, the own organisation.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.db.hot import BalanceAt
from node.db.repositories.identities import IdentityVault
from node.db.repositories.tokens import TokenRecord, find_token
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller, hash_token
from node.desk.clock import Clock
from node.domain.coverage_standing import CoverageStanding
from node.domain.days import Day, day_of
from node.domain.errors import SignInRequired
from node.domain.members import mask_name
from node.domain.parties import OrganisationKind
from node.readmodels import members as member_rows
from node.readmodels import organisations as organisation_rows
from node.readmodels.members import FamilyLinkRow, GuardianRow, MemberRow, WardRow
from node.readmodels.organisations import OfficerOf, OrganisationRow
from node.readmodels.premiums import BillRow, current_bills
from node.readmodels.standings import CoverageOn, current_coverages, standings_of


@dataclass(frozen=True, slots=True)
class BillOn:
    """A bill and where it stands today."""

    bill: BillRow
    standing: CoverageStanding


@dataclass(frozen=True, slots=True)
class MyMember:
    """The own member account; bills are those to pay or to be enrolled, with the wards'."""

    member: MemberRow
    masked_name: str | None
    guardians: list[GuardianRow]
    wards: list[WardRow]
    links: list[FamilyLinkRow]
    coverages: list[CoverageOn]
    bills: list[BillOn]


@dataclass(frozen=True, slots=True)
class MyOrganisation:
    """The own organisation with its officers and, for a provider, who contracts it now."""

    organisation: OrganisationRow
    officers: list[OfficerOf]
    insurers: list[str] | None


@dataclass(frozen=True, slots=True)
class Me:
    """What a caller is on a policy day. Neither side: the chain does not know the account yet."""

    caller: Caller
    token: TokenRecord
    day: Day
    member: MyMember | None
    organisation: MyOrganisation | None


class MeService:
    """Answers a caller about itself."""

    def __init__(self, database: Database, *, vault: IdentityVault, clock: Clock) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock

    async def describe(self, caller: Caller, token: str) -> Me:
        """Return what the caller of a valid token is. Errors: SignInRequired."""
        today = day_of(self._clock.network_s())

        def read(unit: UnitOfWork) -> Me:
            known = find_token(unit, hash_token(token))
            if known is None:
                raise SignInRequired
            if caller.is_person:
                return Me(caller, known, today, self._member(unit, caller, today), None)
            return Me(caller, known, today, None, _organisation(unit, caller))

        return await self._database.read(read)

    async def balance(self, account: str) -> BalanceAt:
        """Return the pockets of the caller's own account; none before the first block."""
        return await self._database.hot.balance(account) or BalanceAt((), 0, "")

    def _member(self, unit: UnitOfWork, caller: Caller, today: Day) -> MyMember | None:
        account = caller.account
        row = member_rows.find_member(unit, account)
        if row is None:
            return None
        name = self._vault.name(unit, account)
        wards = member_rows.wards_of(unit, account, day=today)
        everybody = [account, *(ward.member for ward in wards)]
        return MyMember(
            member=row,
            masked_name=None if name is None else mask_name(name),
            guardians=member_rows.guardians_of(unit, account),
            wards=wards,
            links=member_rows.links_of(unit, account),
            coverages=current_coverages(unit, everybody, day=today),
            bills=_bills(unit, everybody, today),
        )


def _bills(unit: UnitOfWork, members: list[str], today: Day) -> list[BillOn]:
    """Return the bills that somebody must still do something about."""
    rows = current_bills(unit, members, day=today)
    standings = standings_of(unit, rows, day=today)
    found = [BillOn(row, standings[row.bill_id]) for row in rows]
    return [
        one
        for one in found
        if one.bill.state != "PAID" or one.standing is CoverageStanding.PENDING_ENROLMENT
    ]


def _organisation(unit: UnitOfWork, caller: Caller) -> MyOrganisation | None:
    row = organisation_rows.find_organisation(unit, caller.account)
    if row is None:
        return None
    provides = row.kind == OrganisationKind.PROVIDER.name
    return MyOrganisation(
        row,
        organisation_rows.officers_of(unit, row.organisation),
        organisation_rows.insurers_of(unit, row.organisation) if provides else None,
    )
