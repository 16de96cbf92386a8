"""The issuing insurer cancels an unpaid bill (S45)."""

import pytest

from tests.fixtures.actors import ANN, EMPLOYER, INSURER, INSURER_2, Actor, left, word
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.premiums import BILL, LAST_GRACE, START, Premiums


class TestCancelRefusals:
    @pytest.mark.parametrize("actor", [ANN, EMPLOYER])
    def test_other_kinds_of_actor__miss_the_role(self, premiums: Premiums, actor: Actor) -> None:
        premiums.issue()
        with reverts("RoleMissing", actor.account, left("INSURER")):
            premiums.cancel(actor=actor)

    def test_unknown_bill__is_unknown(self, premiums: Premiums) -> None:
        with reverts("BillUnknown", word("none")):
            premiums.cancel(word("none"))

    def test_another_insurer__is_not_owner(self, premiums: Premiums) -> None:
        premiums.issue()
        with reverts("NotOwner", INSURER_2.account, BILL):
            premiums.cancel(actor=INSURER_2)

    def test_part_paid_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue(parts=2, part_interval_days=30)
        premiums.pay()
        with reverts("BillStateInvalid", BILL, 2):
            premiums.cancel()

    def test_paid_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay()
        with reverts("BillStateInvalid", BILL, 3):
            premiums.cancel()

    def test_cancelled_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.cancel()
        with reverts("BillStateInvalid", BILL, 4):
            premiums.cancel()

    def test_overdue_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.on(LAST_GRACE + 1)
        with reverts("BillStateInvalid", BILL, 6):
            premiums.cancel()


class TestCancel:
    def test_open_bill__is_cancelled_and_covers_nothing(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.on(LAST_GRACE)
        outcome = premiums.cancel()
        assert outcome.names == ["BillCancelled"]
        assert outcome.one("BillCancelled").args == {"billId": BILL, "revision": 2}
        assert (premiums.bill()["state"], premiums.bill()["revision"]) == (4, 2)
        assert not premiums.covers(START)
        assert premiums.state_on(LAST_GRACE + 1) == 4

    def test_declared_bill__is_cancelled_by_the_plans_insurer(self, premiums: Premiums) -> None:
        premiums.declare()
        premiums.cancel(premiums.declared_id(), actor=INSURER)
        assert premiums.bill(premiums.declared_id())["state"] == 4
