"""An insurer issues RESIDENT and FLEXIBLE bills from a premium plan (S45)."""

from dataclasses import replace
from typing import Any

import pytest

from node.domain.days import parse_day
from node.domain.kinds import MemberKind, Proration, Scheme
from tests.fixtures.actors import ANN, EMPLOYER, INSURER, INSURER_2, STRANGER, left, word
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.premiums import (
    BACKPAY,
    BILL,
    DUE,
    END,
    GRACE,
    NO_BILL,
    PERSONAL,
    PLAN_OF_SCHEME,
    REGION,
    RESIDENT_PLAN,
    START,
    SUBSIDY,
    Premiums,
)

PLAN = PLAN_OF_SCHEME[Scheme.RESIDENT]


class TestIssueRefusals:
    @pytest.mark.parametrize("actor", [EMPLOYER, ANN])
    def test_other_kinds_of_actor__miss_the_role(self, premiums: Premiums, actor: Any) -> None:
        with reverts("RoleMissing", actor.account, left("INSURER")):
            premiums.issue(actor=actor)

    def test_suspended_insurer__misses_the_role(self, premiums: Premiums) -> None:
        world = premiums.world
        world.transact(
            *("ProviderRegistry", "setStatus", INSURER.account, 2, word("X")), sender=world.keeper
        )
        with reverts("RoleMissing", INSURER.account, left("INSURER")):
            premiums.issue()

    def test_another_insurers_plan__is_not_owned(self, premiums: Premiums) -> None:
        with reverts("NotOwner", INSURER_2.account, PLAN):
            premiums.issue(actor=INSURER_2)

    def test_unknown_plan__is_unknown(self, premiums: Premiums) -> None:
        with reverts("PlanUnknown", PLAN, 2):
            premiums.issue(plan_version=2)

    @pytest.mark.parametrize(
        "changes",
        [
            {"scheme": int(Scheme.FLEXIBLE), "plan_id": PLAN},
            {"member_kind": int(MemberKind.CHILD)},
            {"region": "0x" + "11" * 12},
            {"scheme": int(Scheme.EMPLOYEE)},
            {"scheme": int(Scheme.NONE), "plan_id": PLAN},
        ],
    )
    def test_selector_of_another_plan__is_unknown(
        self, premiums: Premiums, changes: dict[str, Any]
    ) -> None:
        with reverts("PlanUnknown"):
            premiums.issue(**changes)

    def test_employee_plan_of_the_insurer__issues_no_resident_bill(
        self, premiums: Premiums
    ) -> None:
        plan_id = PLAN_OF_SCHEME[Scheme.EMPLOYEE]
        with reverts("PlanUnknown", plan_id, 1):
            premiums.issue(scheme=int(Scheme.EMPLOYEE), plan_id=plan_id)

    @pytest.mark.parametrize("valid", [(START + 1, END), (0, START)])
    def test_plan_not_valid_on_the_first_day__is_unknown(
        self, premiums: Premiums, valid: tuple[int, int]
    ) -> None:
        premiums.put_plan(RESIDENT_PLAN, version=3, valid=valid)
        with reverts("PlanUnknown", PLAN, 3):
            premiums.issue(plan_version=3)

    def test_unregistered_member__is_unknown(self, premiums: Premiums) -> None:
        with reverts("MemberUnknown", STRANGER.account):
            premiums.issue(member=STRANGER.account)

    @pytest.mark.parametrize("end", [START, START - 1])
    def test_empty_period__is_invalid(self, premiums: Premiums, end: int) -> None:
        with reverts("InvalidPeriod", START, end):
            premiums.issue(period_end=end)

    def test_joining_after_the_last_day__is_invalid(self, premiums: Premiums) -> None:
        with reverts("InvalidPeriod", END, END):
            premiums.issue(joined_day=END)

    def test_plan_without_an_amount__is_invalid(self, premiums: Premiums) -> None:
        nothing = replace(RESIDENT_PLAN, personal_fen=(0,) * 6, subsidy_fen=(0,) * 6)
        premiums.put_plan(nothing, version=3)
        with reverts("InvalidAmount", 0):
            premiums.issue(plan_version=3)

    def test_part_of_nothing__is_invalid(self, premiums: Premiums) -> None:
        tiny = replace(
            RESIDENT_PLAN, personal_fen=(0, 2, 0, 0, 0, 0), subsidy_fen=(0, 2, 0, 0, 0, 0)
        )
        premiums.put_plan(tiny, version=3)
        with reverts("InvalidInstalment", BILL, 3):
            premiums.issue(plan_version=3, parts=3, part_interval_days=30)

    @pytest.mark.parametrize("parts", [0, 13, 255])
    def test_number_of_parts_out_of_range__is_invalid(self, premiums: Premiums, parts: int) -> None:
        with reverts("InvalidInstalment", BILL, parts):
            premiums.issue(parts=parts, part_interval_days=30)

    def test_used_id__exists(self, premiums: Premiums) -> None:
        premiums.issue()
        with reverts("AlreadyExists", BILL):
            premiums.issue(member_kind=int(MemberKind.ADULT), parts=2, part_interval_days=9)

    def test_zero_id__is_no_bill(self, premiums: Premiums) -> None:
        with reverts("BillUnknown", NO_BILL):
            premiums.issue(bill_id=NO_BILL)


