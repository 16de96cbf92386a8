"""Each rule of docs/adjudication.md by itself, with figures worked out by hand (P28).

Amounts are fen. Where nothing else is said the plan pays half of everything in scope.
"""

from dataclasses import replace
from typing import Any

import pytest

from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.engine import AdjudicationContext, ClaimLine
from node.domain.ids import ANY_LEVEL, AccountId, Level
from node.domain.kinds import CareScope, ItemClass
from node.domain.money import E4, MAX_AMOUNT_FEN, UNLIMITED
from node.domain.plans.plan import Band, BenefitPlan, LevelRule
from tests.contracts.adjudication.harness import Decided, Harness
from tests.fixtures.evm.in_process import reverts

PAYER = AccountId("0xf" + "a" * 39)
HALF = (Band(UNLIMITED, 5_000),)
PLAN = BenefitPlan(CareScope.OUTPATIENT, (LevelRule(ANY_LEVEL, (0,), HALF),))
FIXED = replace(PLAN, fixed_amount=True)
STAY = replace(PLAN, scope=CareScope.INPATIENT)


@pytest.fixture(scope="module")
def harness() -> Harness:
    """Return the library on a chain of its own; nothing here changes it."""
    return Harness()


def a(gross_fen: int, *, over_fen: int = 0) -> ClaimLine:
    return ClaimLine(ItemClass.A, gross_fen, over_fen)


def b(gross_fen: int, self_pay_bp: int) -> ClaimLine:
    return ClaimLine(ItemClass.B, gross_fen, self_pay_bp=self_pay_bp)


def c(gross_fen: int) -> ClaimLine:
    return ClaimLine(ItemClass.C, gross_fen)


def decide(harness: Harness, plan: BenefitPlan, *lines: ClaimLine, **known: Any) -> Decided:
    return harness.decide(plan, lines, AdjudicationContext(**known))


def year(**figures: int) -> Accumulators:
    """Return an outpatient year: used, in_bands and paid in fen, the others by their names."""
    used, in_bands, paid = (figures.pop(name, 0) for name in ("used", "in_bands", "paid"))
    return Accumulators((used * E4, 0, 0), (in_bands * E4, 0, 0), (paid, 0, 0), **figures)


def with_rule(plan: BenefitPlan, *deductibles: int, bands: tuple[Band, ...] = HALF) -> BenefitPlan:
    return replace(plan, levels=(LevelRule(ANY_LEVEL, deductibles, bands),))


class TestLines:
    """Section 4."""

    def test_largest_amount__is_an_amount(self, harness: Harness) -> None:
        done = decide(harness, PLAN, a(MAX_AMOUNT_FEN))
        assert done.figures.pooled_fen == MAX_AMOUNT_FEN // 2

    def test_one_fen_above_the_largest__refused(self, harness: Harness) -> None:
        with reverts("InvalidAmount", MAX_AMOUNT_FEN + 1):
            decide(harness, PLAN, a(MAX_AMOUNT_FEN + 1))
        with reverts("InvalidAmount", MAX_AMOUNT_FEN + 1):
            decide(harness, PLAN, a(MAX_AMOUNT_FEN), a(1))

    def test_each_class__is_split_by_its_rule(self, harness: Harness) -> None:
        figures = decide(harness, PLAN, a(1_000, over_fen=100), b(1_000, 2_000), c(500)).figures
        expected = {"total": 2_500, "own": 500, "over": 100, "pre_self": 200, "in_scope": 1_700}
        assert {name: getattr(figures, f"{name}_fen") for name in expected} == expected
        assert (figures.pooled_fen, figures.member_fen) == (850, 1_650)


