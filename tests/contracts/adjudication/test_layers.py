"""The layers after the basic one, the member's pockets and the year, worked out by hand (P28).

docs/adjudication.md sections 6 to 8 and 11. The basic plan pays half of everything in scope.
"""

from dataclasses import replace

import pytest
from eth_hash.auto import keccak

from node.domain.adjudication.accumulators import Accumulators
from node.domain.kinds import CareScope, LayerKind
from node.domain.money import E4, UNLIMITED
from node.domain.plans.plan import Band, BenefitPlan, Layer
from tests.contracts.adjudication.harness import Harness
from tests.contracts.adjudication.test_rules import PAYER, PLAN, a, b, c, decide, with_rule, year

BIG = Layer(LayerKind.BIG_ILLNESS, deductible_fen=200, bands=(Band(UNLIMITED, 6_000),))
AID = Layer(LayerKind.AID, ratio_bp=5_000, categories=2)
EXTRA = Layer(LayerKind.SUPPLEMENTARY, ratio_bp=1_000, payer=PAYER)


@pytest.fixture(scope="module")
def harness() -> Harness:
    """Return the library on a chain of its own; nothing here changes it."""
    return Harness()


def layered(*layers: Layer) -> BenefitPlan:
    return replace(PLAN, layers=layers)


class TestBigIllness:
    """P28, section 6: the year's compliant self-pay above a deductible."""

    def test_first_claim__pays_above_the_deductible(self, harness: Harness) -> None:
        done = decide(harness, layered(BIG), a(1_000))
        assert (done.figures.big_illness_fen, done.figures.member_fen) == (180, 320)
        assert done.after.compliant_self_pay_fen == 500

    def test_second_claim__has_no_second_deductible(self, harness: Harness) -> None:
        before = year(compliant_self_pay_fen=500)
        done = decide(harness, layered(BIG), a(1_000), before=before)
        assert done.figures.big_illness_fen == 300
        assert done.after.compliant_self_pay_fen == 1_000

    def test_bands_from_the_deductible__start_there(self, harness: Harness) -> None:
        bands = (Band(300, 5_000), Band(UNLIMITED, 10_000))
        for on_total, pay in ((True, 50 + 200), (False, 150)):
            layer = replace(BIG, bands=bands, bands_on_total=on_total)
            assert decide(harness, layered(layer), a(1_000)).figures.big_illness_fen == pay

    @pytest.mark.parametrize(("years", "pay"), [(0, 100), (4, 100), (5, 107), (6, 114)])
    def test_tenure__raises_the_cap_from_the_fifth_year(
        self, harness: Harness, years: int, pay: int
    ) -> None:
        """P35.3: not in the fourth year."""
        layer = replace(BIG, cap_fen=100, tenure_bonus_fen=7)
        done = decide(harness, layered(layer), a(1_000), tenure_years=years)
        assert done.figures.big_illness_fen == pay

    @pytest.mark.parametrize(("counts", "pay"), [(True, 240), (False, 180)])
    def test_own_part_of_class_b__counts_where_the_plan_says(
        self, harness: Harness, counts: bool, pay: int
    ) -> None:
        layer = replace(BIG, counts_pre_self_pay=counts)
        # 1,000 in scope, 100 before it.
        done = decide(harness, layered(layer), b(1_100, 0), b(100, 10_000), a(1), c(1))
        assert done.figures.pre_self_fen == 100
        done = decide(harness, layered(layer), a(1_000), b(100, 10_000))
        assert done.figures.big_illness_fen == pay


