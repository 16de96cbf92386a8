"""What holds for every valid plan, claim and member-year (P28, P29, P30, P32)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from node.domain.adjudication.accumulators import Accumulators, YearEntry, reverse_last
from node.domain.adjudication.engine import (
    AdjudicationContext,
    ClaimLine,
    adjudicate,
    big_illness_fen,
)
from node.domain.adjudication.settlement import assert_identities
from node.domain.kinds import ItemClass, LayerKind
from node.domain.money import E4, half_up
from node.domain.plans.plan import BenefitPlan, checked_benefit_plan
from tests.factories.claims import claim_lines, contexts
from tests.factories.plans import amounts, band_lists, benefit_plans, big_illness, plan_with


class TestEveryClaim:
    @given(benefit_plans())
    def test_generated_plan__is_one_that_can_be_published(self, plan: BenefitPlan) -> None:
        assert checked_benefit_plan(plan) is plan

    @given(benefit_plans(), claim_lines(), contexts())
    def test_identities__hold_and_nothing_is_negative(
        self, plan: BenefitPlan, lines: list[ClaimLine], context: AdjudicationContext
    ) -> None:
        decision = adjudicate(plan, lines, context)
        assert_identities(decision.settlement)
        assert min(decision.trace_words()) >= 0
        assert decision.settlement.total_fen == sum(line.gross_fen for line in lines)

    @given(benefit_plans(), claim_lines(), contexts())
    def test_refused_parts__add_up_to_total_less_funds_p32(
        self, plan: BenefitPlan, lines: list[ClaimLine], context: AdjudicationContext
    ) -> None:
        decision = adjudicate(plan, lines, context)
        settled, trace = decision.settlement, decision.trace
        refused = sum(part.amount_fen for part in trace.refused)
        assert refused == settled.total_fen - settled.fund_fen
        for line, traced in zip(lines, trace.lines, strict=True):
            parts = [part.amount_fen for part in (*traced.paid, *traced.refused)]
            assert sum(parts) == line.gross_fen == traced.gross_fen
            assert all(part > 0 for part in parts)
        assert sum(traced.fund_fen for traced in trace.lines) == settled.fund_fen
        assert sum(traced.self_fen for traced in trace.lines) == settled.member_fen
        assert sum(traced.provider_fen for traced in trace.lines) == settled.provider_fen

    @given(benefit_plans(), claim_lines(), contexts())
    def test_reasons_of_lines__add_up_to_those_of_the_claim_p32(
        self, plan: BenefitPlan, lines: list[ClaimLine], context: AdjudicationContext
    ) -> None:
        trace = adjudicate(plan, lines, context).trace
        per_line: dict[object, int] = {}
        for traced in trace.lines:
            for part in traced.refused:
                per_line[part.reason] = per_line.get(part.reason, 0) + part.amount_fen
        assert per_line == {part.reason: part.amount_fen for part in trace.refused}

    @given(benefit_plans(), claim_lines(), contexts())
    def test_accumulators__move_by_the_claims_own_figures_p29(
        self, plan: BenefitPlan, lines: list[ClaimLine], context: AdjudicationContext
    ) -> None:
        decision = adjudicate(plan, lines, context)
        before, after = decision.before, decision.after
        scope = plan.scope
        paid = after.fund_paid_fen[scope] - before.fund_paid_fen[scope]
        assert paid == decision.settlement.pooled_fen
        assert after.aid_paid_fen - before.aid_paid_fen == decision.settlement.aid_fen
        assert all(x <= y for x, y in zip(before.words(), after.words(), strict=True))

    @given(benefit_plans(), claim_lines(), contexts())
    def test_class_c_and_over_limit__are_never_paid_by_the_basic_layer(
        self, plan: BenefitPlan, lines: list[ClaimLine], context: AdjudicationContext
    ) -> None:
        settled = adjudicate(plan, lines, context).settlement
        covered = settled.in_scope_fen + settled.pre_self_fen
        assert settled.pooled_fen + settled.big_illness_fen + settled.aid_fen <= covered
        if not plan.account_pays_all:
            own_side = settled.own_fen + settled.over_fen - settled.provider_fen
            assert settled.cash_fen >= min(settled.member_fen, own_side)

    @given(benefit_plans(), claim_lines(), contexts())
    def test_order_of_lines__changes_no_figure(
        self, plan: BenefitPlan, lines: list[ClaimLine], context: AdjudicationContext
    ) -> None:
        there = adjudicate(plan, lines, context).trace_words()
        assert adjudicate(plan, lines[::-1], context).trace_words() == there


class TestMonotone:
    @given(band_lists(), amounts(), st.integers(1, 10**12), st.integers(1, 10**6))
    def test_more_eligible__never_lowers_fund_or_member(
        self, priced: tuple[object, ...], deductible: int, gross: int, more: int
    ) -> None:
        plan = plan_with((deductible,), priced)  # type: ignore[arg-type]
        context = AdjudicationContext()
        less = adjudicate(plan, [ClaimLine(ItemClass.A, gross)], context).settlement
        bigger = adjudicate(plan, [ClaimLine(ItemClass.A, gross + more)], context).settlement
        assert less.pooled_fen <= bigger.pooled_fen <= less.pooled_fen + more
        assert less.member_fen <= bigger.member_fen

    @given(benefit_plans(), claim_lines(), contexts(), amounts())
    def test_lower_fund_cap__never_raises_the_fund(
        self,
        plan: BenefitPlan,
        lines: list[ClaimLine],
        context: AdjudicationContext,
        cap: int,
    ) -> None:
        free = adjudicate(plan, lines, context).settlement.pooled_fen
        capped = replace(plan, fund_cap_fen=min(plan.fund_cap_fen, cap))
        assert adjudicate(capped, lines, context).settlement.pooled_fen <= free


class TestOverAYear:
    @given(
        band_lists(),
        amounts(),
        st.lists(st.integers(1, 10**9), min_size=1, max_size=8),
        st.booleans(),
    )
    def test_big_illness__has_no_drift(
        self,
        priced: tuple[object, ...],
        deductible: int,
        claims: list[int],
        on_total: bool,
    ) -> None:
        layer = big_illness(deductible, bands=priced, bands_on_total=on_total, cap_fen=10**9)
        plan = plan_with(layers=(layer,))
        before, paid = Accumulators(), 0
        for gross in claims:
            context = AdjudicationContext(before=before)
            decision = adjudicate(plan, [ClaimLine(ItemClass.B, gross, 0, 777)], context)
            paid += decision.settlement.big_illness_fen
            before = decision.after
        assert paid == big_illness_fen(layer, before.compliant_self_pay_fen)

    @given(benefit_plans(), st.lists(claim_lines(), min_size=1, max_size=4), contexts())
    def test_reversal_in_reverse_order__restores_each_year_p29(
        self, plan: BenefitPlan, claims: list[list[ClaimLine]], context: AdjudicationContext
    ) -> None:
        settled: list[YearEntry] = []
        states = [context.before]
        for number, lines in enumerate(claims):
            decision = adjudicate(plan, lines, replace(context, before=states[-1]))
            settled.append(YearEntry(str(number), decision.before, decision.after))
            states.append(decision.after)
        assert all(entry.before == states[n] for n, entry in enumerate(settled))
        while settled:
            current = states.pop()
            entry = settled[-1]
            assert reverse_last(settled, current, entry.claim_id) == states[-1]
            settled.pop()

    @given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), amounts(), band_lists())
    def test_yearly_bands__price_the_year_like_one_claim(
        self, claims: list[int], deductible: int, priced: tuple[object, ...]
    ) -> None:
        plan = plan_with(
            (deductible,),
            priced,
            deductible_over_year=True,
            bands_over_year=True,  # type: ignore[arg-type]
        )
        before, fund = Accumulators(), 0
        for gross in claims:
            context = AdjudicationContext(before=before)
            decision = adjudicate(plan, [ClaimLine(ItemClass.A, gross)], context)
            fund, before = fund + decision.settlement.pooled_fen, decision.after
        whole = adjudicate(plan, [ClaimLine(ItemClass.A, sum(claims))], AdjudicationContext())
        # Each claim is rounded once, so the year may differ by half a fen per claim, no more.
        assert 2 * abs(fund - whole.settlement.pooled_fen) <= len(claims) + 1
        assert before.in_bands_e4 == whole.after.in_bands_e4

    @given(benefit_plans(), claim_lines(), contexts())
    def test_compliant_self_pay__is_what_is_in_scope_less_the_basic_fund(
        self, plan: BenefitPlan, lines: list[ClaimLine], context: AdjudicationContext
    ) -> None:
        counts = any(
            layer.counts_pre_self_pay
            for layer in plan.layers
            if layer.kind is LayerKind.BIG_ILLNESS
        )
        scope_e4 = sum(_counted_e4(line, pre=counts) for line in lines)
        decision = adjudicate(plan, lines, context)
        moved = decision.after.compliant_self_pay_fen - decision.before.compliant_self_pay_fen
        assert moved == half_up(scope_e4, E4) - decision.settlement.pooled_fen


def _counted_e4(line: ClaimLine, *, pre: bool) -> int:
    """Return what a line counts toward the year, computed apart from the module under test."""
    rest = line.gross_fen - line.over_fen
    if line.item_class is ItemClass.C:
        return 0
    if line.item_class is ItemClass.B and not pre:
        return rest * (10_000 - line.self_pay_bp)
    return rest * 10_000


def test_pairs_of_words__never_shrink_over_a_year() -> None:
    plan = plan_with((500,), deductible_over_year=True)
    before, words = Accumulators(), []
    for gross in (100, 300, 700):
        context = AdjudicationContext(before=before)
        before = adjudicate(plan, [ClaimLine(ItemClass.A, gross)], context).after
        words.append(before.deductible_used_e4[0])
    assert words == [1_000_000, 4_000_000, 5_000_000]
    assert all(x <= y for x, y in pairwise(words))
