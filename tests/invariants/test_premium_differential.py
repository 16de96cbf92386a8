"""Python and Solidity compute the same premiums, fees, waiting days and dates (M12, S45, P35)."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.domain import coverage, premiums
from node.domain.days import add_months, civil, from_civil
from node.domain.ids import BillId
from node.domain.kinds import Proration
from node.domain.money import MAX_AMOUNT_FEN, UNLIMITED
from node.domain.plans.plan import PremiumPlan
from tests.fixtures.evm.in_process import Chain

BILL = BillId("0x" + "11" * 32)
CASES = 40
EXAMPLES = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])

# Small numbers meet the edges of half-up; large ones meet the limits.
fen = st.one_of(st.integers(0, 300), st.integers(0, MAX_AMOUNT_FEN))
ratio = st.one_of(st.sampled_from([0, 1, 5_000, 9_999, 10_000]), st.integers(0, 10_000))
day = st.one_of(st.integers(-30, 800), st.integers(-200_000, 200_000))
byte = st.one_of(st.integers(0, 12), st.integers(0, 255))


class Rules:
    """The Solidity rules, many cases a call."""

    def __init__(self) -> None:
        self.chain = Chain()
        self.chain.create("PremiumRulesHarness")

    def __call__(self, function: str, *arguments: Any) -> Any:
        return self.chain.call("PremiumRulesHarness", function, *arguments)


@pytest.fixture(scope="module")
def rules() -> Iterator[Rules]:
    """Return the harness, deployed once."""
    return Rules()


def many(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """Return lists of cases: one call answers all of them."""
    return st.lists(strategy, min_size=1, max_size=CASES)


@st.composite
def share_cases(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    """Draw floor, ceiling, two ratios, wage."""
    floor = draw(fen)
    ceiling = draw(st.one_of(st.just(UNLIMITED), st.integers(floor, MAX_AMOUNT_FEN)))
    return floor, ceiling, draw(ratio), draw(ratio), max(1, draw(fen))


@st.composite
def proration_cases(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    """Draw amount, proration, and a period with a joining day inside it."""
    start = draw(day)
    end = start + draw(st.integers(1, 4_095))
    joined = draw(st.integers(start, end - 1))
    return draw(fen), draw(st.sampled_from(list(Proration))), start, end, joined


@st.composite
def instalment_cases(draw: st.DrawFn) -> tuple[int, int, int]:
    """Draw an amount, the number of parts and one of them."""
    parts = draw(st.integers(1, 12))
    return draw(fen), parts, draw(st.integers(1, parts))


@st.composite
def late_fee_cases(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    """Draw principal, bp a day, due day, grace, today."""
    due, grace = draw(day), draw(st.one_of(st.integers(0, 40), st.integers(0, 65_535)))
    today = due + draw(st.one_of(st.integers(-5, grace + 5), st.integers(-5, 100_000)))
    return draw(fen), draw(st.one_of(st.just(5), st.integers(0, 10_000))), due, grace, today


waiting_cases = st.tuples(byte, byte, byte, byte, byte, byte, st.booleans(), st.booleans(), day)


@st.composite
def tenure_cases(draw: st.DrawFn) -> tuple[int, int]:
    """Draw the first day of a chain and a later first day of a period, often on the anniversary."""
    first = draw(day)
    anniversary = add_months(first, 12 * draw(st.integers(0, 60)))
    return first, max(first, anniversary + draw(st.integers(-2, 400)))


class TestPremiums:
    @EXAMPLES
    @given(cases=many(share_cases()))
    def test_shares__are_equal(self, rules: Rules, cases: list[tuple[int, ...]]) -> None:
        """S45: base = clamp(wage), each share half up."""
        expected = [
            premiums.employee_shares(
                PremiumPlan(
                    base_floor_fen=floor,
                    base_ceiling_fen=ceiling,
                    employer_bp=employer,
                    employee_bp=employee,
                ),
                wage,
            )
            for floor, ceiling, employer, employee, wage in cases
        ]
        assert rules("shares", cases) == [
            [each.employer_fen for each in expected],
            [each.employee_fen for each in expected],
        ]

    @EXAMPLES
    @given(cases=many(proration_cases()))
    def test_prorations__are_equal(self, rules: Rules, cases: list[tuple[int, ...]]) -> None:
        expected = [
            premiums.prorate(amount, Proration(kind), period=(start, end), join_day=joined)
            for amount, kind, start, end, joined in cases
        ]
        numbers = [(amount, int(kind), *days) for amount, kind, *days in cases]
        assert rules("prorations", numbers) == expected

    @EXAMPLES
    @given(cases=many(instalment_cases()))
    def test_instalments__are_equal(self, rules: Rules, cases: list[tuple[int, ...]]) -> None:
        expected, sums = [], []
        for amount, parts, part in cases:
            every = [
                premiums.instalment_fen(BILL, amount, parts=parts, part=number)
                for number in range(1, parts + 1)
            ]
            assert sum(every) == amount
            expected.append(every[part - 1])
            sums.append(sum(every[:part]))
        assert rules("instalments", cases) == [expected, sums]

    @EXAMPLES
    @given(cases=many(late_fee_cases()))
    def test_late_fees__are_equal(self, rules: Rules, cases: list[tuple[int, ...]]) -> None:
        """P45: half up, at most the principal, from the day after the due date after grace."""
        expected = [
            premiums.late_fee_fen(
                principal, bp_per_day=bp, due_day=due, grace_days=grace, day=today
            )
            for principal, bp, due, grace, today in cases
        ]
        assert rules("lateFees", cases) == expected


class TestCoverage:
    @EXAMPLES
    @given(cases=many(waiting_cases))
    def test_waiting__is_equal(self, rules: Rules, cases: list[tuple[Any, ...]]) -> None:
        """P35: care from the same day. In time and without a missed year nobody waits."""
        expected = []
        for fixed, step, floor, floor_after, missed, extra, newborn, late, start in cases:
            plan = PremiumPlan(
                waiting_fixed_months=fixed,
                waiting_months_per_missed_year=step,
                waiting_floor_months=floor,
                waiting_floor_after_years=floor_after,
            )
            months = coverage.waiting_months(
                plan, late=late, missed_years=missed, extra_years=extra, newborn=newborn
            )
            expected.append(coverage.care_from_day(start, months))
        assert rules("waitings", cases) == expected

    @EXAMPLES
    @given(cases=many(tenure_cases()))
    def test_tenure__is_equal(self, rules: Rules, cases: list[tuple[int, int]]) -> None:
        """P35: tenure of a chain of periods on the first day of the newest one."""
        expected = [
            coverage.tenure_years([(first, start), (start, start + 1)], start)
            if start > first
            else coverage.tenure_years([(first, first + 1)], start)
            for first, start in cases
        ]
        assert rules("tenures", cases) == expected


class TestCalendar:
    @EXAMPLES
    @given(days=many(st.integers(-700_000, 2_900_000)))
    def test_dates__are_equal_both_ways(self, rules: Rules, days: list[int]) -> None:
        dates = [civil(each) for each in days]
        packed = [date.year * 10_000 + date.month * 100 + date.day for date in dates]
        assert rules("dates", days) == [packed, days]

    def test_every_day_of_four_centuries__is_equal(self, rules: Rules) -> None:
        """Leap days and century rules, in steps that meet every day of the year."""
        for start in range(-146_097, 146_097, 14_600):
            days = list(range(start, start + 14_600, 73))
            packed = [date.year * 10_000 + date.month * 100 + date.day for date in map(civil, days)]
            assert rules("dates", days) == [packed, days]

    @pytest.mark.parametrize(("year", "month"), [(2024, 2), (2023, 2), (2026, 12), (1900, 2)])
    def test_months__end_where_the_next_begins(self, rules: Rules, year: int, month: int) -> None:
        start = from_civil(civil(0).replace(year=year, month=month, day=1))
        end = add_months(start, 1)
        assert rules("isMonth", start, end)
        assert not rules("isMonth", start, end - 1)
        assert not rules("isMonth", start + 1, end)
