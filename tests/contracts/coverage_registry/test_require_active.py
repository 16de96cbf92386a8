"""On which days care is paid: period, waiting, grace, suspension, restoration (P35, P47)."""

import pytest

from node.domain.days import parse_day
from node.domain.kinds import Scheme
from tests.fixtures.actors import ANN, INSURER, INSURER_2, word
from tests.fixtures.evm.in_process import Revert, reverts
from tests.fixtures.evm.premiums import (
    BILL,
    DUE,
    END,
    LAST_GRACE,
    LAST_RESTORING,
    REGION,
    RESIDENT_PLAN,
    START,
    Premiums,
)

IN_PARTS = {"parts": 3, "part_interval_days": 100}
DUES = (DUE, DUE + 100, DUE + 200)


def answer(premiums: Premiums, day: int) -> str:
    """Return ACTIVE or the name of the refusal."""
    try:
        premiums.active(day)
    except Revert as refusal:
        return refusal.name
    return "ACTIVE"


def active_days(premiums: Premiums, days: range) -> list[int]:
    """Return the days on which care is paid."""
    return [day for day in days if answer(premiums, day) == "ACTIVE"]


class TestPeriod:
    def test_unknown_coverage__is_unknown(self, premiums: Premiums) -> None:
        premiums.enrol()
        with reverts("CoverageUnknown", ANN.account, START + 1):
            premiums.active(START + 1, start=START + 1)
        with reverts("CoverageUnknown", ANN.account, START):
            premiums.active(START, scheme=Scheme.FLEXIBLE)
        with reverts("CoverageUnknown", ANN.account, START):
            premiums.coverage(scheme=Scheme.EMPLOYEE)

    @pytest.mark.parametrize("day", [START - 1, END])
    def test_day_outside__is_inactive(self, premiums: Premiums, day: int) -> None:
        premiums.enrol()
        with reverts("CoverageInactive", ANN.account, day):
            premiums.active(day)

    @pytest.mark.parametrize("day", [START, END - 1])
    def test_first_and_last_day__are_active(self, premiums: Premiums, day: int) -> None:
        premiums.enrol()
        assert answer(premiums, day) == "ACTIVE"


class TestPayer:
    def test_insurers_and_regions__are_never_mixed_up(self, premiums: Premiums) -> None:
        """Each coverage names its own insurer and region, however many share a pair of them."""
        other = "0x" + b"310000".hex().ljust(24, "0")
        pairs = [
            *((INSURER, REGION), (INSURER_2, REGION), (INSURER, other), (INSURER_2, other)),
            *((INSURER, other), (INSURER, REGION)),
        ]
        for year, (insurer, region) in enumerate(pairs):
            plan_id = word(f"plan of {insurer.name} in {region}")
            premiums.put_plan(RESIDENT_PLAN, plan_id=plan_id, insurer=insurer, region=region)
            start = START + 400 * year
            changes = {"region": region, "plan_id": plan_id, "end_day": start + 365}
            premiums.enrol(actor=insurer, start_day=start, **changes)
        for year, (insurer, region) in enumerate(pairs):
            start = START + 400 * year
            coverage = premiums.active(start, start=start)
            assert (coverage["insurer"], coverage["region"]) == (insurer.account, region)


