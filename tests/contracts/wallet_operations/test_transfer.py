"""WalletOperations wallet transfers: the four limits, to the second (P12)."""

import pytest

from node.domain.kinds import Pocket, Relation
from node.intents.bodies import AcceptTransfer, FreezeAccount, TransferMedical
from tests.fixtures.actors import ANN, BEN, CARL, OPERATOR, STRANGER, Member, word
from tests.fixtures.evm.in_process import Outcome
from tests.fixtures.evm.wallet import Wallets

LIMIT_FEN = 200_000
NEWCOMER = Member("NEWCOMER")


def send(
    wallets: Wallets, amount_fen: int = 1000, *, to: str = BEN.account, sender: str = ANN.account
) -> Outcome:
    body = TransferMedical(to, amount_fen)
    return wallets.world.handle("WalletOperations", "transfer", sender, body, ref=word("digest"))


def accept(
    wallets: Wallets,
    amount_fen: int = 1000,
    *,
    receiver: str = BEN.account,
    sender: str = ANN.account,
) -> Outcome:
    body = AcceptTransfer(sender, amount_fen)
    return wallets.world.handle(
        "WalletOperations", "acceptTransfer", receiver, body, ref=word("accept")
    )


def sweep(wallets: Wallets, sender: str = ANN.account) -> Outcome:
    """Return a lapsed transfer by somebody without any role."""
    nobody = wallets.world.nobody
    return wallets.world.transact("WalletOperations", "returnTransfer", sender, sender=nobody)


class TestTransferRefused:
    @pytest.mark.parametrize("function", ["transfer", "acceptTransfer"])
    def test_caller_without_role__unauthorized(self, relatives: Wallets, function: str) -> None:
        world = relatives.world
        body = TransferMedical(BEN.account, 1)
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            world.handle("WalletOperations", function, ANN, body, sender=world.nobody)

    def test_sender_without_wallet__wallet_not_open(self, relatives: Wallets) -> None:
        with relatives.world.reverts("WalletNotOpen", STRANGER.account):
            send(relatives, sender=STRANGER.account)

    def test_receiver_without_wallet__wallet_not_open(self, relatives: Wallets) -> None:
        relatives.world.handle("MemberRegistry", "open", OPERATOR, NEWCOMER.opening)
        with relatives.world.reverts("WalletNotOpen", NEWCOMER.account):
            send(relatives, to=NEWCOMER.account)

    @pytest.mark.parametrize("receiver", [CARL.account, ANN.account])
    def test_no_link__not_near_relative(self, relatives: Wallets, receiver: str) -> None:
        """P12.5: a non-relative, and oneself, is refused by name."""
        with relatives.world.reverts("NotNearRelative", ANN.account, receiver):
            send(relatives, to=receiver)

    def test_one_fen_over_the_limit__transfer_too_large(self, relatives: Wallets) -> None:
        """P12.2: 200,001 fen."""
        with relatives.world.reverts("TransferTooLarge", LIMIT_FEN + 1, LIMIT_FEN):
            send(relatives, LIMIT_FEN + 1)

    @pytest.mark.parametrize(
        ("clock", "second"),
        [("22:00:00", 79_200), ("23:59:59", 86_399), ("00:00:00", 0), ("05:59:59", 21_599)],
    )
    def test_at_night__transfer_closed_hours(
        self, relatives: Wallets, clock: str, second: int
    ) -> None:
        """P12.3: none in 22:00:00-05:59:59 of Shanghai."""
        relatives.at(clock, days=1)
        with relatives.world.reverts("TransferClosedHours", second):
            send(relatives)

    def test_one_unaccepted__transfer_pending(self, relatives: Wallets) -> None:
        """P12.4: a second while one is pending."""
        send(relatives)
        with relatives.world.reverts("TransferPending", ANN.account):
            send(relatives)

    def test_fourth_of_a_day__transfer_daily_limit(self, relatives: Wallets) -> None:
        """P12.1: the fourth transfer of a day, though the three were accepted."""
        for _ in range(3):
            send(relatives)
            accept(relatives)
        with relatives.world.reverts("TransferDailyLimit", ANN.account, 3):
            send(relatives)
        assert relatives.balances(BEN.account) == {"MEDICAL": (3000, 0)}

    def test_one_fen_short__insufficient_balance(self, relatives: Wallets) -> None:
        relatives.fund(BEN.account, Pocket.MEDICAL, 9)
        relatives.fund(BEN.account, Pocket.CASH, 500)
        with relatives.world.reverts("InsufficientBalance", BEN.account, 1, 9, 10):
            send(relatives, 10, to=ANN.account, sender=BEN.account)

    def test_nothing__invalid_amount(self, relatives: Wallets) -> None:
        with relatives.world.reverts("InvalidAmount", 0):
            send(relatives, 0)

    def test_frozen_sender__account_frozen(self, relatives: Wallets) -> None:
        body = FreezeAccount(ANN.account, True, word("why"))
        relatives.world.handle("WalletOperations", "freeze", OPERATOR, body)
        with relatives.world.reverts("AccountFrozen", ANN.account):
            send(relatives)


