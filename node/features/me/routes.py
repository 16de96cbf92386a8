"""Who am I: the one answer a client asks for first."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response

from node.api.days import show_day
from node.api.deps import CallerDep, NounRouter, bearer_of, service
from node.api.pagination import refuse_unknown_filters
from node.db.hot import BalanceAt
from node.domain.parties import OfficerRole
from node.features.coverages.routes import shown_coverage
from node.features.me.access import ACCESS
from node.features.me.schemas import MeOut
from node.features.me.service import MeService, MyMember, MyOrganisation
from node.features.members.routes import shown_categories, shown_guardian, shown_link
from node.features.premiums.routes import shown_bill
from node.features.providers.routes import shown_organisation
from node.features.wallets.routes import shown_pockets

router = NounRouter("/v1/me", tag="me", access=ACCESS)
MeDep = Annotated[MeService, Depends(service(MeService))]


@router.get(
    "",
    operation_id="readMe",
    summary="Ask who I am",
    response_model=MeOut,
    dependencies=[Depends(refuse_unknown_filters)],
)
async def me(request: Request, response: Response, caller: CallerDep, me: MeDep) -> dict[str, Any]:
    """Return what the token acts as, with the own account or organisation and what is to be done.

    Everything here is the caller's own, or that of a minor it guards today.
    """
    # A name, balances and bills: nothing of it stays in a browser after signing out.
    response.headers["Cache-Control"] = "no-store"
    found = await me.describe(caller, bearer_of(request))
    mine, organisation = found.member, found.organisation
    member = None
    if mine is not None:
        member = _member(mine, await me.balance(caller.account), found.day)
    return {
        "role": caller.role.value,
        "account_id": caller.account,
        "day": show_day(found.day),
        "token": found.token._asdict(),
        "member": member,
        "organisation": None if organisation is None else _organisation(organisation),
    }


def _member(mine: MyMember, balance: BalanceAt, day: int) -> dict[str, Any]:
    return {
        "name": mine.masked_name,
        "categories": shown_categories(mine.member.categories),
        "wallet_open": mine.member.wallet_opened_at is not None,
        "pockets": shown_pockets(balance),
        "family_medical_fen": balance.family_medical_fen,
        "coverages": [shown_coverage(one) for one in mine.coverages],
        "guardians": [shown_guardian(one) for one in mine.guardians],
        "wards": [
            {"member_id": one.member, "until": show_day(one.until_day)} for one in mine.wards
        ],
        "family_links": [shown_link(one) for one in mine.links],
        "bills": [
            {**shown_bill(one.bill, day=day), "coverage": one.standing.name} for one in mine.bills
        ],
    }


def _organisation(mine: MyOrganisation) -> dict[str, Any]:
    return {
        **shown_organisation(mine.organisation),
        "officers": [
            {
                "officer_id": one.officer,
                "roles": [str(role.name) for role in OfficerRole(one.roles)],
            }
            for one in mine.officers
        ],
        "insurer_ids": mine.insurers,
    }
