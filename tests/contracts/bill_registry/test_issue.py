"""A bill is packed into two words without losing a bit, or refused."""

from typing import Any

import pytest

from node.domain.kinds import Scheme
from tests.fixtures.actors import ANN, EMPLOYER, INSURER, REGION, word
from tests.fixtures.evm.in_process import Outcome, reverts
from tests.fixtures.evm.premiums import BILL, DUE, END, NO_BILL, START, Premiums

MAX_AMOUNT = 10**13
FIELDS = {
    "member": ANN.account,
    "payer": ANN.account,
    "insurer": INSURER.account,
    "state": 1,
    "scheme": int(Scheme.RESIDENT),
    "memberKind": 1,
    "region": REGION,
    "parts": 1,
    "paidParts": 0,
    "revision": 1,
    "periodStart": START,
    "periodEnd": END,
    "joinedDay": START,
    "dueDay": DUE,
    "partIntervalDays": 0,
    "graceDays": 10,
    "backpayDays": 20,
    "lateFeeBpPerDay": 0,
    "personalFen": 40_000,
    "employeeFen": 0,
    "subsidyFen": 60_000,
    "paidMedicalFen": 0,
    "paidCashFen": 0,
    "paidLateFeeFen": 0,
}
DECLARED = {
    "payer": EMPLOYER.account,
    "scheme": int(Scheme.EMPLOYEE),
    "employeeFen": 10_000,
    "subsidyFen": 0,
    "lateFeeBpPerDay": 5,
}


def issue(premiums: Premiums, bill_id: str = BILL, **changes: Any) -> Outcome:
    """Store a bill as PremiumCollector does."""
    bill = tuple({**FIELDS, **changes}.values())
    world = premiums.world
    arguments = (bill_id, bill, word("plan"), 7)
    return world.transact("BillRegistry", "issue", *arguments, sender=world.keeper)


class TestIssueRefusals:
    @pytest.mark.parametrize(
        ("function", "arguments"),
        [
            ("issue", (BILL, tuple(FIELDS.values()), word("plan"), 7)),
            ("recordPayment", (BILL, 0)),
            ("recordSponsor", (BILL, ANN.account, 0)),
            ("recordGap", (BILL, 1, 2)),
            ("cancel", (BILL,)),
            ("refund", (BILL,)),
        ],
    )
    def test_anybody_but_a_bill_writer__is_refused(
        self, premiums: Premiums, function: str, arguments: tuple[Any, ...]
    ) -> None:
        world = premiums.world
        with reverts("AccessManagedUnauthorized", world.nobody):
            world.transact("BillRegistry", function, *arguments, sender=world.nobody)

    def test_zero_id__is_no_bill(self, premiums: Premiums) -> None:
        with reverts("BillUnknown", NO_BILL):
            issue(premiums, NO_BILL)

    def test_used_id__exists(self, premiums: Premiums) -> None:
        issue(premiums)
        with reverts("AlreadyExists", BILL):
            issue(premiums, personalFen=1)

    @pytest.mark.parametrize(
        "changes",
        [
            {"parts": 0},
            {"parts": 13, "partIntervalDays": 30},
            {"parts": 2},
            {"parts": 2, "partIntervalDays": -1},
            {"parts": 2, "partIntervalDays": 65_536},
            {"partIntervalDays": 1},
            {**DECLARED, "parts": 2, "partIntervalDays": 30},
        ],
    )
    def test_parts_that_do_not_fit__are_invalid(
        self, premiums: Premiums, changes: dict[str, Any]
    ) -> None:
        with reverts("InvalidInstalment", BILL, changes.get("parts", 1)):
            issue(premiums, **changes)

    @pytest.mark.parametrize(
        "changes",
        [
            {"periodEnd": START},
            {"periodEnd": START - 1},
            {"periodEnd": START + 4_096},
            {"periodStart": 2**23, "periodEnd": 2**23 + 1, "joinedDay": 2**23},
            {"periodStart": -(2**23) - 1, "periodEnd": -(2**23), "joinedDay": -(2**23) - 1},
        ],
    )
    def test_period_that_does_not_fit__is_invalid(
        self, premiums: Premiums, changes: dict[str, Any]
    ) -> None:
        bill = {**FIELDS, **changes}
        with reverts("InvalidPeriod", bill["periodStart"], bill["periodEnd"]):
            issue(premiums, **changes)

    @pytest.mark.parametrize("joined", [START - 1, END])
    def test_joining_outside_the_period__is_invalid(self, premiums: Premiums, joined: int) -> None:
        with reverts("InvalidPeriod", joined, END):
            issue(premiums, joinedDay=joined)

    @pytest.mark.parametrize("offset", [-32_769, 32_768])
    def test_due_day_too_far_from_the_start__is_invalid(
        self, premiums: Premiums, offset: int
    ) -> None:
        with reverts("InvalidPeriod", START, START + offset):
            issue(premiums, dueDay=START + offset)

    @pytest.mark.parametrize(
        ("personal", "employee", "subsidy"),
        [(0, 0, 0), (MAX_AMOUNT, 0, 1), (2**64 - 1, 0, 0), (1, MAX_AMOUNT, 0)],
    )
    def test_sum_outside_the_range__is_invalid(
        self, premiums: Premiums, personal: int, employee: int, subsidy: int
    ) -> None:
        with reverts("InvalidAmount", personal + employee + subsidy):
            issue(*(premiums,), personalFen=personal, employeeFen=employee, subsidyFen=subsidy)


class TestIssue:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"parts": 12, "partIntervalDays": 65_535, "graceDays": 65_535, "backpayDays": 65_535},
            {"personalFen": MAX_AMOUNT, "subsidyFen": 0},
            {"personalFen": 0, "subsidyFen": MAX_AMOUNT},
            {"periodEnd": START + 4_095, "dueDay": START + 32_767, "joinedDay": START + 4_094},
            {"dueDay": START - 32_768},
            {
                "periodStart": -(2**23),
                "periodEnd": -(2**23) + 1,
                "joinedDay": -(2**23),
                "dueDay": -(2**23) - 1,
            },
            {"periodStart": 2**23 - 1, "periodEnd": 2**23, "joinedDay": 2**23 - 1, "dueDay": 2**23},
            {"region": "0x" + "ff" * 12, "memberKind": 5, "scheme": int(Scheme.FLEXIBLE)},
            DECLARED,
            {
                **DECLARED,
                "employeeFen": MAX_AMOUNT - 1,
                "personalFen": 1,
                "lateFeeBpPerDay": 65_535,
            },
        ],
    )
    def test_bill_within_the_limits__reads_as_it_was_issued(
        self, premiums: Premiums, changes: dict[str, Any]
    ) -> None:
        issued = issue(premiums, **changes).one("BillIssued")
        expected = {**FIELDS, **changes}
        assert premiums.bill() == expected
        assert issued["bill"] == expected
        assert (issued["planId"], issued["planVersion"]) == (word("plan"), 7)
        assert premiums.world.call("BillRegistry", "insurerOf", BILL) == INSURER.account

    def test_state_of_the_caller__does_not_count(self, premiums: Premiums) -> None:
        issued = issue(
            premiums, state=3, paidParts=1, revision=9, paidCashFen=5, paidMedicalFen=6
        ).one("BillIssued")
        assert premiums.bill() == FIELDS
        assert issued["bill"] == FIELDS
