"""WalletLedger: the one pending transfer of a sender and the day's count."""

import pytest

from node.chain.abi.kinds import Purpose
from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, BEN, CARL, CLINIC, NO_ACCOUNT, word
from tests.fixtures.evm.in_process import Outcome
from tests.fixtures.evm.wallet import Wallets, posting

DAY = 20_000
NONE = [NO_ACCOUNT, 0, 0]
LASTS_S = 1000


def place(wallets: Wallets, amount_fen: int = 700, *, day: int = DAY, to: str = "") -> Outcome:
    """Send MEDICAL money of ANN to BEN; it lapses LASTS_S after the last block."""
    pending = (to or BEN.account, amount_fen, wallets.world.now + LASTS_S)
    return wallets.ledger("placeTransfer", ANN.account, pending, day)


def hold_of(outcome: Outcome) -> str:
    return str(outcome.one("HoldPlaced")["holdId"])


class TestPlaceTransferRefused:
    def test_zero_receiver__account_unknown(self, relatives: Wallets) -> None:
        pending = (NO_ACCOUNT, 1, relatives.world.now + LASTS_S)
        with relatives.world.reverts("AccountUnknown", NO_ACCOUNT):
            relatives.ledger("placeTransfer", ANN.account, pending, DAY)

    def test_one_pending__transfer_pending(self, relatives: Wallets) -> None:
        place(relatives)
        with relatives.world.reverts("TransferPending", ANN.account):
            place(relatives)

    def test_nothing__invalid_amount(self, relatives: Wallets) -> None:
        with relatives.world.reverts("InvalidAmount", 0):
            place(relatives, 0)

    def test_one_fen_short__insufficient_balance(self, relatives: Wallets) -> None:
        with relatives.world.reverts("InsufficientBalance", ANN.account, 1, 1_000_000, 1_000_001):
            place(relatives, 1_000_001)

    def test_frozen_sender__account_frozen(self, relatives: Wallets) -> None:
        relatives.ledger("setFrozen", ANN.account, True, word("why"))
        with relatives.world.reverts("AccountFrozen", ANN.account):
            place(relatives)


