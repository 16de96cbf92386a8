"""Claims: quote, settle at the counter, reverse (S04, M11).

A visit's live lines become a `SettleClaim` that provider and member both sign. Every figure in it
comes from the contract's own quote; the gateway adds nothing and the contract recomputes it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.db.pages import PageOf, PageRequest
from node.db.repositories.visits import LineRow, VisitRow, VisitsRepository
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.access import AccessDecision, Listed
from node.desk.callers import Caller
from node.desk.clock import Clock
from node.desk.intents import IntentDesk, PreparedIntent, Step, Submission
from node.desk.readers import BlockAt, ClaimFacts, ClaimQuotes
from node.domain.adjudication.settlement import Settlement
from node.domain.coverage_standing import CoverageStanding
from node.domain.days import QUOTE_LIFETIME_S, day_of
from node.domain.errors import (
    ClaimNotSettled,
    ClaimUnknown,
    CoverageInactive,
    MalformedBody,
    NotOwner,
    PlanUnknown,
    RequestInProgress,
    RequiredRelation,
    VisitUnknown,
)
from node.domain.ids import NO_ACCOUNT, NO_HASH, VisitId
from node.domain.kinds import CashMode, ItemClass, Scheme
from node.domain.visits import Visit, VisitEvent, next_visit_state
from node.features.visits.service import state_of
from node.intents.bodies import ClaimLine, ReverseClaims, SettleClaim
from node.intents.claim_bodies import promised_claim, unquoted_claim
from node.intents.encoding import encode_body, short_text
from node.intents.messages import IntentKind
from node.readmodels import claims as claim_rows
from node.readmodels import plans
from node.readmodels.claims import ClaimRow
from node.readmodels.coverages import CoverageRow, coverage_on
from node.readmodels.standings import paid_not_enrolled
from node.wire.words import WORD


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """What the provider asks for; `claim_number` is its own and used once for ever."""

    visit_id: str
    claim_number: str
    cash_mode: CashMode
    family_holder: str | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimQuote:
    """A quote: the figures, what they were computed at, and the claim they are for."""

    body: SettleClaim
    claim_id: str
    settlement: Settlement
    insurer: str
    trace_hash: str
    block: BlockAt


class ClaimsService:
    """Commands and questions about claims."""

    def __init__(
        self,
        database: Database,
        *,
        desk: IntentDesk,
        visits: VisitsRepository,
        quotes: ClaimQuotes,
        facts: ClaimFacts,
        access: AccessDecision,
        clock: Clock,
    ) -> None:
        self._database = database
        self._desk = desk
        self._visits = visits
        self._quotes = quotes
        self._facts = facts
        self._access = access
        self._clock = clock

    async def quote(self, caller: Caller, asked: ClaimRequest) -> ClaimQuote:
        """Return what settling a visit would decide now.

        The provider of the visit or its member may ask. Errors: VisitUnknown, VisitStateInvalid,
        CoverageInactive, PlanUnknown, NotOwner (another insurer's plan), and whatever the contract
        would refuse settling for. CoverageInactive names the bill that is paid and not enrolled.
        """
        try:
            return await self._quote(caller, asked)
        except CoverageInactive as refusal:
            member, day = refusal.member.lower(), refusal.day
            paid = await self._database.read(
                lambda unit: paid_not_enrolled(unit, member, day=day, covering=day)
            )
            if not paid:
                raise
            standing = CoverageStanding.PENDING_ENROLMENT.name
            raise refusal.knowing(bill_id=paid[0].bill_id, coverage=standing) from None

    async def _quote(self, caller: Caller, asked: ClaimRequest) -> ClaimQuote:
        provider, body = await self._database.read(lambda unit: self._body(unit, caller, asked))
        data = encode_body(IntentKind.SETTLE_CLAIM, body)
        decision, block = await self._quotes.claim_quote(provider, data)
        return ClaimQuote(
            body=promised_claim(
                body,
                decision.settlement,
                accumulators_hash=decision.accumulators_hash,
                expires_at=self._desk.now_s + QUOTE_LIFETIME_S,
            ),
            claim_id=self._facts.claim_id(provider, body.claim_number_hash),
            settlement=decision.settlement,
            insurer=decision.insurer,
            trace_hash=decision.trace_hash,
            block=block,
        )

    async def prepare(
        self, caller: Caller, asked: ClaimRequest
    ) -> tuple[PreparedIntent, ClaimQuote]:
        """Quote a visit and prepare the claim for both signatures. Errors: as `quote`."""
        quote = await self.quote(caller, asked)
        prepared = await self._desk.prepare(
            caller, kind=IntentKind.SETTLE_CLAIM, actor=caller.account, body=quote.body
        )
        return prepared, quote

    def visit_step(self, caller: Caller, submission: Submission, *, visit_id: str) -> Step:
        """Return the step that ties a visit to its claim, signed by provider and member.

        Errors: VisitUnknown, VisitStateInvalid, MalformedBody if the lines are not the visit's.
        """
        body = submission.signed.intent.body
        intent_digest = self._desk.show(submission.signed.intent).digest

        def record(unit: UnitOfWork) -> None:
            row = self._visits.find(unit, visit_id)
            if row is None or not self._access.keeps_visit(caller, row):
                raise VisitUnknown(visit_id)
            live = self._live(unit, row)
            _require_settleable(unit, row, len(live))
            if not isinstance(body, SettleClaim) or body.lines != _claim_lines(live):
                raise MalformedBody("not the lines of the visit", field="/intent/body/lines")
            done = self._visits.change(
                unit,
                row,
                now_ms=self._clock.now_ms(),
                claim_id=self._facts.claim_id(row.provider, body.claim_number_hash),
                digest=intent_digest,
            )
            if not done:
                raise RequestInProgress(visit_id)

        return record

    async def find(self, caller: Caller, claim_id: str) -> ClaimRow:
        """Return a claim the caller may see. Errors: ClaimUnknown, also for others' claims."""
        return await self._database.read(lambda unit: self.require_seen(unit, caller, claim_id))

    async def page(
        self, caller: Caller, request: PageRequest, *, state: str | None, member: str | None
    ) -> PageOf[ClaimRow]:
        """Return the caller's claims, newest first. Errors: NotOwner for another member's id."""
        today = day_of(self._desk.now_s)

        def read(unit: UnitOfWork) -> PageOf[ClaimRow]:
            whose = member or caller.account if caller.is_person else member
            if caller.is_person and whose:
                self._access.require_account(unit, caller, whose, day=today)
            mine = self._access.narrowed(Listed.CLAIMS, caller)
            return claim_rows.claims(unit, request, state=state, member=whose, **mine)

        return await self._database.read(read)

    async def prepare_reversal(
        self, caller: Caller, claim_ids: Sequence[str], *, actor: str, reason_code: str
    ) -> PreparedIntent:
        """Prepare the reversal of settled claims, newest first, all or none.

        Errors: ClaimUnknown, ClaimNotSettled.
        """
        rows = [await self.find(caller, claim_id) for claim_id in claim_ids]
        for row in rows:
            if row.state != "SETTLED" or row.evidence is None:
                raise ClaimNotSettled(row.claim_id)
        newest_first = sorted(rows, key=lambda row: row.position, reverse=True)
        items = [row.evidence for row in newest_first if row.evidence is not None]
        head = WORD.to_bytes(WORD) + len(items).to_bytes(WORD)
        body = ReverseClaims(short_text(reason_code, WORD), head + b"".join(items))
        return await self._desk.prepare(
            caller, kind=IntentKind.REVERSE_CLAIMS, actor=actor, body=body
        )

    def require_seen(self, unit: UnitOfWork, caller: Caller, claim_id: str) -> ClaimRow:
        """Return a claim the caller may see. Errors: ClaimUnknown."""
        row = claim_rows.claim(unit, claim_id)
        if row is None:
            raise ClaimUnknown(claim_id)
        if not self._access.sees_claim(unit, caller, row, day=day_of(self._desk.now_s)):
            raise ClaimUnknown(claim_id)
        return row

    def _body(
        self, unit: UnitOfWork, caller: Caller, asked: ClaimRequest
    ) -> tuple[str, SettleClaim]:
        """Return the provider and the claim of a visit before its quote."""
        row = self._visits.find(unit, asked.visit_id)
        if row is None or not self._access.sees_visit(caller, row):
            raise VisitUnknown(asked.visit_id)
        live = self._live(unit, row)
        _require_settleable(unit, row, len(live))
        end_day = row.start_day if row.end_day is None else row.end_day
        coverage = _coverage_on(unit, row.member, end_day)
        plan = plans.find_plan(
            unit,
            kind="BENEFIT",
            region=coverage.region,
            scheme=coverage.scheme,
            member_kind=coverage.member_kind,
            care_type=row.care_type,
            day=end_day,
        )
        if plan is None:
            raise PlanUnknown(row.care_type, 0)
        if plan.insurer != coverage.insurer:
            raise NotOwner(coverage.insurer, plan.plan_id, RequiredRelation.PLAN_INSURER)
        return row.provider, unquoted_claim(
            member=row.member,
            claim_number_hash=self._facts.number_hash(asked.claim_number),
            plan_id=plan.plan_id,
            plan_version=plan.version,
            scheme=Scheme[coverage.scheme],
            coverage_start=coverage.start_day,
            service_start=row.start_day,
            service_end=end_day,
            cash_mode=asked.cash_mode,
            lines=_claim_lines(live),
            family_holder=asked.family_holder or NO_ACCOUNT,
            replaces=asked.replaces or NO_HASH,
        )

    def _live(self, unit: UnitOfWork, row: VisitRow) -> list[LineRow]:
        return [line for line in self._visits.lines(unit, row.visit_id) if not line.revoked]


def _require_settleable(unit: UnitOfWork, row: VisitRow, live_lines: int) -> None:
    """Refuse a visit that cannot be settled. Errors: VisitStateInvalid."""
    state = state_of(unit, row)
    visit = Visit(VisitId(row.visit_id), state, row.start_day, row.end_day, live_lines)
    next_visit_state(visit, VisitEvent.SETTLE)


def _claim_lines(lines: Sequence[LineRow]) -> tuple[ClaimLine, ...]:
    return tuple(
        ClaimLine(
            item_class=ItemClass[line.item_class],
            gross_fen=line.gross_fen,
            over_fen=line.over_fen,
            self_pay_bp=line.self_pay_bp,
            line_hash=line.line_hash,
        )
        for line in lines
    )


def _coverage_on(unit: UnitOfWork, member: str, day: int) -> CoverageRow:
    """Return the coverage whose period holds a day. Errors: CoverageInactive."""
    found = coverage_on(unit, member, day)
    if found is None:
        raise CoverageInactive(member, day)
    return found
