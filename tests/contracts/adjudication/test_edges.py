"""The adjudication library at its exact edges, by hand-computed figures (P30, P28)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from node.chain.abi.plans import encode_benefit_plan
from node.domain.adjudication.accumulators import Accumulators
from node.domain.kinds import CareScope, ItemClass, LayerKind
from node.domain.money import E4, MAX_AMOUNT_FEN, UNLIMITED
from node.domain.plans.plan import Band, BenefitPlan, Layer, LevelRule
from node.intents.encoding import short_text
from tests.fixtures.evm.claim_codec import SETTLEMENT_FIELDS
from tests.fixtures.evm.in_process import Chain, reverts
from tests.invariants.random_claims import PAYER

OPEN = (Band(UNLIMITED, 10_000),)
PLAIN = BenefitPlan(scope=CareScope.OUTPATIENT, levels=(LevelRule("", (0,), OPEN),))
CARE_TYPE = short_text("CARE", 16)
CLASS_A, CLASS_B, CLASS_C = ItemClass.A, ItemClass.B, ItemClass.C
FULL = 2**64 - 1


class Library:
    """The compiled library behind its harness."""

    def __init__(self) -> None:
        self.chain = Chain()
        self.chain.create("AdjudicationHarness")

    def decide(
        self,
        plan: BenefitPlan,
        *lines: tuple[Any, ...],
        level: str = "",
        before: Accumulators | None = None,
        tenure: int = 0,
        categories: int = 0,
        medical: int = 0,
        family: int = 0,
    ) -> tuple[dict[str, int], tuple[int, ...]]:
        """Return settlement and the words of the year after. Errors: Revert."""
        year = before or Accumulators()
        tops = (year.compliant_self_pay_fen, year.stays, year.aid_paid_fen)
        rows = zip(year.deductible_used_e4, year.in_bands_e4, year.fund_paid_fen, tops, strict=True)
        packed = tuple(a | b << 64 | c << 128 | d << 192 for a, b, c, d in rows)
        fees = [(*(int(part) for part in (*line, 0, 0)[:4]), bytes(32)) for line in lines]
        context = (CARE_TYPE, short_text(level, 16), tenure, categories, medical, family, packed)
        case = (encode_benefit_plan(plan), fees, context)
        settlement, after, _, _ = self.chain.call("AdjudicationHarness", "quoteOne", case)
        used, bands, fund, *rest = after
        figures = dict(zip(SETTLEMENT_FIELDS, settlement, strict=True))
        return figures, (*used, *bands, *fund, *rest)


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    return Library()


def with_layer(**changes: Any) -> BenefitPlan:
    nothing = (LevelRule("", (0,), (Band(UNLIMITED, 0),)),)
    return replace(PLAIN, levels=nothing, layers=(Layer(**changes),))


class TestLines:
    """Class split and the one rounding."""

    def test_worked_example__rounds_once(self, library: Library) -> None:
        """CN-13: 51,822.5 fen at 50 % is 25,911, not 25,912."""
        plan = replace(PLAIN, levels=(LevelRule("", (0,), (Band(UNLIMITED, 5_000),)),))
        s, _ = library.decide(plan, (CLASS_B, 54_550, 0, 500))
        assert (s["pooledFen"], s["memberFen"]) == (25_911, 28_639)
        assert (s["preSelfFen"], s["inScopeFen"]) == (2_728, 51_822)

    def test_half_fen_of_two_lines__is_summed_before_rounding(self, library: Library) -> None:
        s, _ = library.decide(PLAIN, (CLASS_B, 1, 0, 5_000), (CLASS_B, 1, 0, 5_000))
        assert (s["preSelfFen"], s["inScopeFen"], s["pooledFen"]) == (1, 1, 1)

    def test_over_limit_part__belongs_to_no_class(self, library: Library) -> None:
        lines = ((CLASS_A, 100, 10), (CLASS_B, 100, 20, 10_000), (CLASS_C, 100, 30))
        s, _ = library.decide(PLAIN, *lines)
        assert (s["overFen"], s["ownFen"], s["preSelfFen"]) == (60, 70, 80)
        assert (s["inScopeFen"], s["pooledFen"], s["memberFen"]) == (90, 90, 210)

    @pytest.mark.parametrize("kind", [CLASS_A, CLASS_C])
    def test_ratio_of_another_class__changes_nothing_here(
        self, library: Library, kind: ItemClass
    ) -> None:
        """Refused at settlement; adjudication by itself ignores it (docs/adjudication.md §2)."""
        assert library.decide(PLAIN, (kind, 7, 0, 9_999)) == library.decide(PLAIN, (kind, 7))

    def test_largest_total__accepted(self, library: Library) -> None:
        s, _ = library.decide(PLAIN, (CLASS_A, MAX_AMOUNT_FEN))
        assert s["pooledFen"] == MAX_AMOUNT_FEN

    def test_first_fault__is_told(self, library: Library) -> None:
        with reverts("InvalidRatio", 10_001):
            library.decide(PLAIN, (CLASS_A, 1), (CLASS_B, 1, 1, 10_001), (CLASS_A, 0))
        with reverts("InvalidAmount", 2):
            library.decide(PLAIN, (CLASS_A, 1, 2), (CLASS_B, 1, 1, 10_001))


class TestLevels:
    """The own rule, else the one for any level."""

    RULES = (LevelRule("", (1,), OPEN), LevelRule("3", (2,), OPEN))

    @pytest.mark.parametrize(("level", "deductible"), [("3", 2), ("", 1), ("2", 1)])
    def test_rule__is_the_levels_or_the_general_one(
        self, library: Library, level: str, deductible: int
    ) -> None:
        plan = replace(PLAIN, levels=self.RULES)
        assert library.decide(plan, (CLASS_A, 9), level=level)[0]["deductibleFen"] == deductible

    @pytest.mark.parametrize("level", ["", "2"])
    def test_no_rule__care_type_not_covered(self, library: Library, level: str) -> None:
        plan = replace(PLAIN, levels=self.RULES[1:])
        with reverts("CareTypeNotCovered", CARE_TYPE, short_text(level, 16)):
            library.decide(plan, (CLASS_A, 9), level=level)

    @pytest.mark.parametrize(("stays", "deductible"), [(0, 40), (1, 28), (2, 20), (3, 20)])
    def test_stay_past_the_ladder__uses_its_last_entry(
        self, library: Library, stays: int, deductible: int
    ) -> None:
        rule = LevelRule("", (40, 28, 20), OPEN)
        before = Accumulators(stays=stays)
        inpatient = replace(PLAIN, scope=CareScope.INPATIENT, levels=(rule,))
        s, after = library.decide(inpatient, (CLASS_A, 100), before=before)
        assert (s["deductibleFen"], after[11]) == (deductible, stays + 1)
        outpatient = replace(inpatient, scope=CareScope.CHRONIC)
        s, after = library.decide(outpatient, (CLASS_A, 100), before=before)
        assert (s["deductibleFen"], after[11]) == (40, stays)


class TestBands:
    """Marginal bands at their exact edges, in all four ways of counting."""

    RULE = LevelRule("", (100,), (Band(1_000, 8_000), Band(3_000, 5_000), Band(UNLIMITED, 1_000)))

    @pytest.mark.parametrize(
        ("eligible", "fund"),
        [(100, 0), (101, 1), (1_000, 720), (1_001, 721), (3_000, 1_720), (3_010, 1_721)],
    )
    def test_bands_on_total__deductible_eats_the_lowest_part(
        self, library: Library, eligible: int, fund: int
    ) -> None:
        plan = replace(PLAIN, levels=(self.RULE,))
        assert library.decide(plan, (CLASS_A, eligible))[0]["pooledFen"] == fund

    @pytest.mark.parametrize(
        ("eligible", "fund"), [(100, 0), (1_100, 800), (1_101, 801), (3_100, 1_800)]
    )
    def test_bands_above_deductible__count_from_it(
        self, library: Library, eligible: int, fund: int
    ) -> None:
        plan = replace(PLAIN, levels=(self.RULE,), bands_on_total=False)
        assert library.decide(plan, (CLASS_A, eligible))[0]["pooledFen"] == fund

    @pytest.mark.parametrize(("on_total", "fund"), [(True, 450), (False, 500)])
    def test_bands_over_the_year__continue(
        self, library: Library, on_total: bool, fund: int
    ) -> None:
        before = Accumulators(deductible_used_e4=(100 * E4, 0, 0), in_bands_e4=(1_000 * E4, 0, 0))
        plan = replace(
            PLAIN,
            levels=(self.RULE,),
            bands_on_total=on_total,
            bands_over_year=True,
            deductible_over_year=not on_total,
        )
        s, after = library.decide(plan, (CLASS_A, 1_000), before=before)
        assert s["pooledFen"] == fund
        assert after[3] == (1_900 if on_total else 2_000) * E4

    def test_yearly_deductible__is_what_is_left_of_it(self, library: Library) -> None:
        plan = replace(PLAIN, levels=(self.RULE,), deductible_over_year=True)
        before = Accumulators(deductible_used_e4=(99 * E4 + 5_000, 0, 0))
        s, after = library.decide(plan, (CLASS_A, 500), before=before)
        assert (s["deductibleFen"], after[0]) == (1, 100 * E4)


class TestCaps:
    """Eligible and fund caps at their exact edges, per claim and over the year."""

    @pytest.mark.parametrize(("cap", "fund"), [(99, 99), (100, 100), (101, 100), (0, 0)])
    @pytest.mark.parametrize("kind", ["eligible_cap_fen", "fund_cap_fen"])
    def test_cap__cuts_what_is_above(
        self, library: Library, kind: str, cap: int, fund: int
    ) -> None:
        """P30.3: one fen below, at and above the edge."""
        plan = replace(PLAIN, **{kind: cap})
        assert library.decide(plan, (CLASS_A, 100))[0]["pooledFen"] == fund

    @pytest.mark.parametrize(("over_year", "fund"), [(True, 30), (False, 50)])
    def test_fund_cap__counts_the_year_only_if_told(
        self, library: Library, over_year: bool, fund: int
    ) -> None:
        """P30.2: what the fund has paid this year."""
        plan = replace(PLAIN, fund_cap_fen=50, fund_cap_over_year=over_year)
        before = Accumulators(fund_paid_fen=(20, 7, 7))
        assert library.decide(plan, (CLASS_A, 100), before=before)[0]["pooledFen"] == fund

    @pytest.mark.parametrize(("over_year", "fund"), [(True, 25), (False, 50)])
    def test_eligible_cap__counts_deductible_and_bands_of_the_year(
        self, library: Library, over_year: bool, fund: int
    ) -> None:
        """P30.2: what has entered this year."""
        plan = replace(PLAIN, eligible_cap_fen=50, eligible_cap_over_year=over_year)
        before = Accumulators(deductible_used_e4=(10 * E4, 0, 0), in_bands_e4=(15 * E4, 0, 0))
        assert library.decide(plan, (CLASS_A, 100), before=before)[0]["pooledFen"] == fund

    def test_cap_used_up__pays_nothing(self, library: Library) -> None:
        plan = replace(PLAIN, fund_cap_fen=50, fund_cap_over_year=True)
        before = Accumulators(fund_paid_fen=(51, 0, 0))
        assert library.decide(plan, (CLASS_A, 100), before=before)[0]["pooledFen"] == 0


class TestFixedAmounts:
    """Copay, deductible, coinsurance, out-of-pocket maximum."""

    PLAN = replace(
        PLAIN,
        fixed_amount=True,
        levels=(LevelRule("", (100,), ()),),
        copay_fen=30,
        coinsurance_bp=2_000,
    )

    @pytest.mark.parametrize(
        ("allowed", "plan"), [(30, 0), (130, 0), (131, 1), (132, 2), (1_130, 800)]
    )
    def test_copay_then_deductible_then_ratio(
        self, library: Library, allowed: int, plan: int
    ) -> None:
        assert library.decide(self.PLAN, (CLASS_A, allowed))[0]["pooledFen"] == plan

    @pytest.mark.parametrize(("spent", "member"), [(0, 200), (150, 50), (200, 0), (201, 0)])
    def test_maximum__limits_the_member(self, library: Library, spent: int, member: int) -> None:
        plan = replace(self.PLAN, out_of_pocket_max_fen=200)
        before = Accumulators(compliant_self_pay_fen=spent)
        s, _ = library.decide(plan, (CLASS_A, 1_130), before=before)
        assert s["memberFen"] == member

    def test_maximum_out_of_reach__changes_nothing(self, library: Library) -> None:
        plan = replace(self.PLAN, out_of_pocket_max_fen=330)
        assert library.decide(plan, (CLASS_A, 1_130))[0]["memberFen"] == 330


class TestLayers:
    """Basic, big illness, aid, supplementary: in order and at their edges (P30, P35)."""

    def test_big_illness__is_the_difference_over_the_year(self, library: Library) -> None:
        bands = (Band(3_000, 6_000), Band(UNLIMITED, 5_000))
        plan = with_layer(kind=LayerKind.BIG_ILLNESS, deductible_fen=1_000, bands=bands)
        paid, year = 0, Accumulators()
        for amount in (999, 2, 1_500, 1_501, 3):
            s, after = library.decide(plan, (CLASS_A, amount), before=year)
            paid += s["bigIllnessFen"]
            year = Accumulators.from_words(after)
        # F(4,005) = 2,000 × 60 % + 1,005 × 50 %, rounded once over the whole year.
        assert paid == 1_200 + 503

    @pytest.mark.parametrize(("on_total", "paid"), [(True, 1_200), (False, 1_500)])
    def test_big_illness_bands__on_total_or_above_the_deductible(
        self, library: Library, on_total: bool, paid: int
    ) -> None:
        bands = (Band(3_000, 6_000), Band(UNLIMITED, 0))
        layer = {"kind": LayerKind.BIG_ILLNESS, "deductible_fen": 1_000, "bands": bands}
        plan = with_layer(**layer, bands_on_total=on_total)
        s, _ = library.decide(plan, (CLASS_A, 3_500 if not on_total else 4_000))
        assert s["bigIllnessFen"] == paid

    @pytest.mark.parametrize(("years", "cap"), [(0, 100), (4, 100), (5, 107), (6, 114)])
    def test_tenure_bonus__raises_the_cap_from_the_fifth_year(
        self, library: Library, years: int, cap: int
    ) -> None:
        """P35.3: not in the fourth year."""
        plan = with_layer(kind=LayerKind.BIG_ILLNESS, bands=OPEN, cap_fen=100, tenure_bonus_fen=7)
        s, _ = library.decide(plan, (CLASS_A, 1_000), tenure=years)
        assert s["bigIllnessFen"] == cap

    @pytest.mark.parametrize(
        ("kind", "counts"), [(LayerKind.BIG_ILLNESS, True), (LayerKind.AID, False)]
    )
    def test_pre_self_pay__counts_for_big_illness_only(
        self, library: Library, kind: LayerKind, counts: bool
    ) -> None:
        plan = with_layer(kind=kind, bands=OPEN, counts_pre_self_pay=True)
        _, after = library.decide(plan, (CLASS_B, 1_000, 0, 3_000))
        assert after[9] == (1_000 if counts else 700)

    @pytest.mark.parametrize(("mask", "paid"), [(0, 0), (1, 0), (2, 500), (3, 500), (6, 500)])
    def test_aid__is_for_listed_categories(self, library: Library, mask: int, paid: int) -> None:
        plan = with_layer(kind=LayerKind.AID, ratio_bp=5_000, categories=2)
        assert library.decide(plan, (CLASS_A, 1_000), categories=mask)[0]["aidFen"] == paid

    @pytest.mark.parametrize(("used", "paid"), [(0, 100), (60, 40), (100, 0), (101, 0)])
    def test_aid_cap__counts_the_year(self, library: Library, used: int, paid: int) -> None:
        """P30.2: up to the last fen of the year and not beyond."""
        plan = with_layer(kind=LayerKind.AID, ratio_bp=5_000, categories=1, cap_fen=100)
        before = Accumulators(aid_paid_fen=used)
        s, after = library.decide(plan, (CLASS_A, 1_000), categories=1, before=before)
        assert (s["aidFen"], after[10]) == (paid, used + paid)

    def test_second_aid_layer__shares_the_cap(self, library: Library) -> None:
        aid = Layer(LayerKind.AID, ratio_bp=5_000, categories=1, cap_fen=600)
        plan = replace(with_layer(kind=LayerKind.AID), layers=(aid, aid))
        assert library.decide(plan, (CLASS_A, 1_000), categories=1)[0]["aidFen"] == 600

    @pytest.mark.parametrize(("deductible", "paid"), [(0, 500), (400, 300), (1_000, 0)])
    def test_aid_deductible__is_per_claim(
        self, library: Library, deductible: int, paid: int
    ) -> None:
        plan = with_layer(
            kind=LayerKind.AID, ratio_bp=5_000, categories=1, deductible_fen=deductible
        )
        assert library.decide(plan, (CLASS_A, 1_000), categories=1)[0]["aidFen"] == paid

    @pytest.mark.parametrize(("cap", "paid"), [(UNLIMITED, 640), (100, 100), (0, 0)])
    def test_supplementary__pays_a_ratio_of_all_that_is_left(
        self, library: Library, cap: int, paid: int
    ) -> None:
        plan = with_layer(
            kind=LayerKind.SUPPLEMENTARY,
            ratio_bp=8_000,
            payer=PAYER,
            cap_fen=cap,
            deductible_fen=200,
        )
        lines = ((CLASS_A, 500), (CLASS_C, 400), (CLASS_A, 100, 100))
        assert library.decide(plan, *lines)[0]["supplementaryFen"] == paid

    def test_layer_after_a_supplementary_one__never_pays_class_c(self, library: Library) -> None:
        supplementary = Layer(LayerKind.SUPPLEMENTARY, ratio_bp=5_000, payer=PAYER)
        plan = replace(
            with_layer(kind=LayerKind.AID),
            layers=(supplementary, Layer(LayerKind.BIG_ILLNESS, bands=OPEN)),
        )
        s, _ = library.decide(plan, (CLASS_A, 400), (CLASS_C, 400))
        assert (s["supplementaryFen"], s["bigIllnessFen"]) == (400, 0)


class TestSplit:
    """Own MEDICAL, then the holder's, then CASH; never class C by default (P11)."""

    LINES = ((CLASS_A, 100), (CLASS_C, 40), (CLASS_A, 10, 10))
    UNPAID = replace(PLAIN, levels=(LevelRule("", (0,), (Band(UNLIMITED, 0),)),))

    @pytest.mark.parametrize(
        ("medical", "family", "split"),
        [
            (0, 0, (0, 0, 150)),
            (99, 0, (99, 0, 51)),
            (100, 5, (100, 0, 50)),
            (60, 50, (60, 40, 50)),
            (FULL, FULL, (100, 0, 50)),
        ],
    )
    def test_account__covers_in_scope_self_pay_only(
        self, library: Library, medical: int, family: int, split: tuple[int, int, int]
    ) -> None:
        """P11.1: each account is used up before the next one."""
        s, _ = library.decide(self.UNPAID, *self.LINES, medical=medical, family=family)
        assert (s["medicalFen"], s["familyFen"], s["cashFen"]) == split

    def test_all_self_pay__covers_everything(self, library: Library) -> None:
        plan = replace(self.UNPAID, account_pays_all=True)
        s, _ = library.decide(plan, *self.LINES, medical=149, family=5)
        assert (s["medicalFen"], s["familyFen"], s["cashFen"]) == (149, 1, 0)

    def test_over_limit_part_the_provider_bears__is_no_own_side(self, library: Library) -> None:
        plan = replace(self.UNPAID, provider_bears_over_limit=True)
        s, _ = library.decide(plan, *self.LINES, medical=FULL)
        assert (s["providerFen"], s["memberFen"], s["medicalFen"]) == (10, 140, 100)

    @pytest.mark.parametrize(
        ("scope", "over_year", "counts", "used"),
        [
            (CareScope.OUTPATIENT, True, False, 70),
            (CareScope.OUTPATIENT, True, True, 100),
            (CareScope.OUTPATIENT, False, False, 100),
            (CareScope.INPATIENT, True, False, 100),
            (CareScope.CHRONIC, True, False, 100),
        ],
    )
    def test_holders_money__and_the_yearly_outpatient_deductible(
        self, library: Library, scope: CareScope, over_year: bool, counts: bool, used: int
    ) -> None:
        plan = replace(
            PLAIN,
            scope=scope,
            levels=(LevelRule("", (100,), OPEN),),
            deductible_over_year=over_year,
            shared_spend_counts=counts,
        )
        _, after = library.decide(plan, (CLASS_A, 100), family=30)
        assert after[scope] == used * E4


