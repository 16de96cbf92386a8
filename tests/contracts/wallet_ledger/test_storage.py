"""Where the ledger stores balances, and how a stored word reads, for proofs of storage (M25)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.chain.proofs.ledger_words import BalanceWord, balance_slot
from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, BEN, word
from tests.fixtures.evm.direct import DirectCalls
from tests.fixtures.evm.wallet import EXTERNAL, ISSUER, Wallets

AMOUNTS = {Pocket.CASH: 1_234, Pocket.MEDICAL: 56_789, Pocket.POINTS: 42}


def stored(wallets: Wallets, account: str, pocket: Pocket) -> BalanceWord:
    """Return the word that the contract stores, read past its views."""
    calls = DirectCalls(wallets.world)
    return BalanceWord(calls.storage("WalletLedger", balance_slot(account, pocket)))


class TestStoredWords:
    """The word in the slot says what the views say."""

    def test_available_and_held__of_every_pocket(self, wallets: Wallets) -> None:
        for pocket, amount_fen in AMOUNTS.items():
            wallets.fund(ANN.account, pocket, amount_fen)
            wallets.ledger("hold", word(pocket.name), ANN.account, int(pocket), 7, 2**40 - 1)
        available, held = wallets.view("balancesOf", ANN.account)
        for pocket, amount_fen in AMOUNTS.items():
            found = stored(wallets, ANN.account, pocket)
            assert found.available_fen(pocket) == available[pocket] == amount_fen - 7
            assert found.held_fen(pocket) == held[pocket] == 7
            assert (found.is_counter, found.is_frozen, found.counter_fen) == (False, False, 0)
        assert stored(wallets, BEN.account, Pocket.CASH) == BalanceWord(0)

    def test_frozen_account(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 9)
        wallets.ledger("setFrozen", ANN.account, True, word("why"))
        found = stored(wallets, ANN.account, Pocket.CASH)
        assert (found.is_frozen, found.available_fen(Pocket.CASH)) == (True, 9)

    @pytest.mark.parametrize(
        ("counter", "pocket"), [(EXTERNAL, Pocket.CASH), (ISSUER, Pocket.POINTS)]
    )
    def test_counter__is_signed_and_has_no_balance(
        self, wallets: Wallets, counter: str, pocket: Pocket
    ) -> None:
        wallets.fund(ANN.account, pocket, 1_000)
        found = stored(wallets, counter, pocket)
        assert found.is_counter
        assert found.counter_fen == wallets.counter(counter) == -1_000
        assert (found.available_fen(pocket), found.held_fen(pocket)) == (0, 0)


@given(st.integers(-(2**111), 2**111 - 1))
def test_counter__is_read_with_its_sign(value: int) -> None:
    found = BalanceWord(1 << 224 | value % 2**112)
    assert found.counter_fen == value


def test_accounts_and_pockets__have_slots_of_their_own() -> None:
    slots = {
        balance_slot(one.account, pocket)
        for one in (ANN, BEN)
        for pocket in (Pocket.CASH, Pocket.POINTS)
    }
    assert len(slots) == 4
    assert balance_slot(ANN.account, Pocket.MEDICAL) == balance_slot(ANN.account, Pocket.CASH)
