"""WalletLedger: a transfer is the sender's again from the very second it lapses (INV-8, P12)."""

import pytest

from tests.fixtures.actors import ANN, BEN
from tests.fixtures.evm.direct import DirectCalls
from tests.fixtures.evm.wallet import Wallets

DAY = 20_000
MEDICAL = 1
KEPT, SENT = 999_300, 700


def pending_until(wallets: Wallets, second: int) -> DirectCalls:
    """Return calls that run at `second` after ANN's transfer of 700 fen lapses."""
    lapses_at = wallets.world.now + 1000
    pending = (BEN.account, SENT, lapses_at)
    wallets.ledger("placeTransfer", ANN.account, pending, DAY)
    direct = DirectCalls(wallets.world)
    direct.now = lapses_at + second
    return direct


class TestSecondOfTheLapse:
    @pytest.mark.parametrize(("second", "back"), [(-1, 0), (0, SENT), (1, SENT)])
    def test_spendable__counts_it_from_that_second(
        self, relatives: Wallets, second: int, back: int
    ) -> None:
        direct = pending_until(relatives, second)
        spendable = direct.call("WalletLedger", "spendableOf", ANN.account, MEDICAL)
        assert spendable == KEPT + back

    @pytest.mark.parametrize(("second", "back"), [(-1, 0), (0, SENT), (1, SENT)])
    def test_sweep__returns_it_from_that_second(
        self, relatives: Wallets, second: int, back: int
    ) -> None:
        direct = pending_until(relatives, second)
        keeper = relatives.world.keeper
        events = direct.transact("WalletLedger", "returnTransfer", ANN.account, sender=keeper)
        names = ["HoldFinished", "TransferPendingCleared", "TransferReturned"]
        assert [event.name for event in events] == (names if back else [])
        available, held = direct.call("WalletLedger", "balancesOf", ANN.account)
        assert (available[MEDICAL], held[MEDICAL]) == (KEPT + back, SENT - back)
