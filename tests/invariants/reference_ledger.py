"""The ledger and the wallet operations once more, in the plainest Python: the machine's referee.

It shares nothing with the contracts and nothing with node/: one integer per fact, and each rule
of domain.md §3 written out where it applies. An operation either raises `RefusedError`, with the
name and values of the contract's error, and changes nothing, or changes everything.
"""

import copy
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

CASH, MEDICAL, POINTS = 0, 1, 2
LARGEST_FEN = 10**13
DAY_S = 86_400
SHANGHAI_S = 8 * 3600
SIX, TWENTY_TWO = 6 * 3600, 22 * 3600

# Numbers of Purpose in contracts/src/types/Money.sol.
DEPOSIT, WITHDRAWAL, ACCEPTED, PREMIUM, PREMIUM_REFUND = 1, 2, 4, 6, 7
CLAIM, CLAIM_REVERSAL, FUND_TRANSFER, CORRECTION, GRANT = 8, 9, 10, 11, 14
FILLS_MEDICAL = {ACCEPTED, PREMIUM, PREMIUM_REFUND, CLAIM_REVERSAL, CORRECTION, GRANT}
SPENDS_MEDICAL = {ACCEPTED, PREMIUM, PREMIUM_REFUND, CLAIM, CLAIM_REVERSAL, CORRECTION}

Posting = tuple[str, int, str, int, int]


class RefusedError(Exception):
    """An operation is refused: the error's name and values."""

    def __init__(self, name: str, *values: Any) -> None:
        super().__init__(name, *values)
        self.name, self.values = name, values


