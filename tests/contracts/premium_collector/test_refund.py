"""Refunds return a whole bill to the pockets that paid (P46)."""

from dataclasses import replace

import pytest

from node.domain.kinds import Pocket
from node.intents.bodies import EndFamilyLink
from tests.fixtures.actors import ANN, BEN, CARL, EMPLOYER, INSURER_2, Actor, left, word
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.premiums import (
    BILL,
    DUE,
    LAST_GRACE,
    PERSONAL,
    POOLED,
    POOLED_EMPLOYEE,
    RESIDENT_PLAN,
    START,
    SUBSIDIES,
    SUBSIDY,
    Premiums,
)

BEFORE_START, DOUBLE_PAYMENT, TWO_SCHEMES, DEATH_BEFORE_START = 1, 2, 3, 4
AFTERWARDS = [DOUBLE_PAYMENT, TWO_SCHEMES, DEATH_BEFORE_START]
REFUND = 7


class TestRefundRefusals:
    @pytest.mark.parametrize("actor", [ANN, EMPLOYER])
    def test_other_kinds_of_actor__miss_the_role(self, premiums: Premiums, actor: Actor) -> None:
        premiums.issue()
        premiums.pay()
        with reverts("RoleMissing", actor.account, left("INSURER")):
            premiums.refund(actor=actor, reason=BEFORE_START)

    def test_unknown_bill__is_unknown(self, premiums: Premiums) -> None:
        with reverts("BillUnknown", BILL):
            premiums.refund(reason=BEFORE_START)

    def test_another_insurer__is_not_owner(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay()
        with reverts("NotOwner", INSURER_2.account, BILL):
            premiums.refund(actor=INSURER_2, reason=BEFORE_START)

    def test_open_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        with reverts("BillStateInvalid", BILL, 1):
            premiums.refund(reason=BEFORE_START)

    def test_part_paid_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue(parts=2, part_interval_days=30)
        premiums.pay()
        with reverts("BillStateInvalid", BILL, 2):
            premiums.refund(reason=BEFORE_START)

    def test_cancelled_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.cancel()
        with reverts("BillStateInvalid", BILL, 4):
            premiums.refund(reason=BEFORE_START)

    def test_second_refund__is_refused(self, premiums: Premiums) -> None:
        """P46.3: a second refund is refused, and no money moves."""
        premiums.issue()
        premiums.pay()
        premiums.refund(reason=BEFORE_START)
        premiums.give(POOLED, PERSONAL + SUBSIDY)
        for reason in (0, DOUBLE_PAYMENT):
            with reverts("RefundExceedsPayment", BILL, PERSONAL, 0):
                premiums.refund(reason=reason)
        assert premiums.balance(POOLED) == PERSONAL + SUBSIDY

    def test_second_refund_of_a_declared_bill__is_refused(self, premiums: Premiums) -> None:
        premiums.declare()
        premiums.pay_declared(day=LAST_GRACE + 1)
        premiums.refund(premiums.declared_id(), reason=DOUBLE_PAYMENT)
        values = (premiums.declared_id(), 115_006 + 633, 0)
        with reverts("RefundExceedsPayment", *values):
            premiums.refund(premiums.declared_id(), reason=DOUBLE_PAYMENT)

    @pytest.mark.parametrize("reason", [0, 5, 255])
    def test_unknown_reason__is_not_allowed(self, premiums: Premiums, reason: int) -> None:
        premiums.issue()
        premiums.pay()
        with reverts("RefundNotAllowed", BILL, reason):
            premiums.refund(reason=reason)

    @pytest.mark.parametrize("second", [0, 43_200])
    def test_before_start_on_the_first_day__is_not_allowed(
        self, premiums: Premiums, second: int
    ) -> None:
        premiums.issue()
        premiums.pay()
        premiums.on(START, second=second)
        with reverts("RefundNotAllowed", BILL, BEFORE_START):
            premiums.refund(reason=BEFORE_START)

    def test_fund_one_fen_short__refunds_nothing(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay()
        premiums.take_all(POOLED)
        gross = PERSONAL + SUBSIDY
        premiums.give(POOLED, gross - 1)
        with reverts("FundInsufficient", POOLED, gross - 1, gross):
            premiums.refund(reason=BEFORE_START)
        assert premiums.bill()["state"] == 3

    def test_employee_share_that_was_spent__refunds_nothing(self, premiums: Premiums) -> None:
        premiums.declare()
        premiums.pay_declared(day=DUE)
        premiums.take_all(ANN.account, Pocket.MEDICAL)
        premiums.give(ANN.account, 20_000, Pocket.MEDICAL)
        with reverts("InsufficientBalance", ANN.account, int(Pocket.MEDICAL), 20_000, 20_001):
            premiums.refund(premiums.declared_id(), reason=DOUBLE_PAYMENT)
        assert premiums.bill(premiums.declared_id())["state"] == 3
        assert premiums.balance(EMPLOYER.account) == 10_000_000 - 115_006

    def test_employer_fund_one_fen_short__refunds_nothing(self, premiums: Premiums) -> None:
        premiums.declare()
        premiums.pay_declared(day=LAST_GRACE + 1)
        premiums.take_all(POOLED_EMPLOYEE)
        needed = 95_005 + 633
        premiums.give(POOLED_EMPLOYEE, needed - 1)
        with reverts("FundInsufficient", POOLED_EMPLOYEE, needed - 1, needed):
            premiums.refund(premiums.declared_id(), reason=DOUBLE_PAYMENT)


class TestRefund:
    @pytest.mark.parametrize("reason", [BEFORE_START, *AFTERWARDS])
    def test_last_second_before_the_period__every_reason_serves(
        self, premiums: Premiums, reason: int
    ) -> None:
        """P46.1: before the period starts a refund is whole and needs no special reason."""
        premiums.issue()
        premiums.pay(medical_fen=30_000)
        premiums.on(START - 1, second=86_399)
        outcome = premiums.refund(reason=reason)
        digest = outcome.one("Moved")["ref"]
        assert outcome.one("PremiumRefunded").args == {
            "digest": digest,
            "billId": BILL,
            "reason": reason,
            "medicalFen": 30_000,
            "cashFen": PERSONAL - 30_000,
            "employeeFen": 0,
            "subsidyFen": SUBSIDY,
            "lateFeeFen": 0,
        }
        assert outcome.one("BillRefunded").args == {"billId": BILL, "revision": 3}
        assert outcome.one("Moved")["purpose"] == REFUND
        assert premiums.balance(ANN.account) == 1_000_000
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 500_000
        assert premiums.balance(SUBSIDIES) == 10_000_000
        assert premiums.balance(POOLED) == 0
        assert (premiums.bill()["state"], premiums.bill()["revision"]) == (5, 3)
        assert not premiums.covers(START)

    @pytest.mark.parametrize("reason", AFTERWARDS)
    def test_inside_the_period__the_named_reasons_serve(
        self, premiums: Premiums, reason: int
    ) -> None:
        """P46.1: each reason gives everything back."""
        premiums.issue()
        premiums.pay()
        premiums.on(START + 100)
        assert premiums.covers(START + 100)
        premiums.refund(reason=reason)
        assert premiums.balance(ANN.account) == 1_000_000
        assert not premiums.covers(START + 100)
        assert premiums.state_on(START + 100) == 5

    def test_parts_of_several_payers__go_back_to_each(self, premiums: Premiums) -> None:
        """P46.1: money returns to the pockets that paid, in the same parts."""
        premiums.issue(parts=4, part_interval_days=30)
        for holder in (BEN, CARL):
            premiums.link(holder, ANN)
            premiums.give(holder.account, 50_000)
            premiums.give(holder.account, 50_000, Pocket.MEDICAL)
        premiums.pay(medical_fen=1)
        premiums.pay(actor=BEN, medical_fen=4_000)
        premiums.pay(actor=CARL)
        premiums.pay(actor=BEN, medical_fen=10_000)
        assert premiums.balance(BEN.account) == 50_000 - 6_001
        assert premiums.balance(BEN.account, Pocket.MEDICAL) == 36_000
        bill = premiums.bill()
        assert (bill["paidMedicalFen"], bill["paidCashFen"]) == (14_001, PERSONAL - 14_001)
        refunded = premiums.refund(reason=BEFORE_START).one("PremiumRefunded")
        assert (refunded["medicalFen"], refunded["cashFen"]) == (14_001, PERSONAL - 14_001)
        for holder in (BEN, CARL):
            assert premiums.balance(holder.account) == 50_000
            assert premiums.balance(holder.account, Pocket.MEDICAL) == 50_000
        assert premiums.balance(ANN.account) == 1_000_000
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 500_000
        assert premiums.balance(SUBSIDIES) == 10_000_000
        assert premiums.balance(POOLED) == 0

    def test_link_that_has_ended__still_gets_its_money_back(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.link(BEN, ANN)
        premiums.give(BEN.account, PERSONAL)
        premiums.pay(actor=BEN)
        body = EndFamilyLink(ANN.account)
        premiums.world.handle("MemberRegistry", "endFamilyLink", BEN, body)
        premiums.refund(reason=BEFORE_START)
        assert premiums.balance(BEN.account) == PERSONAL

    def test_declared_bill__returns_both_shares_and_the_late_fee(self, premiums: Premiums) -> None:
        """P46: the employee share comes back out of the member's MEDICAL."""
        premiums.declare()
        premiums.pay_declared(day=LAST_GRACE + 1)
        bill_id = premiums.declared_id()
        outcome = premiums.refund(bill_id, reason=DOUBLE_PAYMENT)
        refunded = outcome.one("PremiumRefunded")
        assert (refunded["medicalFen"], refunded["cashFen"]) == (0, 115_006 + 633)
        assert (refunded["employeeFen"], refunded["lateFeeFen"]) == (20_001, 633)
        assert refunded["subsidyFen"] == 0
        assert premiums.balance(EMPLOYER.account) == 10_000_000
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 500_000
        assert premiums.balance(ANN.account) == 1_000_000
        assert premiums.balance(POOLED_EMPLOYEE) == 0
        assert premiums.bill(bill_id)["state"] == 5

    def test_subsidy_alone__goes_back_to_its_fund(self, premiums: Premiums) -> None:
        free = replace(RESIDENT_PLAN, personal_fen=(0,) * 6)
        premiums.put_plan(free, plan_id=word("free"))
        premiums.issue(plan_id=word("free"))
        premiums.pay()
        outcome = premiums.refund(reason=BEFORE_START)
        assert outcome.one("Moved")["postings"] == 1
        assert premiums.balance(SUBSIDIES) == 10_000_000

    def test_frozen_member__still_receives_the_refund(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay()
        premiums.ledger("setFrozen", ANN.account, True, word("COURT"))
        premiums.refund(reason=BEFORE_START)
        assert premiums.balance(ANN.account) == 1_000_000
