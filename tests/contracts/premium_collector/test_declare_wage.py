"""An employer declares a wage: one EMPLOYEE bill per employer, member and month (P45)."""

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

from node.domain.days import parse_day
from node.domain.kinds import MemberKind, Proration, Scheme
from tests.fixtures.actors import ANN, BEN, EMPLOYER, INSURER, STRANGER, left
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.premiums import (
    BACKPAY,
    DUE,
    EMPLOYEE_PLAN,
    GRACE,
    MONTH,
    PLAN_OF_SCHEME,
    REGION,
    RESIDENT_PLAN,
    Premiums,
)

PLAN = PLAN_OF_SCHEME[Scheme.EMPLOYEE]
MAX_AMOUNT = 10**13


class TestDeclareWageRefusals:
    @pytest.mark.parametrize("actor", [INSURER, ANN])
    def test_other_kinds_of_actor__miss_the_role(self, premiums: Premiums, actor: Any) -> None:
        with reverts("RoleMissing", actor.account, left("EMPLOYER")):
            premiums.declare(actor=actor)

    def test_unknown_plan__is_unknown(self, premiums: Premiums) -> None:
        with reverts("PlanUnknown", PLAN, 9):
            premiums.declare(plan_version=9)

    def test_plan_of_another_scheme__is_unknown(self, premiums: Premiums) -> None:
        plan_id = PLAN_OF_SCHEME[Scheme.RESIDENT]
        with reverts("PlanUnknown", plan_id, 1):
            premiums.declare(plan_id=plan_id)

    def test_plan_of_another_region__is_unknown(self, premiums: Premiums) -> None:
        with reverts("PlanUnknown", PLAN, 1):
            premiums.declare(region="0x" + "22" * 12)

    @pytest.mark.parametrize("valid", [(MONTH[0] + 1, MONTH[1]), (0, MONTH[0])])
    def test_plan_not_valid_on_the_first_day__is_unknown(
        self, premiums: Premiums, valid: tuple[int, int]
    ) -> None:
        premiums.put_plan(EMPLOYEE_PLAN, scheme=Scheme.EMPLOYEE, version=3, valid=valid)
        with reverts("PlanUnknown", PLAN, 3):
            premiums.declare(plan_version=3)

    def test_unregistered_member__is_unknown(self, premiums: Premiums) -> None:
        with reverts("MemberUnknown", STRANGER.account):
            premiums.declare(member=STRANGER.account)

    @pytest.mark.parametrize("wage", [0, MAX_AMOUNT + 1])
    def test_wage_out_of_range__is_invalid(self, premiums: Premiums, wage: int) -> None:
        with reverts("InvalidAmount", wage):
            premiums.declare(wage_fen=wage)

    def test_plan_that_takes_nothing__is_invalid(self, premiums: Premiums) -> None:
        nothing = replace(EMPLOYEE_PLAN, employer_bp=0, employee_bp=0)
        premiums.put_plan(nothing, scheme=Scheme.EMPLOYEE, version=3)
        with reverts("InvalidAmount", 0):
            premiums.declare(plan_version=3)

    @pytest.mark.parametrize(
        ("start", "end"),
        [
            (MONTH[0] + 1, MONTH[1]),
            (MONTH[0], MONTH[1] - 1),
            (MONTH[0], MONTH[1] + 1),
            (MONTH[0], MONTH[1] + 31),
            (MONTH[1], MONTH[0]),
        ],
    )
    def test_period_that_is_no_calendar_month__is_invalid(
        self, premiums: Premiums, start: int, end: int
    ) -> None:
        with reverts("InvalidPeriod", start, end):
            premiums.declare(period_start=start, period_end=end)

    def test_joining_after_the_month__is_invalid(self, premiums: Premiums) -> None:
        with reverts("InvalidPeriod", MONTH[1], MONTH[1]):
            premiums.declare(joined_day=MONTH[1])

    def test_second_declaration_for_the_month__exists(self, premiums: Premiums) -> None:
        """P45: one bill per employer, member and month."""
        premiums.declare()
        with reverts("AlreadyExists", premiums.declared_id()):
            premiums.declare(wage_fen=1)


