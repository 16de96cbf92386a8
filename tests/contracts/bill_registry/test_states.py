"""The registry keeps to the arrows of a bill whatever a rule module asks (S45, P46, P47)."""

from typing import Any

import pytest

from tests.contracts.bill_registry.test_issue import DECLARED, issue
from tests.fixtures.actors import ANN, BEN, word
from tests.fixtures.evm.in_process import Outcome, reverts
from tests.fixtures.evm.premiums import BILL, DUE, END, LAST_GRACE, START, Premiums

IN_PARTS = {"parts": 3, "partIntervalDays": 100}
WRITES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("recordPayment", (0,)),
    ("recordSponsor", (BEN.account, 5)),
    ("recordGap", (START, START + 1)),
)


def write(premiums: Premiums, function: str, *arguments: Any, bill_id: str = BILL) -> Outcome:
    """Call the registry as PremiumCollector does."""
    world = premiums.world
    return world.transact("BillRegistry", function, bill_id, *arguments, sender=world.keeper)


class TestUnknownBill:
    @pytest.mark.parametrize(("function", "arguments"), [*WRITES, ("cancel", ()), ("refund", ())])
    def test_every_write__is_refused(
        self, premiums: Premiums, function: str, arguments: tuple[Any, ...]
    ) -> None:
        with reverts("BillUnknown", BILL):
            write(premiums, function, *arguments)

    @pytest.mark.parametrize(
        ("function", "arguments"),
        [
            ("billOf", ()),
            ("termsOf", ()),
            ("insurerOf", ()),
            ("stateOn", (START,)),
            ("coversDay", (START,)),
        ],
    )
    def test_every_view__is_refused(
        self, premiums: Premiums, function: str, arguments: tuple[Any, ...]
    ) -> None:
        with reverts("BillUnknown", BILL):
            premiums.world.call("BillRegistry", function, BILL, *arguments)


class TestArrows:
    def test_paid_bill__takes_no_payment(self, premiums: Premiums) -> None:
        issue(premiums)
        write(premiums, "recordPayment", 0)
        with reverts("BillAlreadyPaid", BILL):
            write(premiums, "recordPayment", 0)

    @pytest.mark.parametrize(("function", "arguments"), WRITES[1:])
    def test_unpaid_bill__has_no_part_to_tell_of(
        self, premiums: Premiums, function: str, arguments: tuple[Any, ...]
    ) -> None:
        issue(premiums)
        with reverts("BillStateInvalid", BILL, 1):
            write(premiums, function, *arguments)

    @pytest.mark.parametrize(("function", "arguments"), WRITES)
    @pytest.mark.parametrize("state", [4, 5])
    def test_closed_bill__takes_no_payment(
        self, premiums: Premiums, function: str, arguments: tuple[Any, ...], state: int
    ) -> None:
        issue(premiums)
        if state == 5:
            write(premiums, "recordPayment", 0)
        write(premiums, "cancel" if state == 4 else "refund")
        with reverts("BillStateInvalid", BILL, state):
            write(premiums, function, *arguments)

    def test_part_paid_bill__is_neither_cancelled_nor_refunded(self, premiums: Premiums) -> None:
        issue(premiums, **IN_PARTS)
        write(premiums, "recordPayment", 0)
        for function in ("cancel", "refund"):
            with reverts("BillStateInvalid", BILL, 2):
                write(premiums, function)

    def test_open_bill__is_not_refunded(self, premiums: Premiums) -> None:
        issue(premiums)
        with reverts("BillStateInvalid", BILL, 1):
            write(premiums, "refund")

    def test_paid_bill__is_not_cancelled(self, premiums: Premiums) -> None:
        issue(premiums)
        write(premiums, "recordPayment", 0)
        with reverts("BillStateInvalid", BILL, 3):
            write(premiums, "cancel")

    def test_refunded_bill__is_not_refunded_again(self, premiums: Premiums) -> None:
        """P46: a second refund is refused by the state itself."""
        issue(premiums)
        write(premiums, "recordPayment", 0)
        write(premiums, "refund")
        with reverts("BillStateInvalid", BILL, 5):
            write(premiums, "refund")

    def test_parts__are_counted_with_what_medical_paid(self, premiums: Premiums) -> None:
        issue(premiums, **IN_PARTS)
        seen = []
        for medical in (13_000, 0, 333):
            write(premiums, "recordPayment", medical)
            bill = premiums.bill()
            seen.append(
                tuple(
                    bill[name]
                    for name in (
                        *("state", "paidParts", "revision"),
                        *("paidMedicalFen", "paidCashFen", "paidLateFeeFen"),
                    )
                )
            )
        assert seen == [
            (2, 1, 2, 13_000, 334, 0),
            (2, 2, 3, 13_000, 13_667, 0),
            (3, 3, 4, 13_333, 26_667, 0),
        ]

    def test_declared_bill__keeps_the_late_fee(self, premiums: Premiums) -> None:
        issue(premiums, **DECLARED)
        write(premiums, "recordPayment", 77)
        bill = premiums.bill()
        assert (bill["paidLateFeeFen"], bill["paidMedicalFen"]) == (77, 0)
        assert bill["paidCashFen"] == 50_000

    def test_sponsor__belongs_to_the_last_paid_part(self, premiums: Premiums) -> None:
        issue(premiums, **IN_PARTS)
        write(premiums, "recordPayment", 0)
        write(premiums, "recordPayment", 5)
        write(premiums, "recordSponsor", BEN.account, 5)
        views = [premiums.world.call("BillRegistry", "sponsorOf", BILL, part) for part in (1, 2, 3)]
        assert views == [["0x" + "0" * 40, 0], [BEN.account, 5], ["0x" + "0" * 40, 0]]

    def test_gap__is_told_with_its_part(self, premiums: Premiums) -> None:
        issue(premiums, **IN_PARTS)
        write(premiums, "recordPayment", 0)
        write(premiums, "recordPayment", 0)
        outcome = write(premiums, "recordGap", START + 3, START + 9)
        assert outcome.one("CoverageGapRecorded").args == {
            "billId": BILL,
            "part": 2,
            "gapStart": START + 3,
            "gapEnd": START + 9,
        }

    def test_neighbour__is_untouched(self, premiums: Premiums) -> None:
        issue(premiums)
        issue(premiums, word("other"), member=BEN.account)
        write(premiums, "recordPayment", 9)
        write(premiums, "refund")
        assert premiums.bill(word("other"))["state"] == 1
        assert premiums.bill(word("other"))["paidMedicalFen"] == 0


