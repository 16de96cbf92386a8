"""Plan versions: published by two officers of an insurer, read with their rules (S16).

A version never changes once proposed; the approver signs the hash of the very rules that were read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.db.pages import PageOf, PageRequest
from node.db.repositories.catalogue import newest_version
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller
from node.desk.intents import IntentDesk, PreparedIntent
from node.desk.readers import PlanBook, Rules
from node.domain.errors import (
    AlreadyExists,
    DomainError,
    NotOwner,
    PlanUnknown,
    PlanVersionFrozen,
    RequiredRelation,
    RoleMissing,
    SameApprover,
)
from node.domain.ids import NO_ACCOUNT, NO_HASH
from node.domain.kinds import Scheme
from node.domain.parties import OfficerRole
from node.domain.plans.documents import PlanDocument, read_plan
from node.domain.plans.plan import BenefitPlan
from node.intents.bodies import ApprovePlan, PublishPlan
from node.intents.encoding import decode_body, short_text
from node.intents.messages import IntentKind
from node.outbox.history import bodies_of
from node.readmodels import plans as plan_rows
from node.readmodels.organisations import find_officer, find_organisation, insurer_regions
from node.readmodels.plans import PlanRow

BENEFIT, PREMIUM = "BENEFIT", "PREMIUM"
APPROVED = "APPROVED"


@dataclass(frozen=True, slots=True)
class PlanView:
    """A version with its rules; None for a proposal that came through another gateway."""

    head: PlanRow
    rules: Rules | None


class PlansService:
    """Commands and questions about plan versions."""

    def __init__(self, database: Database, *, desk: IntentDesk, book: PlanBook) -> None:
        self._database = database
        self._desk = desk
        self._book = book

    async def page(
        self, request: PageRequest, *, kind: str | None, status: str | None
    ) -> PageOf[PlanRow]:
        """Return versions by plan id and version."""
        return await self._database.read(
            lambda unit: plan_rows.plans(unit, request, kind=kind, status=status)
        )

    async def find(self, plan_id: str, version: int) -> PlanView:
        """Return a version with its rules. Errors: PlanUnknown, ChainUnavailable."""

        def read(unit: UnitOfWork) -> tuple[PlanRow, Rules | None]:
            head = plan_rows.plan(unit, plan_id=plan_id, version=version)
            if head is None:
                raise PlanUnknown(plan_id, version)
            return head, None if head.status == APPROVED else self._proposed(unit, head)

        head, rules = await self._database.read(read)
        if head.status == APPROVED:
            asked = self._book.benefit_plan if head.kind == BENEFIT else self._book.premium_plan
            rules = await asked(plan_id, version)
        return PlanView(head, rules)

    async def prepare_proposal(
        self, caller: Caller, *, officer: str, document: Mapping[str, Any]
    ) -> tuple[PreparedIntent, str]:
        """Prepare the proposal of a plan document by an officer; return its body hash as well.

        The root of the region's newest catalogue goes with it. Errors: those of the document, with
        the place; RoleMissing, NotOwner (also for a supplementary payer that no insurer commands),
        PlanVersionFrozen, AlreadyExists.
        """
        plan = _read(document)
        kind, body = self._book.encode(plan.body)
        plan_id = self._book.plan_id(plan.head.plan_id)

        def check(unit: UnitOfWork) -> str:
            insurer = _require_officer(unit, caller, officer)
            _require_fits(unit, plan, plan_id=plan_id, insurer=insurer)
            self._require_payers(unit, plan, insurer=insurer)
            newest = newest_version(unit, plan.head.region)
            return NO_HASH if newest is None else newest.root

        root = await self._database.read(check)
        head = plan.head
        proposal = PublishPlan(
            plan_id=plan_id,
            version=head.version,
            kind=kind,
            region=short_text(head.region, 12),
            scheme=int(head.scheme),
            member_kind=int(head.member_kind),
            care_type=short_text(head.care_type, 16),
            valid_from=head.valid_from,
            valid_until=head.valid_until,
            source_hash="0x" + head.source_sha256,
            catalogue_root=root,
            plan=body,
        )
        prepared = await self._desk.prepare(
            caller, kind=IntentKind.PUBLISH_PLAN, actor=officer, body=proposal
        )
        return prepared, self._book.body_hash(body)

    async def prepare_approval(
        self, caller: Caller, *, officer: str, plan_id: str, version: int
    ) -> tuple[PreparedIntent, str]:
        """Prepare the approval of a proposed version; return its body hash as well.

        `officer` may be an insurer itself, which thereby lets its fund pay a supplementary layer.
        Errors: RoleMissing, PlanUnknown, PlanVersionFrozen, NotOwner, SameApprover.
        """

        def check(unit: UnitOfWork) -> str:
            backs = officer == caller.account
            insurer = officer if backs else _require_officer(unit, caller, officer)
            head = plan_rows.plan(unit, plan_id=plan_id, version=version)
            if head is None:
                raise PlanUnknown(plan_id, version, field="/approve")
            if head.status == APPROVED:
                raise PlanVersionFrozen(plan_id, version, field="/approve/version")
            if backs:
                self._require_command(unit, head, insurer)
                return head.body_hash
            if head.insurer != insurer:
                relation = RequiredRelation.PLAN_INSURER
                raise NotOwner(officer, plan_id, relation, field="/approve/plan_id")
            if head.proposer == officer:
                raise SameApprover(officer, field="/officer_id")
            return head.body_hash

        body_hash = await self._database.read(check)
        prepared = await self._desk.prepare(
            caller,
            kind=IntentKind.APPROVE_PLAN,
            actor=officer,
            body=ApprovePlan(plan_id, version, body_hash),
        )
        return prepared, body_hash

    def _require_payers(self, unit: UnitOfWork, plan: PlanDocument, *, insurer: str) -> None:
        """Refuse a supplementary payer that no insurer's fund is. Errors: NotOwner."""
        payers = plan.body.payers() if isinstance(plan.body, BenefitPlan) else {}
        if not payers:
            return
        regions = insurer_regions(unit)
        scheme = plan.head.scheme
        known = frozenset[str]().union(
            *(self._book.supplementary_payers(region, scheme) for region in regions)
        )
        for index, payer in payers.items():
            if payer not in known:
                relation, place = RequiredRelation.FUND_INSURER, f"/document/layers/{index}/payer"
                raise NotOwner(insurer, payer, relation, field=place)

    def _require_command(self, unit: UnitOfWork, head: PlanRow, insurer: str) -> None:
        """Refuse to back a version whose payer the insurer does not command. Errors: NotOwner."""
        rules = self._proposed(unit, head)
        found = find_organisation(unit, insurer)
        if rules is None or found is None:
            return  # handed in elsewhere: the registry judges
        own = self._book.supplementary_payers(found.region, Scheme[head.scheme])
        payers = set(rules.payers().values()) if isinstance(rules, BenefitPlan) else set[str]()
        if not payers or not payers <= own:
            subject = next(iter(payers), NO_ACCOUNT)
            relation = RequiredRelation.FUND_INSURER
            raise NotOwner(insurer, subject, relation, field="/approve/plan_id")

    def _proposed(self, unit: UnitOfWork, head: PlanRow) -> Rules | None:
        """Return the rules of a proposal that was handed in here."""
        for body in bodies_of(unit, kind=IntentKind.PUBLISH_PLAN.name, actor=head.proposer):
            found = decode_body(IntentKind.PUBLISH_PLAN, body)
            assert isinstance(found, PublishPlan)
            if self._book.body_hash(found.plan) == head.body_hash:
                return self._book.decode(found.kind, found.plan)
        return None


