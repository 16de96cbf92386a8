"""Claims for tests: single lines, contexts, and strategies over all valid ones."""

from __future__ import annotations

from hypothesis import strategies as st

from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.engine import AdjudicationContext, ClaimLine, adjudicate
from node.domain.adjudication.settlement import Settlement
from node.domain.ids import ANY_LEVEL
from node.domain.kinds import ItemClass
from node.domain.plans.plan import BenefitPlan
from tests.factories.plans import LEVELS, amounts, ratios


def class_a(gross_fen: int, over_fen: int = 0) -> ClaimLine:
    """Return a line wholly in scope but for its over-limit part."""
    return ClaimLine(ItemClass.A, gross_fen, over_fen)


def class_b(gross_fen: int, self_pay_bp: int, over_fen: int = 0) -> ClaimLine:
    """Return a line with a pre-self-pay ratio."""
    return ClaimLine(ItemClass.B, gross_fen, over_fen, self_pay_bp)


def class_c(gross_fen: int) -> ClaimLine:
    """Return a line that the member pays alone."""
    return ClaimLine(ItemClass.C, gross_fen)


def settle(
    plan: BenefitPlan, *lines: ClaimLine, context: AdjudicationContext | None = None
) -> Settlement:
    """Return the settlement of a claim; by default the first of its member-year."""
    return adjudicate(plan, lines, context or AdjudicationContext()).settlement


@st.composite
def claim_lines(draw: st.DrawFn, max_size: int = 5) -> list[ClaimLine]:
    """One to five lines whose total stays within the largest amount."""
    count = draw(st.integers(1, max_size))
    lines = []
    for _ in range(count):
        gross = draw(st.one_of(st.integers(1, 1_000), st.integers(1, 10**12)))
        lines.append(
            ClaimLine(
                draw(st.sampled_from(ItemClass)),
                gross,
                draw(st.one_of(st.just(0), st.integers(0, gross))),
                draw(ratios),
            )
        )
    return lines


@st.composite
def accumulators(draw: st.DrawFn) -> Accumulators:
    """A member-year somewhere on its way."""
    fen = [draw(amounts()) for _ in range(5)]
    e4 = [draw(amounts()) * 10_000 + draw(st.integers(0, 9_999)) for _ in range(6)]
    return Accumulators(
        (e4[0], e4[1], e4[2]),
        (e4[3], e4[4], e4[5]),
        (fen[0], fen[1], fen[2]),
        compliant_self_pay_fen=fen[3],
        aid_paid_fen=fen[4],
        stays=draw(st.integers(0, 5)),
    )


@st.composite
def contexts(draw: st.DrawFn) -> AdjudicationContext:
    """Any member and provider."""
    return AdjudicationContext(
        level=draw(st.sampled_from((*LEVELS, ANY_LEVEL))),
        before=draw(accumulators()),
        tenure_years=draw(st.integers(0, 60)),
        categories=draw(st.integers(0, 3)),
        medical_available_fen=draw(amounts()),
        family_available_fen=draw(amounts()),
    )
