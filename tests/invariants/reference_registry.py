"""The registry of validators once more, in the plainest Python: the machine's referee.

It shares nothing with the contract and nothing with node/. A call either raises `RefusedError`,
with the name and values of the contract's error, and changes nothing, or changes everything and
returns the names of its events.
"""

from dataclasses import dataclass, field

from tests.invariants.reference_ledger import Reference, RefusedError

ADD, REMOVE, ROTATE, SET_MINIMUM, FUND = range(1, 6)
CHANGES = {ADD, REMOVE, ROTATE}
OPEN_FOR_S = 30 * 86_400
GRANT_WEI = 10**18
NOBODY, NO_KEY = "0x" + "0" * 40, "0x" + "0" * 64


@dataclass(frozen=True)
class Entry:
    """A validator's consensus key and accounts."""

    key: str
    node: str
    operator: str
    relayer: str

    @property
    def accounts(self) -> tuple[str, str, str]:
        """The accounts in the order in which they are looked at."""
        return self.node, self.operator, self.relayer


@dataclass
class Proposal:
    """What was proposed; `votes` holds the key and operator of who voted."""

    kind: int
    subject: str
    amount: int
    entry: Entry
    expires_at: int = 0
    done: bool = False
    votes: set[tuple[str, str]] = field(default_factory=set)


@dataclass
class ReferenceRegistry(Reference):
    """`active` in the order of joining; every consensus key that was ever used stays in `keys`."""

    active: dict[str, Entry]
    minimum: int
    coin_wei: int = 0
    keys: set[str] = field(default_factory=set)
    proposals: list[Proposal] = field(default_factory=list)
    reported: set[tuple[str, int, int]] = field(default_factory=set)
    change: tuple[str, str] | None = None
    """What the last call changed of the set: removed and added key."""

    def propose(self, sender: str, proposal: Proposal, *, now: int) -> list[str]:
        """Open a proposal; who opens it votes for it."""
        with self.whole():
            self.change = None
            self._voter(sender)
            proposal.expires_at = now + OPEN_FOR_S
            self._require_possible(proposal)
            self.proposals.append(proposal)
            return ["Proposed", *self._vote(sender, len(self.proposals), now)]

    def vote(self, sender: str, number: int, *, now: int) -> list[str]:
        """Vote; the vote that reaches the threshold puts it into force."""
        with self.whole():
            self.change = None
            self._voter(sender)
            return self._vote(sender, number, now)

    def enact(self, number: int, *, now: int) -> list[str]:
        """Put into force what has enough votes."""
        with self.whole():
            self.change = None
            proposal = self._open(number, now)
            votes, needed = self.votes_of(number)
            if votes < needed:
                raise RefusedError("ThresholdNotReached", number, votes, needed)
            return self._enact(proposal)

    def report(self, sender: str, evidence: tuple[str, int, int]) -> list[str]:
        """Tell of evidence; known evidence is no news."""
        if sender not in {one.relayer for one in self.active.values()}:
            raise RefusedError("RelayerUnknown", sender)
        self.change = None
        known = evidence in self.reported
        self.reported.add(evidence)
        return [] if known else ["Misbehaviour"]

    def votes_of(self, number: int) -> tuple[int, int]:
        """Return votes that count now, and how many are needed: more than two thirds."""
        votes = self.proposals[number - 1].votes if 0 < number <= len(self.proposals) else set()
        counted = sum((one.key, one.operator) in votes for one in self.active.values())
        return counted, len(self.active) * 2 // 3 + 1

    def _voter(self, sender: str) -> str:
        for participant, one in self.active.items():
            if one.operator == sender:
                return participant
        raise RefusedError("OperatorUnknown", sender)

    def _open(self, number: int, now: int) -> Proposal:
        if not 0 < number <= len(self.proposals):
            raise RefusedError("ProposalUnknown", number)
        proposal = self.proposals[number - 1]
        if proposal.done or now > proposal.expires_at:
            raise RefusedError("ProposalEnded", number)
        return proposal

    def _vote(self, sender: str, number: int, now: int) -> list[str]:
        proposal, participant = self._open(number, now), self._voter(sender)
        one = self.active[participant]
        if (one.key, one.operator) in proposal.votes:
            raise RefusedError("VoteAlreadyCast", number, participant)
        proposal.votes.add((one.key, one.operator))
        votes, needed = self.votes_of(number)
        return ["Voted", *(self._enact(proposal) if votes >= needed else [])]

    def _enact(self, proposal: Proposal) -> list[str]:
        self._require_possible(proposal)
        proposal.done = True
        if proposal.kind in CHANGES:
            self._change(proposal)
        elif proposal.kind == SET_MINIMUM:
            self.minimum = proposal.amount
        if proposal.kind == FUND:
            if proposal.amount > self.coin_wei:
                raise RefusedError("InsufficientBalance", self.coin_wei, proposal.amount)
            self.coin_wei -= proposal.amount
        elif proposal.kind == ADD:
            # One for the operator, one for the relayer, as far as there is coin.
            self.coin_wei -= GRANT_WEI * min(2, self.coin_wei // GRANT_WEI)
        return [*(["ValidatorsChanged"] if self.change else []), "Enacted"]

    def _change(self, proposal: Proposal) -> None:
        before = self.active.get(proposal.subject)
        if proposal.kind == REMOVE:
            del self.active[proposal.subject]
        else:
            self.active[proposal.subject] = proposal.entry
            self.keys.add(proposal.entry.key)
        removed = before.key if before else NO_KEY
        added = NO_KEY if proposal.kind == REMOVE else proposal.entry.key
        self.change = (removed, added) if removed != added else None

    def _require_possible(self, proposal: Proposal) -> None:
        subject, is_active = proposal.subject, proposal.subject in self.active
        count = len(self.active)
        if proposal.kind == 0:
            raise RefusedError("ProposalUnknown", 0)
        if proposal.kind == SET_MINIMUM:
            if not 0 < proposal.amount <= count:
                raise RefusedError("TooFewValidators", count, proposal.amount)
            return
        is_wrong = {
            ADD: is_active or subject == NOBODY,
            REMOVE: not is_active,
            ROTATE: not is_active,
            FUND: subject == NOBODY,
        }
        if is_wrong[proposal.kind]:
            raise RefusedError("ParticipantUnknown", subject)
        if proposal.kind == REMOVE and count - 1 < self.minimum:
            raise RefusedError("TooFewValidators", count - 1, self.minimum)
        if proposal.kind in {ADD, ROTATE}:
            self._require_free(proposal)

    def _require_free(self, proposal: Proposal) -> None:
        entry, own = proposal.entry, self.active.get(proposal.subject)
        if entry.key == NO_KEY:
            raise RefusedError("EntryIncomplete", proposal.subject)
        if entry.key in self.keys and (own is None or entry.key != own.key):
            raise RefusedError("KeyTaken", entry.key)
        taken = {
            account
            for participant, one in self.active.items()
            if participant != proposal.subject
            for account in one.accounts
        }
        for place, account in enumerate(entry.accounts):
            if account == NOBODY:
                raise RefusedError("EntryIncomplete", proposal.subject)
            if account in taken or account in entry.accounts[:place]:
                raise RefusedError("AccountTaken", account)
