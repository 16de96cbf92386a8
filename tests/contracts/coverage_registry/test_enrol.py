"""Enrolment and renewal: periods follow each other, waiting and tenure are decided once (P48)."""

from dataclasses import astuple, replace
from itertools import pairwise
from typing import Any

import pytest

from node.domain.days import iso, parse_day
from node.domain.kinds import MemberKind, Scheme
from node.domain.plans.plan import PremiumPlan
from tests.fixtures.actors import (
    ANN,
    BEN,
    EMPLOYER,
    INSURER,
    INSURER_2,
    STRANGER,
    Actor,
    left,
    word,
)
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.premiums import (
    BILL,
    END,
    MONTH,
    NO_BILL,
    PLAN_OF_SCHEME,
    REGION,
    RESIDENT_PLAN,
    START,
    Premiums,
)

PLAN = PLAN_OF_SCHEME[Scheme.RESIDENT]
NEXT_END = parse_day("2028-04-01")


class TestEnrolRefusals:
    def test_stranger_to_the_router__is_refused(self, premiums: Premiums) -> None:
        nobody = premiums.world.nobody
        with reverts("AccessManagedUnauthorized", nobody):
            premiums.world.transact(
                *("CoverageRegistry", "enrol", INSURER.account, word("ref")),
                (ANN.account, 2, 1, REGION, START, END, NO_BILL, PLAN, 1, 0, 0, False, False),
                sender=nobody,
            )

    @pytest.mark.parametrize("actor", [EMPLOYER, ANN])
    def test_other_kinds_of_actor__miss_the_role(self, premiums: Premiums, actor: Actor) -> None:
        with reverts("RoleMissing", actor.account, left("INSURER")):
            premiums.enrol(actor=actor)

    def test_another_insurers_plan__is_not_owned(self, premiums: Premiums) -> None:
        with reverts("NotOwner", INSURER_2.account, PLAN):
            premiums.enrol(actor=INSURER_2)

    @pytest.mark.parametrize(
        "changes",
        [
            {"plan_version": 2},
            {"scheme": int(Scheme.FLEXIBLE), "plan_id": PLAN},
            {"member_kind": int(MemberKind.CHILD)},
            {"region": "0x" + "11" * 12},
        ],
    )
    def test_selector_of_another_plan__is_unknown(
        self, premiums: Premiums, changes: dict[str, Any]
    ) -> None:
        with reverts("PlanUnknown", PLAN, changes.get("plan_version", 1)):
            premiums.enrol(**changes)

    @pytest.mark.parametrize("valid", [(START + 1, END), (0, START)])
    def test_plan_not_valid_on_the_first_day__is_unknown(
        self, premiums: Premiums, valid: tuple[int, int]
    ) -> None:
        premiums.put_plan(RESIDENT_PLAN, version=3, valid=valid)
        with reverts("PlanUnknown", PLAN, 3):
            premiums.enrol(plan_version=3)

    def test_unregistered_member__is_unknown(self, premiums: Premiums) -> None:
        with reverts("MemberUnknown", STRANGER.account):
            premiums.enrol(member=STRANGER.account)

    @pytest.mark.parametrize("end", [START, START - 1])
    def test_empty_period__is_invalid(self, premiums: Premiums, end: int) -> None:
        with reverts("InvalidPeriod", START, end):
            premiums.enrol(end_day=end)

    @pytest.mark.parametrize(
        ("start", "end"),
        [(START, END), (END - 1, NEXT_END), (START - 10, START), (START + 5, START + 6)],
    )
    def test_day_of_the_last_period_or_before__is_invalid(
        self, premiums: Premiums, start: int, end: int
    ) -> None:
        """P48.5: no overlap day."""
        premiums.enrol()
        with reverts("InvalidPeriod", start, end):
            premiums.enrol(start_day=start, end_day=end)

    def test_unknown_bill__is_unknown(self, premiums: Premiums) -> None:
        with reverts("BillUnknown", BILL):
            premiums.enrol(bill_id=BILL)

    def test_bill_of_another_member__is_not_owned(self, premiums: Premiums) -> None:
        premiums.issue()
        with reverts("NotOwner", INSURER.account, BILL):
            premiums.enrol(member=BEN.account, bill_id=BILL)

    def test_bill_of_another_scheme__is_not_owned(self, premiums: Premiums) -> None:
        premiums.issue(scheme=int(Scheme.FLEXIBLE))
        with reverts("NotOwner", INSURER.account, BILL):
            premiums.enrol(bill_id=BILL)

    def test_bill_of_another_region__is_not_owned(self, premiums: Premiums) -> None:
        premiums.issue()
        world, other = premiums.world, "0x" + "11" * 12
        head = (1, 2, other, 2, 1, "0x" + "0" * 32, 0, 99_999, INSURER.account, NO_BILL, NO_BILL)
        plan = astuple(PremiumPlan())
        world.transact("PlanRegistry", "put", word("elsewhere"), 1, head, plan)
        with reverts("NotOwner", INSURER.account, BILL):
            premiums.enrol(region=other, plan_id=word("elsewhere"), bill_id=BILL)

    def test_bill_of_another_member_kind__is_not_owned(self, premiums: Premiums) -> None:
        """Nobody pays the smaller premium of another kind for the care of his own."""
        kind = MemberKind.STUDENT
        premiums.put_plan(RESIDENT_PLAN, kind=kind, plan_id=word("students"))
        premiums.issue(member_kind=int(kind), plan_id=word("students"))
        with reverts("NotOwner", INSURER.account, BILL):
            premiums.enrol(bill_id=BILL)

    def test_bill_of_another_insurer__is_not_owned(self, premiums: Premiums) -> None:
        premiums.put_plan(RESIDENT_PLAN, plan_id=word("second"), insurer=INSURER_2)
        premiums.issue()
        with reverts("NotOwner", INSURER_2.account, BILL):
            premiums.enrol(actor=INSURER_2, plan_id=word("second"), bill_id=BILL)

    def test_cancelled_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.cancel()
        with reverts("BillStateInvalid", BILL, 4):
            premiums.enrol(bill_id=BILL)

    def test_refunded_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay()
        premiums.refund(reason=1)
        with reverts("BillStateInvalid", BILL, 5):
            premiums.enrol(bill_id=BILL)

    @pytest.mark.parametrize(("start", "end"), [(START - 1, END), (START, END + 1)])
    def test_day_outside_the_bill__is_invalid(
        self, premiums: Premiums, start: int, end: int
    ) -> None:
        premiums.issue()
        with reverts("InvalidPeriod", start, end):
            premiums.enrol(start_day=start, end_day=end, bill_id=BILL)

    def test_day_before_the_bill_was_prorated_for__is_invalid(self, premiums: Premiums) -> None:
        premiums.issue(joined_day=START + 30)
        with reverts("InvalidPeriod", START + 29, END):
            premiums.enrol(start_day=START + 29, bill_id=BILL)


