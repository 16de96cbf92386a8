"""Coverages: enrolment, end, and lists."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from node.api.days import read_day, read_optional_day, show_day
from node.api.deps import CallerDep, service
from node.api.idempotency import Money
from node.api.pagination import Page, PageDep, list_route, shown_page
from node.api.pairs import MoneyRouter
from node.api.schemas.base import AccountQuery, DayQuery
from node.desk.intents import PreparedIntent
from node.domain.kinds import MemberKind, Scheme
from node.features.coverages.access import ACCESS
from node.features.coverages.schemas import (
    CoverageOut,
    CoverageRequest,
    EndRequest,
    EnrolmentRequest,
    SchemeName,
)
from node.features.coverages.service import CoveragesService
from node.intents.bodies import EndCoverage, Enrol
from node.intents.encoding import short_text
from node.intents.messages import IntentKind
from node.readmodels.coverages import CoverageFilter
from node.readmodels.standings import CoverageOn

router = MoneyRouter("/v1/coverages", tag="coverages", access=ACCESS)
CoveragesDep = Annotated[CoveragesService, Depends(service(CoveragesService))]


@router.get("", **list_route("listCoverages", "List coverages", Page[CoverageOut]))
async def coverages(
    *,
    caller: CallerDep,
    coverages: CoveragesDep,
    page: PageDep,
    member_id: AccountQuery = None,
    insurer_id: AccountQuery = None,
    scheme: Annotated[SchemeName | None, Query(description="Only those of this scheme.")] = None,
    day: DayQuery = None,
) -> Page[CoverageOut]:
    """Return coverages: a member's own, those an insurer runs, a patient's for its provider."""
    wanted = CoverageFilter(
        member=member_id,
        insurer=insurer_id,
        scheme=scheme,
        day=read_optional_day(day, field="/query/day"),
    )
    return shown_page(await coverages.page(caller, wanted, page), shown_coverage)


@router.prepare("", "prepareCoverage", "Prepare an enrolment or its end")
async def prepare_coverage(
    asked: CoverageRequest, caller: CallerDep, coverages: CoveragesDep
) -> PreparedIntent:
    """Prepare an enrolment, or the end of a coverage (P48)."""
    if isinstance(asked, EndRequest):
        return await coverages.prepare_end(caller, actor=asked.actor_id, ending=_ending(asked))
    return await coverages.prepare_enrolment(caller, actor=asked.actor_id, period=_period(asked))


@router.submit(
    "",
    "enrol",
    "Enrol a member or end a coverage",
    kinds=(IntentKind.ENROL, IntentKind.END_COVERAGE),
)
async def enrol(money: Money) -> None:
    """Hand in a signed enrolment or end."""


def _period(asked: EnrolmentRequest) -> Enrol:
    return Enrol(
        member=asked.member_id,
        scheme=int(Scheme[asked.scheme]),
        member_kind=int(MemberKind[asked.member_kind]),
        region=short_text(asked.region, 12),
        start_day=read_day(asked.start, field="/start"),
        end_day=read_day(asked.end, field="/end"),
        bill_id=asked.bill_id,
        plan_id=asked.plan_id,
        plan_version=asked.plan_version,
        missed_years=asked.missed_years,
        extra_years=asked.extra_years,
        newborn=asked.newborn,
        late=asked.late,
    )


def _ending(asked: EndRequest) -> EndCoverage:
    return EndCoverage(
        member=asked.member_id,
        scheme=int(Scheme[asked.scheme]),
        start_day=read_day(asked.start, field="/start"),
        end_day=read_day(asked.new_end, field="/new_end"),
        reason_code=short_text(asked.reason, 32),
    )


def shown_coverage(found: CoverageOn) -> CoverageOut:
    """Return a coverage as it is answered, with where it stands."""
    row = found.row
    return CoverageOut(
        coverage=found.standing.name,
        member_id=row.member,
        scheme=row.scheme,
        start=show_day(row.start_day),
        end=show_day(row.end_day),
        care_from=show_day(row.care_from_day),
        insurer_id=row.insurer,
        member_kind=row.member_kind,
        region=row.region,
        tenure_years=row.tenure_years,
        bill_id=row.bill_id,
        block_number=row.block_number,
    )