class TestFullAccumulators:
    """A figure past its storage is refused, in the order of docs/adjudication.md §11."""

    @pytest.mark.parametrize(
        ("before", "value"),
        [
            (Accumulators(deductible_used_e4=(FULL, 0, 0)), FULL + E4),
            (Accumulators(in_bands_e4=(FULL - 9 * E4 + 1, 0, 0)), FULL + 1),
            (Accumulators(fund_paid_fen=(FULL - 8, 0, 0)), FULL + 1),
            (Accumulators(compliant_self_pay_fen=FULL), FULL + 1),
            (Accumulators(stays=2**32 - 1), 2**32),
        ],
        ids=["deductible", "bands", "fund", "compliant", "stays"],
    )
    def test_full__refused(self, library: Library, before: Accumulators, value: int) -> None:
        inpatient = before.stays > 0
        plan = replace(
            PLAIN,
            scope=CareScope.INPATIENT if inpatient else CareScope.OUTPATIENT,
            levels=(LevelRule("", (1,), OPEN),),
        )
        with reverts("InvalidAmount", value):
            library.decide(plan, (CLASS_A, 10), before=before)

    def test_aid_full__refused(self, library: Library) -> None:
        plan = with_layer(kind=LayerKind.AID, ratio_bp=5_000, categories=1)
        with reverts("InvalidAmount", FULL + 5):
            before = Accumulators(aid_paid_fen=FULL)
            library.decide(plan, (CLASS_A, 10), categories=1, before=before)

    def test_one_below__accepted(self, library: Library) -> None:
        before = Accumulators(fund_paid_fen=(FULL - 10, 0, 0))
        _, after = library.decide(PLAIN, (CLASS_A, 10), before=before)
        assert after[6] == FULL

    def test_other_scopes__are_untouched(self, library: Library) -> None:
        before = Accumulators(
            deductible_used_e4=(1, 2, 3),
            in_bands_e4=(4, 5, 6),
            fund_paid_fen=(7, 8, 9),
            compliant_self_pay_fen=10,
            aid_paid_fen=11,
            stays=12,
        )
        for scope in CareScope:
            plan = replace(PLAIN, scope=scope)
            _, after = library.decide(plan, (CLASS_A, 5), before=before)
            changed = [place for place in range(12) if after[place] != before.words()[place]]
            stay = [11] if scope is CareScope.INPATIENT else []
            assert changed == [3 + scope, 6 + scope, *stay]
