"""Random histories of claims against a reference: LIFO reversal, holds, conservation (P29, M12).

The model keeps the settled claims of each member-year in a list and computes everything from it:
accumulators by adjudicating the list again, fund balances by adding up. The contracts must agree
after every step, whatever the order of settle, submit, confirm, cancel, expire and reverse.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

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

from node.domain.adjudication.accumulators import Accumulators, YearEntry, reverse_last
from node.domain.adjudication.engine import Adjudication, AdjudicationContext, ClaimLine, adjudicate
from node.domain.claims import ClaimState
from node.domain.errors import LaterSettlementExists
from node.domain.ids import Level
from node.domain.kinds import CashMode, ItemClass, Pocket
from node.domain.plans.plan import BenefitPlan
from node.intents import bodies
from tests.fixtures.actors import ANN, BEN, HOSPITAL, Actor
from tests.fixtures.evm.claims import (
    BIG_ILLNESS,
    CAMPAIGN,
    INPATIENT,
    MINT,
    NO_ID,
    OUTPATIENT,
    POOLED,
    RECEIVABLE,
    RICH,
    Claims,
    Settled,
    deploy_claims,
    fee_line,
)
from tests.fixtures.evm.in_process import Revert

T = TypeVar("T")
DAY = 86_400
PATIENTS = (ANN, BEN)
PLANS: dict[str, BenefitPlan] = {"outpatient": OUTPATIENT, "inpatient": INPATIENT}
ACCOUNTS = (POOLED, BIG_ILLNESS, CAMPAIGN, RECEIVABLE, HOSPITAL.account, ANN.account, BEN.account)
amounts = st.one_of(
    st.sampled_from([1, 19_999, 20_000, 20_001, 40_000, 1_000_000, 3_000_001]),
    st.integers(1, 4_000_000),
)


@dataclass
class Record:
    """One settled claim of the model."""

    claim: Settled
    plan: BenefitPlan
    lines: tuple[ClaimLine, ...]
    context: AdjudicationContext
    decision: Adjudication


@dataclass
class Model:
    """What the history so far must have led to."""

    settled: dict[str, list[Record]] = field(
        default_factory=lambda: {member.account: [] for member in PATIENTS}
    )
    pending: dict[str, Record] = field(default_factory=dict)
    states: dict[str, ClaimState] = field(default_factory=dict)

    def year(self, member: Actor) -> Accumulators:
        """Return the accumulators by adjudicating the settled claims again, from zero."""
        year = Accumulators()
        for record in self.settled[member.account]:
            context = AdjudicationContext(
                level=record.context.level,
                before=year,
                tenure_years=record.context.tenure_years,
                categories=record.context.categories,
                medical_available_fen=record.context.medical_available_fen,
            )
            year = adjudicate(record.plan, record.lines, context).after
        return year

    def moved(self) -> dict[str, int]:
        """Return what each account has gained or lost by the settled claims."""
        sums = dict.fromkeys(ACCOUNTS, 0)
        for member, records in self.settled.items():
            for record in records:
                s = record.decision.settlement
                for account, lost in (
                    *((POOLED, s.pooled_fen), (BIG_ILLNESS, s.big_illness_fen)),
                    *((CAMPAIGN, s.supplementary_fen), (member, s.cash_fen)),
                ):
                    sums[account] -= lost
                sums[RECEIVABLE] += s.fund_fen
                sums[HOSPITAL.account] += s.member_fen
        return sums


def attempt(call: Callable[[], T]) -> T | Revert:
    """Return what a call gives, or its refusal."""
    try:
        return call()
    except Revert as refusal:
        return refusal


class ClaimMachine(RuleBasedStateMachine):
    """Each rule is one handler; each step ends with the invariants."""

    claims: Claims

    @initialize()
    def begin(self) -> None:
        self.back = self.claims.world.snapshot()
        self.model = Model()
        self.beginnings = {account: self.claims.balance(account) for account in ACCOUNTS}
        self.number = 0

    def teardown(self) -> None:
        self.back()

    # what a step needs

    def draft(
        self, member: Actor, plan: str, amounts_fen: list[int], kinds: list[ItemClass]
    ) -> bodies.SettleClaim:
        self.number += 1
        lines = tuple(
            fee_line(
                amount,
                kind,
                over_fen=amount // 3 if place % 2 else 0,
                self_pay_bp=1_500 if kind is ItemClass.B else 0,
                name=f"{self.number}/{place}",
            )
            for place, (amount, kind) in enumerate(zip(amounts_fen, kinds, strict=False))
        )
        make = self.claims.stay if plan == "inpatient" else self.claims.body
        return make(*lines, member=member.account, cash_mode=int(CashMode.WALLET))

    def record(self, claim: Settled, member: Actor, plan: str, before: dict[str, Any]) -> Record:
        lines = tuple(
            ClaimLine(ItemClass(line.item_class), line.gross_fen, line.over_fen, line.self_pay_bp)
            for line in claim.body.lines
        )
        context = AdjudicationContext(
            level=Level("3"),
            before=self.model.year(member),
            tenure_years=1,
            medical_available_fen=before["medical"],
        )
        rules = PLANS[plan]
        decision = adjudicate(rules, lines, context)
        return Record(claim, rules, lines, context, decision)

    def member_of(self, record: Record) -> Actor:
        return next(one for one in PATIENTS if one.account == record.claim.body.member)

    def begin_claim(
        self, function: str, member: Actor, plan: str, body: bodies.SettleClaim
    ) -> Record | None:
        """Run settle or submit; a pending claim of the member blocks it by name."""
        blocking = self.model.pending.get(member.account)
        before = {"medical": self.claims.balance(member.account, Pocket.MEDICAL)}
        claim = attempt(lambda: getattr(self.claims, function)(body))
        if isinstance(claim, Revert):
            assert claim.name == "ClaimPending"
            assert blocking is not None
            assert claim.values == (blocking.claim.claim_id,)
            return None
        assert blocking is None
        return self.record(claim, member, plan, before)

    # rules

    @rule(
        member=st.sampled_from(PATIENTS),
        plan=st.sampled_from(sorted(PLANS)),
        sizes=st.lists(amounts, min_size=1, max_size=3),
        kinds=st.lists(st.sampled_from(list(ItemClass)), min_size=3, max_size=3),
    )
    def settle(self, member: Actor, plan: str, sizes: list[int], kinds: list[ItemClass]) -> None:
        body = self.draft(member, plan, sizes, kinds)
        if record := self.begin_claim("settle", member, plan, body):
            self.model.settled[member.account].append(record)
            self.model.states[record.claim.claim_id] = ClaimState.SETTLED

    @rule(member=st.sampled_from(PATIENTS), plan=st.sampled_from(sorted(PLANS)), size=amounts)
    def submit(self, member: Actor, plan: str, size: int) -> None:
        body = self.draft(member, plan, [size], [ItemClass.A])
        if record := self.begin_claim("submit", member, plan, body):
            self.model.pending[member.account] = record
            self.model.states[record.claim.claim_id] = ClaimState.ADJUDICATED

    @precondition(lambda self: self.model.pending)
    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        record = self.model.pending[data.draw(st.sampled_from(sorted(self.model.pending)))]
        member = self.member_of(record)
        moved = self.model.year(member) != record.decision.before
        refusal = attempt(lambda: self.claims.confirm(record.claim, actor=member))
        if isinstance(refusal, Revert):
            assert (refusal.name, moved) == ("QuoteStale", True)
            return
        assert not moved
        del self.model.pending[member.account]
        self.model.settled[member.account].append(record)
        self.model.states[record.claim.claim_id] = ClaimState.SETTLED

    @precondition(lambda self: self.model.pending)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        member = data.draw(st.sampled_from(sorted(self.model.pending)))
        record = self.model.pending.pop(member)
        self.claims.cancel(record.claim)
        self.model.states[record.claim.claim_id] = ClaimState.CANCELLED

    @precondition(lambda self: self.model.pending)
    @rule(data=st.data())
    def expire(self, data: st.DataObject) -> None:
        member = data.draw(st.sampled_from(sorted(self.model.pending)))
        record = self.model.pending[member]
        assert self.claims.expire(record.claim.claim_id).names == []
        lapse = max(one.claim.outcome.timestamp for one in self.model.pending.values()) + DAY
        if self.claims.world.now < lapse:
            self.claims.world.travel(lapse)
        for account, one in list(self.model.pending.items()):
            assert "ClaimExpired" in self.claims.expire(one.claim.claim_id).names
            del self.model.pending[account]
            self.model.states[one.claim.claim_id] = ClaimState.EXPIRED

    @precondition(lambda self: any(self.model.settled.values()))
    @rule(data=st.data(), depth=st.integers(1, 3))
    def reverse_newest(self, data: st.DataObject, depth: int) -> None:
        """Undo the last claims of one member, one by one or as a list."""
        member = data.draw(st.sampled_from([m for m in PATIENTS if self.model.settled[m.account]]))
        records = self.model.settled[member.account]
        undone = [records.pop() for _ in range(min(depth, len(records)))]
        self.claims.reverse(*(record.claim for record in undone))
        for record in undone:
            self.model.states[record.claim.claim_id] = ClaimState.REVERSED

    @precondition(lambda self: any(len(list_) > 1 for list_ in self.model.settled.values()))
    @rule(data=st.data())
    def reverse_out_of_order(self, data: st.DataObject) -> None:
        """An older claim is refused by the name of the last one, in both languages."""
        member = data.draw(
            st.sampled_from([m for m in PATIENTS if len(self.model.settled[m.account]) > 1])
        )
        records = self.model.settled[member.account]
        older = data.draw(st.sampled_from(records[:-1]))
        last = records[-1].claim.claim_id
        with pytest.raises(Revert) as caught:
            self.claims.reverse(older.claim)
        assert (caught.value.name, caught.value.values) == ("LaterSettlementExists", (last,))
        entries = [
            YearEntry(one.claim.claim_id, one.decision.before, one.decision.after)
            for one in records
        ]
        with pytest.raises(LaterSettlementExists):
            reverse_last(entries, self.model.year(member), older.claim.claim_id)

    @precondition(lambda self: self.model.states)
    @rule(data=st.data())
    def end_twice(self, data: st.DataObject) -> None:
        """A final state never changes."""
        final = [
            claim_id
            for claim_id, state in self.model.states.items()
            if state in {ClaimState.CANCELLED, ClaimState.EXPIRED, ClaimState.REVERSED}
        ]
        if final:
            assert self.claims.expire(data.draw(st.sampled_from(final))).names == []

    # invariants

    @invariant()
    def accumulators_equal_a_recomputation(self) -> None:
        for member in PATIENTS:
            assert self.claims.accumulators(member) == self.model.year(member).words()
            records = self.model.settled[member.account]
            last = records[-1].claim.claim_id if records else NO_ID
            assert self.claims.last_claim(member) == last

    @invariant()
    def states_are_those_of_the_history(self) -> None:
        for claim_id, state in self.model.states.items():
            assert self.claims.state(claim_id) == state

    @invariant()
    def money_is_where_the_settled_claims_put_it(self) -> None:
        moved = self.model.moved()
        medical = {member.account: 0 for member in PATIENTS}
        for member, records in self.model.settled.items():
            medical[member] = sum(one.decision.settlement.medical_fen for one in records)
        for account in ACCOUNTS:
            total = self.claims.balance(account) + self.claims.held(account)
            assert total == self.beginnings[account] + moved[account]
        for member in PATIENTS:
            left = self.claims.balance(member.account, Pocket.MEDICAL)
            kept = self.claims.held(member.account, Pocket.MEDICAL)
            start = 30_000 if member is ANN else 0
            assert left + kept == start - medical[member.account]

    @invariant()
    def held_money_belongs_to_pending_claims(self) -> None:
        pending = [record.decision.settlement for record in self.model.pending.values()]
        assert self.claims.held(POOLED) == sum(s.pooled_fen for s in pending)
        assert self.claims.held(BIG_ILLNESS) == sum(s.big_illness_fen for s in pending)
        for member in PATIENTS:
            record = self.model.pending.get(member.account)
            s = record.decision.settlement if record else None
            assert self.claims.held(member.account) == (s.cash_fen if s else 0)
            assert self.claims.held(member.account, Pocket.MEDICAL) == (s.medical_fen if s else 0)

    @invariant()
    def nothing_is_made_or_lost(self) -> None:
        counter = int(self.claims.world.call("WalletLedger", "counterOf", MINT))
        assert -counter == 4 * RICH + 4 * 10_000_000 + 30_000
        assert self.claims.debt() == 0


@pytest.fixture(scope="module")
def own_claims() -> Claims:
    """Return a network of its own: the machine brings it back after each history."""
    return deploy_claims()


def run(claims: Claims, *, histories: int, steps: int) -> None:
    machine = type("Machine", (ClaimMachine,), {"claims": claims})
    run_state_machine_as_test(
        machine,
        settings=settings(max_examples=histories, stateful_step_count=steps, deadline=None),
    )


class TestClaimHistories:
    """P29: the values equal a recomputation after any sequence of settle and LIFO reverse."""

    def test_random_histories__agree_with_the_reference(self, own_claims: Claims) -> None:
        """P29.1: compared after every step."""
        run(own_claims, histories=6, steps=10)

    @pytest.mark.long
    @pytest.mark.timeout(3_600)
    def test_many_random_histories__agree_with_the_reference(self, own_claims: Claims) -> None:
        run(own_claims, histories=60, steps=40)