class TestEnrol:
    def test_first_period__is_stored_and_told(self, premiums: Premiums) -> None:
        """P48.1: enrolment without waiting starts care on the first day."""
        premiums.issue()
        outcome = premiums.enrol(bill_id=BILL)
        assert outcome.names == ["Enrolled"]
        assert outcome.one("Enrolled").args == {
            "member": ANN.account,
            "scheme": int(Scheme.RESIDENT),
            "insurer": INSURER.account,
            "memberKind": int(MemberKind.ADULT),
            "region": REGION,
            "startDay": START,
            "endDay": END,
            "careFromDay": START,
            "tenureYears": 1,
            "billId": BILL,
        }
        assert premiums.coverage() == {
            "startDay": START,
            "endDay": END,
            "careFromDay": START,
            "tenureYears": 1,
            "memberKind": int(MemberKind.ADULT),
            "insurer": INSURER.account,
            "region": REGION,
            "billId": BILL,
        }
        last = premiums.world.call("CoverageRegistry", "lastPeriodOf", ANN.account, 2)
        assert last == [START, END, START]

    def test_bill_from_the_joining_day__covers_from_there(self, premiums: Premiums) -> None:
        premiums.issue(joined_day=START + 30)
        premiums.enrol(start_day=START + 30, bill_id=BILL)
        assert premiums.coverage(START + 30)["billId"] == BILL

    @pytest.mark.parametrize("valid", [(START, END), (START, START + 1)])
    def test_plan_valid_on_the_first_day_alone__serves(
        self, premiums: Premiums, valid: tuple[int, int]
    ) -> None:
        premiums.put_plan(RESIDENT_PLAN, version=3, valid=valid)
        assert premiums.enrol(plan_version=3).names == ["Enrolled"]

    def test_renewal__starts_on_the_day_the_last_period_ends(self, premiums: Premiums) -> None:
        """P48.2, P48.5: no gap day and no overlap day between a period and its renewal."""
        premiums.enrol()
        premiums.enrol(start_day=END, end_day=NEXT_END)
        assert premiums.active(END - 1)["endDay"] == END
        assert premiums.active(END, start=END)["tenureYears"] == 2
        with reverts("CoverageInactive", ANN.account, END):
            premiums.active(END)
        with reverts("CoverageInactive", ANN.account, END - 1):
            premiums.active(END - 1, start=END)

    def test_schemes__do_not_disturb_each_other(self, premiums: Premiums) -> None:
        premiums.enrol()
        premiums.enrol(scheme=int(Scheme.EMPLOYEE), start_day=MONTH[0], end_day=MONTH[1])
        assert premiums.active(START)["endDay"] == END
        assert premiums.active(START, scheme=Scheme.EMPLOYEE)["endDay"] == MONTH[1]

    def test_change_of_scheme__leaves_exactly_one_active(self, premiums: Premiums) -> None:
        """P48.4, P48.5: RESIDENT ends and FLEXIBLE begins on one day."""
        change = parse_day("2026-09-01")
        premiums.enrol()
        premiums.end(end_day=change)
        premiums.enrol(scheme=int(Scheme.FLEXIBLE), start_day=change)
        assert premiums.active(change - 1)["endDay"] == change
        assert premiums.active(change, scheme=Scheme.FLEXIBLE, start=change)["endDay"] == END
        with reverts("CoverageInactive", ANN.account, change):
            premiums.active(change)
        with reverts("CoverageInactive", ANN.account, change - 1):
            premiums.active(change - 1, scheme=Scheme.FLEXIBLE, start=change)

    def test_days_before_1970__are_days(self, premiums: Premiums) -> None:
        start, end = parse_day("1960-02-29"), parse_day("1961-02-28")
        premiums.put_plan(RESIDENT_PLAN, version=3, valid=(-20_000, 0))
        premiums.enrol(plan_version=3, start_day=start, end_day=end)
        premiums.enrol(plan_version=3, start_day=end, end_day=end + 365)
        # The anniversary of 29 February is 28 February in a common year.
        assert premiums.coverage(end)["tenureYears"] == 2


