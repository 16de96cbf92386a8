"""Members: registration, guardians, family links, and what a member may ask about itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import Response

from node.api.days import read_day, read_optional_day, show_day
from node.api.deps import CallerDep, service
from node.api.idempotency import Money, MoneyRequest, money_request
from node.api.pagination import refuse_unknown_filters
from node.api.pairs import MoneyRouter
from node.api.schemas.base import AccountPath, DayQuery
from node.api.tags import IfNoneMatch, tagged_model
from node.desk.intents import PreparedIntent, Step
from node.desk.subjects import require_actor, require_subject
from node.domain.coverage_standing import CoverageStanding
from node.domain.ids import NO_HASH
from node.domain.kinds import CareScope, Relation, category_mask
from node.domain.parties import SignerKind
from node.features.members.access import ACCESS
from node.features.members.schemas import (
    AccumulatorsOut,
    BenefitsOut,
    FamilyLinksOut,
    GuardianOut,
    GuardianRequest,
    LinkRequest,
    MemberOut,
    MemberRequest,
    NewMemberIn,
    PreparedMember,
)
from node.features.members.service import Benefit, Identity, MembersService
from node.intents.messages import IntentKind
from node.readmodels.members import FamilyLinkRow, GuardianRow
from node.readmodels.premiums import BillRow

router = MoneyRouter("/v1/members", tag="members", access=ACCESS)
MembersDep = Annotated[MembersService, Depends(service(MembersService))]

MASK_BITS = 32
NewMember = Annotated[MoneyRequest, Depends(money_request(NewMemberIn))]
Year = Annotated[int | None, Query(ge=1900, le=9999, description="Policy year; absent = this.")]


@router.prepare("", "prepareMember", "Prepare the registration of a member", model=PreparedMember)
async def prepare_member(
    asked: MemberRequest, caller: CallerDep, members: MembersDep
) -> tuple[PreparedIntent, dict[str, Any]]:
    """Prepare the registration of a member under a new random account id (S05)."""
    signer = asked.signer
    intent, identity = await members.prepare_opening(
        caller,
        actor=asked.actor_id,
        identity=(asked.number, asked.name),
        signer=(signer.key, SignerKind[signer.kind]) if signer else (NO_HASH, SignerKind.SECP256K1),
        categories=category_mask(asked.categories, field="/categories"),
    )
    member = intent.intent["body"]["account"]
    given = {"number": identity.number, "name": identity.name, "salt": identity.salt}
    return intent, {"member_id": member, "salt": identity.salt, "identity": given}


@router.submit("", "openMember", "Register a member", kinds=(IntentKind.OPEN_MEMBER,))
async def open_member(money: NewMember, members: MembersDep) -> Step:
    """Hand in a signed registration with the identity it commits to."""
    body = money.body
    assert isinstance(body, NewMemberIn)
    identity = Identity(**body.identity.model_dump())
    return members.identity_step(money.submission, identity=identity)


@router.get(
    "/{member_id}",
    operation_id="readMember",
    summary="Read a member account",
    response_model=MemberOut,
)
async def member(
    member_id: AccountPath,
    caller: CallerDep,
    members: MembersDep,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return a member account and who may sign for it."""
    found = await members.find(caller, member_id)
    row = found.member
    shown = MemberOut(
        member_id=row.account,
        categories=shown_categories(row.categories),
        wallet_open=row.wallet_opened_at is not None,
        wallet_opened_at=row.wallet_opened_at,
        opened_at=row.opened_at,
        opened_by_id=row.opened_by,
        block_number=row.block_number,
        guardians=[shown_guardian(row) for row in found.guardians],
    )
    return tagged_model(shown, known=if_none_match)


@router.get(
    "/{member_id}/benefits",
    operation_id="readBenefits",
    summary="Read what a member is entitled to",
    response_model=BenefitsOut,
    dependencies=[Depends(refuse_unknown_filters)],
)
async def benefits(
    member_id: AccountPath, caller: CallerDep, members: MembersDep, day: DayQuery = None
) -> dict[str, Any]:
    """Return what the member is entitled to on a day, today without one."""
    asked = read_optional_day(day, field="/query/day")
    found = await members.benefits(caller, member_id, day=asked)
    return {
        "member_id": member_id,
        "day": show_day(found.day),
        "items": [_benefit(one) for one in found.benefits],
        "pending": [shown_pending(bill) for bill in found.pending],
    }


