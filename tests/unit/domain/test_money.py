"""Amounts, ratios, rounding and exact shares (S55)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.errors import InvalidAmount, InvalidRatio, LineSumMismatch
from node.domain.money import (
    MAX_AMOUNT_FEN,
    amount,
    half_up,
    ratio,
    require_sum,
    saturating_sub,
    share,
    spread,
    yuan,
)


class TestAmount:
    @pytest.mark.parametrize("value", [0, -1, MAX_AMOUNT_FEN + 1, "5", None, True, Fraction(1, 2)])
    def test_value_that_is_no_amount__is_refused_with_its_place(self, value: object) -> None:
        with pytest.raises(InvalidAmount) as refused:
            amount(value, field="/amount_fen")
        assert refused.value.field == "/amount_fen"

    @pytest.mark.parametrize("value", [1, MAX_AMOUNT_FEN])
    def test_smallest_and_largest__are_amounts(self, value: int) -> None:
        assert amount(value) == value

    def test_zero__is_an_amount_only_where_allowed(self) -> None:
        assert amount(0, minimum=0) == 0


class TestRatio:
    @pytest.mark.parametrize("value", [-1, 10_001, "5", None, False])
    def test_value_that_is_no_ratio__is_refused(self, value: object) -> None:
        with pytest.raises(InvalidRatio):
            ratio(value)

    @pytest.mark.parametrize("value", [0, 10_000])
    def test_none_and_all__are_ratios(self, value: int) -> None:
        assert ratio(value) == value


class TestHalfUp:
    """P28.1: the one rounding rule."""

    @pytest.mark.parametrize(
        ("value", "divisor", "rounded"),
        [(0, 3, 0), (1, 2, 1), (3, 2, 2), (5, 10, 1), (4, 10, 0), (24_358, 4, 6_090)],
    )
    def test_half__goes_up(self, value: int, divisor: int, rounded: int) -> None:
        assert half_up(value, divisor) == rounded

    @given(st.integers(0, 2**128), st.integers(1, 2**64))
    def test_result__is_at_most_half_away(self, value: int, divisor: int) -> None:
        distance = Fraction(half_up(value, divisor)) - Fraction(value, divisor)
        assert Fraction(-1, 2) < distance <= Fraction(1, 2)

    def test_synthea_line__is_not_rounded_to_even(self) -> None:
        assert share(24_358, 7_500) == 18_269


class TestSmallParts:
    def test_subtraction__stops_at_zero(self) -> None:
        assert (saturating_sub(5, 3), saturating_sub(3, 5)) == (2, 0)

    def test_sum_that_differs__is_refused_with_both_figures(self) -> None:
        with pytest.raises(LineSumMismatch) as refused:
            require_sum((1, 2), 4)
        assert (refused.value.stated_fen, refused.value.sum_fen) == (4, 3)


class TestSpread:
    def test_missing_fen__go_to_the_largest_remainders_earlier_first(self) -> None:
        assert spread(10, [1, 1, 1]) == [4, 3, 3]
        assert spread(2, [3, 5, 3]) == [1, 1, 0]

    def test_nothing__is_spread_over_nothing(self) -> None:
        assert spread(0, [0, 0]) == [0, 0]

    @given(st.lists(st.integers(0, 10**13), min_size=1, max_size=20), st.data())
    def test_parts__add_up_and_never_exceed_their_weights(
        self, weights: list[int], data: st.DataObject
    ) -> None:
        whole = data.draw(st.integers(0, sum(weights)))
        parts = spread(whole, weights)
        assert sum(parts) == whole
        assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


class TestYuan:
    @pytest.mark.parametrize(
        ("amount_fen", "shown"),
        [
            (0, "¥0.00"),
            (5, "¥0.05"),
            (-25_600, "−¥256.00"),
            (-1, "−¥0.01"),
            (123_456_789, "¥1,234,567.89"),
        ],
    )
    def test_an_amount__is_written_by_integers(self, amount_fen: int, shown: str) -> None:
        assert yuan(amount_fen) == shown
