"""Policy days, months and hours in Shanghai."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.days import (
    add_months,
    civil,
    day_of,
    day_start,
    days_in_month,
    from_civil,
    iso,
    months_between,
    next_time_of_day,
    overlaps,
    parse_day,
    policy_year,
    second_of_day,
    year_start,
)
from node.domain.errors import InvalidPeriod

SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


class TestPolicyDay:
    @pytest.mark.parametrize(
        ("timestamp", "day"),
        [(0, 0), (57_599, 0), (57_600, 1), (-28_800, 0), (-28_801, -1), (-(10**9), -11_574)],
    )
    def test_day__begins_at_midnight_in_shanghai(self, timestamp: int, day: int) -> None:
        assert day_of(timestamp) == day

    @given(st.integers(-(10**10), 10**10))
    def test_day_and_second__agree_with_the_calendar(self, timestamp: int) -> None:
        moment = datetime.datetime.fromtimestamp(timestamp, SHANGHAI)
        assert civil(day_of(timestamp)) == moment.date()
        assert second_of_day(timestamp) == (moment.hour * 3600 + moment.minute * 60 + moment.second)
        assert day_start(day_of(timestamp)) + second_of_day(timestamp) == timestamp

    @given(st.dates())
    def test_date__survives_the_round_trip(self, date: datetime.date) -> None:
        assert civil(from_civil(date)) == date
        assert parse_day(iso(from_civil(date))) == from_civil(date)

    def test_policy_year__is_the_calendar_year(self) -> None:
        assert policy_year(parse_day("2024-12-31")) == 2024
        assert policy_year(year_start(2025)) == 2025


class TestNextTimeOfDay:
    @given(st.integers(-(10**9), 4 * 10**9), st.integers(0, 86_399))
    def test_next__is_later_by_at_most_a_day(self, timestamp: int, second: int) -> None:
        found = next_time_of_day(timestamp, second)
        assert timestamp < found <= timestamp + 86_400
        assert second_of_day(found) == second


class TestMonths:
    @pytest.mark.parametrize(
        ("day", "months", "expected"),
        [
            ("2025-01-31", 1, "2025-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2025-01-15", 3, "2025-04-15"),
            ("2025-12-01", 1, "2026-01-01"),
            ("2025-03-31", -1, "2025-02-28"),
            ("2024-02-29", 12, "2025-02-28"),
            ("1969-12-31", 2, "1970-02-28"),
        ],
    )
    def test_shorter_month__ends_on_its_last_day(
        self, day: str, months: int, expected: str
    ) -> None:
        assert iso(add_months(parse_day(day), months)) == expected

    @pytest.mark.parametrize(
        ("start", "end", "months"),
        [
            ("2025-01-01", "2026-01-01", 12),
            ("2025-01-31", "2025-02-01", 1),
            ("2025-01-31", "2025-02-02", 2),
            ("2025-12-31", "2026-01-02", 2),
        ],
    )
    def test_touched_months__are_counted_whole(self, start: str, end: str, months: int) -> None:
        assert months_between(parse_day(start), parse_day(end)) == months

    def test_empty_period__is_refused(self) -> None:
        with pytest.raises(InvalidPeriod):
            months_between(5, 5)

    def test_days_in_month__knows_leap_years(self) -> None:
        assert [days_in_month(2024, 2), days_in_month(2025, 2), days_in_month(2025, 12)] == [
            29,
            28,
            31,
        ]


class TestOverlaps:
    @pytest.mark.parametrize(
        ("second", "shared"), [((5, 9), False), ((4, 9), True), ((0, 1), False), ((0, 2), True)]
    )
    def test_periods_that_only_touch__share_no_day(
        self,
        second: tuple[int, int],
        shared: bool,
    ) -> None:
        assert overlaps((1, 5), second) is shared
