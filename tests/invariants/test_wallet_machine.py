"""Random histories of wallets, funds and holds: the chain and the reference agree at every step.

INV-n are the invariants of contracts/README.md. Balances are read from raw storage and, a second
time, rebuilt from the events alone; neither way uses the contract's own views.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from node.chain import accounts
from node.domain.kinds import FundKind, Relation, Scheme
from node.intents.bodies import (
    AcceptTransfer,
    Deposit,
    FreezeAccount,
    IntentBody,
    LinkFamily,
    TransferFund,
    TransferMedical,
    Withdraw,
)
from tests.fixtures.actors import (
    ANN,
    BANK,
    BEN,
    CARL,
    CLINIC,
    INSURER,
    NO_ACCOUNT,
    OPERATOR,
    REGION,
    word,
)
from tests.fixtures.evm.direct import DirectCalls, mapping_slot
from tests.fixtures.evm.in_process import Event, Revert
from tests.fixtures.evm.wallet import entries
from tests.fixtures.evm.world import World, arguments
from tests.invariants.reference_ledger import (
    CASH,
    CLAIM,
    CORRECTION,
    DAY_S,
    DEPOSIT,
    GRANT,
    MEDICAL,
    POINTS,
    SHANGHAI_S,
    SIX,
    TWENTY_TWO,
    ReferenceLedger,
    RefusedError,
)

MEMBERS = (ANN.account, BEN.account, CARL.account)
POOLED = accounts.fund(REGION, Scheme.RESIDENT, FundKind.POOLED)
BIG_ILLNESS = accounts.fund(REGION, Scheme.RESIDENT, FundKind.BIG_ILLNESS)
EXTERNAL = accounts.external_of(BANK.account)
ISSUER = accounts.points_issuer()
HOLDERS = (*MEMBERS, POOLED, BIG_ILLNESS, CLINIC.account)
EVERYONE = (*HOLDERS, EXTERNAL, ISSUER)
INCENTIVE = 13

BALANCES_SLOT = 1
FIELD = 2**56
COUNTER_BITS = 112
COUNTER_FLAG = 1 << 224
POINTS_BIT = 1 << 161

members = st.sampled_from(MEMBERS)
holders = st.sampled_from(HOLDERS)
everyone = st.sampled_from(EVERYONE)
pockets = st.sampled_from((CASH, CASH, MEDICAL, MEDICAL, POINTS))
purposes = st.sampled_from((CLAIM, CLAIM, CORRECTION, *range(1, 15)))
amounts = st.one_of(
    st.integers(1, 90_000), st.sampled_from((0, 1, 199_999, 200_000, 200_001, 10**13, 10**13 + 1))
)
hold_names = st.integers(0, 9).map(lambda number: word(f"hold {number}"))
# Steps of time that end on both sides of every edge of a Shanghai day.
waits = st.one_of(
    st.integers(1, 4 * 3600),
    st.sampled_from((SIX - 1, SIX, SIX + 1, TWENTY_TWO - 1, TWENTY_TWO)).map(lambda edge: -edge),
)


class WalletMachine(RuleBasedStateMachine):
    """Each rule makes one call on the chain and on the reference."""

    world: World
    steps = 0
    accepted = 0

    @initialize()
    def start(self) -> None:
        """Open the counters, link relatives, and let everybody own something."""
        self.chain = DirectCalls(self.world)
        self.projected: dict[tuple[str, int], int] = defaultdict(int)
        self.projected_held: dict[tuple[str, int], int] = defaultdict(int)
        self.projected_holds: dict[str, tuple[str, int, int]] = {}
        links = frozenset({frozenset(MEMBERS[:2]), frozenset(MEMBERS[1:])})
        self.reference = ReferenceLedger(
            frozenset(MEMBERS), links, EXTERNAL, ISSUER, self.chain.now
        )
        for member in (ANN, CARL):
            body = LinkFamily(BEN.account, int(Relation.SIBLING))
            self._handle("MemberRegistry", "linkFamily", member.account, body)
        self._ledger("openCounter", EXTERNAL, CASH)
        self._ledger("openCounter", ISSUER, POINTS)
        for number, holder in enumerate(HOLDERS):
            self._move(DEPOSIT, [(EXTERNAL, CASH, holder, CASH, 100_000 * (number + 1))])
        for account in MEMBERS:
            self._move(GRANT, [(POOLED, CASH, account, MEDICAL, 100_000)])
            self._move(INCENTIVE, [(ISSUER, POINTS, account, POINTS, 5_000)])
        self.ended: dict[str, Any] = {}

    # Rules of actors.

    @rule(account=holders, amount_fen=amounts, number=st.integers(0, 40))
    def deposit(self, account: str, amount_fen: int, number: int) -> None:
        """BANK confirms a notice, perhaps one it has confirmed before."""
        notice = word(f"notice {number}")
        self._both(
            lambda: self._operate("deposit", BANK, Deposit(account, CASH, amount_fen, notice)),
            lambda: self.reference.deposit(account, amount_fen, notice),
        )

    @rule(member=holders, amount_fen=amounts)
    def withdraw(self, member: str, amount_fen: int) -> None:
        """Somebody, perhaps without a wallet, takes CASH out."""
        body = Withdraw(BANK.account, amount_fen, word("bank account"))
        self._both(
            lambda: self._operate("withdraw", member, body),
            lambda: self.reference.withdraw(member, amount_fen),
        )

    @rule(sender=members, receiver=members, amount_fen=amounts)
    def send(self, sender: str, receiver: str, amount_fen: int) -> None:
        """A member sends MEDICAL money."""
        self._both(
            lambda: self._operate("transfer", sender, TransferMedical(receiver, amount_fen)),
            lambda: self.reference.send(sender, receiver, amount_fen),
        )

    @rule(sender=members, receiver=members, exact=st.booleans())
    def accept(self, sender: str, receiver: str, exact: bool) -> None:
        """The receiver, or somebody else, accepts; the amount is right or not."""
        waiting = self.reference.pending.get(sender)
        amount_fen = waiting.amount_fen if waiting else 1
        if waiting and exact:
            receiver = waiting.receiver
        amount_fen += not exact
        self._both(
            lambda: self._operate("acceptTransfer", receiver, AcceptTransfer(sender, amount_fen)),
            lambda: self.reference.accept(receiver, sender, amount_fen),
        )

    @rule(sender=members)
    def sweep(self, sender: str) -> None:
        """Anybody sweeps."""
        self._both(
            lambda: self._keep(
                self.chain.transact(
                    "WalletOperations", "returnTransfer", sender, sender=self.world.nobody
                )
            ),
            lambda: self.reference.sweep(sender),
        )

    @rule(amount_fen=amounts, member=st.sampled_from((NO_ACCOUNT, *MEMBERS, CLINIC.account)))
    def transfer_fund(self, amount_fen: int, member: str) -> None:
        """INSURER fills BIG_ILLNESS or pays a grant."""
        to_kind = FundKind.BIG_ILLNESS if member == NO_ACCOUNT else FundKind.POOLED
        kinds = (int(Scheme.RESIDENT), int(FundKind.POOLED), int(to_kind))
        body = TransferFund(REGION, *kinds, member, amount_fen, word("why"))

        def refer() -> None:
            if member == NO_ACCOUNT:
                self.reference.transfer_fund(POOLED, BIG_ILLNESS, amount_fen)
            else:
                self.reference.grant(POOLED, member, amount_fen)

        self._both(lambda: self._operate("transferFund", INSURER, body), refer)

    @rule(account=holders, chance=st.integers(0, 2))
    def freeze(self, account: str, chance: int) -> None:
        """OPERATOR freezes or, more often, releases an account."""
        body = FreezeAccount(account, chance == 0, word("why"))
        self._both(
            lambda: self._operate("freeze", OPERATOR, body),
            lambda: self.reference.freeze(account, frozen=chance == 0),
        )

    # Rules of rule modules: what premiums and claims will ask for.

    @rule(
        purpose=purposes,
        postings=st.lists(
            st.tuples(everyone, pockets, everyone, pockets, amounts), min_size=1, max_size=3
        ),
        alike=st.booleans(),
    )
    def move(
        self, purpose: int, postings: list[tuple[str, int, str, int, int]], alike: bool
    ) -> None:
        """Linked postings; half of them stay in their pocket."""
        chain = [
            (source, left, target, left if alike else right, amount_fen % 10**7)
            for source, left, target, right, amount_fen in postings
        ]
        self._both(
            lambda: self._ledger("move", word("ref"), purpose, entries(*chain)),
            lambda: self.reference.move(purpose, chain),
            correcting=purpose == CORRECTION,
        )

    @rule(name=hold_names, account=holders, pocket=pockets, amount_fen=amounts, lasts=waits)
    def hold(self, name: str, account: str, *, pocket: int, amount_fen: int, lasts: int) -> None:
        """Put money aside."""
        until = self.reference.now + abs(lasts)
        self._both(
            lambda: self._ledger("hold", name, account, pocket, amount_fen, until),
            lambda: self.reference.hold(name, account, pocket, amount_fen=amount_fen, until=until),
        )

    @rule(name=hold_names, purpose=purposes, receiver=everyone, whole=st.booleans(), part=amounts)
    def post_hold(self, name: str, purpose: int, *, receiver: str, whole: bool, part: int) -> None:
        """Pay a hold, whole or in part."""
        one = self.reference.holds.get(name)
        amount_fen = one.amount_fen if one and whole else part
        pocket = POINTS if one and one.pocket == POINTS else CASH
        self._both(
            lambda: self._ledger(
                "postHold", name, word("ref"), purpose, receiver, pocket, amount_fen
            ),
            lambda: self.reference.post_hold(
                name, purpose, receiver, pocket=pocket, amount_fen=amount_fen
            ),
        )

    @rule(name=hold_names)
    def void_hold(self, name: str) -> None:
        """Release a hold."""
        self._both(lambda: self._ledger("voidHold", name), lambda: self.reference.void_hold(name))

    @rule(name=hold_names)
    def expire_hold(self, name: str) -> None:
        """Expire a hold."""
        self._both(
            lambda: self._ledger("expireHold", name), lambda: self.reference.expire_hold(name)
        )

    @rule(wait=waits)
    def wait(self, wait: int) -> None:
        """Let time pass, or go to an edge of the day (given as a negative number)."""
        now = self.reference.now
        if wait < 0:
            midnight = (now + SHANGHAI_S) // DAY_S * DAY_S - SHANGHAI_S
            edge = midnight - wait
            now = edge if edge > now else edge + DAY_S
        else:
            now += wait
        self.chain.now = self.reference.now = now

    # What must hold after every step.

    @invariant()
    def figures_agree(self) -> None:
        """INV-3, INV-9: stored figures = the reference's = those of the events."""
        for account in EVERYONE:
            for pocket in (CASH, MEDICAL, POINTS):
                available, held, counter = self._stored(account, pocket)
                signed = (account, pocket) in {(EXTERNAL, CASH), (ISSUER, POINTS)}
                value = counter if signed else available
                place = (account, pocket)
                assert value == self.reference.available[place], place
                assert held == self.reference.held[place], place
                assert (available if signed else counter) == 0, place
                assert self.projected[place] == value, place
                assert self.projected_held[place] == held, place

    @invariant()
    def sums_are_zero(self) -> None:
        """INV-1, INV-2: money and points each sum to zero."""
        totals = [
            sum(sum(self._stored(account, pocket)) for account in EVERYONE)
            for pocket in (CASH, MEDICAL, POINTS)
        ]
        assert totals[CASH] + totals[MEDICAL] == 0
        assert totals[POINTS] == 0

    @invariant()
    def held_is_explained(self) -> None:
        """INV-4: held = open holds + pending transfers. INV-5: an ended hold never changes."""
        expected: dict[tuple[str, int], int] = defaultdict(int)
        ended = []
        for name, one in self.reference.holds.items():
            if one.state == "open":
                expected[one.account, one.pocket] += one.amount_fen
            else:
                ended.append(name)
        # A view takes milliseconds: one of the ended holds at each step, in turn.
        for name in ended[self.steps % len(ended) :][:1] if ended else []:
            shown = self.chain.call("WalletLedger", "holdOf", name)
            assert self.ended.setdefault(name, shown) == shown
        for sender, waiting in self.reference.pending.items():
            expected[sender, MEDICAL] += waiting.amount_fen
        for account in EVERYONE:
            for pocket in (CASH, MEDICAL, POINTS):
                assert self._stored(account, pocket)[1] == expected[account, pocket]

    @invariant()
    def transfers_keep_their_limits(self) -> None:
        """INV-7, INV-8: at most one pending, three a day; spendable counts lapsed ones."""
        assert all(count <= 3 for count in self.reference.sent.values())
        # One member at each step, in turn.
        member = MEMBERS[self.steps % len(MEMBERS)]
        waiting = self.reference.pending.get(member)
        day = (self.reference.now + SHANGHAI_S) // DAY_S
        shown, sent = self.chain.call("WalletLedger", "transferStateOf", member, day)
        expected = [NO_ACCOUNT, 0, 0]
        if waiting:
            expected = [waiting.receiver, waiting.amount_fen, waiting.returns_at]
        assert (shown, sent) == (expected, self.reference.sent[member, day])
        spendable = self.chain.call("WalletLedger", "spendableOf", member, MEDICAL)
        assert spendable == self.reference.spendable(member, MEDICAL)

    # One call on both sides.

    def _both(
        self, real: Callable[[], None], plain: Callable[[], Any], *, correcting: bool = False
    ) -> None:
        type(self).steps += 1
        expected = got = None
        frozen = {account: self._wealth(account) for account in self.reference.frozen}
        try:
            plain()
        except RefusedError as refused:
            expected = (refused.name, list(refused.values))
        try:
            real()
        except Revert as revert:
            got = (revert.name, list(revert.values))
        assert got == expected
        type(self).accepted += expected is None
        for account, wealth in frozen.items():
            assert correcting or self._wealth(account) >= wealth, "INV-6: a frozen account spent"

    def _wealth(self, account: str) -> int:
        parts = (self._stored(account, pocket) for pocket in (CASH, MEDICAL, POINTS))
        return sum(available + held + counter for available, held, counter in parts)

    def _operate(self, function: str, actor: Any, body: IntentBody) -> None:
        account = actor if isinstance(actor, str) else actor.account
        self._handle("WalletOperations", function, account, body)

    def _handle(self, contract: str, function: str, account: str, body: IntentBody) -> None:
        self._keep(
            self.chain.transact(
                *(contract, function, account, word("digest"), arguments(body)),
                sender=self.world.keeper,
            )
        )

    def _ledger(self, function: str, *values: Any) -> None:
        self._keep(self.chain.transact("WalletLedger", function, *values, sender=self.world.keeper))

    def _move(self, purpose: int, postings: list[tuple[str, int, str, int, int]]) -> None:
        self._ledger("move", word("ref"), purpose, entries(*postings))
        self.reference.move(purpose, postings)

    def _stored(self, account: str, pocket: int) -> tuple[int, int, int]:
        """Return available, held and counter from raw storage."""
        place = int(account, 16) | (POINTS_BIT if pocket == POINTS else 0)
        stored = self.chain.storage("WalletLedger", mapping_slot(place, BALANCES_SLOT))
        if stored & COUNTER_FLAG:
            # The value stands in the place of CASH, or of POINTS in their slot.
            assert (stored >> COUNTER_BITS) % FIELD**2 == 0
            value = stored & (1 << COUNTER_BITS) - 1
            signed = value - (value >> COUNTER_BITS - 1 << COUNTER_BITS)
            return 0, 0, 0 if pocket == MEDICAL else signed
        fields = stored >> (COUNTER_BITS if pocket == MEDICAL else 0)
        return fields % FIELD, (fields >> 56) % FIELD, 0

    def _keep(self, events: list[Event]) -> None:
        """Rebuild balances from events alone, as an indexer does."""
        for event in events:
            if event.name == "Transfer":
                for account, sign in ((event["sender"], -1), (event["receiver"], 1)):
                    if account != NO_ACCOUNT:
                        self.projected[account, event["id"]] += sign * event["amount"]
            elif event.name == "HoldPlaced":
                place = (event["account"], event["pocket"])
                self.projected[place] -= event["amountFen"]
                self.projected_held[place] += event["amountFen"]
                self.projected_holds[event["holdId"]] = (*place, event["amountFen"])
            elif event.name == "HoldFinished":
                account, pocket, amount_fen = self.projected_holds.pop(event["holdId"])
                self.projected_held[account, pocket] -= amount_fen
                # The Transfer of what was posted has been taken from the balance already.
                self.projected[account, pocket] += amount_fen


@pytest.mark.timeout(1800)
def test_wallets__chain_equals_reference_after_every_step(
    world: World, pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """S55, P01, P02, P03, P08, P12: about 2,500 steps, 20,000 in the long suite."""
    runs, length = (200, 100) if pytestconfig.getoption("--long") else (50, 50)

    class Machine(WalletMachine):
        pass

    Machine.world = world
    chosen = settings(max_examples=runs, stateful_step_count=length, deadline=None)
    run_state_machine_as_test(Machine, settings=chosen)
    with capsys.disabled():
        print(f"\nwallet machine: {Machine.steps:,} steps, {Machine.accepted:,} accepted")
    assert Machine.steps >= runs * length // 2
    assert Machine.accepted >= Machine.steps // 10
