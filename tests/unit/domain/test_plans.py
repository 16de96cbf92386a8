"""What a published plan satisfies, so that every claim computes (docs/adjudication.md §9)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from node.domain.errors import (
    CareTypeNotCovered,
    DomainError,
    InvalidAmount,
    InvalidBands,
    InvalidRatio,
    MalformedBody,
)
from node.domain.ids import ANY_LEVEL, Level
from node.domain.money import UNLIMITED
from node.domain.plans.plan import (
    LevelRule,
    PremiumPlan,
    checked_benefit_plan,
    checked_premium_plan,
)
from tests.factories.plans import aid, bands, big_illness, plan_with

RULE = LevelRule(ANY_LEVEL, (0,), bands((None, 5_000)))


class TestBenefitPlan:
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"levels": ()}, MalformedBody),
            ({"levels": (RULE, RULE)}, MalformedBody),
            ({"levels": (replace(RULE, level=Level("a level too long")),) * 2}, MalformedBody),
            ({"levels": (replace(RULE, level=Level("seventeen bytes !")),)}, MalformedBody),
            ({"levels": (replace(RULE, deductible_by_stay_fen=()),)}, MalformedBody),
            ({"levels": (replace(RULE, deductible_by_stay_fen=(1, -1)),)}, InvalidAmount),
            ({"levels": (replace(RULE, bands=()),)}, InvalidBands),
            ({"levels": (replace(RULE, bands=bands((None, -1))),)}, InvalidRatio),
            ({"eligible_cap_fen": UNLIMITED - 1}, InvalidAmount),
            ({"fund_cap_fen": -1}, InvalidAmount),
            ({"out_of_pocket_max_fen": 10**13 + 1}, InvalidAmount),
            ({"copay_fen": -1}, InvalidAmount),
            ({"coinsurance_bp": 10_001}, InvalidRatio),
            ({"layers": (big_illness(bands=()),)}, InvalidBands),
            ({"layers": (big_illness(), big_illness())}, MalformedBody),
            ({"layers": (aid(10_001),)}, InvalidRatio),
            ({"layers": (aid(deductible_fen=-1),)}, InvalidAmount),
            ({"layers": (aid(cap_fen=-1),)}, InvalidAmount),
            ({"layers": (big_illness(tenure_bonus_fen=-1),)}, InvalidAmount),
        ],
        ids=str,
    )
    def test_plan_that_cannot_be_computed__is_refused(
        self, changes: dict[str, Any], error: type[DomainError]
    ) -> None:
        with pytest.raises(error):
            checked_benefit_plan(replace(plan_with(), **changes))

    def test_fixed_amount_plan__may_have_no_bands(self) -> None:
        plan = plan_with(priced=(), fixed_amount=True)
        assert checked_benefit_plan(plan) is plan

    def test_level_without_any_rule__is_not_covered(self) -> None:
        plan = plan_with(levels=(replace(RULE, level=Level("1")),))
        with pytest.raises(CareTypeNotCovered) as refused:
            plan.rule_for(Level("2"))
        assert refused.value.values() == {"care_type": "OUTPATIENT", "level": "2"}


class TestPremiumPlan:
    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"employer_bp": 10_001}, InvalidRatio),
            ({"employee_bp": -1}, InvalidRatio),
            ({"late_fee_bp_per_day": 10_001}, InvalidRatio),
            ({"base_floor_fen": 5, "base_ceiling_fen": 4}, InvalidAmount),
            ({"base_ceiling_fen": -1}, InvalidAmount),
            ({"due_days": 367}, MalformedBody),
            ({"personal_fen": (1, 2)}, MalformedBody),
            ({"subsidy_fen": (0, 0, 0, 0, 0, -1)}, InvalidAmount),
        ],
        ids=str,
    )
    def test_plan_that_cannot_be_computed__is_refused(
        self, changes: dict[str, Any], error: type[DomainError]
    ) -> None:
        with pytest.raises(error):
            checked_premium_plan(replace(PremiumPlan(), **changes))