class TestTransfer:
    @pytest.mark.parametrize("clock", ["06:00:00", "21:59:59"])
    def test_at_the_edge_of_the_day__waits_until_six(self, relatives: Wallets, clock: str) -> None:
        """P12: open from 06:00:00 to 21:59:59; returned at the next 06:00:00."""
        relatives.at(clock, days=1)
        done = send(relatives, LIMIT_FEN)
        assert done.names == ["HoldPlaced", "TransferPendingSet", "TransferSent"]
        assert done.one("TransferSent").args == {
            "digest": word("digest"),
            "sender": ANN.account,
            "receiver": BEN.account,
            "amountFen": LIMIT_FEN,
            "returnsAt": relatives.moment("06:00:00", days=1),
        }
        assert done.one("TransferPendingSet")["day"] == relatives.today
        assert relatives.balances(ANN.account) == {"MEDICAL": (800_000, LIMIT_FEN)}
        assert relatives.balances(BEN.account) == {}

    def test_link_in_the_other_direction__is_enough(self, relatives: Wallets) -> None:
        relatives.fund(BEN.account, Pocket.MEDICAL, 10)
        send(relatives, 10, to=ANN.account, sender=BEN.account)
        assert relatives.balances(BEN.account) == {"MEDICAL": (0, 10)}

    @pytest.mark.parametrize("relation", sorted(set(Relation) - {Relation.NONE}))
    def test_every_near_relation__may_receive(self, wallets: Wallets, relation: Relation) -> None:
        wallets.link(ANN, CARL, relation)
        wallets.fund(ANN.account, Pocket.MEDICAL, 10)
        send(wallets, 10, to=CARL.account)
        assert wallets.balances(ANN.account) == {"MEDICAL": (0, 10)}

    def test_both_ways_at_once__two_senders_two_transfers(self, relatives: Wallets) -> None:
        relatives.fund(BEN.account, Pocket.MEDICAL, 1000)
        send(relatives)
        send(relatives, to=ANN.account, sender=BEN.account)
        accept(relatives)
        accept(relatives, receiver=ANN.account, sender=BEN.account)
        assert relatives.balances(ANN.account) == {"MEDICAL": (1_000_000, 0)}

    def test_day_after_three__counts_from_one(self, relatives: Wallets) -> None:
        for _ in range(3):
            send(relatives)
            accept(relatives)
        relatives.at("06:00:00", days=1)
        assert send(relatives).one("TransferPendingSet")["sentToday"] == 1

    def test_lapsed_one__is_returned_first(self, relatives: Wallets) -> None:
        """P12: the next spend sweeps; the money is available for it."""
        for _ in range(2):
            send(relatives, LIMIT_FEN)
            accept(relatives, LIMIT_FEN)
        send(relatives, LIMIT_FEN)
        relatives.at("06:00:00", days=1)
        done = send(relatives, LIMIT_FEN)
        assert done.names[:3] == ["HoldFinished", "TransferPendingCleared", "TransferReturned"]
        assert relatives.balances(ANN.account) == {"MEDICAL": (400_000, LIMIT_FEN)}


