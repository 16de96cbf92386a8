"""WalletOperations: fund transfers and grants, freezes, corrections."""

import pytest

from node.chain import accounts
from node.chain.abi.kinds import Purpose
from node.domain.kinds import FundKind, Pocket, Scheme
from node.domain.parties import OrganisationStatus
from node.intents.bodies import FreezeAccount, TransferFund
from tests.fixtures.actors import (
    ANN,
    BANK,
    BEN,
    CLINIC,
    INSURER,
    NO_ACCOUNT,
    OPERATOR,
    REGION,
    STRANGER,
    Actor,
    word,
)
from tests.fixtures.evm.in_process import Outcome
from tests.fixtures.evm.wallet import EXTERNAL, Wallets, posting

POOLED = accounts.fund(REGION, Scheme.EMPLOYEE, FundKind.POOLED)
BIG_ILLNESS = accounts.fund(REGION, Scheme.EMPLOYEE, FundKind.BIG_ILLNESS)
OTHER_REGION = "0x" + b"310000".ljust(12, b"\0").hex()


def transfer_fund(
    wallets: Wallets,
    amount_fen: int = 500,
    *,
    kinds: tuple[FundKind, FundKind] = (FundKind.POOLED, FundKind.BIG_ILLNESS),
    member: str = NO_ACCOUNT,
    region: str = REGION,
    actor: Actor = INSURER,
) -> Outcome:
    left, right = (int(kind) for kind in kinds)
    body = TransferFund(
        *(region, int(Scheme.EMPLOYEE), left, right, member, amount_fen, word("why")),
    )
    return wallets.world.handle("WalletOperations", "transferFund", actor, body, ref=word("ref"))


def grant(wallets: Wallets, amount_fen: int = 500, *, member: str = ANN.account) -> Outcome:
    kinds = (FundKind.POOLED, FundKind.POOLED)
    return transfer_fund(wallets, amount_fen, kinds=kinds, member=member)


def freeze(
    wallets: Wallets, account: str, *, frozen: bool = True, actor: Actor = OPERATOR
) -> Outcome:
    body = FreezeAccount(account, frozen, word("why"))
    return wallets.world.handle("WalletOperations", "freeze", actor, body, ref=word("ref"))


class TestTransferFundRefused:
    @pytest.mark.parametrize("actor", [OPERATOR, BANK, ANN])
    def test_not_an_insurer__role_missing(self, wallets: Wallets, actor: Actor) -> None:
        with wallets.world.reverts("RoleMissing"):
            transfer_fund(wallets, actor=actor)

    def test_other_region__not_owner(self, wallets: Wallets) -> None:
        with wallets.world.reverts("NotOwner"):
            transfer_fund(wallets, region=OTHER_REGION)

    @pytest.mark.parametrize("left", FundKind)
    @pytest.mark.parametrize("right", FundKind)
    def test_pair_not_listed__pocket_not_allowed(
        self, wallets: Wallets, left: FundKind, right: FundKind
    ) -> None:
        if (left, right) == (FundKind.POOLED, FundKind.BIG_ILLNESS):
            return
        with wallets.world.reverts("PocketNotAllowed", 0, int(Purpose.FUND_TRANSFER)):
            transfer_fund(wallets, kinds=(left, right))

    @pytest.mark.parametrize(
        "kinds", [(FundKind.AID, FundKind.POOLED), (FundKind.POOLED, FundKind.BIG_ILLNESS)]
    )
    def test_grant_of_another_fund__pocket_not_allowed(
        self, wallets: Wallets, kinds: tuple[FundKind, FundKind]
    ) -> None:
        with wallets.world.reverts("PocketNotAllowed", 0, int(Purpose.GRANT)):
            transfer_fund(wallets, kinds=kinds, member=ANN.account)

    @pytest.mark.parametrize("member", [STRANGER.account, CLINIC.account])
    def test_grant_without_wallet__wallet_not_open(self, wallets: Wallets, member: str) -> None:
        with wallets.world.reverts("WalletNotOpen", member):
            grant(wallets, member=member)

    def test_one_fen_short__fund_insufficient(self, wallets: Wallets) -> None:
        """A fund that cannot pay is named; nothing is part-paid."""
        wallets.fund(POOLED, Pocket.CASH, 499)
        for attempt in (transfer_fund, grant):
            with wallets.world.reverts("FundInsufficient", POOLED, 499, 500):
                attempt(wallets)
        assert wallets.balances(POOLED) == {"CASH": (499, 0)}

    def test_nothing__invalid_amount(self, wallets: Wallets) -> None:
        with wallets.world.reverts("InvalidAmount", 0):
            transfer_fund(wallets, 0)


class TestTransferFund:
    def test_pooled_to_big_illness__moves(self, wallets: Wallets) -> None:
        wallets.fund(POOLED, Pocket.CASH, 800)
        done = transfer_fund(wallets)
        assert done.names == ["Transfer", "Moved", "FundTransferred"]
        assert done.one("Moved")["purpose"] == Purpose.FUND_TRANSFER
        told = {"digest": word("ref"), "from": POOLED, "to": BIG_ILLNESS}
        rest = {"amountFen": 500, "reasonCode": word("why")}
        assert done.one("FundTransferred").args == {**told, **rest}
        assert wallets.balances(POOLED) == {"CASH": (300, 0)}
        assert wallets.balances(BIG_ILLNESS) == {"CASH": (500, 0)}

    def test_grant__fills_medical(self, wallets: Wallets) -> None:
        wallets.fund(POOLED, Pocket.CASH, 500)
        done = grant(wallets)
        assert done.names == ["Transfer", "Transfer", "Moved", "FundTransferred"]
        assert done.one("Moved")["purpose"] == Purpose.GRANT
        assert done.one("FundTransferred")["to"] == ANN.account
        assert wallets.balances(POOLED) == {}
        assert wallets.balances(ANN.account) == {"MEDICAL": (500, 0)}


