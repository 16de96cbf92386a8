"""Members: registration with a sealed identity, guardians, family links, benefits.

The chain knows an account id and a salted commitment; number and name stay in the identity table,
encrypted, and are found by a keyed hash only (S05).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from node.db.pages import PageRequest
from node.db.repositories.identities import IdentityVault, NewIdentity
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.access import AccessDecision
from node.desk.callers import Caller
from node.desk.intents import IntentDesk, PreparedIntent, Step, Submission
from node.desk.readers import AccountNames
from node.domain.coverage_standing import CoverageStanding
from node.domain.days import Day, day_of, policy_year
from node.domain.errors import IdentityAlreadyBound, MalformedBody, MemberUnknown
from node.domain.kinds import Relation
from node.domain.members import identity_number
from node.domain.parties import SignerKind
from node.intents.bodies import AssignGuardian, EndFamilyLink, LinkFamily, OpenMember
from node.intents.messages import IntentKind
from node.outbox.pending import is_pending
from node.readmodels import coverages as coverage_rows
from node.readmodels import members as member_rows
from node.readmodels.accumulators import YearRow, find_year
from node.readmodels.coverages import CoverageFilter, CoverageRow, PlanHead
from node.readmodels.members import FamilyLinkRow, GuardianRow, MemberRow
from node.readmodels.premiums import BillRow
from node.readmodels.standings import coverages_on, paid_not_enrolled

MOST_COVERAGES = 200
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a member is, as handed in; `salt` is 0x and 64 hex digits."""

    number: str
    name: str
    salt: str


@dataclass(frozen=True, slots=True)
class Benefit:
    """A coverage on a day: whether care is paid, and by which plan versions."""

    coverage: CoverageRow
    standing: CoverageStanding
    plans: list[PlanHead]


