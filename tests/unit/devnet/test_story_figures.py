"""The story's figures add up, or it is not told: a false answer of a gateway is found (S04)."""

import re
from typing import Any

import pytest

from node.devnet.client.story_figures import FiguresDiffer, premium_of, reasons_of, settlement_of

SETTLEMENT = {
    "total_fen": 25_600,
    "pooled_fen": 6_783,
    "big_illness_fen": 0,
    "aid_fen": 0,
    "supplementary_fen": 0,
    "provider_fen": 0,
    "member_fen": 18_817,
    "medical_fen": 0,
    "family_fen": 0,
    "cash_fen": 18_817,
}
QUOTE = {
    "gross_fen": 107_000,
    "subsidy_fen": 67_000,
    "discount_fen": 0,
    "late_fee_fen": 120,
    "payable_fen": 40_120,
}


def trace(*lines: dict[str, int]) -> dict[str, Any]:
    """Return a trace: per line the refused fen by code."""
    refused = [[{"code": code, "amount_fen": fen} for code, fen in one.items()] for one in lines]
    return {"lines": [{"refused": one} for one in refused]}


TRACE = trace(
    {"deductible": 10_000, "over-limit": 1_500}, {"deductible": 4_317}, {"own-pay": 3_000}
)


class TestReasons:
    def test_one_code_in_two_lines__is_added_up(self) -> None:
        found = reasons_of(TRACE, SETTLEMENT)
        assert found == {"deductible": 14_317, "over-limit": 1_500, "own-pay": 3_000}
        assert sum(found.values()) == SETTLEMENT["member_fen"]

    @pytest.mark.parametrize("by_fen", [-1, 1])
    def test_reasons_that_miss_a_fen__are_refused_by_name(self, by_fen: int) -> None:
        lines = trace({"deductible": 15_817 + by_fen}, {"own-pay": 3_000})
        with pytest.raises(FiguresDiffer, match=re.escape(f"({by_fen:+d} fen)")):
            reasons_of(lines, SETTLEMENT)

    def test_trace_without_reasons__is_refused(self) -> None:
        with pytest.raises(FiguresDiffer, match=r"no parts add up to ¥0\.00, not ¥188\.17"):
            reasons_of(trace({}), SETTLEMENT)

    def test_share_of_the_provider__has_reasons_too(self) -> None:
        shared = SETTLEMENT | {"provider_fen": 1_500, "member_fen": 17_317}
        assert sum(reasons_of(TRACE, shared).values()) == 18_817


class TestSettlement:
    def test_figures__are_returned_by_name(self) -> None:
        assert settlement_of(SETTLEMENT | {"own_fen": 3_000}) == SETTLEMENT

    @pytest.mark.parametrize("name", ["total_fen", "pooled_fen", "provider_fen", "member_fen"])
    def test_one_figure_that_is_a_fen_off__is_refused(self, name: str) -> None:
        with pytest.raises(FiguresDiffer, match="who pays the claim: pooled_fen"):
            settlement_of(SETTLEMENT | {name: SETTLEMENT[name] + 1})

    def test_pockets_that_miss_a_fen__are_refused(self) -> None:
        with pytest.raises(FiguresDiffer, match=r"the member's share: .*\(-1 fen\)"):
            settlement_of(SETTLEMENT | {"cash_fen": 18_816})


class TestPremium:
    def test_quote__adds_up(self) -> None:
        assert premium_of(QUOTE) == QUOTE

    @pytest.mark.parametrize("name", list(QUOTE))
    def test_one_figure_that_is_a_fen_off__is_refused(self, name: str) -> None:
        with pytest.raises(FiguresDiffer, match="the premium: "):
            premium_of(QUOTE | {name: QUOTE[name] + 1})
