"""The Adjudication library alone in the in-process EVM: lines and a plan in, figures out."""

from dataclasses import dataclass
from typing import Any

from node.chain.abi.plans import encode_benefit_plan
from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.engine import AdjudicationContext, ClaimLine
from node.domain.adjudication.settlement import Settlement
from node.domain.plans.plan import BenefitPlan
from node.wire.labels import label_bytes
from tests.fixtures.evm.in_process import Chain

CARE_TYPE = "SOME CARE"


@dataclass(frozen=True)
class Decided:
    """What the library decides: the figures, the member-year afterwards, payer and trace."""

    figures: Settlement
    after: Accumulators
    payer: str
    trace_hash: str


class Harness:
    """A chain with AdjudicationHarness on it."""

    def __init__(self) -> None:
        self.chain = Chain()
        self.address = self.chain.create("AdjudicationHarness")

    def decide(
        self, plan: BenefitPlan, lines: tuple[ClaimLine, ...], context: AdjudicationContext
    ) -> Decided:
        """Return the decision about one claim. Errors: Revert."""
        answer = self.chain.call("AdjudicationHarness", "quoteOne", as_call(plan, lines, context))
        settlement, after, payer, trace_hash = values_of(answer)
        words = [
            word
            for part in values_of(after)
            for word in (part if isinstance(part, list) else [part])
        ]
        figures = Settlement(*values_of(settlement))
        return Decided(figures, Accumulators.from_words(words), payer, trace_hash)


def values_of(answer: Any) -> list[Any]:
    """Return the members of a struct in order, however it was decoded."""
    return list(answer.values()) if isinstance(answer, dict) else list(answer)


def year_words(year: Accumulators) -> tuple[int, int, int]:
    """Return a member-year as ClaimRegistry packs it."""
    tops = (year.compliant_self_pay_fen, year.stays, year.aid_paid_fen)
    rows = zip(year.deductible_used_e4, year.in_bands_e4, year.fund_paid_fen, tops, strict=True)
    first, second, third = (a | b << 64 | c << 128 | d << 192 for a, b, c, d in rows)
    return first, second, third


def as_call(
    plan: BenefitPlan, lines: tuple[ClaimLine, ...], context: AdjudicationContext
) -> tuple[Any, ...]:
    """Return a case as the tuple that the harness takes."""
    packed = [
        (int(line.item_class), line.gross_fen, line.over_fen, line.self_pay_bp, bytes(32))
        for line in lines
    ]
    known = (
        *(label_bytes(CARE_TYPE, 16), label_bytes(context.level, 16)),
        *(context.tenure_years, context.categories),
        *(context.medical_available_fen, context.family_available_fen),
        year_words(context.before),
    )
    return encode_benefit_plan(plan), packed, known