def _read(document: Mapping[str, Any]) -> PlanDocument:
    """Return the plan of a document, refusals with their place in the request."""
    try:
        # As text once more: numbers with fractions are then refused by the reader of documents.
        return read_plan(json.dumps(document))
    except DomainError as error:
        error.field = f"/document{error.field or ''}"
        raise


def _require_officer(unit: UnitOfWork, caller: Caller, officer: str) -> str:
    """Return the insurer whose plan officer an account is."""
    found = find_officer(unit, officer)
    if found is None or found.organisation != caller.account:
        raise NotOwner(caller.account, officer, RequiredRelation.OFFICER, field="/officer_id")
    if not found.roles & OfficerRole.PLANS:
        raise RoleMissing(officer, OfficerRole.PLANS.name or "", field="/officer_id")
    return found.organisation


def _require_fits(unit: UnitOfWork, plan: PlanDocument, *, plan_id: str, insurer: str) -> None:
    """Make sure a version may follow what there is, as the registry judges it."""
    head = plan.head
    organisation = find_organisation(unit, insurer)
    if organisation is None or organisation.region != head.region:
        relation = RequiredRelation.REGION_INSURER
        raise NotOwner(insurer, str(head.region), relation, field="/document/region")
    known = plan_rows.versions(unit, plan_id)
    if any(one.insurer != insurer for one in known):
        relation = RequiredRelation.PLAN_INSURER
        raise NotOwner(insurer, plan_id, relation, field="/document/plan_id")
    approved = [one.version for one in known if one.status == APPROVED]
    taken = any(one.version == head.version for one in known)
    if taken or head.version <= max(approved, default=0):
        raise PlanVersionFrozen(plan_id, head.version, field="/document/version")
    serving = plan_rows.find_plan(
        unit,
        kind=BENEFIT if isinstance(plan.body, BenefitPlan) else PREMIUM,
        region=head.region,
        scheme=head.scheme.name,
        member_kind=head.member_kind.name,
        care_type=head.care_type,
        day=head.valid_from,
    )
    if serving is not None and serving.plan_id != plan_id:
        raise AlreadyExists(serving.plan_id, field="/document/plan_id")
