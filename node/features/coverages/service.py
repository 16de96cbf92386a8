"""Coverages: enrolment, renewal and end, and who is covered when (P48)."""

from __future__ import annotations

from dataclasses import replace

from node.db.pages import PageOf, PageRequest
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.access import AccessDecision, Listed
from node.desk.callers import Caller
from node.desk.intents import IntentDesk, PreparedIntent
from node.domain.coverage import Coverage, check_enrolment
from node.domain.days import Day, day_of
from node.domain.errors import CoverageUnknown, InvalidPeriod, MalformedBody, MemberUnknown
from node.domain.kinds import Scheme
from node.domain.roles import Role
from node.intents.bodies import EndCoverage, Enrol
from node.intents.messages import IntentKind
from node.readmodels.coverages import CoverageFilter, list_coverages
from node.readmodels.members import find_member
from node.readmodels.standings import CoverageOn, coverages_on

MOST_PERIODS = 1_000


class CoveragesService:
    """Commands and questions about coverage periods."""

    def __init__(self, database: Database, *, desk: IntentDesk, access: AccessDecision) -> None:
        self._database = database
        self._desk = desk
        self._access = access

    async def prepare_enrolment(
        self, caller: Caller, *, actor: str, period: Enrol
    ) -> PreparedIntent:
        """Prepare a coverage period. Errors: MemberUnknown; InvalidPeriod (empty, overlap)."""

        def check(unit: UnitOfWork) -> None:
            if find_member(unit, period.member) is None:
                raise MemberUnknown(period.member, field="/member_id")
            known = _periods(unit, period.member, Scheme(period.scheme))
            check_enrolment(known, start_day=period.start_day, end_day=period.end_day)

        return await self._desk.prepare(
            caller, kind=IntentKind.ENROL, actor=actor, body=period, check=check
        )

    async def prepare_end(
        self, caller: Caller, *, actor: str, ending: EndCoverage
    ) -> PreparedIntent:
        """Prepare the shortening of a period. Errors: CoverageUnknown, InvalidPeriod."""

        def check(unit: UnitOfWork) -> None:
            known = _periods(unit, ending.member, Scheme(ending.scheme))
            period = next((one for one in known if one.start_day == ending.start_day), None)
            if period is None:
                raise CoverageUnknown(ending.member, ending.start_day)
            if not ending.start_day <= ending.end_day < period.end_day:
                raise InvalidPeriod(ending.start_day, ending.end_day, field="/new_end")

        return await self._desk.prepare(
            caller, kind=IntentKind.END_COVERAGE, actor=actor, body=ending, check=check
        )

    async def page(
        self, caller: Caller, wanted: CoverageFilter, request: PageRequest
    ) -> PageOf[CoverageOn]:
        """Return coverages the caller may see: own ones, those it runs, those of a patient.

        Without a filter a member gets the own ones, an insurer those it runs; a provider must name
        a member. Errors: MalformedBody, NotOwner.
        """
        if wanted.member is None and caller.role is Role.PROVIDER:
            raise MalformedBody("name the member in your care", field="/query/member_id")
        if wanted.member is None and caller.is_person:
            wanted = replace(wanted, member=caller.account)
        own = self._access.narrowed(Listed.COVERAGES, caller)
        wanted = replace(wanted, insurer=own.get("insurer", wanted.insurer))
        today = day_of(self._desk.now_s)

        def read(unit: UnitOfWork) -> PageOf[CoverageOn]:
            if wanted.member is not None and caller.role is not Role.INSURER:
                self._access.require_member(unit, caller, wanted.member, day=today)
            found = list_coverages(unit, wanted, request)
            return PageOf(tuple(coverages_on(unit, found.items, day=today)), found.next)

        return await self._database.read(read)


def _periods(unit: UnitOfWork, member: str, scheme: Scheme) -> list[Coverage]:
    wanted = CoverageFilter(member=member, scheme=scheme.name)
    rows = list_coverages(unit, wanted, PageRequest(MOST_PERIODS))
    return [
        Coverage(Day(row.start_day), Day(row.end_day), Day(row.care_from_day), row.tenure_years)
        for row in rows.items
    ]
