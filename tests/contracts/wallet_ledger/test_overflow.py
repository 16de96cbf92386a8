"""WalletLedger: available and held of a pocket fit 56 bits together (INV-3, INV-4).

A release of held money is not checked again, so the check of a credit has to count what is held.
It takes seven thousand postings of the largest amount to get there, so the word is written as it
would then be.
"""

import pytest

from node.chain.abi.kinds import Purpose
from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, BEN, word
from tests.fixtures.evm.direct import DirectCalls, mapping_slot
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.wallet import Wallets, entries, posting

LARGEST = 2**56 - 1
BALANCES = 1


def rich(wallets: Wallets, *, available: int, held: int) -> DirectCalls:
    """Return calls on a ledger where BEN has that much CASH, and ANN 10 fen to give."""
    wallets.fund(ANN.account, Pocket.CASH, 10)
    direct = DirectCalls(wallets.world)
    slot = mapping_slot(int(BEN.account, 16), BALANCES)
    direct.put_storage("WalletLedger", slot, held << 56 | available)
    return direct


def give(wallets: Wallets, direct: DirectCalls, amount_fen: int) -> None:
    """Move CASH from ANN to BEN."""
    packed = entries(posting(ANN.account, BEN.account, amount_fen))
    purpose = int(Purpose.CORRECTION)
    keeper = wallets.world.keeper
    direct.transact("WalletLedger", "move", word("ref"), purpose, packed, sender=keeper)


class TestCreditOverflow:
    """P01: no sum of money wraps."""

    @pytest.mark.parametrize(
        ("available", "held"), [(LARGEST - 5, 0), (0, LARGEST - 5), (7, LARGEST - 12)]
    )
    def test_one_fen_too_many__amount_overflow(
        self, wallets: Wallets, available: int, held: int
    ) -> None:
        direct = rich(wallets, available=available, held=held)
        with reverts("AmountOverflow", LARGEST + 1):
            give(wallets, direct, 6)
        before = ([available, 0, 0], [held, 0, 0])
        assert direct.call("WalletLedger", "balancesOf", BEN.account) == list(before)

    @pytest.mark.parametrize(("available", "held"), [(LARGEST - 5, 0), (0, LARGEST - 5)])
    def test_up_to_the_last_fen__arrives(self, wallets: Wallets, available: int, held: int) -> None:
        direct = rich(wallets, available=available, held=held)
        give(wallets, direct, 5)
        after = ([available + 5, 0, 0], [held, 0, 0])
        assert direct.call("WalletLedger", "balancesOf", BEN.account) == list(after)
        assert direct.call("WalletLedger", "balancesOf", ANN.account) == [[5, 0, 0], [0, 0, 0]]
