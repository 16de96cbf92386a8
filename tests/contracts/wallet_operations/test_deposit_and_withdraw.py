"""WalletOperations.deposit and withdraw: money enters and leaves through a channel's counter."""

import pytest

from node.chain import accounts
from node.chain.abi.kinds import Purpose
from node.domain.kinds import FundKind, Pocket, Scheme
from node.intents.bodies import Deposit, FreezeAccount, Withdraw
from tests.fixtures.actors import (
    ANN,
    BANK,
    CLINIC,
    EMPLOYER,
    INSURER,
    NO_ACCOUNT,
    OPERATOR,
    REGION,
    STRANGER,
    Member,
    word,
)
from tests.fixtures.evm.in_process import Outcome
from tests.fixtures.evm.wallet import EXTERNAL, Wallets

POOLED = accounts.fund(REGION, Scheme.RESIDENT, FundKind.POOLED)
NEWCOMER = Member("NEWCOMER")


def deposit(
    wallets: Wallets,
    account: str,
    *,
    amount_fen: int = 500,
    pocket: Pocket = Pocket.CASH,
    notice: str = "notice",
    channel: str = BANK.account,
) -> Outcome:
    body = Deposit(account, int(pocket), amount_fen, word(notice))
    return wallets.world.handle("WalletOperations", "deposit", channel, body, ref=word("digest"))


def withdraw(
    wallets: Wallets, member: str, amount_fen: int = 500, *, channel: str = BANK.account
) -> Outcome:
    body = Withdraw(channel, amount_fen, word("bank account"))
    return wallets.world.handle("WalletOperations", "withdraw", member, body, ref=word("digest"))


def suspend(wallets: Wallets, account: str) -> None:
    body = FreezeAccount(account, True, word("why"))
    wallets.world.handle("WalletOperations", "freeze", OPERATOR, body)


class TestDepositRefused:
    def test_caller_without_role__unauthorized(self, wallets: Wallets) -> None:
        world = wallets.world
        body = Deposit(ANN.account, 0, 1, word("n"))
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            world.handle("WalletOperations", "deposit", BANK, body, sender=world.nobody)

    @pytest.mark.parametrize("actor", [ANN.account, INSURER.account])
    def test_not_a_channel__role_missing(self, wallets: Wallets, actor: str) -> None:
        with wallets.world.reverts("RoleMissing"):
            deposit(wallets, ANN.account, channel=actor)

    def test_suspended_channel__role_missing(self, wallets: Wallets) -> None:
        suspend(wallets, BANK.account)
        with wallets.world.reverts("RoleMissing"):
            deposit(wallets, ANN.account)

    @pytest.mark.parametrize("pocket", [Pocket.MEDICAL, Pocket.POINTS])
    def test_other_pocket__pocket_not_allowed(self, wallets: Wallets, pocket: Pocket) -> None:
        with wallets.world.reverts("PocketNotAllowed", int(pocket), int(Purpose.DEPOSIT)):
            deposit(wallets, ANN.account, pocket=pocket)

    def test_unknown_member__member_unknown(self, wallets: Wallets) -> None:
        with wallets.world.reverts("MemberUnknown", STRANGER.account):
            deposit(wallets, STRANGER.account)

    def test_member_without_wallet__wallet_not_open(self, wallets: Wallets) -> None:
        wallets.world.handle("MemberRegistry", "open", OPERATOR, NEWCOMER.opening)
        with wallets.world.reverts("WalletNotOpen", NEWCOMER.account):
            deposit(wallets, NEWCOMER.account)

    def test_unknown_organisation__provider_unknown(self, wallets: Wallets) -> None:
        unknown = "0x2" + "7" * 39
        with wallets.world.reverts("ProviderUnknown", unknown):
            deposit(wallets, unknown)

    @pytest.mark.parametrize("account", [NO_ACCOUNT, "0x7" + "7" * 39])
    def test_no_kind_of_account__account_unknown(self, wallets: Wallets, account: str) -> None:
        with wallets.world.reverts("AccountUnknown", account):
            deposit(wallets, account)

    def test_counter__pocket_not_allowed(self, wallets: Wallets) -> None:
        deposit(wallets, ANN.account)
        with wallets.world.reverts("PocketNotAllowed", 0, int(Purpose.DEPOSIT)):
            deposit(wallets, EXTERNAL, notice="other")

    def test_nothing__invalid_amount_and_the_notice_stays(self, wallets: Wallets) -> None:
        with wallets.world.reverts("InvalidAmount", 0):
            deposit(wallets, ANN.account, amount_fen=0)
        assert wallets.view("isNoticeUsed", BANK.account, word("notice")) is False

    def test_same_notice_again__notice_used(self, wallets: Wallets) -> None:
        """A notice brings money in once, whatever amount or account it names the second time."""
        deposit(wallets, ANN.account)
        with wallets.world.reverts("NoticeUsed", word("notice")):
            deposit(wallets, CLINIC.account, amount_fen=1)
        assert wallets.counter(EXTERNAL) == -500


