"""Plan documents: every documented field is read, every fault has its place (S16)."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from node.domain.days import iso
from node.domain.errors import (
    DomainError,
    InvalidAmount,
    InvalidBands,
    InvalidPeriod,
    InvalidRatio,
    MalformedBody,
)
from node.domain.ids import Level
from node.domain.kinds import CareScope, LayerKind, MemberKind, Proration, Scheme
from node.domain.money import UNLIMITED
from node.domain.plans.documents import read_plan
from node.domain.plans.plan import Band, BenefitPlan, PremiumPlan

HEAD = {
    "plan_id": "resident-inpatient",
    "version": 3,
    "valid": ["2025-01-01", "2026-01-01"],
    "region": "110000",
    "scheme": "RESIDENT",
    "care_type": "INPATIENT",
}
FULL: dict[str, Any] = {
    **HEAD,
    "source_sha256": "ab" * 32,
    "member_kind": "ADULT",
    "deductible": {"by_stay": [40_000, 28_000, 20_000], "over": "claim"},
    "bands": [[1_000_000, 8_000], [3_000_000, 8_500], [None, 9_000]],
    "bands_on": "total",
    "bands_over": "claim",
    "cap": {"kind": "fund", "amount": 6_000_000, "over": "year"},
    "over_limit_borne_by": "member",
    "account_pays": "in_scope_self_pay",
    "shared_spend_counts": True,
    "layers": [
        {
            "layer": "big_illness",
            "deductible": 1_200_000,
            "bands_on": "total",
            "bands": [[3_000_000, 6_000], [None, 7_500]],
            "cap": None,
            "counts_pre_self_pay": False,
        },
        {
            "layer": "aid",
            "categories": ["NEEDY_1", "NEEDY_3"],
            "deductible": 0,
            "ratio_bp": 7_000,
            "cap": {"amount": 3_000_000},
        },
        {
            "layer": "supplementary",
            "ratio_bp": 8_000,
            "of": "all_remaining",
            "payer": "0x" + "Ab" * 20,
        },
    ],
}


def body_of(**changes: Any) -> BenefitPlan:
    """Return the rules of the full document with members replaced; ... drops a member."""
    document = {key: value for key, value in {**FULL, **changes}.items() if value is not ...}
    body = read_plan(document).body
    assert isinstance(body, BenefitPlan)
    return body


class TestBenefitDocument:
    def test_head__is_read(self) -> None:
        head = read_plan(json.dumps(FULL)).head
        assert (head.plan_id, head.version, head.region) == ("resident-inpatient", 3, "110000")
        assert (iso(head.valid_from), iso(head.valid_until)) == ("2025-01-01", "2026-01-01")
        assert (head.scheme, head.member_kind) == (Scheme.RESIDENT, MemberKind.ADULT)
        assert head.source_sha256 == "ab" * 32

    def test_body__is_read(self) -> None:
        body = body_of()
        assert body.scope is CareScope.INPATIENT
        assert body.levels[0].deductible_by_stay_fen == (40_000, 28_000, 20_000)
        assert body.levels[0].bands[-1] == Band(UNLIMITED, 9_000)
        assert (body.fund_cap_fen, body.fund_cap_over_year) == (6_000_000, True)
        assert body.eligible_cap_fen == UNLIMITED
        assert body.shared_spend_counts
        assert not body.provider_bears_over_limit
        big_illness, aid, supplementary = body.layers
        assert (big_illness.kind, big_illness.cap_fen) == (LayerKind.BIG_ILLNESS, UNLIMITED)
        assert (aid.categories, aid.cap_fen) == (0b101, 3_000_000)
        assert supplementary.payer == "0x" + "ab" * 20

    def test_other_words__switch_the_flags(self) -> None:
        body = body_of(
            bands_on="above_deductible",
            bands_over="year",
            over_limit_borne_by="provider",
            account_pays="all_self_pay",
            deductible={"amount": 180_000, "over": "year"},
            cap=[
                {"kind": "eligible", "amount": 5, "over": "year"},
                {"kind": "fund", "amount": 4},
            ],
        )
        assert not body.bands_on_total
        assert body.bands_over_year
        assert body.provider_bears_over_limit
        assert body.account_pays_all
        assert body.deductible_over_year
        assert (body.eligible_cap_fen, body.eligible_cap_over_year) == (5, True)
        assert (body.fund_cap_fen, body.fund_cap_over_year) == (4, False)

    @pytest.mark.parametrize(
        ("deductible", "ladders"),
        [
            (500, {"": (500,)}),
            (..., {"": (0,)}),
            ({"by_level": {"1": 5, "社区": 6}}, {"1": (5,), "社区": (6,)}),
            ({"by_level_and_stay": {"1": [5, 4], "2": [6]}}, {"1": (5, 4), "2": (6,)}),
        ],
    )
    def test_each_form_of_deductible__is_read(
        self, deductible: Any, ladders: dict[str, tuple[int, ...]]
    ) -> None:
        body = body_of(deductible=deductible)
        assert {rule.level: rule.deductible_by_stay_fen for rule in body.levels} == ladders
        assert all(len(rule.bands) == 3 for rule in body.levels)

    def test_bands_by_level__replace_bands(self) -> None:
        body = body_of(bands=..., bands_by_level={"1": [[None, 9_000]], "3": [[None, 8_500]]})
        assert [(rule.level, rule.bands[0].ratio_bp) for rule in body.levels] == [
            ("1", 9_000),
            ("3", 8_500),
        ]
        assert body.rule_for(Level("3")).deductible_by_stay_fen == (40_000, 28_000, 20_000)

    def test_bands_by_level_beside_bands__leave_a_rule_for_any_level(self) -> None:
        body = body_of(bands_by_level={"1": [[None, 9_000]]})
        assert body.rule_for(Level("1")).bands == (Band(UNLIMITED, 9_000),)
        assert len(body.rule_for(Level("other")).bands) == 3

    def test_fixed_amounts__need_no_bands(self) -> None:
        body = body_of(bands=..., copay=3_000, coinsurance_bp=2_000, out_of_pocket_max=500_000)
        assert body.fixed_amount
        assert (body.copay_fen, body.coinsurance_bp, body.out_of_pocket_max_fen) == (
            3_000,
            2_000,
            500_000,
        )

    def test_tenure_bonus__is_read_p35(self) -> None:
        layer = {**FULL["layers"][0], "cap": {"amount": 9}, "tenure_bonus": 7}
        assert body_of(layers=[layer]).layers[0].tenure_bonus_fen == 7

    @pytest.mark.parametrize(
        ("care_type", "scope"),
        [("OUTPATIENT", 0), ("INPATIENT", 1), ("CHRONIC", 2), ("PHARMACY", 0)],
    )
    def test_scope__follows_the_care_type(self, care_type: str, scope: int) -> None:
        assert body_of(care_type=care_type).scope == scope

    @pytest.mark.parametrize(
        ("kind", "care_type", "words"),
        [
            ("benefit", "GARDENING", "OUTPATIENT, INPATIENT, CHRONIC, PHARMACY, ONLINE"),
            ("benefit", "PREMIUM", "OUTPATIENT, INPATIENT, CHRONIC, PHARMACY, ONLINE"),
            ("benefit", ["INPATIENT"], "OUTPATIENT, INPATIENT, CHRONIC, PHARMACY, ONLINE"),
            ("premium", "INPATIENT", "PREMIUM"),
        ],
    )
    def test_care_type_that_no_visit_has__is_refused_with_the_list(
        self, kind: str, care_type: Any, words: str
    ) -> None:
        with pytest.raises(MalformedBody) as refused:
            read_plan({**HEAD, "kind": kind, "care_type": care_type})
        assert refused.value.field == "/care_type"
        assert refused.value.reason == f"must be one of {words}"

    def test_stated_scope__wins(self) -> None:
        assert body_of(scope="CHRONIC").scope is CareScope.CHRONIC


class TestSource:
    def test_same_document_in_another_order__has_the_same_hash(self) -> None:
        turned = json.dumps(dict(reversed(FULL.items())), indent=3)
        assert read_plan(turned).sha256 == read_plan(FULL).sha256

    def test_document_without_a_source__is_its_own_source(self) -> None:
        document = read_plan({key: value for key, value in FULL.items() if key != "source_sha256"})
        assert document.head.source_sha256 == document.sha256


class TestFaults:
    @pytest.mark.parametrize(
        ("changes", "error", "pointer"),
        [
            ({"typo": 1}, MalformedBody, "/typo"),
            ({"plan_id": ...}, MalformedBody, ""),
            ({"version": 0}, MalformedBody, "/version"),
            ({"valid": ["2025-01-01"]}, MalformedBody, "/valid"),
            ({"valid": ["2025-02-30", "2026-01-01"]}, MalformedBody, "/valid/0"),
            ({"valid": ["2026-01-01", "2026-01-01"]}, InvalidPeriod, "/valid"),
            ({"region": "a region much too long"}, MalformedBody, "/region"),
            ({"scheme": "NONE"}, MalformedBody, "/scheme"),
            ({"source_sha256": "AB"}, MalformedBody, "/source_sha256"),
            ({"bands": ...}, MalformedBody, ""),
            ({"bands": []}, InvalidBands, "/bands"),
            ({"bands": [[0, 5], [None, 5]]}, InvalidBands, "/bands/0"),
            ({"bands": [[5, 5], [5, 5], [None, 5]]}, InvalidBands, "/bands/1"),
            ({"bands": [[5, 5]]}, InvalidBands, "/bands"),
            ({"bands": [[None, 5], [7, 5]]}, InvalidBands, "/bands/1"),
            ({"bands": [[None, 10_001]]}, InvalidRatio, "/bands/0/1"),
            ({"bands": [[-5, 1], [None, 1]]}, InvalidAmount, "/bands/0/0"),
            ({"bands_on": "half"}, MalformedBody, "/bands_on"),
            ({"bands_by_level": {"": [[None, 1]]}}, MalformedBody, "/bands_by_level/"),
            ({"bands_by_level": {"a/b~c": 5}}, MalformedBody, "/bands_by_level/a~1b~0c"),
            ({"deductible": {}}, MalformedBody, "/deductible"),
            ({"deductible": {"amount": 1, "by_stay": [1]}}, MalformedBody, "/deductible"),
            ({"deductible": {"by_stay": []}}, MalformedBody, "/deductible/by_stay"),
            ({"deductible": {"by_stay": [1, -1]}}, InvalidAmount, "/deductible/by_stay/1"),
            ({"deductible": {"amount": 1, "over": "month"}}, MalformedBody, "/deductible/over"),
            ({"cap": {"amount": 5}}, MalformedBody, "/cap"),
            ({"cap": {"kind": "fund"}}, MalformedBody, "/cap"),
            ({"cap": [{"kind": "fund", "amount": 1}] * 2}, MalformedBody, "/cap/1"),
            ({"shared_spend_counts": 1}, MalformedBody, "/shared_spend_counts"),
            ({"layers": [{"layer": "dental"}]}, MalformedBody, "/layers/0/layer"),
            ({"layers": [{"layer": "aid"}]}, MalformedBody, "/layers/0"),
            ({"layers": [{"layer": "big_illness"}]}, MalformedBody, "/layers/0"),
            ({"layers": [FULL["layers"][0]] * 2}, MalformedBody, "/layers"),
            (
                {"layers": [{"layer": "aid", "ratio_bp": 1, "categories": ["RICH"]}]},
                MalformedBody,
                "/layers/0/categories",
            ),
            (
                {"layers": [{"layer": "supplementary", "ratio_bp": 1, "payer": "0x1"}]},
                MalformedBody,
                "/layers/0/payer",
            ),
            (
                {
                    "layers": [
                        {
                            "layer": "supplementary",
                            "ratio_bp": 1,
                            "cap": {"amount": 1, "over": "year"},
                        }
                    ]
                },
                MalformedBody,
                "/layers/0/cap/over",
            ),
            ({"copay": 5}, MalformedBody, "/bands"),
            ({"bands": ..., "coinsurance_bp": 10_001}, InvalidRatio, "/coinsurance_bp"),
        ],
        ids=str,
    )
    def test_fault__is_named_with_its_place(
        self, changes: dict[str, Any], error: type[DomainError], pointer: str
    ) -> None:
        with pytest.raises(error) as refused:
            body_of(**changes)
        assert refused.value.field == pointer

    def test_level_on_one_side_only__is_refused(self) -> None:
        with pytest.raises(MalformedBody, match="no deductible or no bands"):
            body_of(bands=..., deductible={"by_level": {"1": 5}}, bands_by_level={"2": [[None, 1]]})


class TestPremiumDocument:
    DOCUMENT: ClassVar[dict[str, Any]] = {
        **HEAD,
        "kind": "premium",
        "care_type": "PREMIUM",
        "base": {"floor": 500_000, "ceiling": 3_000_000},
        "employer_bp": 800,
        "employee_bp": 200,
        "personal": {"ADULT": 40_000, "CHILD": 30_000},
        "subsidy": {"ADULT": 67_000},
        "proration": "months",
        "grace_days": 30,
        "backpay_days": 90,
        "waiting": {
            "fixed_months": 3,
            "months_per_missed_year": 1,
            "floor_months": 6,
            "floor_after_years": 4,
        },
    }

    def test_rules__are_read_s45(self) -> None:
        body = read_plan(self.DOCUMENT).body
        assert isinstance(body, PremiumPlan)
        assert (body.base_floor_fen, body.base_ceiling_fen) == (500_000, 3_000_000)
        assert body.personal_fen == (0, 40_000, 30_000, 0, 0, 0)
        assert body.subsidy_fen[MemberKind.ADULT] == 67_000
        assert (body.proration, body.late_fee_bp_per_day) == (Proration.MONTHS, 5)
        assert (body.grace_days, body.backpay_days, body.waiting_floor_months) == (30, 90, 6)

    def test_rules_left_out__bind_nobody_s45(self) -> None:
        body = read_plan({**HEAD, "kind": "premium", "care_type": "PREMIUM"}).body
        assert body == PremiumPlan(late_fee_bp_per_day=5)

    @pytest.mark.parametrize(
        ("changes", "error", "pointer"),
        [
            ({"bands": []}, MalformedBody, "/bands"),
            ({"base": {"floor": 5}}, MalformedBody, "/base"),
            ({"base": {"floor": 5, "ceiling": 4}}, InvalidAmount, "/base/floor"),
            ({"due_days": 367}, MalformedBody, "/due_days"),
            ({"personal": {"ALIEN": 5}}, MalformedBody, "/personal/ALIEN"),
            ({"personal": {"ADULT": -5}}, InvalidAmount, "/personal/ADULT"),
            ({"employer_bp": 10_001}, InvalidRatio, "/employer_bp"),
            ({"grace_days": -1}, MalformedBody, "/grace_days"),
            ({"waiting": {"fixed_months": 3}}, MalformedBody, "/waiting"),
        ],
        ids=str,
    )
    def test_fault__is_named_with_its_place(
        self, changes: dict[str, Any], error: type[DomainError], pointer: str
    ) -> None:
        with pytest.raises(error) as refused:
            read_plan({**self.DOCUMENT, **changes})
        assert refused.value.field == pointer