class TestFreezeRefused:
    @pytest.mark.parametrize("actor", [BANK, CLINIC])
    def test_other_organisation__role_missing(self, wallets: Wallets, actor: Actor) -> None:
        with wallets.world.reverts("RoleMissing"):
            freeze(wallets, ANN.account, actor=actor)

    def test_member__provider_unknown(self, wallets: Wallets) -> None:
        with wallets.world.reverts("ProviderUnknown", BEN.account):
            freeze(wallets, ANN.account, actor=BEN)

    @pytest.mark.parametrize("account", [CLINIC.account, POOLED])
    def test_insurer_and_not_a_member__role_missing(self, wallets: Wallets, account: str) -> None:
        with wallets.world.reverts("RoleMissing"):
            freeze(wallets, account, actor=INSURER)

    def test_suspended_insurer__role_missing(self, wallets: Wallets) -> None:
        freeze(wallets, INSURER.account)
        with wallets.world.reverts("RoleMissing"):
            freeze(wallets, ANN.account, actor=INSURER)

    def test_oneself__not_owner(self, wallets: Wallets) -> None:
        with wallets.world.reverts("NotOwner"):
            freeze(wallets, OPERATOR.account)

    def test_unknown__member_or_provider_unknown(self, wallets: Wallets) -> None:
        with wallets.world.reverts("MemberUnknown", STRANGER.account):
            freeze(wallets, STRANGER.account)
        unknown = "0x2" + "7" * 39
        with wallets.world.reverts("ProviderUnknown", unknown):
            freeze(wallets, unknown)


class TestFreeze:
    @pytest.mark.parametrize("actor", [OPERATOR, INSURER])
    def test_member__money_and_signers(self, wallets: Wallets, actor: Actor) -> None:
        """P08: logged with a reason; a frozen member's keys are refused as well."""
        done = freeze(wallets, ANN.account, actor=actor)
        assert done.names == ["AccountFreezeSet", "SignersFrozen", "AccountFrozenSet"]
        told = {"digest": word("ref"), "account": ANN.account}
        rest = {"frozen": True, "reasonCode": word("why")}
        assert done.one("AccountFrozenSet").args == {**told, **rest}
        assert wallets.view("isFrozen", ANN.account) is True
        freeze(wallets, ANN.account, frozen=False, actor=actor)
        assert wallets.view("isFrozen", ANN.account) is False

    def test_organisation__money_and_status(self, wallets: Wallets) -> None:
        done = freeze(wallets, CLINIC.account)
        assert done.one("OrganisationStatusSet")["status"] == OrganisationStatus.SUSPENDED
        assert wallets.view("isFrozen", CLINIC.account) is True
        done = freeze(wallets, CLINIC.account, frozen=False)
        assert done.one("OrganisationStatusSet")["status"] == OrganisationStatus.ACTIVE

    def test_fund__money_only(self, wallets: Wallets) -> None:
        wallets.fund(POOLED, Pocket.CASH, 500)
        assert freeze(wallets, POOLED).names == ["AccountFreezeSet", "AccountFrozenSet"]
        with wallets.world.reverts("AccountFrozen", POOLED):
            transfer_fund(wallets)


class TestCorrect:
    def test_caller_without_role__unauthorized(self, wallets: Wallets) -> None:
        world = wallets.world
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            world.transact(
                "WalletOperations", "correct", word("a"), word("b"), [], sender=world.nobody
            )

    def test_approved__new_postings_that_name_the_wrong_ones(self, wallets: Wallets) -> None:
        """P10: nothing is edited; also out of a frozen account, and of MEDICAL."""
        wallets.fund(ANN.account, Pocket.MEDICAL, 500)
        freeze(wallets, ANN.account)
        entries = [
            posting(ANN.account, BEN.account, 300, Pocket.MEDICAL, Pocket.MEDICAL),
            posting(ANN.account, EXTERNAL, 200, Pocket.MEDICAL, Pocket.CASH),
        ]
        done = wallets.world.transact(
            *("WalletOperations", "correct", word("action"), word("wrong"), entries),
            sender=wallets.world.keeper,
        )
        corrected = {"actionId": word("action"), "correctedRef": word("wrong"), "postings": 2}
        assert done.one("Corrected").args == corrected
        moved = {"ref": word("action"), "purpose": int(Purpose.CORRECTION), "postings": 2}
        assert done.one("Moved").args == moved
        assert wallets.balances(ANN.account) == {}
        assert wallets.balances(BEN.account) == {"MEDICAL": (300, 0)}
        assert wallets.counter(EXTERNAL) == -300

    def test_one_bad_entry__changes_nothing(self, wallets: Wallets) -> None:
        wallets.fund(ANN.account, Pocket.CASH, 500)
        entries = [posting(ANN.account, BEN.account, 1), posting(BEN.account, ANN.account, 2)]
        with wallets.world.reverts("InsufficientBalance", BEN.account, 0, 1, 2):
            wallets.world.transact(
                *("WalletOperations", "correct", word("action"), word("wrong"), entries),
                sender=wallets.world.keeper,
            )
        assert wallets.balances(ANN.account) == {"CASH": (500, 0)}