class TestWaiting:
    @pytest.mark.parametrize(
        ("missed", "extra", "late", "care_from"),
        [
            (0, 0, False, "2026-04-01"),
            (0, 3, False, "2026-04-01"),
            (0, 0, True, "2026-07-01"),
            (0, 2, True, "2026-07-01"),
            (1, 0, False, "2026-08-01"),
            (1, 0, True, "2026-08-01"),
            (3, 0, False, "2026-10-01"),
            (3, 1, False, "2026-09-01"),
            (3, 9, False, "2026-07-01"),
            (4, 0, False, "2026-11-01"),
            (4, 1, False, "2026-10-01"),
            (4, 2, False, "2026-10-01"),
            (9, 9, False, "2026-10-01"),
        ],
    )
    def test_waiting_months__follow_the_national_rule(
        self, premiums: Premiums, missed: int, extra: int, late: bool, care_from: str
    ) -> None:
        """P35: 3 months, + 1 per missed year, - 1 per extra year, 6 or more after 4 missed."""
        enrolled = premiums.enrol(missed_years=missed, extra_years=extra, late=late)
        assert iso(enrolled.one("Enrolled")["careFromDay"]) == care_from

    def test_newborn__waits_for_nothing(self, premiums: Premiums) -> None:
        enrolled = premiums.enrol(missed_years=9, late=True, newborn=True)
        assert enrolled.one("Enrolled")["careFromDay"] == START

    def test_month_without_that_day__ends_the_waiting_on_its_last_day(
        self, premiums: Premiums
    ) -> None:
        plan = replace(RESIDENT_PLAN, waiting_fixed_months=6)
        premiums.put_plan(plan, version=3)
        enrolled = premiums.enrol(start_day=parse_day("2026-08-31"), plan_version=3, late=True)
        assert iso(enrolled.one("Enrolled")["careFromDay"]) == "2027-02-28"


class TestTenure:
    def test_fifth_unbroken_year__counts_five(self, premiums: Premiums) -> None:
        """P35.3: the tenure bonus begins in the 5th continuous year."""
        days = [parse_day(f"{year}-04-01") for year in range(2026, 2033)]
        tenures = []
        for start, end in pairwise(days):
            enrolled = premiums.enrol(start_day=start, end_day=end)
            tenures.append(enrolled.one("Enrolled")["tenureYears"])
        assert tenures == [1, 2, 3, 4, 5, 6]

    def test_one_gap_day__starts_again(self, premiums: Premiums) -> None:
        premiums.enrol()
        enrolled = premiums.enrol(start_day=END + 1, end_day=NEXT_END)
        assert enrolled.one("Enrolled")["tenureYears"] == 1

    def test_months__count_by_the_anniversary(self, premiums: Premiums) -> None:
        premiums.enrol(end_day=END - 1)
        short = premiums.enrol(start_day=END - 1, end_day=END + 30)
        following = premiums.enrol(start_day=END + 30, end_day=NEXT_END)
        assert short.one("Enrolled")["tenureYears"] == 1
        assert following.one("Enrolled")["tenureYears"] == 2

    def test_period_that_ended_early__still_joins_its_successor(self, premiums: Premiums) -> None:
        premiums.enrol()
        premiums.end(end_day=END - 10)
        enrolled = premiums.enrol(start_day=END - 10, end_day=NEXT_END)
        later = premiums.enrol(start_day=NEXT_END, end_day=NEXT_END + 365)
        assert enrolled.one("Enrolled")["tenureYears"] == 1
        assert later.one("Enrolled")["tenureYears"] == 3
