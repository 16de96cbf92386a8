"""WalletLedger.move: balanced postings, all or none."""

import pytest

from node.chain.abi.kinds import Purpose
from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, BEN, CLINIC, HOSPITAL, NO_ACCOUNT, word
from tests.fixtures.evm.wallet import CREDIT, EXTERNAL, ISSUER, Wallets, entries, posting

LIMIT_FEN = 10**13
MIXED = [
    (Pocket.CASH, Pocket.POINTS),
    (Pocket.MEDICAL, Pocket.POINTS),
    (Pocket.POINTS, Pocket.CASH),
    (Pocket.POINTS, Pocket.MEDICAL),
]
INTO_MEDICAL = {
    *(Purpose.PREMIUM, Purpose.PREMIUM_REFUND, Purpose.TRANSFER_ACCEPTED),
    *(Purpose.CLAIM_REVERSAL, Purpose.CORRECTION, Purpose.GRANT),
}
OUT_OF_MEDICAL = {
    *(Purpose.PREMIUM, Purpose.PREMIUM_REFUND, Purpose.TRANSFER_ACCEPTED),
    *(Purpose.CLAIM, Purpose.CLAIM_REVERSAL, Purpose.CORRECTION),
}


class TestMoveRefused:
    def test_caller_without_role__unauthorized(self, wallets: Wallets) -> None:
        world = wallets.world
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            world.transact("WalletLedger", "move", word("r"), 1, [], sender=world.nobody)

    @pytest.mark.parametrize("amount_fen", [0, LIMIT_FEN + 1])
    def test_amount_out_of_range__invalid_amount(self, wallets: Wallets, amount_fen: int) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 1)
        with wallets.world.reverts("InvalidAmount", amount_fen):
            wallets.move(Purpose.CLAIM, posting(ANN.account, CLINIC.account, amount_fen))
        assert wallets.balances(ANN.account) == {"CASH": (1, 0)}

    def test_one_fen_short__insufficient_balance(self, wallets: Wallets) -> None:
        """S61.1, S61.3: the error carries what is there and what is needed; nothing moved."""
        wallets.fund(ANN.account, Pocket.CASH, 999)
        with wallets.world.reverts("InsufficientBalance", ANN.account, 0, 999, 1000):
            wallets.move(Purpose.CLAIM, posting(ANN.account, CLINIC.account, 1000))
        assert wallets.balances(ANN.account) == {"CASH": (999, 0)}
        assert wallets.balances(CLINIC.account) == {}

    def test_available_but_partly_held__insufficient_balance(self, wallets: Wallets) -> None:
        """P02.1: a payment above available but below total is refused while a hold is open."""
        wallets.fund(ANN.account, Pocket.CASH, 1000)
        wallets.ledger("hold", word("h"), ANN.account, 0, 600, wallets.world.now + 100)
        with wallets.world.reverts("InsufficientBalance", ANN.account, 0, 400, 401):
            wallets.move(Purpose.CLAIM, posting(ANN.account, CLINIC.account, 401))
        assert wallets.balances(ANN.account) == {"CASH": (400, 600)}

    @pytest.mark.parametrize("bad", [0, 1, 2])
    def test_one_bad_posting__changes_no_balance(self, wallets: Wallets, bad: int) -> None:
        """P03.1: a list of linked postings with one bad member changes no balance."""
        wallets.fund(ANN.account, Pocket.CASH, 300)
        chain = [posting(ANN.account, CLINIC.account, 100) for _ in range(3)]
        chain[bad] = posting(BEN.account, CLINIC.account, 1)
        with wallets.world.reverts("InsufficientBalance", BEN.account, 0, 0, 1):
            wallets.move(Purpose.CLAIM, *chain)
        assert wallets.balances(ANN.account) == {"CASH": (300, 0)}
        assert wallets.balances(CLINIC.account) == {}

    @pytest.mark.parametrize(("source", "target"), MIXED)
    def test_points_against_money__pocket_not_allowed(
        self, wallets: Wallets, source: Pocket, target: Pocket
    ) -> None:
        wallets.fund(ANN.account, source, 5)
        refused = (int(target), int(Purpose.CORRECTION))
        with wallets.world.reverts("PocketNotAllowed", *refused):
            wallets.move(Purpose.CORRECTION, posting(ANN.account, BEN.account, 5, source, target))

    @pytest.mark.parametrize("purpose", sorted(set(Purpose) - INTO_MEDICAL))
    def test_other_way_into_medical__pocket_not_allowed(
        self, wallets: Wallets, purpose: Purpose
    ) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 5)
        with wallets.world.reverts("PocketNotAllowed", 1, int(purpose)):
            wallets.move(purpose, posting(ANN.account, ANN.account, 5, Pocket.CASH, Pocket.MEDICAL))

    @pytest.mark.parametrize("purpose", sorted(set(Purpose) - OUT_OF_MEDICAL))
    def test_other_way_out_of_medical__pocket_not_allowed(
        self, wallets: Wallets, purpose: Purpose
    ) -> None:
        wallets.fund(ANN.account, Pocket.MEDICAL, 5)
        with wallets.world.reverts("PocketNotAllowed", 1, int(purpose)):
            wallets.move(purpose, posting(ANN.account, BEN.account, 5, Pocket.MEDICAL, Pocket.CASH))

    def test_zero_receiver__account_unknown(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 5)
        with wallets.world.reverts("AccountUnknown", NO_ACCOUNT):
            wallets.move(Purpose.CLAIM, posting(ANN.account, NO_ACCOUNT, 5))

    def test_payer_before_any_receiver__account_unknown(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 5)
        payer = entries(posting(ANN.account, BEN.account, 5))[1]
        with wallets.world.reverts("AccountUnknown", NO_ACCOUNT):
            wallets.ledger("move", word("ref"), int(Purpose.CLAIM), [payer])

    @pytest.mark.parametrize("place", [0, 1])
    def test_pocket_beyond_the_last__refused(self, wallets: Wallets, place: int) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 5)
        packed = entries(posting(ANN.account, BEN.account, 5))
        packed[place] |= 3 << 160
        with wallets.world.reverts("Panic", 33):
            wallets.ledger("move", word("ref"), int(Purpose.CLAIM), packed)

    def test_frozen_payer__account_frozen(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 5)
        wallets.ledger("setFrozen", ANN.account, True, word("why"))
        with wallets.world.reverts("AccountFrozen", ANN.account):
            wallets.move(Purpose.CLAIM, posting(ANN.account, CLINIC.account, 5))
        assert wallets.balances(ANN.account) == {"CASH": (5, 0)}

    def test_closed_pocket_of_a_counter__pocket_not_allowed(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.MEDICAL, 5)
        pockets = (Pocket.MEDICAL, Pocket.MEDICAL)
        with wallets.world.reverts("PocketNotAllowed", 1, int(Purpose.CORRECTION)):
            wallets.move(Purpose.CORRECTION, posting(ANN.account, EXTERNAL, 5, *pockets))


