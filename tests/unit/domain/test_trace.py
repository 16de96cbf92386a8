"""Reason codes: which part of which line is refused, and why (P32, S03)."""

from __future__ import annotations

from node.domain.adjudication.engine import AdjudicationContext, ClaimLine, adjudicate
from node.domain.adjudication.trace import Payer, Reason, Trace
from node.domain.plans.plan import BenefitPlan
from tests.factories.claims import class_a, class_b, class_c
from tests.factories.plans import aid, bands, big_illness, plan_with, supplementary


def traced(plan: BenefitPlan, *lines: ClaimLine, categories: int = 0) -> Trace:
    """Return the trace of a first claim."""
    return adjudicate(plan, lines, AdjudicationContext(categories=categories)).trace


def refused(trace: Trace) -> dict[Reason, int]:
    """Return the claim's refused parts by reason."""
    return {part.reason: part.amount_fen for part in trace.refused}


class TestReasons:
    def test_every_part_outside_the_bands__has_its_own_reason(self) -> None:
        plan = plan_with((100,), eligible_cap_fen=1_000, fund_cap_fen=700)
        lines = (class_a(1_200, 50), class_b(1_000, 1_000), class_c(30))
        # In scope 1,150 + 900 = 2,050: 1,050 above the cap, 100 deducted, 900 x 80 % = 720.
        assert refused(traced(plan, *lines)) == {
            Reason.OWN_PAY: 30,
            Reason.OVER_LIMIT: 50,
            Reason.PRE_SELF_PAY: 100,
            Reason.ABOVE_ELIGIBLE_CAP: 1_050,
            Reason.DEDUCTIBLE: 100,
            Reason.BAND_SELF_PAY: 180,
            Reason.ABOVE_FUND_CAP: 20,
        }

    def test_fixed_amounts__name_copay_and_coinsurance(self) -> None:
        plan = plan_with((100,), (), fixed_amount=True, copay_fen=50, coinsurance_bp=2_000)
        assert refused(traced(plan, class_a(1_150))) == {
            Reason.COPAY: 50,
            Reason.DEDUCTIBLE: 100,
            Reason.COINSURANCE: 200,
        }

    def test_over_limit_of_the_provider__has_a_name_of_its_own(self) -> None:
        trace = traced(plan_with(provider_bears_over_limit=True), class_a(1_000, 100))
        assert refused(trace)[Reason.OVER_LIMIT_PROVIDER] == 100
        assert (trace.lines[0].provider_fen, trace.lines[0].self_fen) == (100, 180)

    def test_later_layers__lower_band_self_pay_then_deductible(self) -> None:
        plan = plan_with((100,), layers=(big_illness(), aid()))
        trace = traced(plan, class_a(1_100), categories=1)
        # 300 compliant: 180 big illness, 84 aid; 264 of it take 200 and 64.
        assert refused(trace) == {Reason.DEDUCTIBLE: 36}

    def test_half_a_fen_on_both_sides__is_taken_off_pre_self_pay(self) -> None:
        # In scope 0.5 fen and paid whole: the fund takes the fen, pre-self-pay is published as 1.
        trace = traced(plan_with(priced=bands((None, 10_000))), class_b(1, 5_000))
        assert trace.refused == ()
        assert trace.lines[0].fund_fen == 1


class TestLines:
    def test_lines__add_up_and_carry_their_own_reasons_s03(self) -> None:
        """P32.1, S03.5: shares of each line give the line, refused parts say why."""
        lines = (class_a(333), class_b(333, 3_000, 33), class_c(334))
        trace = traced(plan_with((100,)), *lines)
        first, second, third = trace.lines
        assert [line.fund_fen + line.self_fen for line in trace.lines] == [333, 333, 334]
        assert {part.reason for part in first.refused} == {
            Reason.DEDUCTIBLE,
            Reason.BAND_SELF_PAY,
        }
        reasons = {part.reason: part.amount_fen for part in second.refused}
        assert (reasons[Reason.PRE_SELF_PAY], reasons[Reason.OVER_LIMIT]) == (90, 33)
        assert [(part.reason, part.amount_fen) for part in third.refused] == [(Reason.OWN_PAY, 334)]

    def test_supplementary__pays_class_c_lines_too(self) -> None:
        trace = traced(plan_with(layers=(supplementary(10_000),)), class_a(100), class_c(60))
        assert refused(trace) == {}
        assert [(part.payer, part.amount_fen) for part in trace.lines[1].paid] == [
            (Payer.SUPPLEMENTARY, 60)
        ]


class TestSteps:
    def test_steps__come_in_the_order_of_the_rules(self) -> None:
        plan = plan_with((100,), layers=(big_illness(), supplementary()))
        steps = [(step.step, step.rule) for step in traced(plan, class_a(1_100)).steps]
        assert [number for number, _ in steps] == sorted(number for number, _ in steps)
        assert (7, "pooled") in steps
        assert (8, "big-illness") in steps
        assert (9, "supplementary") in steps