@dataclass(frozen=True, slots=True)
class BenefitsOn:
    """What a member is entitled to on a day, and the paid bills of it that nobody enrolled."""

    day: Day
    benefits: list[Benefit]
    pending: list[BillRow]


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member with who may sign beside it."""

    member: MemberRow
    guardians: list[GuardianRow]


def commitment_of(identity: Identity) -> str:
    """Return what the chain stores of an identity: it says nothing without the salt (M06)."""
    text = bytes.fromhex(identity.salt[2:]) + identity_number(identity.number).encode()
    return "0x" + hashlib.sha256(text).hexdigest()


class MembersService:
    """Commands and questions about members."""

    def __init__(
        self,
        database: Database,
        *,
        desk: IntentDesk,
        access: AccessDecision,
        names: AccountNames,
        vault: IdentityVault,
    ) -> None:
        self._database = database
        self._desk = desk
        self._access = access
        self._names = names
        self._vault = vault

    async def prepare_opening(
        self,
        caller: Caller,
        *,
        actor: str,
        identity: tuple[str, str],
        signer: tuple[str, SignerKind],
        categories: int,
    ) -> tuple[PreparedIntent, Identity]:
        """Prepare a new member with a random id; the identity must be handed in with the intent.

        `identity` = (number, name); `signer` = (key, kind), a zero key for a member that acts
        through guardians. Errors: InvalidIdentityNumber, IdentityAlreadyBound.
        """
        number, name = identity
        salt = "0x" + secrets.token_hex(SALT_BYTES)
        given = Identity(identity_number(number), name, salt)
        body = OpenMember(
            account=self._names.new_member_id(),
            signer_key=signer[0],
            signer_kind=int(signer[1]),
            identity_commitment=commitment_of(given),
            categories=categories,
        )
        prepared = await self._desk.prepare(
            caller,
            kind=IntentKind.OPEN_MEMBER,
            actor=actor,
            body=body,
            check=lambda unit: self._require_free(unit, given.number),
        )
        return prepared, given

    def identity_step(self, submission: Submission, *, identity: Identity) -> Step:
        """Return the step that stores the identity of a new member, sealed.

        Errors: MalformedBody if the intent does not commit to the identity; IdentityAlreadyBound.
        """
        body = submission.signed.intent.body
        if isinstance(body, OpenMember) and body.identity_commitment != commitment_of(identity):
            raise MalformedBody("not what the intent commits to", field="/identity")

        def record(unit: UnitOfWork) -> None:
            assert isinstance(body, OpenMember)
            number = identity_number(identity.number)
            stale = self._stale_owner(unit, number)
            if stale is not None:
                self._vault.forget(unit, stale)
            one = NewIdentity(body.account, number, identity.name, identity.salt)
            self._vault.add(unit, one, now_ms=self._desk.now_s * 1000)

        return record

    async def prepare_guardian(
        self, caller: Caller, *, actor: str, member: str, guardian: str, until_day: int
    ) -> PreparedIntent:
        """Prepare the naming of a guardian for a minor until a day. Errors: MemberUnknown."""

        def check(unit: UnitOfWork) -> None:
            for account in (member, guardian):
                if member_rows.find_member(unit, account) is None:
                    raise MemberUnknown(account)

        return await self._desk.prepare(
            caller,
            kind=IntentKind.ASSIGN_GUARDIAN,
            actor=actor,
            body=AssignGuardian(member, guardian, until_day),
            check=check,
        )

    async def prepare_link(
        self, caller: Caller, *, holder: str, relative: str, relation: Relation | None
    ) -> PreparedIntent:
        """Prepare a family link, or its end without a relation (P11). Errors: MemberUnknown."""

        def check(unit: UnitOfWork) -> None:
            if member_rows.find_member(unit, relative) is None:
                raise MemberUnknown(relative, field="/relative_id")

        ends = relation is None
        return await self._desk.prepare(
            caller,
            kind=IntentKind.END_FAMILY_LINK if ends else IntentKind.LINK_FAMILY,
            actor=holder,
            body=EndFamilyLink(relative) if ends else LinkFamily(relative, int(relation or 0)),
            check=check,
        )

    async def find(self, caller: Caller, member: str) -> MemberView:
        """Return a member the caller may see. Errors: NotOwner, MemberUnknown."""
        today = self._today()

        def read(unit: UnitOfWork) -> MemberView:
            row = self._access.require_member(unit, caller, member, day=today)
            return MemberView(row, member_rows.guardians_of(unit, member))

        return await self._database.read(read)

    async def links(self, caller: Caller, member: str) -> list[FamilyLinkRow]:
        """Return a member's family links, ended ones too. Errors: NotOwner, MemberUnknown."""
        today = self._today()

        def read(unit: UnitOfWork) -> list[FamilyLinkRow]:
            self._access.require_member(unit, caller, member, day=today)
            return member_rows.links_of(unit, member)

        return await self._database.read(read)

    async def benefits(self, caller: Caller, member: str, *, day: int | None) -> BenefitsOn:
        """Return what is covered on a day (today without one), and what is paid and pending."""
        today = self._today()
        asked = today if day is None else Day(day)

        def read(unit: UnitOfWork) -> BenefitsOn:
            self._access.require_member(unit, caller, member, day=today)
            wanted = CoverageFilter(member=member, day=asked)
            rows = coverage_rows.list_coverages(unit, wanted, PageRequest(MOST_COVERAGES))
            benefits = [
                Benefit(one.row, one.standing, coverage_rows.plans_for(unit, one.row, day=asked))
                for one in coverages_on(unit, rows.items, day=asked)
            ]
            pending = paid_not_enrolled(unit, member, day=asked, covering=asked)
            return BenefitsOn(asked, benefits, pending)

        return await self._database.read(read)

    async def accumulators(
        self, caller: Caller, member: str, *, year: int | None
    ) -> tuple[int, YearRow]:
        """Return what a member used in a policy year, the present year by default."""
        today = self._today()
        asked = policy_year(today) if year is None else year

        def read(unit: UnitOfWork) -> YearRow:
            self._access.require_member(unit, caller, member, day=today)
            return find_year(unit, member=member, year=asked)

        return asked, await self._database.read(read)

    def _today(self) -> Day:
        return day_of(self._desk.now_s)

    def _require_free(self, unit: UnitOfWork, number: str) -> None:
        self._stale_owner(unit, number)

    def _stale_owner(self, unit: UnitOfWork, number: str) -> str | None:
        """Return whom a number is bound to if that registration can no longer succeed.

        Errors: IdentityAlreadyBound if it did or may.
        """
        owner = self._vault.bound_to(unit, number)
        if owner is None:
            return None
        exists = member_rows.find_member(unit, owner) is not None
        if exists or is_pending(unit, IntentKind.OPEN_MEMBER, account=owner):
            raise IdentityAlreadyBound(field="/number")
        return owner
