"""WalletLedger: freezes, counters, notices, reads, closed mutators and roles."""

from typing import Any

import pytest

from node.chain.abi.kinds import Purpose
from node.domain.kinds import Pocket
from tests.fixtures.actors import ANN, BANK, BEN, CLINIC, EMPLOYER, word
from tests.fixtures.evm.in_process import artifact
from tests.fixtures.evm.wallet import EXTERNAL, ISSUER, Wallets, posting

ERC_6909, ERC_165 = "0x0f632fb3", "0x01ffc9a7"


def subject(account: str) -> str:
    return "0x" + account[2:].rjust(64, "0")


class TestSetFrozen:
    def test_frozen_then_released__spends_again(self, wallets: Wallets) -> None:
        """P08: frozen in every pocket, logged with a reason, released the same way."""
        for pocket in Pocket:
            wallets.fund(ANN.account, pocket, 5)
        done = wallets.ledger("setFrozen", ANN.account, True, word("why"))
        told = {"account": ANN.account, "frozen": True, "reasonCode": word("why")}
        assert done.one("AccountFreezeSet").args == told
        assert wallets.view("isFrozen", ANN.account) is True
        purposes = (Purpose.CLAIM, Purpose.CLAIM, Purpose.INCENTIVE)
        targets = (Pocket.CASH, Pocket.CASH, Pocket.POINTS)
        spends = [
            (purpose, posting(ANN.account, CLINIC.account, 5, pocket, target))
            for pocket, purpose, target in zip(Pocket, purposes, targets, strict=True)
        ]
        for purpose, spend in spends:
            with wallets.world.reverts("AccountFrozen", ANN.account):
                wallets.move(purpose, spend)
        wallets.ledger("setFrozen", ANN.account, False, word("over"))
        assert wallets.view("isFrozen", ANN.account) is False
        for purpose, spend in spends:
            wallets.move(purpose, spend)
        assert wallets.balances(ANN.account) == {}

    def test_twice__stays_frozen_and_keeps_the_money(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 5)
        for _ in range(2):
            wallets.ledger("setFrozen", ANN.account, True, word("why"))
        assert wallets.balances(ANN.account) == {"CASH": (5, 0)}

    def test_frozen_counter__brings_nothing_in(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 5)
        wallets.ledger("setFrozen", EXTERNAL, True, word("why"))
        with wallets.world.reverts("AccountFrozen", EXTERNAL):
            wallets.move(Purpose.DEPOSIT, posting(EXTERNAL, ANN.account, 5))
        wallets.move(Purpose.WITHDRAWAL, posting(ANN.account, EXTERNAL, 5))
        assert wallets.counter(EXTERNAL) == 0


class TestOpenCounter:
    def test_medical__pocket_not_allowed(self, wallets: Wallets) -> None:
        with wallets.world.reverts("PocketNotAllowed", 1, int(Purpose.NONE)):
            wallets.ledger("openCounter", EXTERNAL, 1)

    def test_twice__already_exists(self, wallets: Wallets) -> None:
        wallets.ledger("openCounter", EXTERNAL, 0)
        for pocket in (0, 2):
            with wallets.world.reverts("AlreadyExists", subject(EXTERNAL)):
                wallets.ledger("openCounter", EXTERNAL, pocket)

    def test_money_in_another_pocket__already_exists(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.MEDICAL, 1)
        with wallets.world.reverts("AlreadyExists", subject(ANN.account)):
            wallets.ledger("openCounter", ANN.account, 0)

    def test_something_held__already_exists(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 1)
        wallets.ledger("hold", word("h"), ANN.account, 0, 1, 2**40 - 1)
        for pocket in (0, 2):
            with wallets.world.reverts("AlreadyExists", subject(ANN.account)):
                wallets.ledger("openCounter", ANN.account, pocket)

    def test_unused__counts_both_ways_and_shows_no_balance(self, wallets: Wallets) -> None:
        done = wallets.ledger("openCounter", EXTERNAL, 0)
        opened = {"account": EXTERNAL, "pocket": 0, "valueFen": 0}
        assert done.one("CounterOpened").args == opened
        wallets.move(Purpose.DEPOSIT, posting(EXTERNAL, ANN.account, 50))
        assert wallets.counter(EXTERNAL) == -50
        wallets.move(Purpose.WITHDRAWAL, posting(ANN.account, EXTERNAL, 20))
        assert wallets.counter(EXTERNAL) == -30
        assert wallets.balances(EXTERNAL) == {}
        assert [wallets.view("isCounter", each) for each in (EXTERNAL, ANN.account)] == [
            True,
            False,
        ]
        assert wallets.counter(ANN.account) == 0

    def test_money_paid_in_before__becomes_its_first_value(self, wallets: Wallets) -> None:
        wallets.fund(EMPLOYER.account, Pocket.CASH, 7)
        done = wallets.ledger("openCounter", EMPLOYER.account, 0)
        assert done.one("CounterOpened")["valueFen"] == 7
        assert wallets.counter(EMPLOYER.account) + wallets.counter(EXTERNAL) == 0

    def test_points_issuer__is_a_counter_without_money(self, wallets: Wallets) -> None:
        wallets.ledger("openCounter", ISSUER, 2)
        assert wallets.view("isCounter", ISSUER) is True
        with wallets.world.reverts("InsufficientBalance", ISSUER, 0, 0, 1):
            wallets.move(Purpose.DEPOSIT, posting(ISSUER, ANN.account, 1))