class TestAcceptTransferRefused:
    def test_none__transfer_unknown(self, relatives: Wallets) -> None:
        with relatives.world.reverts("TransferUnknown", ANN.account):
            accept(relatives)

    def test_somebody_else__transfer_unknown(self, relatives: Wallets) -> None:
        send(relatives)
        for thief in (CARL.account, ANN.account):
            with relatives.world.reverts("TransferUnknown", ANN.account):
                accept(relatives, receiver=thief)

    def test_other_amount__transfer_unknown(self, relatives: Wallets) -> None:
        send(relatives)
        with relatives.world.reverts("TransferUnknown", ANN.account):
            accept(relatives, 999)

    def test_at_six__transfer_unknown(self, relatives: Wallets) -> None:
        send(relatives)
        relatives.at("06:00:00", days=1)
        with relatives.world.reverts("TransferUnknown", ANN.account):
            accept(relatives)


class TestAcceptTransfer:
    def test_one_second_before_six__arrives_as_medical(self, relatives: Wallets) -> None:
        send(relatives)
        relatives.at("05:59:59", days=1)
        done = accept(relatives)
        assert done.names[-1] == "TransferAccepted"
        assert done.one("Moved")["ref"] == word("accept")
        accepted = {"sender": ANN.account, "receiver": BEN.account, "amountFen": 1000}
        assert done.one("TransferAccepted").args == {"digest": word("accept"), **accepted}
        assert relatives.balances(ANN.account) == {"MEDICAL": (999_000, 0)}
        assert relatives.balances(BEN.account) == {"MEDICAL": (1000, 0)}

    def test_twice__transfer_unknown(self, relatives: Wallets) -> None:
        send(relatives)
        accept(relatives)
        with relatives.world.reverts("TransferUnknown", ANN.account):
            accept(relatives)
        assert relatives.balances(BEN.account) == {"MEDICAL": (1000, 0)}


class TestReturnTransfer:
    def test_one_second_before_six__stays(self, relatives: Wallets) -> None:
        send(relatives)
        relatives.at("05:59:59", days=1)
        assert sweep(relatives).names == []
        assert relatives.balances(ANN.account) == {"MEDICAL": (999_000, 1000)}
        assert relatives.view("spendableOf", ANN.account, 1) == 999_000

    def test_at_six__back_once_by_anybody(self, relatives: Wallets) -> None:
        """P12.6: unaccepted money is back at 06:00:00."""
        send(relatives)
        relatives.at("06:00:00", days=1)
        done = sweep(relatives)
        assert done.names == ["HoldFinished", "TransferPendingCleared", "TransferReturned"]
        assert relatives.balances(ANN.account) == {"MEDICAL": (1_000_000, 0)}
        assert sweep(relatives).names == []

    def test_at_six_unswept__counts_as_spendable(self, relatives: Wallets) -> None:
        send(relatives)
        relatives.at("06:00:00", days=1)
        relatives.fund(CARL.account, Pocket.CASH, 1)
        assert relatives.view("spendableOf", ANN.account, 1) == 1_000_000
        assert relatives.balances(ANN.account) == {"MEDICAL": (999_000, 1000)}

    def test_returned_in_the_night__still_one_of_its_day(self, relatives: Wallets) -> None:
        """P12: a returned transfer still counts as one of the day's three."""
        for _ in range(3):
            send(relatives)
            if relatives.balances(BEN.account) != {"MEDICAL": (2000, 0)}:
                accept(relatives)
        today = relatives.today
        relatives.at("06:00:00", days=1)
        sweep(relatives)
        assert relatives.view("transferStateOf", ANN.account, today)[1] == 3
