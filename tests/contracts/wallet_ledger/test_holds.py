"""WalletLedger holds: placed, then posted, voided or expired, exactly once (P01)."""

from collections.abc import Callable

import pytest

from node.chain.abi.kinds import Purpose
from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, BEN, CLINIC, NO_ACCOUNT, word
from tests.fixtures.evm.wallet import EXTERNAL, Wallets

HOLD = word("hold")
OPEN, POSTED, VOIDED, EXPIRED = 1, 2, 3, 4


def place(wallets: Wallets, amount_fen: int = 600, *, lasts_s: int = 100) -> int:
    """Give ANN 1,000 fen MEDICAL, hold a part, return when the hold lapses."""
    wallets.fund(ANN.account, Pocket.MEDICAL, 1000)
    expires_at = wallets.world.now + lasts_s
    wallets.ledger("hold", HOLD, ANN.account, 1, amount_fen, expires_at)
    return expires_at


def post(wallets: Wallets, amount_fen: int, *, to: str = CLINIC.account, pocket: int = 0) -> None:
    wallets.ledger("postHold", HOLD, word("ref"), int(Purpose.CLAIM), to, pocket, amount_fen)


def void(wallets: Wallets) -> None:
    wallets.ledger("voidHold", HOLD)


def expire(wallets: Wallets) -> None:
    wallets.ledger("expireHold", HOLD)


class TestHoldRefused:
    @pytest.mark.parametrize("amount_fen", [0, 10**13 + 1])
    def test_amount_out_of_range__invalid_amount(self, wallets: Wallets, amount_fen: int) -> None:
        with wallets.world.reverts("InvalidAmount", amount_fen):
            wallets.ledger("hold", HOLD, ANN.account, 0, amount_fen, 2**40 - 1)

    def test_one_fen_short__insufficient_balance(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 9)
        with wallets.world.reverts("InsufficientBalance", ANN.account, 0, 9, 10):
            wallets.ledger("hold", HOLD, ANN.account, 0, 10, 2**40 - 1)

    def test_used_id__already_exists(self, wallets: Wallets) -> None:
        """P01.1: a hold is placed once."""
        place(wallets)
        void(wallets)
        with wallets.world.reverts("AlreadyExists", HOLD):
            wallets.ledger("hold", HOLD, ANN.account, 1, 1, 2**40 - 1)

    def test_frozen_account__account_frozen(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 9)
        wallets.ledger("setFrozen", ANN.account, True, word("why"))
        with wallets.world.reverts("AccountFrozen", ANN.account):
            wallets.ledger("hold", HOLD, ANN.account, 0, 9, 2**40 - 1)

    def test_counter__pocket_not_allowed(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 9)
        with wallets.world.reverts("PocketNotAllowed", 0, int(Purpose.NONE)):
            wallets.ledger("hold", HOLD, EXTERNAL, 0, 9, 2**40 - 1)


class TestHold:
    def test_enough_available__moves_to_held(self, wallets: Wallets) -> None:
        """P01.1: from available to held, and said so once."""
        wallets.fund(ANN.account, Pocket.MEDICAL, 1000)
        expires_at = wallets.world.now + 100
        done = wallets.ledger("hold", HOLD, ANN.account, 1, 600, expires_at)
        assert done.names == ["HoldPlaced"]
        placed = {"account": ANN.account, "pocket": 1, "amountFen": 600, "expiresAt": expires_at}
        assert done.one("HoldPlaced").args == {"holdId": HOLD, **placed}
        assert wallets.balances(ANN.account) == {"MEDICAL": (400, 600)}
        assert wallets.view("heldOf", ANN.account, 1) == 600
        assert wallets.view("holdOf", HOLD) == [ANN.account, 1, OPEN, 600, expires_at]

    def test_two_holds__both_count(self, wallets: Wallets) -> None:
        place(wallets)
        wallets.ledger("hold", word("second"), ANN.account, 1, 400, 2**40 - 1)
        assert wallets.balances(ANN.account) == {"MEDICAL": (0, 1000)}