class TestWaiting:
    def test_last_waiting_day_is_refused__and_the_next_is_paid(self, premiums: Premiums) -> None:
        """P35.1, P35.2: care on the last waiting day is refused and on the next day paid."""
        care_from = parse_day("2026-07-01")
        premiums.enrol(late=True)
        for day in (START, care_from - 1):
            with reverts("WaitingPeriodActive", ANN.account, care_from):
                premiums.active(day)
        assert premiums.active(care_from)["careFromDay"] == care_from

    def test_suspension__hides_waiting(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.enrol(bill_id=BILL, late=True)
        assert answer(premiums, LAST_GRACE) == "WaitingPeriodActive"
        assert answer(premiums, LAST_GRACE + 1) == "CoverageInactive"


class TestSuspension:
    def test_unpaid_bill__is_covered_to_the_last_grace_day(self, premiums: Premiums) -> None:
        """P47.1: coverage stops the day after grace."""
        premiums.issue()
        premiums.enrol(bill_id=BILL)
        for day in (START, DUE, DUE + 1, LAST_GRACE):
            assert answer(premiums, day) == "ACTIVE"
        for day in (LAST_GRACE + 1, END - 1):
            assert answer(premiums, day) == "CoverageInactive"

    @pytest.mark.parametrize("paid_day", [START - 10, LAST_GRACE, LAST_GRACE + 1, LAST_RESTORING])
    def test_payment_within_backpay_days__restores_every_day(
        self, premiums: Premiums, paid_day: int
    ) -> None:
        """P47.2: paid in time, no day is missing."""
        premiums.issue()
        premiums.enrol(bill_id=BILL)
        premiums.on(paid_day)
        premiums.pay()
        edges = (START, DUE, LAST_GRACE, LAST_GRACE + 1, LAST_RESTORING, paid_day, END - 1)
        assert {answer(premiums, day) for day in edges if day >= START} == {"ACTIVE"}

    @pytest.mark.parametrize("paid_day", [LAST_RESTORING + 1, LAST_RESTORING + 90, END + 5])
    def test_payment_after_backpay_days__covers_from_that_day(
        self, premiums: Premiums, paid_day: int
    ) -> None:
        """P47.2: paid later, it covers from that day."""
        premiums.issue()
        premiums.enrol(bill_id=BILL)
        premiums.on(paid_day)
        premiums.pay()
        assert answer(premiums, LAST_GRACE) == "ACTIVE"
        for day in (LAST_GRACE + 1, LAST_RESTORING, min(paid_day, END) - 1):
            assert answer(premiums, day) == "CoverageInactive"
        expected = "ACTIVE" if paid_day < END else "CoverageInactive"
        assert answer(premiums, paid_day) == expected

    def test_several_late_parts__leave_several_gaps(self, premiums: Premiums) -> None:
        """P47: each part that came too late leaves its own gap."""
        premiums.issue(**IN_PARTS)
        premiums.enrol(bill_id=BILL)
        grace_ends = [due + 10 for due in DUES]
        paid = [grace_ends[0] + 21, grace_ends[1] + 20, grace_ends[2] + 30]
        for day in paid:
            premiums.on(day)
            premiums.pay()
        covered = active_days(premiums, range(DUE, DUE + 260))
        gaps = [*range(grace_ends[0] + 1, paid[0]), *range(grace_ends[2] + 1, paid[2])]
        assert covered == [day for day in range(DUE, DUE + 260) if day not in gaps]

    def test_two_overdue_parts_paid_on_one_day__cover_from_that_day(
        self, premiums: Premiums
    ) -> None:
        premiums.issue(**IN_PARTS)
        premiums.enrol(bill_id=BILL)
        day = DUES[1] + 50
        premiums.on(day)
        premiums.pay()
        # The second part is overdue as well: coverage stays suspended until it is paid.
        assert answer(premiums, day) == "CoverageInactive"
        premiums.pay()
        assert active_days(premiums, range(DUE, DUES[2])) == [
            *range(DUE, LAST_GRACE + 1),
            *range(day, DUES[2]),
        ]

    def test_next_part_unpaid__is_covered_to_its_own_grace(self, premiums: Premiums) -> None:
        premiums.issue(**IN_PARTS)
        premiums.enrol(bill_id=BILL)
        premiums.pay()
        assert answer(premiums, DUES[1] + 10) == "ACTIVE"
        assert answer(premiums, DUES[1] + 11) == "CoverageInactive"

    def test_refunded_bill__covers_nothing(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.enrol(bill_id=BILL)
        premiums.pay()
        assert answer(premiums, START) == "ACTIVE"
        premiums.refund(reason=1)
        assert {answer(premiums, day) for day in (START, DUE, END - 1)} == {"CoverageInactive"}

    def test_cancelled_bill__covers_nothing(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.enrol(bill_id=BILL)
        premiums.cancel()
        assert {answer(premiums, day) for day in (START, DUE)} == {"CoverageInactive"}
