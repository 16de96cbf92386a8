"""MemberRegistry: open, wallets, guardians, family links, freeze."""

from dataclasses import replace

import pytest

from node.domain.days import day_of, day_start
from node.domain.parties import SignerKind
from node.intents.bodies import AssignGuardian, EndFamilyLink, LinkFamily, OpenWallet
from tests.fixtures.actors import (
    ANN,
    BEN,
    CARL,
    CLINIC,
    INSURER,
    MINOR,
    NO_ACCOUNT,
    OPERATOR,
    STRANGER,
    Organisation,
    left,
    word,
)
from tests.fixtures.evm.world import World

REGISTRY = "MemberRegistry"
OPERATOR_WORD = left("OPERATOR")


def padded(account: str) -> str:
    return "0x" + "0" * 24 + account[2:]


class TestOpen:
    @pytest.mark.parametrize("actor", [ANN, CLINIC, STRANGER])
    def test_other_actor__is_refused(self, world: World, actor: Organisation) -> None:
        with world.reverts("RoleMissing", actor.account, OPERATOR_WORD):
            world.handle(REGISTRY, "open", actor, STRANGER.opening)

    def test_suspended_operator__is_refused(self, world: World) -> None:
        arguments = (OPERATOR.account, 2, word("audit"))
        world.transact("ProviderRegistry", "setStatus", *arguments, sender=world.keeper)
        with world.reverts("RoleMissing", OPERATOR.account, OPERATOR_WORD):
            world.handle(REGISTRY, "open", OPERATOR, STRANGER.opening)

    @pytest.mark.parametrize("digit", ["0", "2", "f"])
    def test_id_of_another_kind__is_refused(self, world: World, digit: str) -> None:
        account = f"0x{digit}{STRANGER.account[3:]}"
        with world.reverts("AccountIdInvalid", account):
            world.handle(REGISTRY, "open", OPERATOR, replace(STRANGER.opening, account=account))

    def test_zero_account__is_refused(self, world: World) -> None:
        with world.reverts("AccountIdInvalid", NO_ACCOUNT):
            world.handle(REGISTRY, "open", OPERATOR, replace(STRANGER.opening, account=NO_ACCOUNT))

    def test_account_twice__is_refused(self, world: World) -> None:
        with world.reverts("AlreadyExists", padded(ANN.account)):
            world.handle(REGISTRY, "open", OPERATOR, replace(STRANGER.opening, account=ANN.account))

    def test_identity_twice__is_refused(self, world: World) -> None:
        taken = ANN.opening.identity_commitment
        with world.reverts("AlreadyExists", taken):
            body = replace(STRANGER.opening, identity_commitment=taken)
            world.handle(REGISTRY, "open", OPERATOR, body)

    def test_key_of_another_member__is_refused(self, world: World) -> None:
        with world.reverts("SignerTaken", ANN.signer.key):
            body = replace(STRANGER.opening, signer_key=ANN.signer.key)
            world.handle(REGISTRY, "open", OPERATOR, body)

    @pytest.mark.parametrize("actor", [OPERATOR, INSURER])
    def test_new_member__has_id_categories_and_signer(
        self, world: World, actor: Organisation
    ) -> None:
        outcome = world.handle(REGISTRY, "open", actor, replace(STRANGER.opening, categories=6))
        assert outcome.events[0].args == {
            "member": STRANGER.account,
            "identityCommitment": STRANGER.opening.identity_commitment,
            "categories": 6,
            "openedBy": actor.account,
        }
        assert outcome.events[1].args == {
            "account": STRANGER.account,
            "key": STRANGER.signer.key,
            "kind": SignerKind.SECP256K1,
            "validFrom": outcome.timestamp,
            "validUntil": 0,
        }
        assert world.call(REGISTRY, "exists", STRANGER.account)
        assert world.call(REGISTRY, "categoriesOf", STRANGER.account) == 6
        assert not world.call(REGISTRY, "walletOpen", STRANGER.account)

    def test_member_without_a_key__has_no_signer(self, world: World) -> None:
        """P13: a minor acts through a guardian only."""
        for member in (STRANGER, replace(STRANGER, name="STRANGER 2")):
            body = replace(member.opening, signer_key="0x" + "0" * 64)
            assert world.handle(REGISTRY, "open", OPERATOR, body).names == ["MemberOpened"]
            status = world.call(REGISTRY, "signerStatus", member.account, "0x" + "0" * 64, 0)
            assert status == 0


