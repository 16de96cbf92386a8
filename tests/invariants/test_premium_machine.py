"""Random premium histories: the contracts and the reference agree after every step (S45, P46–P48).

INV: balances are equal to the fen; a refused call changes nothing; refunds never exceed payments;
at most one coverage per scheme is active on a day; a bill covers exactly the days it should.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from node.chain import accounts
from node.domain.days import add_months, day_of, day_start, parse_day
from node.domain.errors import DomainError
from node.domain.kinds import FundKind, Pocket, Scheme
from node.domain.premiums import BillState
from node.intents.bodies import PayDeclared, PayPremium
from tests.fixtures.actors import ANN, BEN, CARL, EMPLOYER, REGION, Actor, word
from tests.fixtures.evm.in_process import Revert
from tests.fixtures.evm.premiums import (
    EMPLOYEE_PLAN,
    LATER,
    MINT,
    PERSONAL,
    RESIDENT_PLAN,
    SUBSIDY,
    Premiums,
)
from tests.invariants.reference_premiums import Bill, Offer, ReferencePremiums

MEMBERS = (ANN, BEN, CARL)
SCHEMES = (Scheme.EMPLOYEE, Scheme.RESIDENT, Scheme.FLEXIBLE)
FUNDS = {
    kind: {scheme: accounts.fund(REGION, scheme, kind) for scheme in SCHEMES}
    for kind in (FundKind.POOLED, FundKind.SUBSIDY)
}
ACCOUNTS = (
    *(member.account for member in MEMBERS),
    EMPLOYER.account,
    *(fund for funds in FUNDS.values() for fund in funds.values()),
)
FIRST = parse_day("2026-04-01")
FAULTS = ("", "", "", "", "part", "revision", "amount", "expired")
START_CASH = 90_000
SHARED: list[Premiums] = []

members = st.sampled_from(MEMBERS)
numbers = st.integers(0, 11)
faults = st.sampled_from(FAULTS)


class PremiumMachine(RuleBasedStateMachine):
    """One history of bills of three members and one employer."""

    def __init__(self) -> None:
        super().__init__()
        self.premiums = SHARED[0]
        self.back = self.premiums.world.snapshot()
        self.reference = ReferencePremiums(
            pooled=FUNDS[FundKind.POOLED], subsidies=FUNDS[FundKind.SUBSIDY]
        )
        self.touched: Bill | None = None
        self.minted = self._minted()

    def teardown(self) -> None:
        """Compare every bill on its edge days, then bring the chain back."""
        for bill in self.reference.bills.values():
            self._compare_bill(bill)
            for day in self._edges(bill):
                assert self.premiums.covers(day, bill_id=bill.id) == bill.covers(day), day
        self._compare_coverages()
        self.back()

    @property
    def day(self) -> int:
        """The policy day of the next transaction."""
        return day_of(self.premiums.world.now + 1)

    def _minted(self) -> int:
        return int(self.premiums.world.call("WalletLedger", "counterOf", MINT))

    def _bill(self, number: int) -> Bill:
        bills = list(self.reference.bills.values())
        self.touched = bills[number % len(bills)]
        return self.touched

    def _both(self, call: Callable[[], Any], expected: Callable[[], Any]) -> None:
        """Do one thing on chain and in the reference; both succeed or refuse alike."""
        wanted, got = "", ""
        try:
            expected()
        except DomainError as refusal:
            wanted = refusal.code
        try:
            call()
        except Revert as refusal:
            got = refusal.name
        assert got == wanted

    @initialize()
    def fund(self) -> None:
        """Give everybody something to start with: enough for some bills, not for all."""
        for member in MEMBERS:
            self._give(member.account, START_CASH)
            self._give(member.account, START_CASH // 2, Pocket.MEDICAL)
        self._give(EMPLOYER.account, 400_000)
        for scheme in (Scheme.RESIDENT, Scheme.FLEXIBLE):
            self._give(FUNDS[FundKind.SUBSIDY][scheme], 2 * SUBSIDY + 10)

    def _give(self, account: str, fen: int, pocket: Pocket = Pocket.CASH) -> None:
        have = self.premiums.balance(account, pocket)
        if have:
            self.premiums.take_all(account, pocket)
            self.minted -= have
        self.premiums.give(account, fen, pocket)
        self.reference.give(account, fen, pocket)

    @rule(
        member=members,
        flexible=st.booleans(),
        parts=st.integers(1, 4),
        start=st.integers(0, 3),
        due=st.integers(-30, 40),
    )
    def issue(self, *, member: Actor, flexible: bool, parts: int, start: int, due: int) -> None:
        """A yearly bill of a member."""
        bill_id = word(f"bill {len(self.reference.bills)}")
        first = add_months(FIRST, start)
        scheme = Scheme.FLEXIBLE if flexible else Scheme.RESIDENT
        interval = 40 if parts > 1 else 0
        bill = Bill(
            *(bill_id, member.account, member.account, scheme, RESIDENT_PLAN, PERSONAL, SUBSIDY),
            *((first, add_months(first, 12)), first + due, parts, interval),
        )
        self.premiums.issue(
            bill_id=bill_id,
            member=member.account,
            scheme=int(scheme),
            period_start=bill.period[0],
            period_end=bill.period[1],
            joined_day=bill.period[0],
            due_day=bill.due_day,
            parts=parts,
            part_interval_days=interval,
        )
        self.reference.bills[bill_id] = bill

    @rule(member=members, month=st.integers(0, 3))
    def declare(self, member: Actor, month: int) -> None:
        """A monthly bill of the employer for a member; a second one is refused."""
        start, end = add_months(FIRST, month), add_months(FIRST, month + 1)
        bill_id = self.premiums.declared_id(member=member, start=start)
        call = {
            "member": member.account,
            "period_start": start,
            "period_end": end,
            "joined_day": start,
        }
        if bill_id in self.reference.bills:
            with pytest.raises(Revert, match="AlreadyExists"):
                self.premiums.declare(**call)
            return
        self.premiums.declare(**call)
        self.reference.bills[bill_id] = Bill(
            *(bill_id, member.account, EMPLOYER.account, Scheme.EMPLOYEE, EMPLOYEE_PLAN),
            *(95_005, 20_001, (start, end), start + EMPLOYEE_PLAN.due_days),
        )

    @rule(holder=members, relative=members)
    def link(self, holder: Actor, relative: Actor) -> None:
        """A holder lets a relative be paid for."""
        if holder is not relative:
            self.premiums.link(holder, relative)
            self.reference.links.add((holder.account, relative.account))

    @precondition(lambda self: self.reference.bills)
    @rule(
        number=numbers,
        actor=st.one_of(st.none(), members),
        medical=st.sampled_from([0, 1, 5_000, 2**40]),
        fault=faults,
    )
    def pay(self, *, number: int, actor: Actor | None, medical: int, fault: str) -> None:
        """The member or anybody else pays a part, rightly or not."""
        bill = self._bill(number)
        offer = self._offer(bill, actor.account if actor else bill.member, medical, fault)
        body = PayPremium(
            *(bill.id, offer.part, offer.revision, offer.medical_fen, offer.cash_fen),
            1 if offer.expired else LATER,
        )
        self._both(
            lambda: self.premiums.collect("pay", offer.actor, body),
            lambda: self.reference.pay(bill, offer, day=self.day),
        )

    @precondition(lambda self: self.reference.bills)
    @rule(number=numbers, fault=faults)
    def pay_declared(self, number: int, fault: str) -> None:
        """The employer pays a bill, rightly or not."""
        bill = self._bill(number)
        offer = self._offer(bill, EMPLOYER.account, 0, fault)
        body = PayDeclared(
            *(bill.id, offer.revision, offer.cash_fen), 1 if offer.expired else LATER
        )
        self._both(
            lambda: self.premiums.collect("payDeclared", EMPLOYER, body),
            lambda: self.reference.pay_declared(bill, offer, day=self.day),
        )

    def _offer(self, bill: Bill, actor: str, medical: int, fault: str) -> Offer:
        part = min(len(bill.payments) + 1, bill.parts)
        owed = bill.part_fen(bill.personal_fen, part)
        if bill.scheme is Scheme.EMPLOYEE:
            owed = bill.personal_fen + bill.second_fen + bill.late_fee(self.day)
        medical = min(medical, owed)
        return Offer(
            actor,
            part + (fault == "part"),
            bill.revision + (fault == "revision"),
            medical,
            owed - medical + (fault == "amount"),
            fault == "expired",
        )

    @precondition(lambda self: self.reference.bills)
    @rule(number=numbers)
    def cancel(self, number: int) -> None:
        """The insurer cancels a bill."""
        bill = self._bill(number)
        self._both(
            lambda: self.premiums.cancel(bill.id),
            lambda: self.reference.cancel(bill, day=self.day),
        )

    @precondition(lambda self: self.reference.bills)
    @rule(number=numbers, reason=st.integers(0, 5))
    def refund(self, number: int, reason: int) -> None:
        """The insurer refunds a bill, also one that was refunded."""
        bill = self._bill(number)
        self._both(
            lambda: self.premiums.refund(bill.id, reason=reason),
            lambda: self.reference.refund(bill, reason, day=self.day),
        )

    @precondition(lambda self: self.reference.bills)
    @rule(number=numbers)
    def enrol(self, number: int) -> None:
        """The insurer enrols the member of a bill for its period."""
        bill = self._bill(number)
        self._both(
            lambda: self.premiums.enrol(
                member=bill.member,
                scheme=int(bill.scheme),
                start_day=bill.period[0],
                end_day=bill.period[1],
                bill_id=bill.id,
            ),
            lambda: self.reference.enrol(bill),
        )

    @rule(days=st.integers(1, 25))
    def wait(self, days: int) -> None:
        """Time passes."""
        self.premiums.world.travel(day_start(self.day + days) + 40_000)
        self.premiums.world.tester.mine_block()

    @invariant()
    def balances_are_equal(self) -> None:
        """INV: every pocket holds what the reference says, and nothing came from nowhere."""
        total = 0
        for account in ACCOUNTS:
            pockets, _ = self.premiums.world.call("WalletLedger", "balancesOf", account)
            for pocket in (Pocket.CASH, Pocket.MEDICAL):
                assert pockets[pocket] == self.reference.balance(account, pocket)
                total += pockets[pocket]
        assert total + self._minted() == 0
        assert self.reference.refunded_fen <= self.reference.paid_fen

    @invariant()
    def touched_bill_is_equal(self) -> None:
        """INV: the bill of the last step has the state, the payments and the days it should."""
        if self.touched is None:
            return
        bill, self.touched = self.touched, None
        self._compare_bill(bill)
        for day in (self.day, bill.due_of(1) + 11, bill.period[0]):
            assert self.premiums.covers(day, bill_id=bill.id) == bill.covers(day), day

    def _compare_bill(self, bill: Bill) -> None:
        stored = self.premiums.bill(bill.id)
        paid = bill.payments
        assert stored["state"] == bill.state
        assert stored["paidParts"] == len(paid)
        assert stored["revision"] == bill.revision
        assert stored["paidMedicalFen"] == sum(one.medical_fen for one in paid)
        assert stored["paidCashFen"] == sum(one.cash_fen for one in paid)
        assert stored["paidLateFeeFen"] == sum(one.late_fee_fen for one in paid)
        assert self.premiums.state_on(self.day, bill_id=bill.id) == bill.state_on(self.day)

    def _edges(self, bill: Bill) -> list[int]:
        start, end = bill.period
        edges = {start - 1, start, end - 1, end}
        for part in range(1, bill.parts + 1):
            last = bill.due_of(part) + bill.plan.grace_days
            edges |= {last, last + 1, last + bill.plan.backpay_days + 1}
        for payment in bill.payments:
            edges |= {payment.day - 1, payment.day}
        return sorted(edges)

    def _compare_coverages(self) -> None:
        """INV: never two active coverages of one scheme on one day."""
        for (member, scheme), periods in self.reference.coverages.items():
            for day in {edge for start, end, _ in periods for edge in (start, end - 1, end)}:
                answers = {
                    start: self._answer(member, int(scheme), start, day) for start, _, _ in periods
                }
                assert set(answers.values()) <= {"ACTIVE", "CoverageInactive"}
                active = [start for start, answer in answers.items() if answer == "ACTIVE"]
                assert active == self.reference.active_on(member, scheme, day)
                assert len(active) <= 1

    def _answer(self, *arguments: Any) -> str:
        try:
            self.premiums.world.call("CoverageRegistry", "requireActive", *arguments)
        except Revert as refusal:
            return refusal.name
        return "ACTIVE"


def run(premiums: Premiums, *, examples: int, steps: int) -> None:
    """Run histories on the deployed network."""
    SHARED[:] = [premiums]
    run_state_machine_as_test(
        PremiumMachine,
        settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None),
    )


class TestPremiumMachine:
    def test_random_histories__agree_with_the_reference(self, premiums: Premiums) -> None:
        assert BillState.OVERDUE == 6
        run(premiums, examples=6, steps=20)

    @pytest.mark.long
    @pytest.mark.timeout(3_600)
    def test_many_random_histories__agree_with_the_reference(self, premiums: Premiums) -> None:
        run(premiums, examples=150, steps=50)