class TestMove:
    def test_inside_one_pocket__one_transfer_and_moved(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 1000)
        done = wallets.move(
            Purpose.CLAIM, posting(ANN.account, CLINIC.account, 1000), ref=word("claim")
        )
        assert done.names == ["Transfer", "Moved"]
        assert done.one("Transfer").args == {
            "caller": wallets.world.keeper.lower(),
            "sender": ANN.account,
            "receiver": CLINIC.account,
            "id": 0,
            "amount": 1000,
        }
        moved = {"ref": word("claim"), "purpose": int(Purpose.CLAIM), "postings": 1}
        assert done.one("Moved").args == moved
        assert wallets.balances(ANN.account) == {}
        assert wallets.balances(CLINIC.account) == {"CASH": (1000, 0)}
        assert wallets.counter(EXTERNAL) == -1000

    def test_pocket_changes__a_burn_and_a_mint(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.MEDICAL, 70)
        pockets = (Pocket.MEDICAL, Pocket.CASH)
        done = wallets.move(Purpose.CLAIM, posting(ANN.account, CLINIC.account, 70, *pockets))
        burn, mint = done.all("Transfer")
        assert (burn["sender"], burn["receiver"], burn["id"]) == (ANN.account, NO_ACCOUNT, 1)
        assert (mint["sender"], mint["receiver"], mint["id"]) == (NO_ACCOUNT, CLINIC.account, 0)
        assert wallets.balances(CLINIC.account) == {"CASH": (70, 0)}

    def test_money_received_first__can_be_spent_in_the_same_call(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 10)
        done = wallets.move(
            Purpose.CLAIM,
            posting(ANN.account, BEN.account, 10),
            posting(BEN.account, CLINIC.account, 10),
        )
        assert done.one("Moved")["postings"] == 2
        assert wallets.balances(CLINIC.account) == {"CASH": (10, 0)}

    def test_several_receivers__each_gets_its_sum(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 10)
        wallets.fund(BEN.account, Pocket.MEDICAL, 20)
        done = wallets.move(
            Purpose.CLAIM,
            posting(ANN.account, HOSPITAL.account, 4),
            posting(BEN.account, HOSPITAL.account, 5, Pocket.MEDICAL, Pocket.CASH),
            posting(ANN.account, CLINIC.account, 6),
            posting(BEN.account, CLINIC.account, 7, Pocket.MEDICAL, Pocket.CASH),
        )
        assert done.one("Moved")["postings"] == 4
        amounts = [event["amount"] for event in done.all("Transfer")]
        assert amounts == [4, 5, 5, 6, 7, 7]
        assert wallets.balances(HOSPITAL.account) == {"CASH": (9, 0)}
        assert wallets.balances(CLINIC.account) == {"CASH": (13, 0)}
        assert wallets.balances(BEN.account) == {"MEDICAL": (8, 0)}

    def test_receiver_without_payers__gets_nothing(self, wallets: Wallets) -> None:
        done = wallets.ledger("move", word("ref"), int(Purpose.CLAIM), [CREDIT, CREDIT])
        assert done.one("Moved")["postings"] == 0

    def test_to_itself__changes_nothing(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 10)
        wallets.move(Purpose.CLAIM, posting(ANN.account, ANN.account, 10))
        assert wallets.balances(ANN.account) == {"CASH": (10, 0)}

    def test_no_postings__only_moved(self, wallets: Wallets) -> None:
        assert wallets.move(Purpose.CLAIM).one("Moved")["postings"] == 0

    def test_largest_amount__arrives(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, LIMIT_FEN)
        wallets.move(Purpose.CLAIM, posting(ANN.account, CLINIC.account, LIMIT_FEN))
        assert wallets.balances(CLINIC.account) == {"CASH": (LIMIT_FEN, 0)}

    def test_frozen_receiver__receives(self, wallets: Wallets) -> None:
        """P08: a frozen account receives."""
        wallets.ledger("setFrozen", ANN.account, True, word("why"))
        wallets.fund(ANN.account, Pocket.CASH, 5)
        assert wallets.balances(ANN.account) == {"CASH": (5, 0)}

    def test_frozen_payer_and_correction__moves(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 5)
        wallets.ledger("setFrozen", ANN.account, True, word("why"))
        wallets.move(Purpose.CORRECTION, posting(ANN.account, BEN.account, 5))
        assert wallets.balances(BEN.account) == {"CASH": (5, 0)}

    def test_points_from_the_issuer__counter_goes_below_zero(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.POINTS, 42)
        assert wallets.balances(ANN.account) == {"POINTS": (42, 0)}
        assert wallets.counter(ISSUER) == -42

    @pytest.mark.parametrize("purpose", sorted(INTO_MEDICAL))
    def test_listed_way_into_medical__arrives(self, wallets: Wallets, purpose: Purpose) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 5)
        pockets = (Pocket.CASH, Pocket.MEDICAL)
        wallets.move(purpose, posting(ANN.account, BEN.account, 5, *pockets))
        assert wallets.balances(BEN.account) == {"MEDICAL": (5, 0)}

    @pytest.mark.parametrize("purpose", sorted(OUT_OF_MEDICAL))
    def test_listed_way_out_of_medical__arrives(self, wallets: Wallets, purpose: Purpose) -> None:
        wallets.fund(ANN.account, Pocket.MEDICAL, 5)
        pockets = (Pocket.MEDICAL, Pocket.CASH)
        wallets.move(purpose, posting(ANN.account, BEN.account, 5, *pockets))
        assert wallets.balances(BEN.account) == {"CASH": (5, 0)}