class TestOpenWallet:
    def test_unknown_member__is_refused(self, world: World) -> None:
        with world.reverts("MemberUnknown", STRANGER.account):
            world.handle(REGISTRY, "openWallet", STRANGER, OpenWallet(word("terms")))

    def test_member__accepts_the_terms(self, world: World) -> None:
        world.handle(REGISTRY, "open", OPERATOR, STRANGER.opening)
        outcome = world.handle(REGISTRY, "openWallet", STRANGER, OpenWallet(word("terms")))
        expected = {"member": STRANGER.account, "termsHash": word("terms")}
        assert outcome.one("WalletOpened").args == expected
        assert world.call(REGISTRY, "walletOpen", STRANGER.account)
        assert world.call(REGISTRY, "exists", STRANGER.account)


class TestGuardian:
    """P13. A guardian is named for a member whose wallet nobody has opened yet."""

    @pytest.fixture(autouse=True)
    def minor(self, world: World) -> None:
        world.handle(REGISTRY, "open", OPERATOR, MINOR.opening)

    def test_other_actor__is_refused(self, world: World) -> None:
        with world.reverts("RoleMissing", CLINIC.account, OPERATOR_WORD):
            body = AssignGuardian(BEN.account, ANN.account, 99_999)
            world.handle(REGISTRY, "assignGuardian", CLINIC, body)

    @pytest.mark.parametrize(
        ("member", "guardian"), [(STRANGER, ANN), (ANN, STRANGER), (CLINIC, ANN), (ANN, CLINIC)]
    )
    def test_somebody_who_is_no_member__is_refused(
        self, world: World, member: Organisation, guardian: Organisation
    ) -> None:
        unknown = member if member in (STRANGER, CLINIC) else guardian
        with world.reverts("MemberUnknown", unknown.account):
            body = AssignGuardian(member.account, guardian.account, 99_999)
            world.handle(REGISTRY, "assignGuardian", OPERATOR, body)

    def test_own_guardian__is_refused(self, world: World) -> None:
        with world.reverts("NotNearRelative", ANN.account, ANN.account):
            body = AssignGuardian(ANN.account, ANN.account, 99_999)
            world.handle(REGISTRY, "assignGuardian", OPERATOR, body)

    def test_guardian__counts_until_the_day_of_majority(self, world: World) -> None:
        until = day_of(world.now) + 3
        body = AssignGuardian(MINOR.account, ANN.account, until)
        outcome = world.handle(REGISTRY, "assignGuardian", INSURER, body)
        assert outcome.one("GuardianAssigned").args == {
            "member": MINOR.account,
            "guardian": ANN.account,
            "untilDay": until,
        }
        for timestamp, active in ((day_start(until) - 1, True), (day_start(until), False)):
            world.travel(timestamp)
            world.tester.mine_block()
            assert world.now == timestamp
            assert world.call(REGISTRY, "isGuardian", MINOR.account, ANN.account) is active
        assert not world.call(REGISTRY, "isGuardian", ANN.account, MINOR.account)

    def test_assignment_until_a_past_day__ends_it(self, world: World) -> None:
        today = day_of(world.now)
        for until, active in ((today + 9, True), (today, False), (-5, False)):
            body = AssignGuardian(MINOR.account, ANN.account, until)
            world.handle(REGISTRY, "assignGuardian", OPERATOR, body)
            assert world.call(REGISTRY, "isGuardian", MINOR.account, ANN.account) is active

    def test_two_guardians__count_each_for_itself(self, world: World) -> None:
        for guardian in (ANN, CARL):
            body = AssignGuardian(MINOR.account, guardian.account, day_of(world.now) + 1)
            world.handle(REGISTRY, "assignGuardian", OPERATOR, body)
        for guardian in (ANN, CARL):
            assert world.call(REGISTRY, "isGuardian", MINOR.account, guardian.account)

    @pytest.mark.parametrize("keeper", [INSURER, OPERATOR])
    def test_member_with_an_open_wallet__gets_no_guardian(
        self, world: World, keeper: Organisation
    ) -> None:
        """An insurer of bad faith would name an accomplice, who then signs a withdrawal."""
        with world.reverts("NotOwner", keeper.account, padded(BEN.account)):
            body = AssignGuardian(BEN.account, ANN.account, day_of(world.now) + 1)
            world.handle(REGISTRY, "assignGuardian", keeper, body)

    def test_term_of_an_open_wallet__is_shortened_only(self, world: World) -> None:
        today = day_of(world.now)
        body = AssignGuardian(MINOR.account, ANN.account, today + 9)
        world.handle(REGISTRY, "assignGuardian", OPERATOR, body)
        world.handle(REGISTRY, "openWallet", MINOR, OpenWallet(word("terms")))
        with world.reverts("NotOwner", OPERATOR.account, padded(MINOR.account)):
            body = AssignGuardian(MINOR.account, ANN.account, today + 10)
            world.handle(REGISTRY, "assignGuardian", OPERATOR, body)
        for until, active in ((today + 2, True), (today, False)):
            body = AssignGuardian(MINOR.account, ANN.account, until)
            world.handle(REGISTRY, "assignGuardian", OPERATOR, body)
            assert world.call(REGISTRY, "isGuardian", MINOR.account, ANN.account) is active