class TestPlaceTransfer:
    def test_enough__held_and_counted(self, relatives: Wallets) -> None:
        returns_at = relatives.world.now + LASTS_S
        done = place(relatives)
        assert done.names == ["HoldPlaced", "TransferPendingSet"]
        assert done.one("TransferPendingSet").args == {
            "sender": ANN.account,
            "receiver": BEN.account,
            "amountFen": 700,
            "returnsAt": returns_at,
            "day": DAY,
            "sentToday": 1,
        }
        assert relatives.balances(ANN.account) == {"MEDICAL": (999_300, 700)}
        stored = [[BEN.account, 700, returns_at], 1]
        assert relatives.view("transferStateOf", ANN.account, DAY) == stored

    def test_next_of_the_day__counted_up_and_new_hold(self, relatives: Wallets) -> None:
        first = hold_of(place(relatives))
        relatives.ledger("acceptTransfer", ANN.account, word("ref"))
        second = place(relatives)
        assert second.one("TransferPendingSet")["sentToday"] == 2
        assert hold_of(second) != first

    def test_other_day__counts_from_one(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.ledger("acceptTransfer", ANN.account, word("ref"))
        assert place(relatives, day=DAY + 1).one("TransferPendingSet")["sentToday"] == 1
        assert relatives.view("transferStateOf", ANN.account, DAY)[1] == 0

    def test_lapsed_one__returned_first(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.world.travel(relatives.world.now + LASTS_S)
        done = place(relatives, 1_000_000)
        assert done.names == [
            *("HoldFinished", "TransferPendingCleared", "TransferReturned"),
            *("HoldPlaced", "TransferPendingSet"),
        ]
        assert relatives.balances(ANN.account) == {"MEDICAL": (0, 1_000_000)}


class TestHoldOfATransfer:
    @pytest.mark.parametrize("function", ["voidHold", "expireHold"])
    def test_ended_by_its_id__hold_unknown(self, relatives: Wallets, function: str) -> None:
        hold_id = hold_of(place(relatives))
        relatives.world.travel(relatives.world.now + LASTS_S)
        with relatives.world.reverts("HoldUnknown", hold_id):
            relatives.ledger(function, hold_id)

    def test_posted_by_its_id__hold_unknown(self, relatives: Wallets) -> None:
        hold_id = hold_of(place(relatives))
        with relatives.world.reverts("HoldUnknown", hold_id):
            relatives.ledger(
                "postHold", hold_id, word("r"), int(Purpose.CLAIM), CLINIC.account, 0, 700
            )


class TestAcceptTransferRefused:
    def test_none__transfer_unknown(self, relatives: Wallets) -> None:
        with relatives.world.reverts("TransferUnknown", ANN.account):
            relatives.ledger("acceptTransfer", ANN.account, word("ref"))

    def test_accepted_already__transfer_unknown(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.ledger("acceptTransfer", ANN.account, word("ref"))
        with relatives.world.reverts("TransferUnknown", ANN.account):
            relatives.ledger("acceptTransfer", ANN.account, word("ref"))

    def test_at_the_second_it_lapses__transfer_unknown(self, relatives: Wallets) -> None:
        place(relatives)
        lapses_at = relatives.view("transferStateOf", ANN.account, DAY)[0][2]
        relatives.world.travel(lapses_at)
        with relatives.world.reverts("TransferUnknown", ANN.account):
            relatives.ledger("acceptTransfer", ANN.account, word("ref"))

    def test_sender_frozen_since__account_frozen(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.ledger("setFrozen", ANN.account, True, word("why"))
        with relatives.world.reverts("AccountFrozen", ANN.account):
            relatives.ledger("acceptTransfer", ANN.account, word("ref"))


class TestAcceptTransfer:
    def test_last_second__arrives_as_medical(self, relatives: Wallets) -> None:
        place(relatives)
        lapses_at = relatives.view("transferStateOf", ANN.account, DAY)[0][2]
        relatives.world.travel(lapses_at - 1)
        done = relatives.ledger("acceptTransfer", ANN.account, word("ref"))
        assert done.names == ["Transfer", "HoldFinished", "TransferPendingCleared", "Moved"]
        assert done.one("Transfer")["id"] == 1
        assert done.one("Moved")["purpose"] == Purpose.TRANSFER_ACCEPTED
        assert relatives.balances(ANN.account) == {"MEDICAL": (999_300, 0)}
        assert relatives.balances(BEN.account) == {"MEDICAL": (700, 0)}
        assert relatives.view("transferStateOf", ANN.account, DAY) == [NONE, 1]


class TestReturnTransfer:
    def test_none_or_not_lapsed__nothing_happens(self, relatives: Wallets) -> None:
        assert relatives.ledger("returnTransfer", ANN.account).names == []
        place(relatives)
        lapses_at = relatives.view("transferStateOf", ANN.account, DAY)[0][2]
        relatives.world.travel(lapses_at - 1)
        assert relatives.ledger("returnTransfer", ANN.account).names == []
        assert relatives.balances(ANN.account) == {"MEDICAL": (999_300, 700)}

    def test_lapsed__money_is_back_once_and_the_count_stays(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.world.travel(relatives.world.now + LASTS_S)
        done = relatives.ledger("returnTransfer", ANN.account)
        assert done.names == ["HoldFinished", "TransferPendingCleared", "TransferReturned"]
        returned = {"sender": ANN.account, "receiver": BEN.account, "amountFen": 700}
        assert done.one("TransferReturned").args == returned
        assert relatives.balances(ANN.account) == {"MEDICAL": (1_000_000, 0)}
        assert relatives.view("transferStateOf", ANN.account, DAY) == [NONE, 1]
        assert relatives.ledger("returnTransfer", ANN.account).names == []

    def test_lapsed_and_sender_frozen__money_is_back(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.ledger("setFrozen", ANN.account, True, word("why"))
        relatives.world.travel(relatives.world.now + LASTS_S)
        relatives.ledger("returnTransfer", ANN.account)
        assert relatives.balances(ANN.account) == {"MEDICAL": (1_000_000, 0)}


class TestSpendAfterLapse:
    """P12: unaccepted money is back at its moment, whoever calls first."""

    def test_one_second_early__still_out_of_reach(self, relatives: Wallets) -> None:
        place(relatives)
        lapses_at = relatives.view("transferStateOf", ANN.account, DAY)[0][2]
        relatives.world.travel(lapses_at - 1)
        payment = posting(ANN.account, CLINIC.account, 1_000_000, Pocket.MEDICAL, Pocket.CASH)
        with relatives.world.reverts("InsufficientBalance", ANN.account, 1, 999_300, 1_000_000):
            relatives.move(Purpose.CLAIM, payment)

    def test_lapsed_and_needed__swept_by_the_spend(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.world.travel(relatives.world.now + LASTS_S)
        payment = posting(ANN.account, CLINIC.account, 1_000_000, Pocket.MEDICAL, Pocket.CASH)
        done = relatives.move(Purpose.CLAIM, payment)
        assert done.names[:3] == ["HoldFinished", "TransferPendingCleared", "TransferReturned"]
        assert relatives.balances(ANN.account) == {}
        assert relatives.balances(CLINIC.account) == {"CASH": (1_000_000, 0)}

    def test_lapsed_and_needed__swept_by_a_hold(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.world.travel(relatives.world.now + LASTS_S)
        relatives.ledger("hold", word("h"), ANN.account, 1, 1_000_000, 2**40 - 1)
        assert relatives.balances(ANN.account) == {"MEDICAL": (0, 1_000_000)}

    def test_lapsed_and_not_needed__stays_until_swept(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.world.travel(relatives.world.now + LASTS_S)
        payment = posting(ANN.account, CARL.account, 1, Pocket.MEDICAL, Pocket.CASH)
        assert relatives.move(Purpose.CLAIM, payment).names == ["Transfer", "Transfer", "Moved"]
        assert relatives.balances(ANN.account) == {"MEDICAL": (999_299, 700)}
        assert relatives.view("spendableOf", ANN.account, 1) == 999_999
        assert relatives.view("spendableOf", ANN.account, 0) == 0

    def test_lapsed_but_still_short__nothing_changes(self, relatives: Wallets) -> None:
        place(relatives)
        relatives.world.travel(relatives.world.now + LASTS_S)
        payment = posting(ANN.account, CLINIC.account, 1_000_001, Pocket.MEDICAL, Pocket.CASH)
        with relatives.world.reverts("InsufficientBalance", ANN.account, 1, 1_000_000, 1_000_001):
            relatives.move(Purpose.CLAIM, payment)
        assert relatives.balances(ANN.account) == {"MEDICAL": (999_300, 700)}