class TestPostHoldRefused:
    def test_unknown_id__hold_unknown(self, wallets: Wallets) -> None:
        with wallets.world.reverts("HoldUnknown", HOLD):
            post(wallets, 1)

    @pytest.mark.parametrize("amount_fen", [0, 601])
    def test_amount_out_of_range__invalid_amount(self, wallets: Wallets, amount_fen: int) -> None:
        place(wallets)
        with wallets.world.reverts("InvalidAmount", amount_fen):
            post(wallets, amount_fen)

    def test_at_the_second_it_lapses__hold_ended(self, wallets: Wallets) -> None:
        """P01: a lapsed hold cannot be posted, even before anybody has expired it."""
        expires_at = place(wallets)
        wallets.world.travel(expires_at)
        with wallets.world.reverts("HoldEnded", HOLD):
            post(wallets, 1)
        assert wallets.balances(ANN.account) == {"MEDICAL": (400, 600)}

    def test_account_frozen_since__account_frozen(self, wallets: Wallets) -> None:
        """P08: a hold placed before the freeze can be voided, never posted."""
        place(wallets)
        wallets.ledger("setFrozen", ANN.account, True, word("why"))
        with wallets.world.reverts("AccountFrozen", ANN.account):
            post(wallets, 600)
        void(wallets)
        assert wallets.balances(ANN.account) == {"MEDICAL": (1000, 0)}

    def test_way_not_listed__pocket_not_allowed(self, wallets: Wallets) -> None:
        place(wallets)
        with wallets.world.reverts("PocketNotAllowed", 1, int(Purpose.CLAIM)):
            post(wallets, 600, to=BEN.account, pocket=1)

    def test_zero_receiver__account_unknown(self, wallets: Wallets) -> None:
        place(wallets)
        with wallets.world.reverts("AccountUnknown", NO_ACCOUNT):
            post(wallets, 600, to=NO_ACCOUNT)


class TestPostHold:
    def test_last_second__whole_amount_arrives(self, wallets: Wallets) -> None:
        """P01.2: posted in full."""
        expires_at = place(wallets)
        wallets.world.travel(expires_at - 1)
        done = wallets.ledger(
            "postHold", HOLD, word("ref"), int(Purpose.CLAIM), CLINIC.account, 0, 600
        )
        assert done.names == ["Transfer", "Transfer", "HoldFinished", "Moved"]
        finished = {"holdId": HOLD, "state": POSTED, "postedFen": 600}
        assert done.one("HoldFinished").args == finished
        moved = {"ref": word("ref"), "purpose": int(Purpose.CLAIM), "postings": 1}
        assert done.one("Moved").args == moved
        assert wallets.balances(ANN.account) == {"MEDICAL": (400, 0)}
        assert wallets.balances(CLINIC.account) == {"CASH": (600, 0)}
        assert wallets.view("holdOf", HOLD)[2] == POSTED

    def test_part__rest_is_released(self, wallets: Wallets) -> None:
        """P01.2: posted in part, the rest comes back."""
        place(wallets)
        post(wallets, 250)
        assert wallets.balances(ANN.account) == {"MEDICAL": (750, 0)}
        assert wallets.balances(CLINIC.account) == {"CASH": (250, 0)}


class TestVoidAndExpireHold:
    def test_unknown_id__hold_unknown(self, wallets: Wallets) -> None:
        for step in (void, expire):
            with wallets.world.reverts("HoldUnknown", HOLD):
                step(wallets)

    def test_open_and_voided__money_is_back(self, wallets: Wallets) -> None:
        """P01.3: voided, with what it says and what it gives back."""
        place(wallets)
        done = wallets.ledger("voidHold", HOLD)
        assert done.names == ["HoldFinished"]
        assert done.one("HoldFinished").args == {"holdId": HOLD, "state": VOIDED, "postedFen": 0}
        assert wallets.balances(ANN.account) == {"MEDICAL": (1000, 0)}

    def test_one_second_early__hold_not_lapsed(self, wallets: Wallets) -> None:
        expires_at = place(wallets)
        wallets.world.travel(expires_at - 1)
        with wallets.world.reverts("HoldNotLapsed", HOLD):
            expire(wallets)

    def test_lapsed_and_expired__money_is_back(self, wallets: Wallets) -> None:
        """P01.4: expired, with what it says and what it gives back."""
        expires_at = place(wallets)
        wallets.world.travel(expires_at)
        done = wallets.ledger("expireHold", HOLD)
        assert done.one("HoldFinished").args == {"holdId": HOLD, "state": EXPIRED, "postedFen": 0}
        assert wallets.balances(ANN.account) == {"MEDICAL": (1000, 0)}

    def test_lapsed_and_voided__money_is_back(self, wallets: Wallets) -> None:
        expires_at = place(wallets)
        wallets.world.travel(expires_at + 1)
        void(wallets)
        assert wallets.balances(ANN.account) == {"MEDICAL": (1000, 0)}

    @pytest.mark.parametrize("end", [lambda wallets: post(wallets, 600), void, expire])
    def test_ended__every_further_step_is_refused(
        self, wallets: Wallets, end: Callable[[Wallets], None]
    ) -> None:
        """P01.2, P01.3, P01.4, P01.5: whatever ended it, and also after its time."""
        expires_at = place(wallets)
        if end is expire:
            wallets.world.travel(expires_at)
        end(wallets)
        before = wallets.balances(ANN.account), wallets.view("holdOf", HOLD)
        wallets.world.travel(expires_at + 100)
        for step in (lambda wallets: post(wallets, 1), void, expire):
            with wallets.world.reverts("HoldEnded", HOLD):
                step(wallets)
        assert (wallets.balances(ANN.account), wallets.view("holdOf", HOLD)) == before
