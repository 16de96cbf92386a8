"""The employer pays a declared bill: both shares and the late fee (P45)."""

from dataclasses import replace

import pytest

from node.domain.kinds import Pocket, Scheme
from node.intents.bodies import PayDeclared, RegisterOrganisation
from tests.fixtures.actors import ANN, EMPLOYER, OPERATOR, Organisation, left, word
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.premiums import (
    BILL,
    DUE,
    EMPLOYEE_PLAN,
    LAST_GRACE,
    LAST_RESTORING,
    LATER,
    MONTH,
    POOLED_EMPLOYEE,
    Premiums,
)

EMPLOYER_FEN, EMPLOYEE_FEN = 95_005, 20_001
PRINCIPAL = EMPLOYER_FEN + EMPLOYEE_FEN
RIVAL = Organisation("RIVAL", kind=EMPLOYER.kind)


def register_rival(premiums: Premiums) -> None:
    """Register a second employer."""
    body: RegisterOrganisation = RIVAL.registration
    premiums.world.handle("ProviderRegistry", "register", OPERATOR, body)


class TestPayDeclaredRefusals:
    def test_member__misses_the_role(self, premiums: Premiums) -> None:
        premiums.declare()
        with reverts("RoleMissing", ANN.account, left("EMPLOYER")):
            premiums.pay_declared(actor=ANN, day=DUE)

    def test_suspended_employer__misses_the_role(self, premiums: Premiums) -> None:
        world = premiums.world
        premiums.declare()
        world.transact(
            *("ProviderRegistry", "setStatus", EMPLOYER.account, 2, word("X")), sender=world.keeper
        )
        with reverts("RoleMissing", EMPLOYER.account, left("EMPLOYER")):
            premiums.pay_declared(day=DUE)

    def test_unknown_bill__is_unknown(self, premiums: Premiums) -> None:
        with reverts("BillUnknown", BILL):
            premiums.collect("payDeclared", EMPLOYER, PayDeclared(BILL, 1, 1, LATER))

    def test_another_employers_bill__is_not_owned(self, premiums: Premiums) -> None:
        register_rival(premiums)
        premiums.declare()
        with reverts("NotOwner", RIVAL.account, premiums.declared_id()):
            premiums.pay_declared(actor=RIVAL, day=DUE)

    def test_resident_bill__is_not_the_employers(self, premiums: Premiums) -> None:
        premiums.issue()
        with reverts("NotOwner", EMPLOYER.account, BILL):
            premiums.pay_declared(bill_id=BILL, day=DUE)

    def test_resident_bill_under_the_id_of_a_declared_one__is_not_the_employers(
        self, premiums: Premiums
    ) -> None:
        bill_id = premiums.declared_id()
        premiums.issue(bill_id=bill_id)
        with reverts("NotOwner", EMPLOYER.account, bill_id):
            premiums.pay_declared(day=DUE)

    def test_paid_bill__is_already_paid(self, premiums: Premiums) -> None:
        premiums.declare()
        premiums.pay_declared(day=DUE)
        bill_id = premiums.declared_id()
        with reverts("BillAlreadyPaid", bill_id):
            premiums.collect("payDeclared", EMPLOYER, PayDeclared(bill_id, 2, 1, LATER))

    def test_cancelled_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.declare()
        bill_id = premiums.declared_id()
        premiums.cancel(bill_id)
        with reverts("BillStateInvalid", bill_id, 4):
            premiums.collect("payDeclared", EMPLOYER, PayDeclared(bill_id, 2, PRINCIPAL, LATER))

    def test_second_after_expiry__is_expired(self, premiums: Premiums) -> None:
        """S51: the quote is refused after expiry."""
        premiums.declare()
        expiry = premiums.world.now + 10
        premiums.world.travel(expiry + 1)
        body = PayDeclared(premiums.declared_id(), 1, PRINCIPAL, expiry)
        with reverts("QuoteExpired", expiry):
            premiums.collect("payDeclared", EMPLOYER, body)

    @pytest.mark.parametrize(
        "changes",
        [
            *({"revision": 2}, {"revision": 0}),
            *({"amount_fen": PRINCIPAL - 1}, {"amount_fen": PRINCIPAL + 1}, {"amount_fen": 0}),
        ],
    )
    def test_other_revision_or_amount__is_stale(
        self, premiums: Premiums, changes: dict[str, int]
    ) -> None:
        """S51: the quote is refused after a bill change."""
        premiums.declare()
        with reverts("QuoteStale", premiums.declared_id()):
            premiums.pay_declared(day=DUE, **changes)

    def test_quote_of_the_day_before_the_fee_rises__is_stale(self, premiums: Premiums) -> None:
        premiums.declare()
        with reverts("QuoteStale", premiums.declared_id()):
            premiums.pay_declared(day=LAST_GRACE + 1, amount_fen=PRINCIPAL)

    def test_employer_one_fen_short__pays_nothing(self, premiums: Premiums) -> None:
        premiums.declare()
        premiums.take_all(EMPLOYER.account)
        premiums.give(EMPLOYER.account, PRINCIPAL - 1)
        values = (EMPLOYER.account, 0, EMPLOYEE_FEN - 1, EMPLOYEE_FEN)
        with reverts("InsufficientBalance", *values):
            premiums.pay_declared(day=DUE)
        assert premiums.balance(POOLED_EMPLOYEE) == 0
        assert premiums.bill(premiums.declared_id())["state"] == 1


