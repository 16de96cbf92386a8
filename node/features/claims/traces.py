"""Why each fen of a claim was refused, line by line (S03, P32).

The trace is recomputed from the plan version, the member-year before the claim and the visit's
lines, then its hash is compared with the one the contract published: `verified` says whether what
is shown is what was decided.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.db.repositories.visits import LineRow, VisitsRepository
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller
from node.desk.readers import ClaimFacts
from node.domain.adjudication.engine import Adjudication, AdjudicationContext, ClaimLine, adjudicate
from node.domain.errors import ClaimNotSettled, ClaimUnknown
from node.domain.ids import Level
from node.domain.kinds import ItemClass
from node.features.claims.service import ClaimsService
from node.readmodels.claims import ClaimRow
from node.readmodels.coverages import coverage_on
from node.readmodels.members import find_member
from node.readmodels.organisations import find_organisation


@dataclass(frozen=True, slots=True)
class ClaimTrace:
    """A claim with the reasons for each line. `lines` and `adjudication.trace.lines` agree."""

    claim: ClaimRow
    lines: list[LineRow]
    adjudication: Adjudication
    verified: bool


@dataclass(frozen=True, slots=True)
class _Inputs:
    claim: ClaimRow
    lines: list[LineRow]
    context: AdjudicationContext
    evidence: bytes


class TracesService:
    """Explains settled claims whose lines this gateway recorded."""

    def __init__(
        self,
        database: Database,
        *,
        claims: ClaimsService,
        visits: VisitsRepository,
        facts: ClaimFacts,
    ) -> None:
        self._database = database
        self._claims = claims
        self._visits = visits
        self._facts = facts

    async def explain(self, caller: Caller, claim_id: str) -> ClaimTrace:
        """Return the trace of a claim.

        Errors: ClaimUnknown (also when another gateway recorded its lines), ClaimNotSettled for a
        claim without a decision; ChainUnavailable.
        """
        inputs = await self._database.read(lambda unit: self._inputs(unit, caller, claim_id))
        claim = inputs.claim
        plan = await self._facts.benefit_plan(str(claim.plan_id), claim.plan_version or 0)
        lines = tuple(_domain_line(line) for line in inputs.lines)
        decided = adjudicate(plan, lines, inputs.context)
        verified = self._facts.trace_hash(decided.trace_words()) == claim.trace_hash
        return ClaimTrace(claim, inputs.lines, decided, verified)

    def _inputs(self, unit: UnitOfWork, caller: Caller, claim_id: str) -> _Inputs:
        claim = self._claims.require_seen(unit, caller, claim_id)
        if claim.evidence is None:
            raise ClaimNotSettled(claim_id)
        visit = self._visits.of_claim(unit, claim_id)
        provider = find_organisation(unit, claim.provider)
        member = find_member(unit, claim.member)
        if visit is None or provider is None or member is None:
            raise ClaimUnknown(claim_id)
        day = visit.start_day if visit.end_day is None else visit.end_day
        coverage = coverage_on(unit, claim.member, day)
        context = AdjudicationContext(
            level=Level(provider.level),
            before=self._facts.before(claim.evidence),
            tenure_years=0 if coverage is None else coverage.tenure_years,
            categories=member.categories,
            # What was taken reproduces the split: nothing more could be coverable.
            medical_available_fen=claim.medical_fen or 0,
            family_available_fen=claim.family_fen or 0,
        )
        live = [line for line in self._visits.lines(unit, visit.visit_id) if not line.revoked]
        return _Inputs(claim, live, context, claim.evidence)


def _domain_line(line: LineRow) -> ClaimLine:
    return ClaimLine(
        ItemClass[line.item_class],
        line.gross_fen,
        over_fen=line.over_fen,
        self_pay_bp=line.self_pay_bp,
    )
