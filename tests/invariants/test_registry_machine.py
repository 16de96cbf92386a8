"""Random histories of who validates: the registry and its reference agree at every step (S41)."""

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

from tests.factories.validator import entry
from tests.fixtures.evm.governance import REGISTRY, Governance
from tests.fixtures.evm.in_process import Chain, Outcome, Revert
from tests.invariants.reference_ledger import RefusedError
from tests.invariants.reference_registry import (
    ADD,
    GRANT_WEI,
    NO_KEY,
    NOBODY,
    OPEN_FOR_S,
    REMOVE,
    ROTATE,
    Entry,
    Proposal,
    ReferenceRegistry,
)

FOUNDERS, PEOPLE, MONIKER = 4, 8, "0x" + "00" * 32
PARTICIPANTS = tuple(entry(place).participant for place in range(PEOPLE))
KEYS = tuple("0x" + entry(place).consensus_key for place in range(PEOPLE))
SPARE_ACCOUNTS = tuple(f"0x{place:02x}" + "5a" * 19 for place in range(1, 9))

people = st.integers(0, PEOPLE - 1)
subjects = st.one_of(st.sampled_from(PARTICIPANTS), st.just(NOBODY))
keys = st.one_of(st.sampled_from(KEYS), st.just(NO_KEY))
spare = st.one_of(st.sampled_from(SPARE_ACCOUNTS), st.just(NOBODY))
amounts = st.sampled_from((0, 1, 2, 3, 4, 5, 9, GRANT_WEI, 3 * GRANT_WEI))
numbers = st.integers(0, 12)
evidence = st.tuples(st.sampled_from(SPARE_ACCOUNTS[:2]), st.integers(1, 2), st.integers(1, 2))