class TestBasicLayer:
    """Section 5."""

    @pytest.mark.parametrize(("gross_fen", "pooled_fen"), [(1, 1), (2, 1), (3, 2)])
    def test_half_a_fen__goes_up(self, harness: Harness, gross_fen: int, pooled_fen: int) -> None:
        assert decide(harness, PLAN, a(gross_fen)).figures.pooled_fen == pooled_fen

    def test_own_level__goes_before_any_level(self, harness: Harness) -> None:
        own = LevelRule(Level("3"), (0,), (Band(UNLIMITED, 9_000),))
        for levels in ((*PLAN.levels, own), (own, *PLAN.levels)):
            plan = replace(PLAN, levels=levels)
            assert decide(harness, plan, a(100), level=Level("3")).figures.pooled_fen == 90
            assert decide(harness, plan, a(100), level=Level("1")).figures.pooled_fen == 50

    def test_yearly_deductible__counts_what_was_used(self, harness: Harness) -> None:
        plan = replace(with_rule(PLAN, 300), deductible_over_year=True)
        done = decide(harness, plan, a(1_000), before=year(used=200))
        assert (done.figures.deductible_fen, done.figures.pooled_fen) == (100, 450)
        assert done.after == year(used=300, in_bands=900, paid=450, compliant_self_pay_fen=550)

    @pytest.mark.parametrize(
        ("earlier", "deductible"), [(0, 400), (1, 300), (2, 200), (3, 200), (9, 200)]
    )
    def test_each_stay__takes_its_step_of_the_ladder(
        self, harness: Harness, earlier: int, deductible: int
    ) -> None:
        plan = with_rule(STAY, 400, 300, 200)
        done = decide(harness, plan, a(1_000), before=Accumulators(stays=earlier))
        assert done.figures.deductible_fen == deductible
        assert done.after.stays == earlier + 1

    def test_outpatient_claim__takes_the_first_step_and_is_no_stay(self, harness: Harness) -> None:
        before = Accumulators(stays=2)
        done = decide(harness, with_rule(PLAN, 400, 300), a(1_000), before=before)
        assert (done.figures.deductible_fen, done.after.stays) == (400, 2)

    @pytest.mark.parametrize(("gross", "pooled"), [(100, 50), (101, 51), (102, 52)])
    def test_band_edge__belongs_to_the_lower_band(
        self, harness: Harness, gross: int, pooled: int
    ) -> None:
        plan = with_rule(PLAN, 0, bands=(Band(100, 5_000), Band(UNLIMITED, 10_000)))
        assert decide(harness, plan, a(gross)).figures.pooled_fen == pooled

    @pytest.mark.parametrize(("over_year", "pooled"), [(True, 90), (False, 50)])
    def test_bands_over_the_year__go_on_where_they_were(
        self, harness: Harness, over_year: bool, pooled: int
    ) -> None:
        bands = (Band(100, 5_000), Band(UNLIMITED, 9_000))
        plan = replace(with_rule(PLAN, 0, bands=bands), bands_over_year=over_year)
        done = decide(harness, plan, a(100), before=year(in_bands=100))
        assert done.figures.pooled_fen == pooled

    def test_bands_on_the_total__begin_behind_the_deductible(self, harness: Harness) -> None:
        bands = (Band(100, 5_000), Band(UNLIMITED, 9_000))
        for on_total, pooled in ((True, 180), (False, 50 + 90)):
            plan = replace(with_rule(PLAN, 100, bands=bands), bands_on_total=on_total)
            assert decide(harness, plan, a(300)).figures.pooled_fen == pooled

    def test_eligible_cap_over_the_year__counts_deductible_and_bands(
        self, harness: Harness
    ) -> None:
        plan = replace(PLAN, eligible_cap_fen=1_000, eligible_cap_over_year=True)
        done = decide(harness, plan, a(800), before=year(used=200, in_bands=300))
        assert (done.figures.pooled_fen, done.figures.member_fen) == (250, 550)

    def test_fund_cap_over_the_year__counts_what_was_paid(self, harness: Harness) -> None:
        plan = replace(PLAN, fund_cap_fen=500, fund_cap_over_year=True)
        done = decide(harness, plan, a(1_000), before=year(paid=380))
        assert done.figures.pooled_fen == 120
        assert done.after.fund_paid_fen[CareScope.OUTPATIENT] == 500


class TestFixedAmounts:
    """Section 5, plans with copay and coinsurance."""

    def test_copay_then_coinsurance__leave_the_rest_to_the_fund(self, harness: Harness) -> None:
        plan = replace(with_rule(FIXED, 200), copay_fen=100, coinsurance_bp=2_000)
        figures = decide(harness, plan, a(1_000)).figures
        assert (figures.deductible_fen, figures.pooled_fen, figures.member_fen) == (200, 560, 440)

    def test_out_of_pocket_maximum__counts_the_year(self, harness: Harness) -> None:
        plan = replace(FIXED, coinsurance_bp=10_000, out_of_pocket_max_fen=500)
        done = decide(harness, plan, a(1_000), before=year(compliant_self_pay_fen=400))
        assert (done.figures.pooled_fen, done.figures.member_fen) == (900, 100)
