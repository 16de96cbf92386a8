"""Identities, the split of the member share, mixed orders (P11, P40)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from node.domain.adjudication.engine import AdjudicationContext
from node.domain.adjudication.settlement import (
    MemberSplit,
    MixedOrder,
    assert_identities,
    split_member_share,
)
from node.domain.errors import LineSumMismatch
from node.domain.ids import AccountId
from tests.factories.claims import class_a, class_c, settle
from tests.factories.plans import amounts, plan_with, supplementary

ANN = AccountId("0x" + "a1" * 20)


class TestIdentities:
    """S03.5: the parts add up."""

    @pytest.mark.parametrize(
        "field",
        ["own_fen", "in_scope_fen", "pooled_fen", "aid_fen", "provider_fen", "cash_fen"],
    )
    def test_one_fen_too_many_anywhere__is_refused(self, field: str) -> None:
        settled = settle(plan_with((180,)), class_a(1_000), class_c(50))
        assert assert_identities(settled) is settled
        with pytest.raises(LineSumMismatch):
            assert_identities(replace(settled, **{field: getattr(settled, field) + 1}))

    def test_fund__never_includes_the_members_account(self) -> None:
        context = AdjudicationContext(medical_available_fen=10**6)
        settled = settle(plan_with(), class_a(1_000), context=context)
        assert (settled.fund_fen, settled.medical_fen) == (800, 200)


class TestSplit:
    """P11.1: the order of the pockets."""

    @pytest.mark.parametrize(
        ("medical", "family", "split"),
        [
            (0, 0, (0, 0, 500)),
            (100, 0, (100, 0, 400)),
            (100, 100, (100, 100, 300)),
            (300, 999, (300, 100, 100)),
            (999, 999, (400, 0, 100)),
        ],
    )
    def test_own_then_family_then_cash__p11(
        self, medical: int, family: int, split: tuple[int, int, int]
    ) -> None:
        found = split_member_share(
            500, uncoverable_fen=100, medical_available_fen=medical, family_available_fen=family
        )
        assert found == MemberSplit(*split)

    @given(amounts(), amounts(), amounts(), amounts())
    def test_parts__always_add_up(
        self, member: int, uncoverable: int, medical: int, family: int
    ) -> None:
        split = split_member_share(
            member,
            uncoverable_fen=uncoverable,
            medical_available_fen=medical,
            family_available_fen=family,
        )
        assert split.medical_fen + split.family_fen + split.cash_fen == member
        assert split.cash_fen >= min(member, uncoverable)

    def test_class_c__is_covered_only_where_the_plan_says(self) -> None:
        context = AdjudicationContext(medical_available_fen=10**6)
        lines = (class_a(1_000, 100), class_c(50))
        default = settle(plan_with(), *lines, context=context)
        everything = settle(plan_with(account_pays_all=True), *lines, context=context)
        assert (default.medical_fen, default.cash_fen) == (180, 150)
        assert (everything.medical_fen, everything.cash_fen) == (330, 0)

    def test_over_limit_of_the_provider__does_not_lower_what_is_covered(self) -> None:
        context = AdjudicationContext(medical_available_fen=10**6)
        plan = plan_with(provider_bears_over_limit=True)
        settled = settle(plan, class_a(1_000, 100), context=context)
        assert (settled.medical_fen, settled.cash_fen) == (180, 0)

    def test_supplementary_layer__lowers_the_covered_side_first(self) -> None:
        context = AdjudicationContext(medical_available_fen=10**6)
        plan = plan_with(layers=(supplementary(5_000),))
        settled = settle(plan, class_a(1_000), class_c(100), context=context)
        # 300 left, half paid: 150 left, of which 100 count as class C.
        assert (settled.member_fen, settled.medical_fen, settled.cash_fen) == (150, 50, 100)


class TestMixedOrder:
    ORDER = MixedOrder(
        100_000, 45_000, 5_000, med_cash_fen=50_000, add_fen=2_000, reduce_fen=10_000
    )

    def test_both_sums__hold_cn_18(self) -> None:
        assert (self.ORDER.wallet_cash_fen, self.ORDER.total_fen) == (42_000, 202_000)
        self.ORDER.check(total_fen=202_000, wallet_cash_fen=42_000)

    @pytest.mark.parametrize(("total", "cash"), [(202_001, 42_000), (202_000, 42_001)])
    def test_one_sum_that_fails__refuses_the_order(self, total: int, cash: int) -> None:
        with pytest.raises(LineSumMismatch):
            self.ORDER.check(total_fen=total, wallet_cash_fen=cash)
