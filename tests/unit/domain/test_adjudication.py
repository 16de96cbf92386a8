"""Adjudication by hand-worked numbers: layers, caps and ladders at their exact edges (P28, P30)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.engine import (
    AdjudicationContext,
    ClaimLine,
    adjudicate,
    big_illness_fen,
)
from node.domain.errors import CareTypeNotCovered, InvalidAmount, InvalidRatio
from node.domain.ids import Level
from node.domain.kinds import CareScope, ItemClass
from node.domain.money import MAX_AMOUNT_FEN
from node.domain.plans.plan import LevelRule
from tests.factories.claims import class_a, class_b, class_c, settle
from tests.factories.plans import aid, bands, big_illness, plan_with, supplementary


def year(
    scope: CareScope = CareScope.OUTPATIENT, *, used: int = 0, entered: int = 0, paid: int = 0
) -> Accumulators:
    """Return a member-year in which one scope has used some amounts, in fen."""

    def only(value: int) -> tuple[int, ...]:
        return tuple(value if each is scope else 0 for each in CareScope)

    return Accumulators(only(used * 10_000), only(entered * 10_000), only(paid))


class TestRefusals:
    @pytest.mark.parametrize("gross", [0, -1, MAX_AMOUNT_FEN + 1])
    def test_line_out_of_range__is_refused(self, gross: int) -> None:
        with pytest.raises(InvalidAmount) as refused:
            settle(plan_with(), class_a(100), class_a(gross))
        assert refused.value.amount_fen == gross
        assert refused.value.field == "/lines/1/gross_fen"

    @pytest.mark.parametrize("over", [-1, 101])
    def test_over_limit_above_gross__is_refused(self, over: int) -> None:
        with pytest.raises(InvalidAmount) as refused:
            settle(plan_with(), class_a(100, over))
        assert refused.value.field == "/lines/0/over_fen"

    def test_ratio_above_one_whole__is_refused_for_every_class(self) -> None:
        with pytest.raises(InvalidRatio):
            settle(plan_with(), ClaimLine(ItemClass.A, 100, self_pay_bp=10_001))

    def test_no_lines__is_refused(self) -> None:
        with pytest.raises(InvalidAmount):
            settle(plan_with())

    def test_total_above_the_largest_amount__is_refused(self) -> None:
        with pytest.raises(InvalidAmount) as refused:
            settle(plan_with(), class_a(MAX_AMOUNT_FEN), class_a(1))
        assert refused.value.amount_fen == MAX_AMOUNT_FEN + 1

    def test_level_without_a_rule__is_refused(self) -> None:
        plan = plan_with(levels=(LevelRule(Level("3"), (0,), bands((None, 5_000))),))
        with pytest.raises(CareTypeNotCovered):
            settle(plan, class_a(100), context=AdjudicationContext(level=Level("2")))

    def test_accumulator_past_64_bits__is_refused(self) -> None:
        before = Accumulators(compliant_self_pay_fen=2**64 - 1)
        with pytest.raises(InvalidAmount) as refused:
            settle(plan_with(), class_a(5), context=AdjudicationContext(before=before))
        assert refused.value.amount_fen == 2**64


class TestLines:
    """P28.1, P31.1: class and limit decide what the fund looks at."""

    def test_class_b_drug__rounds_once_cn_13(self) -> None:
        settled = settle(plan_with(priced=bands((None, 5_000))), class_b(54_550, 500))
        assert (settled.pooled_fen, settled.member_fen) == (25_911, 28_639)
        # Both halves of a fen round up, and the four figures still add up to the total.
        assert (settled.pre_self_fen, settled.in_scope_fen) == (2_728, 51_822)

    def test_self_pay_ratio_of_other_classes__is_ignored(self) -> None:
        with_ratio = settle(plan_with(), ClaimLine(ItemClass.A, 1_000, self_pay_bp=3_000))
        assert with_ratio.pooled_fen == 800

    def test_over_limit_and_class_c__never_enter(self) -> None:
        settled = settle(plan_with(), class_a(1_000, 400), class_c(300))
        assert (settled.over_fen, settled.own_fen, settled.in_scope_fen) == (400, 300, 600)
        assert (settled.pooled_fen, settled.member_fen) == (480, 820)

    def test_over_limit_borne_by_the_provider__is_not_the_members_us_02(self) -> None:
        plan = plan_with(
            (100_000,), (), fixed_amount=True, coinsurance_bp=2_000, provider_bears_over_limit=True
        )
        settled = settle(plan, class_a(1_100_000, 950_000))
        assert (settled.provider_fen, settled.member_fen, settled.pooled_fen) == (
            950_000,
            110_000,
            40_000,
        )


class TestDeductible:
    """P28.1: ladders and yearly deductibles, worked by hand."""

    LADDER = (40_000, 28_000, 20_000)

    @pytest.mark.parametrize(
        ("stays", "fund"), [(0, 768_000), (1, 777_600), (2, 784_000), (9, 784_000)]
    )
    def test_stay_ladder__ends_in_its_last_entry_cn_14a(self, stays: int, fund: int) -> None:
        plan = plan_with(self.LADDER, scope=CareScope.INPATIENT)
        context = AdjudicationContext(before=Accumulators(stays=stays))
        decision = adjudicate(plan, [class_a(1_000_000)], context)
        assert decision.settlement.pooled_fen == fund
        assert decision.after.stays == stays + 1

    def test_outside_stays__the_first_entry_counts(self) -> None:
        context = AdjudicationContext(before=Accumulators(stays=2))
        decision = adjudicate(plan_with(self.LADDER), [class_a(1_000_000)], context)
        assert decision.settlement.pooled_fen == 768_000
        assert decision.after.stays == 2

    @pytest.mark.parametrize(("used", "deducted"), [(0, 180), (100, 80), (180, 0), (500, 0)])
    def test_over_the_year__only_the_rest_is_deducted(self, used: int, deducted: int) -> None:
        plan = plan_with((180,), deductible_over_year=True)
        settled = settle(plan, class_a(1_000), context=AdjudicationContext(before=year(used=used)))
        assert settled.deductible_fen == deducted

    @pytest.mark.parametrize(("gross", "fund"), [(179, 0), (180, 0), (181, 1)])
    def test_at_the_exact_deductible__nothing_is_paid(self, gross: int, fund: int) -> None:
        assert settle(plan_with((180,)), class_a(gross)).pooled_fen == fund

    def test_other_scopes_use__does_not_count(self) -> None:
        plan = plan_with((180,), deductible_over_year=True)
        before = year(CareScope.CHRONIC, used=180)
        settled = settle(plan, class_a(1_000), context=AdjudicationContext(before=before))
        assert settled.deductible_fen == 180


class TestBands:
    """P28.1: bands over the year, worked by hand."""

    PRICED = bands((1_000, 5_000), (3_000, 8_000), (None, 10_000))

    @pytest.mark.parametrize(
        ("gross", "fund"), [(1_000, 400), (1_001, 401), (3_000, 2_000), (3_001, 2_001)]
    )
    def test_on_total__the_deductible_eats_the_lowest_part(self, gross: int, fund: int) -> None:
        assert settle(plan_with((200,), self.PRICED), class_a(gross)).pooled_fen == fund

    @pytest.mark.parametrize(("gross", "fund"), [(1_200, 500), (1_201, 501), (3_200, 2_100)])
    def test_above_deductible__edges_count_from_it(self, gross: int, fund: int) -> None:
        plan = plan_with((200,), self.PRICED, bands_on_total=False)
        assert settle(plan, class_a(gross)).pooled_fen == fund

    def test_over_the_year_on_total__continues_after_deductible_and_entered(self) -> None:
        plan = plan_with((200,), self.PRICED, bands_over_year=True, deductible_over_year=True)
        context = AdjudicationContext(before=year(used=200, entered=700))
        # Positions 900 to 1,100: 100 x 50 % + 100 x 80 %.
        assert settle(plan, class_a(200), context=context).pooled_fen == 130

    def test_over_the_year_above_deductible__continues_after_entered(self) -> None:
        plan = plan_with((0,), self.PRICED, bands_over_year=True, bands_on_total=False)
        context = AdjudicationContext(before=year(used=200, entered=900))
        assert settle(plan, class_a(200), context=context).pooled_fen == 130

    def test_level__chooses_ladder_and_bands(self) -> None:
        rules = (
            LevelRule(Level("1"), (100,), bands((None, 9_000))),
            LevelRule(Level(""), (200,), bands((None, 7_000))),
        )
        plan = plan_with(levels=rules)
        first = settle(plan, class_a(1_100), context=AdjudicationContext(level=Level("1")))
        other = settle(plan, class_a(1_100), context=AdjudicationContext(level=Level("9")))
        assert (first.pooled_fen, other.pooled_fen) == (900, 630)


class TestCaps:
    """P30.3: caps at their exact edges."""

    @pytest.mark.parametrize(("gross", "fund"), [(999, 799), (1_000, 800), (1_001, 800)])
    def test_eligible_cap__cuts_what_enters(self, gross: int, fund: int) -> None:
        assert settle(plan_with(eligible_cap_fen=1_000), class_a(gross)).pooled_fen == fund

    @pytest.mark.parametrize(("used", "fund"), [(0, 800), (400, 400), (899, 1), (900, 0)])
    def test_eligible_cap_over_the_year__counts_deductible_and_entered(
        self, used: int, fund: int
    ) -> None:
        plan = plan_with(eligible_cap_fen=1_000, eligible_cap_over_year=True)
        before = year(used=100 if used else 0, entered=used)
        settled = settle(plan, class_a(5_000), context=AdjudicationContext(before=before))
        assert settled.pooled_fen == fund

    @pytest.mark.parametrize(("gross", "fund"), [(1_249, 999), (1_250, 1_000), (1_252, 1_000)])
    def test_fund_cap__cuts_after_rounding(self, gross: int, fund: int) -> None:
        assert settle(plan_with(fund_cap_fen=1_000), class_a(gross)).pooled_fen == fund

    @pytest.mark.parametrize(
        ("paid", "fund"), [(0, 800), (200, 800), (201, 799), (1_000, 0), (1_001, 0)]
    )
    def test_fund_cap_over_the_year__counts_what_was_paid(self, paid: int, fund: int) -> None:
        plan = plan_with(fund_cap_fen=1_000, fund_cap_over_year=True)
        context = AdjudicationContext(before=year(paid=paid))
        assert settle(plan, class_a(1_000), context=context).pooled_fen == fund

    def test_both_caps__apply_in_order_cn_03(self) -> None:
        plan = plan_with((240_000,), bands((None, 9_000)), eligible_cap_fen=14_400_000)
        settled = settle(plan, class_a(10_000_000), class_c(2_000_000))
        assert (settled.pooled_fen, settled.member_fen) == (8_784_000, 3_216_000)
        capped = replace(plan, fund_cap_fen=8_000_000)
        assert settle(capped, class_a(10_000_000)).pooled_fen == 8_000_000


class TestBigIllness:
    """P30.1, P35.3: the second layer and its bonus."""

    LAYER = big_illness(
        1_200_000, bands=bands((3_000_000, 6_000), (10_000_000, 6_500), (None, 7_500))
    )

    def test_year_total__is_priced_in_bands_cn_01(self) -> None:
        assert big_illness_fen(self.LAYER, 15_000_000) == 9_380_000
        assert big_illness_fen(self.LAYER, 1_200_000) == 0
        assert big_illness_fen(self.LAYER, 1_200_001) == 1

    def test_above_deductible__edges_count_from_it(self) -> None:
        layer = replace(self.LAYER, bands_on_total=False)
        assert big_illness_fen(layer, 4_200_001) == 1_800_001

    def test_pre_self_pay__counts_only_where_the_layer_says(self) -> None:
        line = class_b(1_000, 3_000)
        without = settle(plan_with(layers=(big_illness(),)), line)
        counted = settle(plan_with(layers=(big_illness(counts_pre_self_pay=True),)), line)
        # In scope 700, fund 560: 140 x 60 %; with the 300 of pre-self-pay 440 x 60 %.
        assert (without.big_illness_fen, counted.big_illness_fen) == (84, 264)

    @pytest.mark.parametrize(("tenure", "paid"), [(0, 50), (4, 50), (5, 60), (6, 70)])
    def test_tenure__raises_the_cap_from_the_fifth_year_p35(self, tenure: int, paid: int) -> None:
        plan = plan_with(layers=(big_illness(cap_fen=50, tenure_bonus_fen=10),))
        context = AdjudicationContext(tenure_years=tenure)
        assert settle(plan, class_a(100_000), context=context).big_illness_fen == paid

    def test_above_the_eligible_cap__still_counts_as_compliant(self) -> None:
        plan = plan_with(eligible_cap_fen=1_000, layers=(big_illness(),))
        # 5,000 in scope, fund 800, 4,200 compliant.
        assert settle(plan, class_a(5_000)).big_illness_fen == 2_520

    def test_later_claim_of_the_year__gets_only_what_it_adds(self) -> None:
        """P30.1: the layer owes the year once."""
        context = AdjudicationContext(before=Accumulators(compliant_self_pay_fen=1_000))
        # 1,000 compliant after the fund: 2,000 x 60 % less the 1,000 x 60 % of before.
        settled = settle(plan_with(layers=(big_illness(),)), class_a(5_000), context=context)
        assert settled.big_illness_fen == 600


class TestAccountPart:
    def test_class_c__is_paid_in_cash_although_the_account_has_enough(self) -> None:
        """P11.1: MEDICAL pays what it may, CASH the rest."""
        context = AdjudicationContext(medical_available_fen=1_000, family_available_fen=1_000)
        settled = settle(plan_with(), class_a(1_000), class_c(500), context=context)
        # The fund pays 800; of the member's 700 class C is 500.
        assert (settled.medical_fen, settled.family_fen, settled.cash_fen) == (200, 0, 500)


class TestOtherLayers:
    """P30.1, P30.2: the order of the layers and the caps of a year."""

    def test_three_layers__run_in_order_p30(self) -> None:
        plan = plan_with(layers=(big_illness(500), aid(), supplementary(5_000)))
        context = AdjudicationContext(categories=1)
        settled = settle(plan, class_a(10_000), class_c(100), context=context)
        # 2,000 compliant; (2,000 - 500) x 60 % = 900; 1,100 x 70 % = 770; (330 + 100) x 50 %.
        assert (settled.big_illness_fen, settled.aid_fen, settled.supplementary_fen) == (
            900,
            770,
            215,
        )
        assert settled.member_fen == 215

    @pytest.mark.parametrize(("categories", "paid"), [(0, 0), (2, 0), (1, 1_400), (3, 1_400)])
    def test_aid__is_for_listed_categories_only(self, categories: int, paid: int) -> None:
        context = AdjudicationContext(categories=categories)
        settled = settle(plan_with(layers=(aid(),)), class_a(10_000), context=context)
        assert settled.aid_fen == paid

    @pytest.mark.parametrize(("before", "paid"), [(0, 1_000), (600, 400), (1_000, 0), (2_000, 0)])
    def test_aid_cap__counts_the_year(self, before: int, paid: int) -> None:
        context = AdjudicationContext(categories=1, before=Accumulators(aid_paid_fen=before))
        plan = plan_with(layers=(aid(cap_fen=1_000),))
        assert settle(plan, class_a(10_000), context=context).aid_fen == paid

    def test_aid_deductible__is_per_claim(self) -> None:
        context = AdjudicationContext(categories=1)
        settled = settle(
            plan_with(layers=(aid(deductible_fen=1_999),)), class_a(10_000), context=context
        )
        assert settled.aid_fen == 1

    def test_second_aid_layer__sees_what_the_first_left(self) -> None:
        context = AdjudicationContext(categories=1)
        plan = plan_with(layers=(aid(5_000), aid(5_000, cap_fen=1_200)))
        # 2,000 left: 1,000, then 500, but 200 below the cap of the year.
        assert settle(plan, class_a(10_000), context=context).aid_fen == 1_200

    def test_supplementary__pays_own_pay_too_cn_05(self) -> None:
        plan = plan_with((200_000,), fund_cap_fen=10_000_000, layers=(supplementary(),))
        settled = settle(plan, class_a(11_700_000), class_c(3_000_000))
        assert (settled.pooled_fen, settled.supplementary_fen, settled.member_fen) == (
            9_200_000,
            4_400_000,
            1_100_000,
        )

    def test_supplementary_first__leaves_less_to_aid(self) -> None:
        context = AdjudicationContext(categories=1)
        plan = plan_with(layers=(supplementary(9_000), aid(10_000)))
        settled = settle(plan, class_a(10_000), context=context)
        assert (settled.supplementary_fen, settled.aid_fen, settled.member_fen) == (1_800, 200, 0)

    def test_layers_after_a_supplementary_one__never_pay_class_c(self) -> None:
        context = AdjudicationContext(categories=1)
        plan = plan_with(layers=(supplementary(5_000), big_illness(), aid(10_000)))
        settled = settle(plan, class_a(1_000), class_c(200), context=context)
        # 200 in scope and 200 own-pay are left; half of it is paid, and takes all that is in scope.
        assert (settled.supplementary_fen, settled.big_illness_fen, settled.aid_fen) == (200, 0, 0)
        assert settled.member_fen == 200

    def test_supplementary_cap__is_per_claim(self) -> None:
        plan = plan_with(layers=(supplementary(cap_fen=70),))
        assert settle(plan, class_a(10_000)).supplementary_fen == 70


class TestFixedAmounts:
    def test_copay_then_deductible_then_coinsurance__us_11(self) -> None:
        plan = plan_with(priced=(), fixed_amount=True, copay_fen=2_000, coinsurance_bp=2_000)
        assert settle(plan, class_a(23_540)).pooled_fen == 17_232

    @pytest.mark.parametrize(
        ("before", "member"), [(0, 25_000), (1_000, 24_000), (25_000, 0), (99_999, 0)]
    )
    def test_out_of_pocket_maximum__counts_the_years_compliant_self_pay(
        self, before: int, member: int
    ) -> None:
        plan = plan_with(
            (10_000,),
            (),
            fixed_amount=True,
            copay_fen=2_000,
            coinsurance_bp=2_000,
            out_of_pocket_max_fen=25_000,
        )
        context = AdjudicationContext(before=Accumulators(compliant_self_pay_fen=before))
        assert settle(plan, class_a(100_000), context=context).member_fen == member

    def test_copay_above_the_charge__costs_the_charge(self) -> None:
        plan = plan_with(priced=(), fixed_amount=True, copay_fen=2_000)
        settled = settle(plan, class_a(1_500))
        assert (settled.pooled_fen, settled.member_fen, settled.deductible_fen) == (0, 1_500, 0)


class TestAccumulatorsAfter:
    def test_claim__moves_the_words_of_its_scope(self) -> None:
        decision = adjudicate(
            plan_with((180,), scope=CareScope.CHRONIC),
            [class_b(1_000, 500), class_c(10)],
            AdjudicationContext(),
        )
        # In scope 950, deductible 180, entered 770, fund 616, compliant 334.
        assert decision.after.words() == (
            *(0, 0, 1_800_000),
            *(0, 0, 7_700_000),
            *(0, 0, 616),
            *(334, 0, 0),
        )

    @pytest.mark.parametrize(
        ("changes", "counted"),
        [
            ({}, 80),
            ({"shared_spend_counts": True}, 180),
            ({"deductible_over_year": False}, 180),
            ({"scope": CareScope.CHRONIC}, 180),
        ],
    )
    def test_family_money__does_not_count_toward_the_yearly_outpatient_deductible(
        self, changes: dict[str, Any], counted: int
    ) -> None:
        plan = replace(plan_with((180,), deductible_over_year=True), **changes)
        context = AdjudicationContext(family_available_fen=100)
        decision = adjudicate(plan, [class_a(1_000)], context)
        assert decision.settlement.family_fen == 100
        assert decision.settlement.deductible_fen == 180
        assert decision.after.deductible_used_e4[plan.scope] == counted * 10_000

    def test_family_money_above_the_deductible__leaves_none_of_it(self) -> None:
        plan = plan_with((180,), deductible_over_year=True)
        context = AdjudicationContext(family_available_fen=10_000)
        decision = adjudicate(plan, [class_a(1_000)], context)
        assert decision.after.deductible_used_e4[0] == 0


class TestTraceWords:
    def test_words__are_settlement_then_before_then_after(self) -> None:
        decision = adjudicate(plan_with((180,)), [class_a(1_000)], AdjudicationContext())
        words = decision.trace_words()
        assert len(words) == 39
        assert words[:15] == decision.settlement.words()
        assert words[15:27] == decision.before.words()
        assert words[27:] == decision.after.words()
        assert words[:15] == (1_000, 0, 0, 0, 1_000, 180, 656, 0, 0, 0, 0, 344, 0, 0, 344)