class TestFamily:
    """P11."""

    def test_somebody_who_is_no_member__is_refused(self, world: World) -> None:
        with world.reverts("MemberUnknown", STRANGER.account):
            world.handle(REGISTRY, "linkFamily", STRANGER, LinkFamily(ANN.account, 1))
        with world.reverts("MemberUnknown", STRANGER.account):
            world.handle(REGISTRY, "linkFamily", ANN, LinkFamily(STRANGER.account, 1))

    def test_no_relation_or_oneself__is_refused(self, world: World) -> None:
        with world.reverts("NotNearRelative", ANN.account, BEN.account):
            world.handle(REGISTRY, "linkFamily", ANN, LinkFamily(BEN.account, 0))
        with world.reverts("NotNearRelative", ANN.account, ANN.account):
            world.handle(REGISTRY, "linkFamily", ANN, LinkFamily(ANN.account, 1))

    def test_link__is_one_way_and_ends_at_once(self, world: World) -> None:
        outcome = world.handle(REGISTRY, "linkFamily", ANN, LinkFamily(BEN.account, 6))
        expected = {"holder": ANN.account, "relative": BEN.account, "relation": 6}
        assert outcome.one("FamilyLinked").args == expected
        assert world.call(REGISTRY, "relationOf", ANN.account, BEN.account) == 6
        assert world.call(REGISTRY, "relationOf", BEN.account, ANN.account) == 0
        outcome = world.handle(REGISTRY, "endFamilyLink", ANN, EndFamilyLink(BEN.account))
        expected = {"holder": ANN.account, "relative": BEN.account}
        assert outcome.one("FamilyLinkEnded").args == expected
        assert world.call(REGISTRY, "relationOf", ANN.account, BEN.account) == 0

    def test_link_that_is_not_there__cannot_be_ended(self, world: World) -> None:
        world.handle(REGISTRY, "linkFamily", ANN, LinkFamily(BEN.account, 1))
        with world.reverts("FamilyLinkInactive", BEN.account, ANN.account):
            world.handle(REGISTRY, "endFamilyLink", BEN, EndFamilyLink(ANN.account))


class TestFreezeSigners:
    """P08."""

    def freeze(self, world: World, account: str, frozen: bool) -> None:
        arguments = (account, frozen, word("lost"))
        outcome = world.transact(REGISTRY, "freezeSigners", *arguments, sender=world.keeper)
        expected = {"account": account, "frozen": frozen, "reasonCode": word("lost")}
        assert outcome.one("SignersFrozen").args == expected

    def test_unknown_member__is_refused(self, world: World) -> None:
        with world.reverts("MemberUnknown", STRANGER.account):
            self.freeze(world, STRANGER.account, True)

    def test_frozen_and_released_member__keeps_its_signer(self, world: World) -> None:
        signer = (ANN.account, ANN.signer.key, 0)
        for frozen, status in ((True, 2), (False, 1)):
            self.freeze(world, ANN.account, frozen)
            assert world.call(REGISTRY, "signerStatus", *signer) == status
        assert world.call(REGISTRY, "walletOpen", ANN.account)


class TestRoles:
    @pytest.mark.parametrize(
        ("function", "body"),
        [
            ("open", STRANGER.opening),
            ("openWallet", OpenWallet(word("terms"))),
            ("linkFamily", LinkFamily(BEN.account, 1)),
            ("endFamilyLink", EndFamilyLink(BEN.account)),
            ("assignGuardian", AssignGuardian(BEN.account, ANN.account, 1)),
        ],
    )
    def test_anybody_but_the_router__is_refused(
        self, world: World, function: str, body: OpenWallet
    ) -> None:
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            world.handle(REGISTRY, function, OPERATOR, body, sender=world.nobody)

    def test_freeze_by_anybody__is_refused(self, world: World) -> None:
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            arguments = (ANN.account, True, word("lost"))
            world.transact(REGISTRY, "freezeSigners", *arguments, sender=world.nobody)