class TestUseNotice:
    def test_second_time__notice_used(self, wallets: Wallets) -> None:
        wallets.ledger("useNotice", BANK.account, word("n"))
        assert wallets.view("isNoticeUsed", BANK.account, word("n")) is True
        with wallets.world.reverts("NoticeUsed", word("n")):
            wallets.ledger("useNotice", BANK.account, word("n"))

    def test_same_number_of_another_channel__is_another_notice(self, wallets: Wallets) -> None:
        wallets.ledger("useNotice", BANK.account, word("n"))
        assert wallets.view("isNoticeUsed", CLINIC.account, word("n")) is False
        wallets.ledger("useNotice", CLINIC.account, word("n"))


class TestReads:
    def test_balance_of__available_by_pocket_number(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.MEDICAL, 50)
        wallets.ledger("hold", word("h"), ANN.account, 1, 20, 2**40 - 1)
        # The last ids would name CASH and MEDICAL if they were cut to fewer bits.
        expected = {0: 0, 1: 30, 2: 0, 3: 0, 257: 0, 2**96 + 1: 0, 2**255 + 1: 0}
        got = {number: wallets.view("balanceOf", ANN.account, number) for number in expected}
        assert got == expected
        assert wallets.view("balancesOf", ANN.account) == [[0, 30, 0], [0, 20, 0]]

    def test_hold_of_unknown__state_none(self, wallets: Wallets) -> None:
        assert wallets.view("holdOf", word("unknown"))[2] == 0

    @pytest.mark.parametrize(
        ("interface", "known"), [(ERC_6909, True), (ERC_165, True), ("0xffffffff", False)]
    )
    def test_supports_interface(self, wallets: Wallets, interface: str, known: bool) -> None:
        assert wallets.view("supportsInterface", interface) is known

    def test_allowances__there_are_none(self, wallets: Wallets) -> None:
        assert wallets.view("allowance", ANN.account, BEN.account, 0) == 0
        assert wallets.view("isOperator", ANN.account, BEN.account) is False


class TestClosedMutators:
    @pytest.mark.parametrize(
        ("function", "arguments"),
        [
            ("transfer", (BEN.account, 0, 1)),
            ("transferFrom", (ANN.account, BEN.account, 0, 1)),
            ("approve", (BEN.account, 0, 1)),
            ("setOperator", (BEN.account, True)),
        ],
    )
    def test_anybody__use_intent(
        self, wallets: Wallets, function: str, arguments: tuple[Any, ...]
    ) -> None:
        for sender in (wallets.world.keeper, wallets.world.nobody):
            with wallets.world.reverts("UseIntent"):
                wallets.world.transact("WalletLedger", function, *arguments, sender=sender)


class TestRoles:
    def test_every_mutator__needs_the_writer_role(self, wallets: Wallets) -> None:
        """P16: each entry point that changes state is closed to others."""
        world = wallets.world
        zeros: dict[str, Any] = {"address": ANN.account, "bytes32": word("x"), "bool": True}
        closed = {"transfer", "transferFrom", "approve", "setOperator", "setAuthority"}
        tried = []
        for entry in artifact("WalletLedger")["abi"]:
            view = entry.get("stateMutability") in {"view", "pure"}
            if entry["type"] != "function" or view or entry["name"] in closed:
                continue
            arguments = []
            for part in entry["inputs"]:
                plain = zeros.get(part["type"], 0)
                shaped = {"uint256[]": [], "tuple": (BEN.account, 1, 1)}
                arguments.append(shaped.get(part["type"], plain))
            with world.reverts("AccessManagedUnauthorized", world.nobody):
                world.transact("WalletLedger", entry["name"], *arguments, sender=world.nobody)
            tried.append(entry["name"])
        assert len(tried) == 11
