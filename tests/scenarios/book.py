"""A second book beside the ledger: who ever had money, and what every hold says it holds.

It listens to the ledger's events, so it meets each account that money reached, whether or not the
story names it. After a row it asks the ledger for the accounts that the row touched, at the end of
a story for all of them.
"""

from collections import Counter
from typing import Any

from node.domain.kinds import Pocket
from tests.fixtures.evm.in_process import Event
from tests.fixtures.evm.wallet import ISSUER
from tests.fixtures.evm.world import World

NOBODY = "0x" + "0" * 40
Place = tuple[str, Pocket]


class Book:
    """Available and held per pocket, one number per counter, and the open holds."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.figures: dict[Place, tuple[int, int]] = {}
        self.counters: dict[str, int] = {}
        self.holds: dict[str, tuple[str, Pocket, int]] = {}
        self._next_block = self._height + 1

    def copy(self) -> "Book":
        """Return a book that goes on from here on its own."""
        other = Book(self.world)
        other.figures, other.counters = dict(self.figures), dict(self.counters)
        other.holds, other._next_block = dict(self.holds), self._next_block
        return other

    @property
    def accounts(self) -> set[str]:
        """Return every account that money has reached."""
        return {account for account, _ in self.figures} | set(self.counters)

    @property
    def _height(self) -> int:
        return int(self.world.w3.eth.block_number)

    def check(self, *, whole: bool = False) -> dict[Place, tuple[int, int]]:
        """Return available and held of every account, those touched since the last time anew.

        Errors: AssertionError if money does not sum to zero over all accounts, a balance does not
        cover its holds, or the ledger holds another sum than the open holds add up to.
        """
        touched = self._listen()
        for account in self.accounts if whole else touched:
            self._ask(account)
        money = sum(value for account, value in self.counters.items() if account != ISSUER)
        points = self.counters.get(ISSUER, 0)
        for (_, pocket), (available, held) in self.figures.items():
            if pocket is Pocket.POINTS:
                points += available + held
            else:
                money += available + held
        assert (money, points) == (0, 0), f"made or lost: {money} fen, {points} points"
        self._check_holds()
        return dict(self.figures)

    def _check_holds(self) -> None:
        sums: Counter[Place] = Counter()
        for account, pocket, amount_fen in self.holds.values():
            sums[account, pocket] += amount_fen
        for place, (available, held) in self.figures.items():
            assert 0 <= held <= available + held, f"{place} covers its holds no more"
            assert held == sums[place], f"{place} holds {held} fen, its open holds {sums[place]}"

    def _ask(self, account: str) -> None:
        if account in self.counters:
            self.counters[account] = int(self.world.call("WalletLedger", "counterOf", account))
            return
        available, held = self.world.call("WalletLedger", "balancesOf", account)
        for pocket in Pocket:
            self.figures[account, pocket] = (available[pocket], held[pocket])

    def _listen(self) -> set[str]:
        """Write down the events since the last time and return whom they name."""
        touched: set[str] = set()
        height = self._height
        if height < self._next_block:
            return touched
        wanted: Any = {"fromBlock": self._next_block, "toBlock": height}
        for log in self.world.w3.eth.get_logs(wanted):
            event = self.world.decode(log)
            if event and event.contract == "WalletLedger":
                touched |= self._write(event)
        self._next_block = height + 1
        for account in touched - self.accounts:
            # A counter is one for ever, and no account with a history becomes one.
            if self.world.call("WalletLedger", "isCounter", account):
                self.counters[account] = 0
        return touched

    def _write(self, event: Event) -> set[str]:
        if event.name == "Transfer":
            return {event["sender"], event["receiver"]} - {NOBODY}
        if event.name == "HoldPlaced":
            account, pocket = event["account"], Pocket(event["pocket"])
            self.holds[event["holdId"]] = (account, pocket, event["amountFen"])
            return {account}
        if event.name == "HoldFinished":
            account, _, amount_fen = self.holds.pop(event["holdId"])
            assert event["postedFen"] <= amount_fen, "more was posted than held"
            return {account}
        return set()
