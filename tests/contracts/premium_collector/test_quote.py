"""The quote is the contract's own view and what it says is what a payment takes (S51)."""

import pytest

from node.domain.days import day_start
from tests.fixtures.actors import word
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.premiums import (
    BILL,
    DUE,
    LAST_GRACE,
    LAST_RESTORING,
    PERSONAL,
    SUBSIDY,
    Premiums,
)


class TestQuoteRefusals:
    def test_unknown_bill__is_unknown(self, premiums: Premiums) -> None:
        with reverts("BillUnknown", word("none")):
            premiums.quote(word("none"))

    def test_paid_bill__is_already_paid(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay()
        with reverts("BillAlreadyPaid", BILL):
            premiums.quote()

    def test_cancelled_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.cancel()
        with reverts("BillStateInvalid", BILL, 4):
            premiums.quote()

    def test_refunded_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay()
        premiums.refund(reason=1)
        with reverts("BillStateInvalid", BILL, 5):
            premiums.quote()


class TestQuote:
    def test_resident_bill__lists_gross_subsidy_and_payable(self, premiums: Premiums) -> None:
        """S51.2: the quote lists gross, subsidy and payable."""
        premiums.issue()
        assert premiums.quote() == {
            "part": 1,
            "revision": 1,
            "grossFen": PERSONAL + SUBSIDY,
            "subsidyFen": SUBSIDY,
            "partFen": PERSONAL,
            "employeeFen": 0,
            "lateFeeFen": 0,
            "totalFen": PERSONAL,
        }

    def test_resident_bill__costs_the_same_on_every_day(self, premiums: Premiums) -> None:
        premiums.issue()
        late = premiums.quote(at=day_start(LAST_RESTORING + 500))
        assert late == premiums.quote()

    def test_second_part__is_quoted_after_the_first(self, premiums: Premiums) -> None:
        premiums.issue(parts=4, part_interval_days=91)
        premiums.pay()
        quote = premiums.quote()
        assert (quote["part"], quote["revision"]) == (2, 2)
        assert (quote["partFen"], quote["subsidyFen"]) == (10_001, 16_751)

    @pytest.mark.parametrize(
        ("second", "fee"),
        [
            (day_start(LAST_GRACE + 1) - 1, 0),
            (day_start(LAST_GRACE + 1), 633),
            (day_start(LAST_GRACE + 2) - 1, 633),
            (day_start(LAST_GRACE + 2), 690),
        ],
    )
    def test_late_fee__steps_at_midnight_in_shanghai(
        self, premiums: Premiums, second: int, fee: int
    ) -> None:
        """P45: days are policy days, UTC+8."""
        premiums.declare()
        quote = premiums.quote(premiums.declared_id(), at=second)
        assert quote == {
            "part": 1,
            "revision": 1,
            "grossFen": 115_006,
            "subsidyFen": 0,
            "partFen": 95_005,
            "employeeFen": 20_001,
            "lateFeeFen": fee,
            "totalFen": 115_006 + fee,
        }

    def test_due_day__is_without_fee(self, premiums: Premiums) -> None:
        premiums.declare()
        assert premiums.quote(premiums.declared_id(), at=day_start(DUE))["totalFen"] == 115_006
