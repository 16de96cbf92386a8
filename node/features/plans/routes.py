"""Plan versions: lists, one version with its rules, publication by two officers (S16)."""

from __future__ import annotations

import enum
from dataclasses import fields, is_dataclass
from typing import Annotated, Any

from fastapi import Depends, Path, Query
from fastapi.responses import Response

from node.api.days import show_day
from node.api.deps import CallerDep, service
from node.api.idempotency import Money
from node.api.pagination import Page, PageDep, list_route, shown_page
from node.api.pairs import MoneyRouter
from node.api.schemas.base import HashPath
from node.api.tags import IfNoneMatch, tagged_model
from node.desk.intents import PreparedIntent
from node.desk.readers import Rules
from node.domain.kinds import MemberKind
from node.domain.money import UNLIMITED
from node.domain.plans.plan import PremiumPlan
from node.features.plans.access import ACCESS
from node.features.plans.schemas import (
    ApprovalRequest,
    PlanDetailOut,
    PlanKindName,
    PlanRequest,
    PlanStatusName,
    PlanVersionOut,
    PreparedPlan,
)
from node.features.plans.service import PlansService
from node.intents.messages import IntentKind
from node.readmodels.plans import PlanRow

VersionPath = Annotated[int, Path(ge=1, lt=2**32, description="Version of the plan, from 1.")]

router = MoneyRouter("/v1/plans", tag="plans", access=ACCESS)
PlansDep = Annotated[PlansService, Depends(service(PlansService))]


@router.get("", **list_route("listPlans", "List plan versions", Page[PlanVersionOut]))
async def plans(
    *,
    plans: PlansDep,
    page: PageDep,
    kind: Annotated[PlanKindName | None, Query(description="Only those of this kind.")] = None,
    status: Annotated[
        PlanStatusName | None, Query(description="Only those of this status.")
    ] = None,
) -> Page[PlanVersionOut]:
    """Return plan versions by id and version."""
    found = await plans.page(page, kind=kind, status=status)
    return shown_page(found, lambda row: PlanVersionOut.model_validate(_head(row)))


@router.get(
    "/{plan_id}/versions/{version}",
    operation_id="readPlanVersion",
    summary="Read a plan version with its rules",
    response_model=PlanDetailOut,
)
async def plan_version(
    plan_id: HashPath,
    version: VersionPath,
    plans: PlansDep,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return a version with its rules and the hash of its document."""
    view = await plans.find(plan_id, version)
    rules = None if view.rules is None else _rules(view.rules)
    content = PlanDetailOut.model_validate({**_head(view.head), "rules": rules})
    return tagged_model(content, known=if_none_match)


@router.prepare("", "preparePlan", "Prepare the proposal or approval of a plan", model=PreparedPlan)
async def prepare_plan(
    asked: PlanRequest, caller: CallerDep, plans: PlansDep
) -> tuple[PreparedIntent, dict[str, Any]]:
    """Prepare the proposal of a plan document, or its approval by a second officer."""
    if isinstance(asked, ApprovalRequest):
        version = asked.approve.model_dump()
        intent, body_hash = await plans.prepare_approval(
            caller, officer=asked.officer_id, **version
        )
    else:
        intent, body_hash = await plans.prepare_proposal(
            caller, officer=asked.officer_id, document=asked.document
        )
    return intent, {"body_hash": body_hash}


@router.submit(
    "",
    "publishPlan",
    "Propose a plan or approve it",
    kinds=(IntentKind.PUBLISH_PLAN, IntentKind.APPROVE_PLAN),
)
async def publish_plan(money: Money) -> None:
    """Hand in a proposal or approval signed by the officer."""


def _head(row: PlanRow) -> dict[str, Any]:
    values = {one.name: getattr(row, one.name) for one in fields(row)}
    return {
        **values,
        "insurer_id": row.insurer,
        "proposer_id": row.proposer,
        "approver_id": row.approver,
        "document_hash": values.pop("source_hash"),
        "valid_from": show_day(row.valid_from),
        "valid_until": show_day(row.valid_until),
    }


def _rules(rules: Rules) -> dict[str, Any]:
    shown: dict[str, Any] = _plain(rules)
    if isinstance(rules, PremiumPlan):
        for name in ("personal_fen", "subsidy_fen"):
            amounts = zip(MemberKind, getattr(rules, name), strict=True)
            shown[name] = {kind.name: amount for kind, amount in amounts if amount}
    return shown


def _plain(value: Any) -> Any:
    """Return rules as JSON: words for numbers of lists, null for what has no limit."""
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, enum.Enum):
        return value.name
    return None if value == UNLIMITED else value