class TestPayDeclared:
    def test_open_bill__splits_between_fund_and_member(self, premiums: Premiums) -> None:
        """P45: the employee share reaches the member's MEDICAL, the employer share POOLED."""
        premiums.declare()
        outcome = premiums.pay_declared(day=DUE)
        digest = outcome.one("Moved")["ref"]
        assert outcome.one("PremiumPaid").args == {
            "digest": digest,
            "billId": premiums.declared_id(),
            "payer": EMPLOYER.account,
            "part": 1,
            "medicalFen": 0,
            "cashFen": PRINCIPAL,
            "employeeFen": EMPLOYEE_FEN,
            "subsidyFen": 0,
            "lateFeeFen": 0,
        }
        assert outcome.one("Moved")["purpose"] == 6
        assert premiums.balance(EMPLOYER.account) == 10_000_000 - PRINCIPAL
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 500_000 + EMPLOYEE_FEN
        assert premiums.balance(ANN.account) == 1_000_000
        assert premiums.balance(POOLED_EMPLOYEE) == EMPLOYER_FEN
        bill = premiums.bill(premiums.declared_id())
        assert (bill["state"], bill["paidParts"], bill["revision"]) == (3, 1, 2)
        assert (bill["paidCashFen"], bill["paidLateFeeFen"]) == (PRINCIPAL, 0)
        assert bill["paidMedicalFen"] == 0

    @pytest.mark.parametrize(
        ("day", "fee"),
        [
            (DUE, 0),
            (DUE + 1, 0),
            (LAST_GRACE, 0),
            # 115,006 x 5 bp x 11 days = 632.533; then 690.036; 31 days: 1,782.593.
            (LAST_GRACE + 1, 633),
            (LAST_GRACE + 2, 690),
            (DUE + 31, 1_783),
            (DUE + 1_999, PRINCIPAL - 58),
            (DUE + 2_000, PRINCIPAL),
            (DUE + 2_500, PRINCIPAL),
        ],
    )
    def test_late_fee__counts_from_the_day_after_due_once_grace_has_passed(
        self, premiums: Premiums, day: int, fee: int
    ) -> None:
        """P45.4: 5 bp a day on the unpaid principal, half up, at most the principal."""
        premiums.declare()
        paid = premiums.pay_declared(day=day).one("PremiumPaid")
        assert (paid["lateFeeFen"], paid["cashFen"]) == (fee, PRINCIPAL + fee)
        assert premiums.balance(POOLED_EMPLOYEE) == EMPLOYER_FEN + fee
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 500_000 + EMPLOYEE_FEN
        assert premiums.balance(EMPLOYER.account) == 10_000_000 - PRINCIPAL - fee
        assert premiums.bill(premiums.declared_id())["paidLateFeeFen"] == fee

    @pytest.mark.parametrize(
        ("employer_bp", "employee_bp", "to_fund", "to_member"),
        [(950, 0, EMPLOYER_FEN, 0), (0, 200, 0, EMPLOYEE_FEN)],
    )
    def test_plan_with_one_share__posts_that_alone(
        self,
        premiums: Premiums,
        employer_bp: int,
        employee_bp: int,
        to_fund: int,
        to_member: int,
    ) -> None:
        plan = replace(EMPLOYEE_PLAN, employer_bp=employer_bp, employee_bp=employee_bp)
        premiums.put_plan(plan, scheme=Scheme.EMPLOYEE, version=3)
        premiums.declare(plan_version=3)
        assert premiums.pay_declared(day=DUE).one("Moved")["postings"] == 1
        assert premiums.balance(POOLED_EMPLOYEE) == to_fund
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 500_000 + to_member

    def test_late_declaration__puts_nothing_off(self, premiums: Premiums) -> None:
        """P45: the plan sets the due day, so who declares late owes the fee at once."""
        premiums.on(DUE + 100)
        premiums.declare()
        paid = premiums.pay_declared(day=DUE + 101).one("PremiumPaid")
        # 115,006 x 5 bp x 101 days = 5,807.8
        assert paid["lateFeeFen"] == 5_808

    def test_last_second_of_the_quote__is_paid(self, premiums: Premiums) -> None:
        premiums.declare()
        expiry = premiums.world.now + 10
        premiums.world.travel(expiry)
        body = PayDeclared(premiums.declared_id(), 1, PRINCIPAL, expiry)
        assert premiums.collect("payDeclared", EMPLOYER, body).one("PremiumPaid")

    def test_plan_without_a_late_fee__charges_none(self, premiums: Premiums) -> None:
        plan = replace(EMPLOYEE_PLAN, late_fee_bp_per_day=0)
        premiums.put_plan(plan, scheme=Scheme.EMPLOYEE, version=3)
        premiums.declare(plan_version=3)
        paid = premiums.pay_declared(day=LAST_RESTORING).one("PremiumPaid")
        assert paid["lateFeeFen"] == 0

    def test_payment_after_backpay_days__leaves_a_gap(self, premiums: Premiums) -> None:
        """P47: the employer's arrears suspend the member's coverage like any other."""
        strict = replace(EMPLOYEE_PLAN, due_days=0, grace_days=2, backpay_days=1)
        premiums.put_plan(strict, scheme=Scheme.EMPLOYEE, version=3)
        premiums.declare(plan_version=3)
        day = MONTH[0] + 5
        gap = premiums.pay_declared(day=day).one("CoverageGapRecorded")
        assert (gap["gapStart"], gap["gapEnd"]) == (MONTH[0] + 3, day)
        bill_id = premiums.declared_id()
        assert not premiums.covers(day - 1, bill_id=bill_id)
        assert premiums.covers(day, bill_id=bill_id)
