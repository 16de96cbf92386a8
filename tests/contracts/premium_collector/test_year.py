"""A simulated calendar year: monthly and yearly premiums, instalments, grace, arrears (S45)."""

from dataclasses import replace
from itertools import pairwise

from node.domain.days import day_start, iso, parse_day
from node.domain.kinds import MemberKind, Pocket, Scheme
from tests.fixtures.actors import ANN, BEN, EMPLOYER, word
from tests.fixtures.evm.in_process import Revert
from tests.fixtures.evm.premiums import (
    EMPLOYEE_PLAN,
    END,
    PERSONAL,
    POOLED,
    POOLED_EMPLOYEE,
    START,
    SUBSIDY,
    Premiums,
)

MONTHS = [parse_day(f"2026-{month:02d}-01") for month in range(4, 13)]
MONTHS += [parse_day(f"2027-{month:02d}-01") for month in range(1, 5)]
OVERDUE = 6
SHARES = (95_000, 20_000)


def is_active(premiums: Premiums, day: int, *, scheme: Scheme, start: int) -> bool:
    """Tell whether ANN's care on a day is paid."""
    try:
        premiums.active(day, scheme=scheme, start=start)
    except Revert:
        return False
    return True


class TestYear:
    def test_monthly_and_yearly_premiums__follow_the_plan_all_year(
        self, premiums: Premiums
    ) -> None:
        """S45.1, S45.2, S45.3, S45.4, S45.5: one simulated year.

        EMPLOYER pays ANN's months on the 15th; for October it pays on the 5th day after grace
        (a fee, no gap), for December after the back-pay days (a fee and a gap). BEN pays the year
        in four parts, the third of them too late.
        """
        mid_month = replace(EMPLOYEE_PLAN, due_days=14)
        premiums.put_plan(mid_month, scheme=Scheme.EMPLOYEE, version=3)
        premiums.give(BEN.account, 100_000)
        premiums.issue(member=BEN.account, parts=4, part_interval_days=91)
        fees, timeline = {}, []
        for start, end in pairwise(MONTHS):
            month = iso(start)[:7]
            late = {"2026-10": 15, "2026-12": 41}.get(month, 0)
            timeline.append((start + 1, "declare", (start, end)))
            timeline.append((start + 14 + late, "pay", (start, month)))
        for part, late in enumerate((0, 10, 31, 30)):
            timeline.append((parse_day("2026-04-10") + 91 * part + late, "part", part))
        for day, what, subject in sorted(timeline, key=lambda entry: entry[0]):
            if what == "declare":
                self._declare(premiums, day, subject)
            elif what == "pay":
                start, month = subject
                bill_id = premiums.declared_id(start=start)
                expected = OVERDUE if month in {"2026-10", "2026-12"} else 1
                assert premiums.state_on(day, bill_id=bill_id) == expected
                paid = premiums.pay_declared(bill_id=bill_id, day=day).one("PremiumPaid")
                fees[month] = paid["lateFeeFen"]
            else:
                premiums.on(day, second=50_000)
                assert premiums.pay(actor=BEN).one("PremiumPaid")["part"] == subject + 1
        self._check_money(premiums, fees)
        self._check_coverage(premiums)

    def _declare(self, premiums: Premiums, day: int, period: tuple[int, int]) -> None:
        start, end = period
        premiums.on(day)
        premiums.declare(
            period_start=start,
            period_end=end,
            joined_day=start,
            plan_version=3,
            wage_fen=1_000_000,
        )
        premiums.enrol(
            scheme=int(Scheme.EMPLOYEE),
            member_kind=int(MemberKind.ADULT),
            start_day=start,
            end_day=end,
            bill_id=premiums.declared_id(start=start),
        )

    def _check_money(self, premiums: Premiums, fees: dict[str, int]) -> None:
        # 115,000 x 5 bp x 15 and 41 days = 862.5 and 2,357.5, half up.
        assert {month: fee for month, fee in fees.items() if fee} == {
            "2026-10": 863,
            "2026-12": 2_358,
        }
        assert len(fees) == 12
        assert premiums.balance(POOLED_EMPLOYEE) == 12 * SHARES[0] + 863 + 2_358
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 500_000 + 12 * SHARES[1]
        spent = 12 * sum(SHARES) + 863 + 2_358
        assert premiums.balance(EMPLOYER.account) == 10_000_000 - spent
        assert premiums.balance(POOLED) == PERSONAL + SUBSIDY
        assert premiums.balance(BEN.account) == 100_000 - PERSONAL

    def _check_coverage(self, premiums: Premiums) -> None:
        # December is due on the 15th; grace of 10 days ends with the 25th; paid on 2027-01-25.
        december = parse_day("2026-12-01")
        off = [
            iso(day)
            for start, end in pairwise(MONTHS)
            for day in (start, start + 24, start + 25, end - 1)
            if not is_active(premiums, day, scheme=Scheme.EMPLOYEE, start=start)
        ]
        assert off == ["2026-12-26", "2026-12-31"]
        tenure = premiums.coverage(MONTHS[-2], scheme=Scheme.EMPLOYEE)["tenureYears"]
        assert tenure == 1
        assert premiums.coverage(december, scheme=Scheme.EMPLOYEE)["startDay"] == december
        # BEN's third part: due 2026-10-09, grace to 10-19, restoring to 11-08, paid on 11-09.
        bill_off = [iso(day) for day in range(START, END) if not premiums.covers(day)]
        assert (bill_off[0], bill_off[-1], len(bill_off)) == ("2026-10-20", "2026-11-08", 20)

    def test_arrears_of_a_year__stay_payable_part_by_part(self, premiums: Premiums) -> None:
        """S45.5: arrears after the period are paid in order; nothing is covered after grace."""
        premiums.issue(parts=4, part_interval_days=91)
        premiums.on(END + 100)
        assert premiums.state_on(END + 100) == OVERDUE
        assert [premiums.pay().one("PremiumPaid")["part"] for _ in range(4)] == [1, 2, 3, 4]
        assert premiums.bill()["state"] == 3
        assert [day for day in range(START, END) if premiums.covers(day)] == [
            *range(START, parse_day("2026-04-21")),
        ]

    def test_midnight_in_shanghai__decides_the_payment_day(self, premiums: Premiums) -> None:
        """P47: one second parts a restored coverage from a gap."""
        last_second = day_start(parse_day("2026-05-11")) - 1
        premiums.issue()
        premiums.issue(bill_id=word("second"))
        premiums.world.travel(last_second)
        assert "CoverageGapRecorded" not in premiums.pay().names
        assert premiums.world.now == last_second
        assert "CoverageGapRecorded" in premiums.pay(bill_id=word("second")).names
