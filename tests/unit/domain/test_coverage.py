"""Coverage on its edge days: waiting, grace, suspension, back-payment, tenure (P35, P47, P48)."""

from __future__ import annotations

import pytest

from node.domain.coverage import (
    FOREVER,
    Coverage,
    CoverageStatus,
    PartDue,
    care_from_day,
    check_enrolment,
    gap_of,
    gaps_of,
    require_care,
    status_on,
    tenure_years,
    waiting_months,
)
from node.domain.days import Day, parse_day
from node.domain.errors import CoverageInactive, InvalidPeriod, WaitingPeriodActive
from node.domain.ids import AccountId
from node.domain.plans.plan import PremiumPlan

ANN = AccountId("0x" + "a1" * 20)
NATIONAL = PremiumPlan(
    waiting_fixed_months=3,
    waiting_months_per_missed_year=1,
    waiting_floor_months=6,
    waiting_floor_after_years=4,
)
YEAR_2025 = Coverage(parse_day("2025-01-01"), parse_day("2026-01-01"), parse_day("2025-01-01"))


class TestWaiting:
    """P35.1: the last waiting day is refused."""

    @pytest.mark.parametrize(
        ("late", "missed", "extra", "months"),
        [
            (False, 0, 0, 0),
            (True, 0, 0, 3),
            (False, 1, 0, 4),
            (True, 2, 0, 5),
            (True, 2, 1, 4),
            (True, 2, 5, 3),
            (True, 3, 9, 3),
            (True, 4, 0, 7),
            (True, 4, 1, 6),
            (True, 4, 9, 6),
            (True, 9, 9, 6),
            (True, 9, 0, 12),
        ],
    )
    def test_months__follow_the_national_rule_p35(
        self,
        late: bool,
        missed: int,
        extra: int,
        months: int,
    ) -> None:
        found = waiting_months(NATIONAL, late=late, missed_years=missed, extra_years=extra)
        assert found == months

    def test_newborn__waits_for_nothing(self) -> None:
        assert waiting_months(NATIONAL, late=True, missed_years=9, newborn=True) == 0

    def test_last_waiting_day_is_refused__and_the_next_day_is_paid_p35(self) -> None:
        start = parse_day("2025-03-31")
        care_from = care_from_day(start, 3)
        assert care_from == parse_day("2025-06-30")
        coverage = Coverage(start, parse_day("2026-01-01"), care_from)
        with pytest.raises(WaitingPeriodActive) as refused:
            require_care(coverage, (), member=ANN, day=care_from - 1)
        assert refused.value.care_from_day == care_from
        require_care(coverage, (), member=ANN, day=care_from)


class TestPeriod:
    @pytest.mark.parametrize("day", [YEAR_2025.start_day - 1, YEAR_2025.end_day])
    def test_day_outside__is_refused(self, day: int) -> None:
        with pytest.raises(CoverageInactive) as refused:
            require_care(YEAR_2025, (), member=ANN, day=day)
        assert refused.value.values() == {"member": ANN, "day": day}

    @pytest.mark.parametrize("day", [YEAR_2025.start_day, YEAR_2025.end_day - 1])
    def test_first_and_last_day__are_covered(self, day: int) -> None:
        require_care(YEAR_2025, (), member=ANN, day=day)
        assert status_on(YEAR_2025, (), day) is CoverageStatus.ACTIVE


class TestGap:
    DUE = parse_day("2025-03-31")

    def status(self, day: int, paid: int | None) -> CoverageStatus:
        """Return the status on due day + day with 10 days of grace, 30 to pay back."""
        paid_day = None if paid is None else self.DUE + paid
        gaps = gaps_of([PartDue(self.DUE, paid_day)], grace_days=10, backpay_days=30)
        return status_on(YEAR_2025, gaps, self.DUE + day)

    @pytest.mark.parametrize(
        ("day", "paid", "active"),
        [
            (0, None, True),
            (10, None, True),
            (11, None, False),
            (200, None, False),
            (11, 10, True),
            (11, 11, True),
            (11, 40, True),
            (40, 40, True),
            (10, 41, True),
            (11, 41, False),
            (40, 41, False),
            (41, 41, True),
        ],
    )
    def test_claim_on_each_edge_day__has_the_right_result_p47(
        self,
        day: int,
        paid: int | None,
        active: bool,
    ) -> None:
        wanted = CoverageStatus.ACTIVE if active else CoverageStatus.SUSPENDED
        assert self.status(day, paid) is wanted

    def test_unpaid_part__leaves_a_gap_without_end(self) -> None:
        gap = gap_of(PartDue(self.DUE), grace_days=0, backpay_days=0)
        assert gap == (self.DUE + 1, FOREVER)

    def test_each_part__leaves_its_own_gap(self) -> None:
        parts = [PartDue(100, 100), PartDue(130, 150), PartDue(160)]
        gaps = gaps_of(parts, grace_days=5, backpay_days=10)
        assert gaps == ((136, 150), (166, FOREVER))

    def test_suspension__hides_waiting(self) -> None:
        coverage = Coverage(Day(0), Day(100), Day(50))
        assert status_on(coverage, [(10, 20)], 15) is CoverageStatus.SUSPENDED
        assert status_on(coverage, [(10, 20)], 20) is CoverageStatus.WAITING


class TestEnrolment:
    EXISTING = (Coverage(Day(0), Day(365), Day(0)), Coverage(Day(365), Day(730), Day(365)))

    @pytest.mark.parametrize(("start", "end"), [(729, 900), (-5, 1), (100, 200), (-5, 900)])
    def test_overlap_day__is_refused_p48(self, start: int, end: int) -> None:
        with pytest.raises(InvalidPeriod):
            check_enrolment(self.EXISTING, start_day=start, end_day=end)

    def test_empty_period__is_refused(self) -> None:
        with pytest.raises(InvalidPeriod):
            check_enrolment((), start_day=5, end_day=5)

    @pytest.mark.parametrize(("start", "gap"), [(730, 0), (731, 1), (-400, 0)])
    def test_renewal__tells_the_days_without_coverage(self, start: int, gap: int) -> None:
        assert check_enrolment(self.EXISTING, start_day=start, end_day=start + 100) == gap


class TestTenure:
    YEARS = tuple(
        (parse_day(f"{year}-01-01"), parse_day(f"{year + 1}-01-01")) for year in range(2021, 2027)
    )

    @pytest.mark.parametrize(
        ("day", "years"),
        [
            ("2020-12-31", 0),
            ("2021-01-01", 1),
            ("2024-12-31", 4),
            ("2025-01-01", 5),
            ("2026-12-31", 6),
            ("2027-01-01", 0),
        ],
    )
    def test_continuous_years__count_from_the_first_p35(self, day: str, years: int) -> None:
        assert tenure_years(self.YEARS, parse_day(day)) == years

    def test_one_day_without_coverage__starts_again(self) -> None:
        start, end = self.YEARS[2]
        broken = (*self.YEARS[:2], (start + 1, end), *self.YEARS[3:])
        assert tenure_years(broken, parse_day("2025-01-01")) == 2
        assert tenure_years(broken, parse_day("2025-01-02")) == 3
        assert tenure_years(broken, start) == 0

    def test_monthly_periods__add_up_to_years(self) -> None:
        months = [
            (parse_day(f"2024-{m:02}-01"), parse_day(f"2024-{m + 1:02}-01")) for m in range(1, 12)
        ]
        months.append((parse_day("2024-12-01"), parse_day("2025-02-01")))
        assert tenure_years(months, parse_day("2024-12-31")) == 1
        assert tenure_years(months, parse_day("2025-01-01")) == 2