class TestDeclareWage:
    def test_wage_between_the_bounds__makes_a_bill_of_two_shares(self, premiums: Premiums) -> None:
        """P45.1: 1,000,050 x 9.5 % = 95,004.75 and x 2 % = 20,001, each rounded by itself."""
        issued = premiums.declare().one("BillIssued")
        values = (EMPLOYER.account, ANN.account, MONTH[0])
        bill_id = "0x" + keccak(encode(["address", "address", "int32"], values)).hex()
        assert issued["billId"] == bill_id == premiums.declared_id()
        expected = {
            "member": ANN.account,
            "payer": EMPLOYER.account,
            "insurer": INSURER.account,
            "state": 1,
            "scheme": int(Scheme.EMPLOYEE),
            "memberKind": int(MemberKind.ADULT),
            "region": REGION,
            "parts": 1,
            "paidParts": 0,
            "revision": 1,
            "periodStart": MONTH[0],
            "periodEnd": MONTH[1],
            "joinedDay": MONTH[0],
            "dueDay": DUE,
            "partIntervalDays": 0,
            "graceDays": GRACE,
            "backpayDays": BACKPAY,
            "lateFeeBpPerDay": 5,
            "personalFen": 95_005,
            "employeeFen": 20_001,
            "subsidyFen": 0,
            "paidMedicalFen": 0,
            "paidCashFen": 0,
            "paidLateFeeFen": 0,
        }
        assert premiums.bill(bill_id) == expected
        assert issued["bill"] == expected
        assert (issued["payer"], issued["planId"]) == (EMPLOYER.account, PLAN)

    @pytest.mark.parametrize(
        ("wage", "employer", "employee"),
        [
            (1, 38_000, 8_000),
            (399_999, 38_000, 8_000),
            (400_000, 38_000, 8_000),
            (400_053, 38_005, 8_001),
            (2_999_999, 285_000, 60_000),
            (3_000_000, 285_000, 60_000),
            (3_000_001, 285_000, 60_000),
            (MAX_AMOUNT, 285_000, 60_000),
        ],
    )
    def test_base__stays_between_floor_and_ceiling(
        self, premiums: Premiums, wage: int, employer: int, employee: int
    ) -> None:
        premiums.declare(wage_fen=wage)
        bill = premiums.bill(premiums.declared_id())
        assert (bill["personalFen"], bill["employeeFen"]) == (employer, employee)

    @pytest.mark.parametrize(
        ("proration", "employer", "employee"),
        [(Proration.MONTHS, 95_005, 20_001), (Proration.DAYS, 31_668, 6_667)],
    )
    def test_joining_inside_the_month__counts_the_month_or_the_days(
        self, premiums: Premiums, proration: Proration, employer: int, employee: int
    ) -> None:
        plan = replace(EMPLOYEE_PLAN, proration=proration)
        premiums.put_plan(plan, scheme=Scheme.EMPLOYEE, version=3)
        premiums.declare(plan_version=3, joined_day=parse_day("2026-04-21"))
        bill = premiums.bill(premiums.declared_id())
        assert (bill["personalFen"], bill["employeeFen"]) == (employer, employee)

    def test_other_months_and_members__have_bills_of_their_own(self, premiums: Premiums) -> None:
        premiums.declare()
        premiums.declare(member=BEN.account)
        following = (MONTH[1], parse_day("2026-06-01"))
        premiums.declare(
            period_start=following[0], period_end=following[1], joined_day=following[0]
        )
        ids = {
            premiums.declared_id(),
            premiums.declared_id(member=BEN),
            premiums.declared_id(start=following[0]),
        }
        assert {premiums.bill(each)["state"] for each in ids} == {1}
        assert len(ids) == 3

    def test_february_of_a_leap_year__is_a_month(self, premiums: Premiums) -> None:
        start, end = parse_day("2028-02-01"), parse_day("2028-03-01")
        premiums.declare(period_start=start, period_end=end, joined_day=start)
        assert premiums.bill(premiums.declared_id(start=start))["periodEnd"] == end

    @pytest.mark.parametrize("due_days", [0, 44, 366])
    def test_due_day__is_that_of_the_plan(self, premiums: Premiums, due_days: int) -> None:
        plan = replace(EMPLOYEE_PLAN, due_days=due_days)
        premiums.put_plan(plan, scheme=Scheme.EMPLOYEE, version=3)
        premiums.declare(plan_version=3)
        assert premiums.bill(premiums.declared_id())["dueDay"] == MONTH[0] + due_days

    def test_resident_amounts_of_the_plan__do_not_count(self, premiums: Premiums) -> None:
        mixed = replace(EMPLOYEE_PLAN, personal_fen=RESIDENT_PLAN.personal_fen)
        premiums.put_plan(mixed, scheme=Scheme.EMPLOYEE, version=3)
        premiums.declare(plan_version=3)
        assert premiums.bill(premiums.declared_id())["personalFen"] == 95_005