class TestDeposit:
    def test_first_of_a_channel__opens_its_counter(self, wallets: Wallets) -> None:
        done = deposit(wallets, ANN.account)
        assert done.names == ["CounterOpened", "Transfer", "Moved", "Deposited"]
        assert done.one("Deposited").args == {
            "digest": word("digest"),
            "account": ANN.account,
            "channel": BANK.account,
            "pocket": 0,
            "amountFen": 500,
            "noticeHash": word("notice"),
        }
        moved = {"ref": word("digest"), "purpose": int(Purpose.DEPOSIT), "postings": 1}
        assert done.one("Moved").args == moved
        assert wallets.balances(ANN.account) == {"CASH": (500, 0)}
        assert wallets.counter(EXTERNAL) == -500

    def test_next_notice__adds_up(self, wallets: Wallets) -> None:
        deposit(wallets, ANN.account)
        done = deposit(wallets, ANN.account, notice="second", amount_fen=1)
        assert done.names == ["Transfer", "Moved", "Deposited"]
        assert wallets.balances(ANN.account) == {"CASH": (501, 0)}

    @pytest.mark.parametrize("account", [POOLED, EMPLOYER.account, accounts.suspense()])
    def test_fund_employer_suspense__arrives(self, wallets: Wallets, account: str) -> None:
        deposit(wallets, account)
        assert wallets.balances(account) == {"CASH": (500, 0)}

    def test_frozen_member__receives(self, wallets: Wallets) -> None:
        """P08: a frozen account receives."""
        suspend(wallets, ANN.account)
        deposit(wallets, ANN.account)
        assert wallets.balances(ANN.account) == {"CASH": (500, 0)}

    def test_paid_to_a_later_counter__cannot_block_its_channel(self, wallets: Wallets) -> None:
        """One channel pays into the account that will mirror another, which opens all the same."""
        other = accounts.external_of(CLINIC.account)
        deposit(wallets, other)
        wallets.ledger("openCounter", other, 0)
        assert wallets.counter(other) + wallets.counter(EXTERNAL) == 0


class TestWithdrawRefused:
    def test_no_wallet__wallet_not_open(self, wallets: Wallets) -> None:
        for account in (STRANGER.account, CLINIC.account):
            with wallets.world.reverts("WalletNotOpen", account):
                withdraw(wallets, account)

    @pytest.mark.parametrize("channel", [CLINIC.account, STRANGER.account])
    def test_not_through_a_channel__role_missing(self, wallets: Wallets, channel: str) -> None:
        deposit(wallets, ANN.account)
        with wallets.world.reverts("RoleMissing"):
            withdraw(wallets, ANN.account, channel=channel)

    def test_one_fen_short__insufficient_balance(self, wallets: Wallets) -> None:
        deposit(wallets, ANN.account)
        with wallets.world.reverts("InsufficientBalance", ANN.account, 0, 500, 501):
            withdraw(wallets, ANN.account, 501)
        assert wallets.balances(ANN.account) == {"CASH": (500, 0)}

    def test_only_medical__insufficient_balance(self, wallets: Wallets) -> None:
        """MEDICAL money is never withdrawn."""
        wallets.fund(ANN.account, Pocket.MEDICAL, 500)
        with wallets.world.reverts("InsufficientBalance", ANN.account, 0, 0, 1):
            withdraw(wallets, ANN.account, 1)

    def test_frozen__account_frozen(self, wallets: Wallets) -> None:
        """P08: a frozen account cannot spend."""
        deposit(wallets, ANN.account)
        suspend(wallets, ANN.account)
        with wallets.world.reverts("AccountFrozen", ANN.account):
            withdraw(wallets, ANN.account)

    def test_nothing__invalid_amount(self, wallets: Wallets) -> None:
        with wallets.world.reverts("InvalidAmount", 0):
            withdraw(wallets, ANN.account, 0)


class TestWithdraw:
    def test_enough__leaves_through_the_counter(self, wallets: Wallets) -> None:
        deposit(wallets, ANN.account)
        done = withdraw(wallets, ANN.account, 200)
        assert done.names == ["Transfer", "Moved", "Withdrawn"]
        assert done.one("Withdrawn").args == {
            "digest": word("digest"),
            "member": ANN.account,
            "channel": BANK.account,
            "amountFen": 200,
            "destinationHash": word("bank account"),
        }
        assert done.one("Moved")["purpose"] == Purpose.WITHDRAWAL
        assert wallets.balances(ANN.account) == {"CASH": (300, 0)}
        assert wallets.counter(EXTERNAL) == -300

    def test_channel_without_deposits__opens_its_counter(self, wallets: Wallets) -> None:
        wallets.ledger("openCounter", accounts.suspense(), 0)
        source = (accounts.suspense(), 0, ANN.account, 0, 10)
        wallets.move(Purpose.CORRECTION, source)
        withdraw(wallets, ANN.account, 10)
        assert wallets.counter(EXTERNAL) == 10