@router.get(
    "/{member_id}/accumulators",
    operation_id="readAccumulators",
    summary="Read what a member has used in a year",
    response_model=AccumulatorsOut,
    dependencies=[Depends(refuse_unknown_filters)],
)
async def accumulators(
    member_id: AccountPath, caller: CallerDep, members: MembersDep, year: Year = None
) -> dict[str, Any]:
    """Return what the member used in a policy year, by kind of care."""
    asked, found = await members.accumulators(caller, member_id, year=year)
    values = found.accumulators
    return {
        "member_id": member_id,
        "year": asked,
        "stays": values.stays,
        "block_number": found.block_number,
        "scopes": {scope.name: values.five(scope) for scope in CareScope},
    }


@router.prepare("/{member_id}/guardians", "prepareGuardian", "Prepare the naming of a guardian")
async def prepare_guardian(
    member_id: AccountPath, asked: GuardianRequest, caller: CallerDep, members: MembersDep
) -> PreparedIntent:
    """Prepare the naming of a guardian for a minor (P13)."""
    return await members.prepare_guardian(
        caller,
        actor=asked.actor_id,
        member=member_id,
        guardian=asked.guardian_id,
        until_day=read_day(asked.until, field="/until"),
    )


@router.submit(
    "/{member_id}/guardians",
    "assignGuardian",
    "Name a guardian",
    kinds=(IntentKind.ASSIGN_GUARDIAN,),
)
async def assign_guardian(member_id: AccountPath, money: Money) -> None:
    """Hand in the signed naming of a guardian."""
    require_subject(money.submission, member_id, name="member")


@router.get(
    "/{member_id}/family-links",
    operation_id="listFamilyLinks",
    summary="List family links",
    response_model=FamilyLinksOut,
)
async def family_links(
    member_id: AccountPath, caller: CallerDep, members: MembersDep
) -> dict[str, Any]:
    """Return the member's family links, ended ones too (P11)."""
    found = await members.links(caller, member_id)
    return {"items": [shown_link(row) for row in found]}


@router.prepare(
    "/{member_id}/family-links", "prepareFamilyLink", "Prepare a family link or its end"
)
async def prepare_family_link(
    member_id: AccountPath, asked: LinkRequest, caller: CallerDep, members: MembersDep
) -> PreparedIntent:
    """Prepare a family link, signed by both, or its end, signed by the holder."""
    return await members.prepare_link(
        caller,
        holder=member_id,
        relative=asked.relative_id,
        relation=Relation[asked.relation] if asked.relation else None,
    )


@router.submit(
    "/{member_id}/family-links",
    "linkFamily",
    "Link a relative or end a link",
    kinds=(IntentKind.LINK_FAMILY, IntentKind.END_FAMILY_LINK),
)
async def link_family(member_id: AccountPath, money: Money) -> None:
    """Hand in a signed family link or its end."""
    require_actor(money.submission, member_id)


def shown_categories(mask: int) -> list[str]:
    """Return the names of a mask of aid categories."""
    return [f"NEEDY_{bit + 1}" for bit in range(MASK_BITS) if mask >> bit & 1]


def shown_guardian(row: GuardianRow) -> GuardianOut:
    """Return a guardian as it is answered."""
    return GuardianOut(guardian_id=row.guardian, until=show_day(row.until_day))


def shown_link(row: FamilyLinkRow) -> dict[str, Any]:
    """Return a family link as it is answered."""
    return {
        "holder_id": row.holder,
        "relative_id": row.relative,
        "relation": row.relation,
        "active": row.active,
        "linked_at": row.linked_at,
        "ended_at": row.ended_at,
    }


def shown_pending(bill: BillRow) -> dict[str, Any]:
    """Return a paid bill that waits for the insurer's enrolment."""
    return {
        "bill_id": bill.bill_id,
        "coverage": CoverageStanding.PENDING_ENROLMENT.name,
        "scheme": bill.scheme,
        "insurer_id": bill.insurer,
        "start": show_day(max(bill.period_start, bill.joined_day)),
        "end": show_day(bill.period_end),
    }


def _benefit(one: Benefit) -> dict[str, Any]:
    row = one.coverage
    return {
        "scheme": row.scheme,
        "status": one.standing.name,
        "start": show_day(row.start_day),
        "end": show_day(row.end_day),
        "care_from": show_day(row.care_from_day),
        "insurer_id": row.insurer,
        "region": row.region,
        "member_kind": row.member_kind,
        "tenure_years": row.tenure_years,
        "plans": [
            {"plan_id": plan.plan_id, "version": plan.version, "care_type": plan.care_type}
            for plan in one.plans
        ],
    }