class TestAid:
    """Section 6: by category, capped over the year, on what is left."""

    @pytest.mark.parametrize(("categories", "pay"), [(0, 0), (1, 0), (2, 250), (6, 250)])
    def test_category__opens_the_layer(self, harness: Harness, categories: int, pay: int) -> None:
        done = decide(harness, layered(AID), a(1_000), categories=categories)
        assert done.figures.aid_fen == pay

    def test_cap__counts_the_year(self, harness: Harness) -> None:
        """P30.2: the year counts to the fen."""
        layer = replace(AID, cap_fen=300)
        before = year(aid_paid_fen=180)
        done = decide(harness, layered(layer), a(1_000), categories=2, before=before)
        assert (done.figures.aid_fen, done.after.aid_paid_fen) == (120, 300)

    def test_cap__counts_the_layers_before_it(self, harness: Harness) -> None:
        layer = replace(AID, cap_fen=300)
        done = decide(harness, layered(layer, layer), a(1_000), categories=2)
        assert done.figures.aid_fen == 300

    def test_what_big_illness_paid__is_not_paid_again(self, harness: Harness) -> None:
        """P30.1: basic, then big illness, then aid on what is left."""
        done = decide(harness, layered(BIG, AID), a(1_000), categories=2)
        assert (done.figures.big_illness_fen, done.figures.aid_fen) == (180, 160)
        assert done.figures.member_fen == 160


class TestSupplementary:
    """Section 6: on everything left to the member."""

    def test_share__counts_class_c_and_is_capped(self, harness: Harness) -> None:
        done = decide(harness, layered(EXTRA), a(1_000), c(1_000))
        assert (done.figures.supplementary_fen, done.payer) == (150, PAYER)
        capped = replace(EXTRA, cap_fen=149)
        done = decide(harness, layered(capped), a(1_000), c(1_000))
        assert done.figures.supplementary_fen == 149


class TestProvider:
    @pytest.mark.parametrize(("bears", "provider"), [(True, 100), (False, 0)])
    def test_over_limit_part__is_whose_the_plan_says(
        self, harness: Harness, bears: bool, provider: int
    ) -> None:
        plan = replace(PLAN, provider_bears_over_limit=bears)
        figures = decide(harness, plan, a(1_000, over_fen=100)).figures
        assert (figures.provider_fen, figures.member_fen) == (provider, 550 - provider)


class TestPockets:
    """Section 7: MEDICAL, family, CASH."""

    @pytest.mark.parametrize(("pays_all", "medical", "cash"), [(True, 1_000, 0), (False, 500, 500)])
    def test_class_c__is_covered_by_medical_where_the_plan_says(
        self, harness: Harness, pays_all: bool, medical: int, cash: int
    ) -> None:
        plan = replace(PLAN, account_pays_all=pays_all)
        figures = decide(harness, plan, a(1_000), c(500), medical_available_fen=9_000).figures
        assert (figures.medical_fen, figures.cash_fen) == (medical, cash)

    def test_family__pays_what_the_own_account_leaves(self, harness: Harness) -> None:
        known = {"medical_available_fen": 120, "family_available_fen": 1_000}
        figures = decide(harness, PLAN, a(1_000), c(50), **known).figures
        assert (figures.medical_fen, figures.family_fen, figures.cash_fen) == (120, 380, 50)

    @pytest.mark.parametrize(("counts", "used"), [(True, 300), (False, 0)])
    def test_family_money__moves_the_deductible_where_the_plan_says(
        self, harness: Harness, counts: bool, used: int
    ) -> None:
        plan = replace(with_rule(PLAN, 300), deductible_over_year=True, shared_spend_counts=counts)
        done = decide(harness, plan, a(300), family_available_fen=300)
        assert done.figures.family_fen == 300
        assert done.after.deductible_used_e4[CareScope.OUTPATIENT] == used * E4


class TestTrace:
    def test_hash__is_that_of_the_39_words(self, harness: Harness) -> None:
        before = Accumulators(
            (1, 2, 3), (4, 5, 6), (7, 8, 9), compliant_self_pay_fen=10, aid_paid_fen=11, stays=12
        )
        done = decide(harness, layered(BIG, AID, EXTRA), a(1_000), c(9), before=before)
        words = (*done.figures.words(), *before.words(), *done.after.words())
        assert done.trace_hash == "0x" + keccak(b"".join(w.to_bytes(32) for w in words)).hex()