class Reference:
    """What a contract should hold, as plain values."""

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Let a refused step change nothing."""
        before = copy.deepcopy(self.__dict__)
        try:
            yield
        except RefusedError:
            self.__dict__.update(before)
            raise


@dataclass
class Hold:
    """A hold; `state` is open, posted, voided or expired."""

    account: str
    pocket: int
    amount_fen: int
    expires_at: int
    state: str = "open"


@dataclass
class Pending:
    """A transfer on its way."""

    receiver: str
    amount_fen: int
    returns_at: int


@dataclass
class ReferenceLedger(Reference):
    """Accounts are any strings. `external` and `issuer` are counters: they may go below zero."""

    wallets: frozenset[str]
    links: frozenset[frozenset[str]]
    external: str
    issuer: str
    now: int
    available: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    held: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    holds: dict[str, Hold] = field(default_factory=dict)
    pending: dict[str, Pending] = field(default_factory=dict)
    sent: defaultdict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    frozen: set[str] = field(default_factory=set)
    notices: set[str] = field(default_factory=set)
    brought_in_fen: int = 0

    # What a rule module may ask of the ledger.

    def move(self, purpose: int, postings: list[Posting]) -> None:
        """Apply linked postings, all or none (P03).

        What one receiver gets by postings in a row arrives after the last of them; a receiver that
        pays gets it before.
        """
        with self.whole():
            receiver, sum_fen = ("", 0), 0
            for source, left, target, right, amount_fen in postings:
                if (target, right) != receiver or (source, left) == receiver:
                    if sum_fen:
                        self._give(*receiver, sum_fen, purpose)
                    receiver, sum_fen = (target, right), 0
                require_amount(amount_fen)
                require_route(left, right, purpose)
                if source in self.frozen and purpose != CORRECTION:
                    raise RefusedError("AccountFrozen", source)
                self._take(source, left, amount_fen)
                sum_fen += amount_fen
            if sum_fen:
                self._give(*receiver, sum_fen, purpose)

    def hold(self, name: str, account: str, pocket: int, *, amount_fen: int, until: int) -> None:
        """Put money aside (P01, P02)."""
        with self.whole():
            require_amount(amount_fen)
            if name in self.holds:
                raise RefusedError("AlreadyExists", name)
            if account in self.frozen:
                raise RefusedError("AccountFrozen", account)
            self._take(account, pocket, amount_fen)
            self.held[account, pocket] += amount_fen
            self.holds[name] = Hold(account, pocket, amount_fen, until)

    def post_hold(
        self, name: str, purpose: int, target: str, *, pocket: int, amount_fen: int
    ) -> None:
        """Pay out of a hold and release the rest."""
        with self.whole():
            one = self._open_hold(name)
            if self.now >= one.expires_at:
                raise RefusedError("HoldEnded", name)
            if not 1 <= amount_fen <= one.amount_fen:
                raise RefusedError("InvalidAmount", amount_fen)
            require_route(one.pocket, pocket, purpose)
            if one.account in self.frozen:
                raise RefusedError("AccountFrozen", one.account)
            self._end(one, "posted")
            self.available[one.account, one.pocket] -= amount_fen
            self._give(target, pocket, amount_fen, purpose)

    def void_hold(self, name: str) -> None:
        """Release a hold."""
        self._end(self._open_hold(name), "voided")

    def expire_hold(self, name: str) -> None:
        """Release a lapsed hold."""
        one = self._open_hold(name)
        if self.now < one.expires_at:
            raise RefusedError("HoldNotLapsed", name)
        self._end(one, "expired")

    # What actors may ask of the wallet operations.

    def deposit(self, account: str, amount_fen: int, notice: str) -> None:
        """Bring CASH in, once per notice."""
        if notice in self.notices:
            raise RefusedError("NoticeUsed", notice)
        self.move(DEPOSIT, [(self.external, CASH, account, CASH, amount_fen)])
        self.notices.add(notice)
        self.brought_in_fen += amount_fen

    def withdraw(self, member: str, amount_fen: int) -> None:
        """Take CASH out."""
        self._require_wallet(member)
        self.move(WITHDRAWAL, [(member, CASH, self.external, CASH, amount_fen)])

    def send(self, sender: str, receiver: str, amount_fen: int) -> None:
        """Send MEDICAL money to a near relative within the four limits (P12)."""
        second, day = self._clock()
        self._require_wallet(sender)
        self._require_wallet(receiver)
        if frozenset((sender, receiver)) not in self.links:
            raise RefusedError("NotNearRelative", sender, receiver)
        if amount_fen > 200_000:
            raise RefusedError("TransferTooLarge", amount_fen, 200_000)
        if not SIX <= second < TWENTY_TWO:
            raise RefusedError("TransferClosedHours", second)
        waiting = self.pending.get(sender)
        if waiting is not None and self.now < waiting.returns_at:
            raise RefusedError("TransferPending", sender)
        if self.sent[sender, day] >= 3:
            raise RefusedError("TransferDailyLimit", sender, self.sent[sender, day])
        with self.whole():
            self.sweep(sender)
            require_amount(amount_fen)
            if sender in self.frozen:
                raise RefusedError("AccountFrozen", sender)
            self._take(sender, MEDICAL, amount_fen)
            self.held[sender, MEDICAL] += amount_fen
            next_six = (day + 1) * DAY_S - SHANGHAI_S + SIX
            self.pending[sender] = Pending(receiver, amount_fen, next_six)
            self.sent[sender, day] += 1

    def accept(self, receiver: str, sender: str, amount_fen: int) -> None:
        """Take what a relative sent, before it lapses."""
        one = self.pending.get(sender)
        wrong = one is None or (one.receiver, one.amount_fen) != (receiver, amount_fen)
        if one is None or wrong or self.now >= one.returns_at:
            raise RefusedError("TransferUnknown", sender)
        if sender in self.frozen:
            raise RefusedError("AccountFrozen", sender)
        self.held[sender, MEDICAL] -= one.amount_fen
        self.available[receiver, MEDICAL] += one.amount_fen
        del self.pending[sender]

    def sweep(self, sender: str) -> bool:
        """Return a lapsed transfer; tell whether there was one."""
        one = self.pending.get(sender)
        if one is None or self.now < one.returns_at:
            return False
        self.held[sender, MEDICAL] -= one.amount_fen
        self.available[sender, MEDICAL] += one.amount_fen
        del self.pending[sender]
        return True

    def transfer_fund(self, pooled: str, big_illness: str, amount_fen: int) -> None:
        """Move money from POOLED to BIG_ILLNESS."""
        self._require_fund(pooled, amount_fen)
        self.move(FUND_TRANSFER, [(pooled, CASH, big_illness, CASH, amount_fen)])

    def grant(self, pooled: str, member: str, amount_fen: int) -> None:
        """Pay a retiree's monthly grant."""
        self._require_wallet(member)
        self._require_fund(pooled, amount_fen)
        self.move(GRANT, [(pooled, CASH, member, MEDICAL, amount_fen)])

    def freeze(self, account: str, *, frozen: bool) -> None:
        """Freeze or release an account."""
        (self.frozen.add if frozen else self.frozen.discard)(account)

    # What can be asked of both at any time.

    def spendable(self, account: str, pocket: int) -> int:
        """Return what is available, or would be after a sweep."""
        waiting = self.pending.get(account) if pocket == MEDICAL else None
        lapsed = waiting is not None and self.now >= waiting.returns_at
        return self.available[account, pocket] + (waiting.amount_fen if waiting and lapsed else 0)

    def _clock(self) -> tuple[int, int]:
        day, second = divmod(self.now + SHANGHAI_S, DAY_S)
        return second, day

    def _require_wallet(self, account: str) -> None:
        if account not in self.wallets:
            raise RefusedError("WalletNotOpen", account)

    def _require_fund(self, fund: str, amount_fen: int) -> None:
        if self.available[fund, CASH] < amount_fen:
            raise RefusedError("FundInsufficient", fund, self.available[fund, CASH], amount_fen)

    def _take(self, account: str, pocket: int, amount_fen: int) -> None:
        counter = (account, pocket) in {(self.external, CASH), (self.issuer, POINTS)}
        if self.available[account, pocket] < amount_fen and pocket == MEDICAL:
            self.sweep(account)
        there = self.available[account, pocket]
        if there < amount_fen and not counter:
            raise RefusedError("InsufficientBalance", account, pocket, there, amount_fen)
        self.available[account, pocket] -= amount_fen

    def _give(self, account: str, pocket: int, amount_fen: int, purpose: int) -> None:
        closed = {(self.external, MEDICAL), (self.external, POINTS)}
        closed |= {(self.issuer, CASH), (self.issuer, MEDICAL)}
        if (account, pocket) in closed:
            raise RefusedError("PocketNotAllowed", pocket, purpose)
        self.available[account, pocket] += amount_fen

    def _open_hold(self, name: str) -> Hold:
        one = self.holds.get(name)
        if one is None:
            raise RefusedError("HoldUnknown", name)
        if one.state != "open":
            raise RefusedError("HoldEnded", name)
        return one

    def _end(self, one: Hold, state: str) -> None:
        self.held[one.account, one.pocket] -= one.amount_fen
        self.available[one.account, one.pocket] += one.amount_fen
        one.state = state


def require_amount(amount_fen: int) -> None:
    """Refuse what is not between one fen and 10^13."""
    if not 1 <= amount_fen <= LARGEST_FEN:
        raise RefusedError("InvalidAmount", amount_fen)


def require_route(left: int, right: int, purpose: int) -> None:
    """Refuse points against money, and ways into and out of MEDICAL that are not listed."""
    if (left == POINTS) != (right == POINTS):
        raise RefusedError("PocketNotAllowed", right, purpose)
    if right == MEDICAL and purpose not in FILLS_MEDICAL:
        raise RefusedError("PocketNotAllowed", MEDICAL, purpose)
    if left == MEDICAL and purpose not in SPENDS_MEDICAL:
        raise RefusedError("PocketNotAllowed", MEDICAL, purpose)
