"""Random payments between members and providers leave the sum of the ledger at zero (S55)."""

from __future__ import annotations

import random

import pytest

from node.chain.abi.kinds import Purpose
from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, BEN, CARL, CLINIC, HOSPITAL, PHARMACY
from tests.fixtures.evm.in_process import Revert
from tests.fixtures.evm.wallet import EXTERNAL, Wallets, posting, wallets

__all__ = ["wallets"]

ORDINARY, LONG = 200, 10_000
MEMBERS = tuple(one.account for one in (ANN, BEN, CARL))
PROVIDERS = tuple(one.account for one in (CLINIC, HOSPITAL, PHARMACY))
START_FEN = 1_000_000
LARGEST_FEN = 90_000
LOOKS = 20
"""How often the sum is looked at in a run."""


def pay(wallets: Wallets, rng: random.Random) -> bool:
    """Pay a random list of postings, back and forth; return whether the ledger took it."""
    postings = []
    for _ in range(rng.randint(1, 3)):
        member, provider = rng.choice(MEMBERS), rng.choice(PROVIDERS)
        amount_fen = rng.choice((1, rng.randint(1, LARGEST_FEN)))
        if rng.random() < 0.5:
            pocket = rng.choice((Pocket.CASH, Pocket.MEDICAL))
            postings.append(posting(member, provider, amount_fen, pocket, Pocket.CASH))
        else:
            postings.append(posting(provider, member, amount_fen))
    try:
        wallets.move(Purpose.CORRECTION, *postings)
    except Revert as refusal:
        if refusal.name != "InsufficientBalance":
            raise
        return False
    return True


def sum_fen(wallets: Wallets) -> int:
    """Return the sum of all money there is, owed money included."""
    owned = 0
    for account in (*MEMBERS, *PROVIDERS):
        available, held = wallets.view("balancesOf", account)
        owned += sum(available) + sum(held)
    return owned + wallets.counter(EXTERNAL)


def play(wallets: Wallets, rng: random.Random, count: int) -> None:
    """Pay until the ledger took a number of payments, and look at the sum now and then."""
    for account in MEMBERS:
        wallets.fund(account, Pocket.CASH, START_FEN)
        wallets.fund(account, Pocket.MEDICAL, START_FEN)
    for account in PROVIDERS:
        wallets.fund(account, Pocket.CASH, START_FEN)
    taken = refused = 0
    while taken < count:
        if pay(wallets, rng):
            taken += 1
            if taken % (count // LOOKS) == 0:
                assert sum_fen(wallets) == 0, taken
        else:
            refused += 1
    assert sum_fen(wallets) == 0
    assert wallets.counter(EXTERNAL) == -START_FEN * (2 * len(MEMBERS) + len(PROVIDERS))
    print(f"\n{taken:,} payments, {refused:,} refused, sum 0")


class TestManyPayments:
    def test_random_payments__sum_to_zero(self, wallets: Wallets, rng: random.Random) -> None:
        play(wallets, rng, ORDINARY)

    @pytest.mark.long
    @pytest.mark.timeout(3_600)
    def test_ten_thousand_random_payments__sum_to_zero(
        self, wallets: Wallets, rng: random.Random
    ) -> None:
        """S55.1: with payments of a fen and payments that are refused among them."""
        play(wallets, rng, LONG)