class TestStateOn:
    def test_open_bill__is_overdue_the_day_after_grace(self, premiums: Premiums) -> None:
        """P47: OVERDUE is computed from dates, never stored."""
        issue(premiums)
        states = [premiums.state_on(day) for day in (START, DUE, LAST_GRACE, LAST_GRACE + 1)]
        assert states == [1, 1, 1, 6]
        assert premiums.bill()["state"] == 1

    def test_part_paid_bill__is_overdue_after_the_next_parts_grace(
        self, premiums: Premiums
    ) -> None:
        issue(premiums, **IN_PARTS)
        write(premiums, "recordPayment", 0)
        states = [premiums.state_on(day) for day in (LAST_GRACE + 100, LAST_GRACE + 101)]
        assert states == [2, 6]

    def test_settled_bills__are_never_overdue(self, premiums: Premiums) -> None:
        issue(premiums)
        issue(premiums, word("cancelled"))
        write(premiums, "cancel", bill_id=word("cancelled"))
        write(premiums, "recordPayment", 0)
        assert premiums.state_on(END + 999) == 3
        assert premiums.state_on(END + 999, bill_id=word("cancelled")) == 4
        write(premiums, "refund")
        assert premiums.state_on(END + 999) == 5


class TestCoversDay:
    @pytest.mark.parametrize(
        ("day", "covered"), [(START - 1, False), (START, True), (END - 1, True), (END, False)]
    )
    def test_paid_bill__covers_its_period(
        self, premiums: Premiums, day: int, covered: bool
    ) -> None:
        issue(premiums)
        write(premiums, "recordPayment", 0)
        assert premiums.covers(day) is covered

    def test_unpaid_bill__covers_to_the_last_grace_day(self, premiums: Premiums) -> None:
        issue(premiums)
        assert premiums.covers(LAST_GRACE)
        assert not premiums.covers(LAST_GRACE + 1)

    def test_twelve_gaps__are_all_days_off(self, premiums: Premiums) -> None:
        issue(premiums, parts=12, partIntervalDays=20)
        for part in range(12):
            write(premiums, "recordPayment", 0)
            write(premiums, "recordGap", START + 20 * part, START + 20 * part + 2)
        for part in range(12):
            first = START + 20 * part
            seen = [premiums.covers(day) for day in (first, first + 1, first + 2, first + 19)]
            assert seen == [False, False, True, True]
        assert premiums.bill()["state"] == 3

    def test_other_member__has_other_gaps(self, premiums: Premiums) -> None:
        issue(premiums)
        issue(premiums, word("other"), member=ANN.account)
        for bill_id in (BILL, word("other")):
            write(premiums, "recordPayment", 0, bill_id=bill_id)
            if bill_id == BILL:
                write(premiums, "recordGap", START, START + 5)
        assert not premiums.covers(START)
        assert premiums.covers(START, bill_id=word("other"))