class TestIssue:
    def test_resident_bill__carries_everything_a_payment_needs(self, premiums: Premiums) -> None:
        issued = premiums.issue(parts=3, part_interval_days=60).one("BillIssued")
        expected = {
            "member": ANN.account,
            "payer": ANN.account,
            "insurer": INSURER.account,
            "state": 1,
            "scheme": int(Scheme.RESIDENT),
            "memberKind": int(MemberKind.ADULT),
            "region": REGION,
            "parts": 3,
            "paidParts": 0,
            "revision": 1,
            "periodStart": START,
            "periodEnd": END,
            "joinedDay": START,
            "dueDay": DUE,
            "partIntervalDays": 60,
            "graceDays": GRACE,
            "backpayDays": BACKPAY,
            "lateFeeBpPerDay": 0,
            "personalFen": PERSONAL,
            "employeeFen": 0,
            "subsidyFen": SUBSIDY,
            "paidMedicalFen": 0,
            "paidCashFen": 0,
            "paidLateFeeFen": 0,
        }
        assert premiums.bill() == expected
        assert issued["bill"] == expected
        assert (issued["billId"], issued["member"], issued["payer"]) == (
            *(BILL, ANN.account, ANN.account),
        )
        assert (issued["planId"], issued["planVersion"]) == (PLAN, 1)

    def test_flexible_bill__takes_its_own_plan(self, premiums: Premiums) -> None:
        premiums.issue(scheme=int(Scheme.FLEXIBLE))
        assert premiums.bill()["scheme"] == Scheme.FLEXIBLE

    def test_amounts__follow_the_member_kind(self, premiums: Premiums) -> None:
        premiums.put_plan(RESIDENT_PLAN, kind=MemberKind.NEEDY, plan_id=word("needy"))
        premiums.issue(member_kind=int(MemberKind.NEEDY), plan_id=word("needy"))
        bill = premiums.bill()
        assert (bill["personalFen"], bill["subsidyFen"]) == (0, 107_000)

    @pytest.mark.parametrize(
        ("proration", "joined", "personal", "subsidy"),
        [
            # 2026-07-15: nine of twelve months count, the joining month whole; 260 of 365 days.
            (Proration.NONE, "2026-07-15", PERSONAL, SUBSIDY),
            (Proration.MONTHS, "2026-07-15", 30_002, 50_252),
            (Proration.MONTHS, "2026-07-01", 30_002, 50_252),
            (Proration.MONTHS, "2026-06-30", 33_336, 55_835),
            (Proration.DAYS, "2026-07-15", 28_495, 47_727),
            (Proration.DAYS, "2027-03-31", 110, 184),
            (Proration.DAYS, "2026-03-01", PERSONAL, SUBSIDY),
        ],
    )
    def test_who_joins_inside_the_period__owes_a_part(
        self,
        premiums: Premiums,
        proration: Proration,
        joined: str,
        personal: int,
        subsidy: int,
    ) -> None:
        """S45: each amount of the plan is prorated and rounded half up by itself."""
        premiums.put_plan(replace(RESIDENT_PLAN, proration=proration), version=3)
        premiums.issue(plan_version=3, joined_day=parse_day(joined))
        bill = premiums.bill()
        assert (bill["personalFen"], bill["subsidyFen"]) == (personal, subsidy)
        assert bill["joinedDay"] == max(START, parse_day(joined))

    @pytest.mark.parametrize("valid", [(START, END), (START, START + 1)])
    def test_plan_valid_on_the_first_day_alone__serves(
        self, premiums: Premiums, valid: tuple[int, int]
    ) -> None:
        premiums.put_plan(RESIDENT_PLAN, version=3, valid=valid)
        assert premiums.issue(plan_version=3).names == ["BillIssued"]

    def test_as_many_fen_as_parts__are_enough(self, premiums: Premiums) -> None:
        tiny = replace(RESIDENT_PLAN, personal_fen=(0, 3, 0, 0, 0, 0), subsidy_fen=(0,) * 6)
        premiums.put_plan(tiny, version=3)
        premiums.issue(plan_version=3, parts=3, part_interval_days=30)
        assert premiums.quote()["totalFen"] == 1