class RegistryMachine(RuleBasedStateMachine):
    """Each rule makes one call on the chain and on the reference; a call is a block."""

    base: Governance
    steps = 0
    accepted = 0
    changes = 0

    @initialize()
    def start(self) -> None:
        """Four founders, of whom three may decide."""
        self.back = self.base.chain.snapshot()
        self.chain = self.base.chain
        active = {one.participant: self._of(one) for one in self.base.entries}
        self.reference = ReferenceRegistry(
            active, minimum=3, keys={one.key for one in active.values()}
        )

    def teardown(self) -> None:
        """Bring the chain back to where every history begins."""
        if hasattr(self, "back"):
            self.back()

    @staticmethod
    def _of(one: Any) -> Entry:
        return Entry("0x" + one.consensus_key, one.node_address, one.operator, one.relayer)

    def _account(self, person: int) -> str:
        return self.chain.accounts[person].lower()

    @rule(sender=people, kind=st.integers(0, 5), subject=subjects, amount=amounts,
          key=keys, node=spare, operator=people, relayer=spare)  # fmt: skip
    def propose(self, sender: int, kind: int, subject: str, **wanted: Any) -> None:
        """Somebody, perhaps without a vote, proposes anything."""
        new = Entry(
            wanted["key"], wanted["node"], self._account(wanted["operator"]), wanted["relayer"]
        )
        self._propose(sender, Proposal(kind, subject, wanted["amount"], new))

    @rule(person=people, kind=st.sampled_from((ADD, ADD, REMOVE, ROTATE)), votes=people)
    def change(self, person: int, kind: int, votes: int) -> None:
        """Propose what may well be possible, and let some or all vote for it."""
        active = list(self.reference.active)
        others = [one for one in PARTICIPANTS if one not in active]
        chosen = others if kind == ADD and others else active
        voters = self._voters()
        free = [place for place in range(PEOPLE) if place not in voters] or [person]
        number = len(self.reference.proposals) + 1
        serial = f"{number:02x}"
        new = Entry(
            *("0x" + serial * 32, f"0x{serial}" + "aa" * 19),
            *(self._account(free[person % len(free)]), f"0x{serial}" + "bb" * 19),
        )
        self._propose(voters[0], Proposal(kind, chosen[person % len(chosen)], 0, new))
        self._vote_for(number, voters[1 : 1 + votes])

    def _vote_for(self, number: int, voters: list[int]) -> None:
        for voter in voters:
            proposals = self.reference.proposals
            if 0 < number <= len(proposals) and not proposals[number - 1].done:
                self.vote(voter, number)

    def _voters(self) -> list[int]:
        accounts = [account.lower() for account in self.chain.accounts]
        return [accounts.index(one.operator) for one in self.reference.active.values()]

    def _propose(self, sender: int, wanted: Proposal) -> None:
        new = wanted.entry
        entry = (new.key, new.node, 0, new.operator, new.relayer, MONIKER)
        values = (wanted.kind, wanted.subject, wanted.amount, entry)
        self._both(
            lambda: self._send(sender, "propose", *values),
            lambda now: self.reference.propose(self._account(sender), wanted, now=now),
        )

    @rule(sender=people, number=numbers)
    def vote(self, sender: int, number: int) -> None:
        """Somebody votes for something."""
        self._both(
            lambda: self._send(sender, "vote", number),
            lambda now: self.reference.vote(self._account(sender), number, now=now),
        )

    @rule(back=st.integers(0, 2))
    def all_vote(self, back: int) -> None:
        """Everybody votes for one of the newest proposals, until it is in force."""
        self._vote_for(len(self.reference.proposals) - back, self._voters())

    @rule(sender=people, number=numbers)
    def enact(self, sender: int, number: int) -> None:
        """Anybody may put into force what has passed."""
        self._both(
            lambda: self._send(sender, "enact", number),
            lambda now: self.reference.enact(number, now=now),
        )

    @rule(sender=people, told=evidence)
    def report(self, sender: int, told: tuple[str, int, int]) -> None:
        """Only a relayer may tell of evidence; no account here is one."""
        self._both(
            lambda: self._send(sender, "reportMisbehaviour", *told),
            lambda now: self.reference.report(self._account(sender), told),
        )

    @rule(seconds=st.sampled_from((OPEN_FOR_S - 2, OPEN_FOR_S, OPEN_FOR_S + 1)))
    def wait(self, seconds: int) -> None:
        """Let proposals come to their last second."""
        self.chain.travel(self.chain.now + seconds)

    @rule(amount=st.sampled_from((1, GRANT_WEI, 2 * GRANT_WEI)))
    def fill(self, amount: int) -> None:
        """Somebody sends coin."""
        self.base.fill(amount)
        self.reference.coin_wei += amount

    @invariant()
    def same_validators(self) -> None:
        """Order, addresses, minimum, coin and the newest votes are the reference's."""
        read, reference = self.base.read, self.reference
        assert read("participants") == list(reference.active)
        assert read("getValidators") == [one.node for one in reference.active.values()]
        assert read("minimumValidators") == reference.minimum
        assert read("proposalCount") == len(reference.proposals)
        newest = len(reference.proposals)
        assert read("votesOf", newest) == list(reference.votes_of(newest))
        registry = self.chain.contracts[REGISTRY].address
        assert self.chain.w3.eth.get_balance(registry) == reference.coin_wei

    @invariant()
    def never_too_few(self) -> None:
        """The set is never below its minimum, and a key is one validator's."""
        active = self.reference.active.values()
        assert len(active) >= self.reference.minimum
        assert len({one.key for one in active}) == len(active)
        assert len({account for one in active for account in one.accounts}) == 3 * len(active)

    def _send(self, sender: int, function: str, *values: Any) -> Outcome:
        account = self.chain.accounts[sender]
        return self.chain.transact(REGISTRY, function, *values, sender=account)

    def _both(self, real: Callable[[], Outcome], plain: Callable[[int], list[str]]) -> None:
        cls = type(self)
        cls.steps += 1
        got: Any
        expected: Any
        try:
            got = real().names
        except Revert as revert:
            got = (revert.name, list(revert.values))
        try:
            expected = plain(self.chain.now)
            cls.accepted += 1
        except RefusedError as refused:
            expected = (refused.name, list(refused.values))
        assert got == expected
        block = self.chain.w3.eth.block_number
        told = self.base.read("changeAt", block)
        change = self.reference.change if isinstance(expected, list) else None
        cls.changes += change is not None
        assert told == list(change or (NO_KEY, NO_KEY))


@pytest.mark.timeout(1800)
def test_validators__chain_equals_reference_after_every_step(
    pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]
) -> None:
    """S41: joins, leaves, rotations, minimum and coin, by votes that lapse and run out."""
    runs, length = (200, 100) if pytestconfig.getoption("--long") else (15, 25)

    class Machine(RegistryMachine):
        pass

    Machine.base = Governance(Chain(), participants=FOUNDERS, minimum=3)
    chosen = settings(max_examples=runs, stateful_step_count=length, deadline=None)
    run_state_machine_as_test(Machine, settings=chosen)
    with capsys.disabled():
        print(
            f"\nregistry machine: {Machine.steps:,} calls, {Machine.accepted:,} accepted,"
            f" {Machine.changes:,} changes of the set"
        )
    assert Machine.accepted >= Machine.steps // 10
    assert Machine.changes >= runs // 3
