"""IntentRouter.execute: executed, refused, skipped; exactly once; nothing flips."""

from dataclasses import replace

import pytest

from node.intents.bodies import EndFamilyLink, LinkFamily, OpenWallet, PayPremium, TransferMedical
from node.intents.messages import Intent, IntentKind
from node.intents.typed_data import Domain, digest
from tests.contracts.intent_router.conftest import (
    BURN_GAS,
    LONG_REASON,
    PANIC,
    REENTER,
    SHORT_REASON,
)
from tests.fixtures.actors import ANN, BEN, CARL, left, word
from tests.fixtures.evm.in_process import decode_error, selector_of
from tests.fixtures.evm.world import World, wire

OPEN = OpenWallet(word("new terms"))
PAY = PayPremium(word("bill"), 1, 0, 0, 1, 0)


def open_wallet(world: World, **changes: int) -> Intent:
    return world.intent(IntentKind.OPEN_WALLET, ANN, OPEN, **changes)


def pay(world: World) -> Intent:
    return world.intent(IntentKind.PAY_PREMIUM, ANN, PAY)


class TestExecute:
    def test_valid_item__takes_effect_once(self, world: World) -> None:
        intent = open_wallet(world)
        outcome = world.send(intent)
        assert outcome.names == ["WalletOpened", "IntentExecuted"]
        assert outcome.events[0].args == {"member": ANN.account, "termsHash": word("new terms")}
        assert outcome.events[1].args == {
            "digest": world.digest(intent),
            "actor": ANN.account,
            "kind": IntentKind.OPEN_WALLET,
        }
        assert world.call("IntentRouter", "isNonceUsed", ANN.account, intent.nonce)

    def test_same_intent_again__is_skipped_as_used(self, world: World) -> None:
        """P50: a repeated request has no second effect."""
        intent = open_wallet(world)
        world.send(intent)
        outcome = world.send(intent)
        assert outcome.names == ["IntentSkipped"]
        assert outcome.events[0].args == {
            "digest": world.digest(intent),
            "actor": ANN.account,
            "reason": selector_of("NonceUsed"),
        }

    def test_duplicate_in_one_batch__takes_effect_once(self, world: World) -> None:
        intent = open_wallet(world)
        outcome = world.send(intent, intent, intent)
        assert outcome.names == ["WalletOpened", "IntentExecuted", *["IntentSkipped"] * 2]

    def test_other_content_with_a_used_nonce__is_skipped(self, world: World) -> None:
        first, second = open_wallet(world, nonce=9), open_wallet(world, nonce=9, deadline=2**63)
        outcome = world.send(first, second)
        assert outcome.names == ["WalletOpened", "IntentExecuted", "IntentSkipped"]
        assert outcome.events[2]["digest"] == world.digest(second)

    def test_refused_item__burns_its_nonce_and_never_flips(self, world: World) -> None:
        body = EndFamilyLink(BEN.account)
        intent = world.intent(IntentKind.END_FAMILY_LINK, ANN, body)
        refused = world.send(intent).one("IntentRefused")
        assert refused["digest"] == world.digest(intent)
        assert refused["actor"] == ANN.account
        assert refused["kind"] == IntentKind.END_FAMILY_LINK
        reason = decode_error(refused["reason"])
        assert (reason.name, reason.values) == ("FamilyLinkInactive", (ANN.account, BEN.account))

        link = LinkFamily(BEN.account, 1)
        world.send(world.intent(IntentKind.LINK_FAMILY, ANN, link))
        assert world.send(intent).names == ["IntentSkipped"]
        assert world.call("MemberRegistry", "relationOf", ANN.account, BEN.account) == 1

    def test_bad_items__do_not_disturb_their_neighbours(self, world: World) -> None:
        late = open_wallet(world, deadline=world.now)
        refused = world.intent(IntentKind.END_FAMILY_LINK, BEN, EndFamilyLink(ANN.account))
        good = [world.intent(IntentKind.OPEN_WALLET, who, OPEN) for who in (ANN, CARL)]
        outcome = world.send(good[0], late, refused, good[1])
        assert outcome.names == [
            *("WalletOpened", "IntentExecuted", "IntentSkipped", "IntentRefused"),
            *("WalletOpened", "IntentExecuted"),
        ]

    def test_empty_batch__does_nothing(self, world: World) -> None:
        assert world.send().events == []

    def test_caller_without_the_role__is_refused(self, world: World) -> None:
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            world.send(open_wallet(world), sender=world.nobody)

    @pytest.mark.parametrize("function", ["executeOne", "cancel"])
    def test_outsider_in_the_inner_functions__is_refused(self, world: World, function: str) -> None:
        arguments = (
            (left("MemberRegistry"), b"\0" * 100)
            if function == "executeOne"
            else (ANN.account, word("x"), (1,))
        )
        with world.reverts("OnlySelf"):
            world.transact("IntentRouter", function, *arguments, sender=world.relayer)


class TestDeadline:
    def test_last_second__is_in_time(self, world: World) -> None:
        intent = open_wallet(world, deadline=world.now + 100)
        world.travel(intent.deadline)
        outcome = world.send(intent)
        assert outcome.timestamp == intent.deadline
        assert outcome.names == ["WalletOpened", "IntentExecuted"]

    def test_second_after__is_too_late_and_burns_nothing(self, world: World) -> None:
        intent = open_wallet(world, deadline=world.now + 100)
        world.travel(intent.deadline + 1)
        skipped = world.send(intent).one("IntentSkipped")
        assert skipped["reason"] == selector_of("SignatureExpired")
        assert skipped["digest"] == world.digest(intent)
        assert not world.call("IntentRouter", "isNonceUsed", ANN.account, intent.nonce)

    def test_late_and_badly_signed__counts_as_late(self, world: World) -> None:
        intent = world.sign(open_wallet(world, deadline=world.now), BEN)
        reason = world.send(intent).one("IntentSkipped")["reason"]
        assert reason == selector_of("SignatureExpired")


class TestModules:
    """Rule modules that misbehave: the router's isolation."""

    def test_module_that_calls_back__is_refused_by_the_lock(self, double: World) -> None:
        double.transact("RuleDouble", "behave", REENTER, 0)
        reason = double.refusal(pay(double))
        assert reason.name == "Reentered"
        double.transact("RuleDouble", "behave", 0, 0)
        assert double.send(pay(double)).names == ["Handled", "IntentExecuted"]

    @pytest.mark.parametrize(("size", "kept"), [(0, 0), (4, 4), (259, 259), (260, 260)])
    def test_short_reason__is_kept_whole(self, double: World, size: int, kept: int) -> None:
        double.transact("RuleDouble", "behave", SHORT_REASON, size)
        reason = double.send(pay(double)).one("IntentRefused")["reason"]
        assert len(reason) == 2 + 2 * kept

    @pytest.mark.parametrize("size", [261, 4_096, 20_000])
    def test_long_reason__is_cut_to_260_bytes(self, double: World, size: int) -> None:
        double.transact("RuleDouble", "behave", SHORT_REASON, size)
        reason = double.send(pay(double)).one("IntentRefused")["reason"]
        assert len(reason) == 2 + 2 * 260

    def test_long_custom_error__keeps_its_selector(self, double: World) -> None:
        double.transact("RuleDouble", "behave", LONG_REASON, 10_000)
        reason = double.send(pay(double)).one("IntentRefused")["reason"]
        assert reason.startswith(selector_of("LongReason"))

    def test_panic__is_a_refusal(self, double: World) -> None:
        double.transact("RuleDouble", "behave", PANIC, 0)
        assert double.refusal(pay(double)).values == (1,)

    def test_module_that_burns_gas__cannot_take_its_neighbours(self, double: World) -> None:
        double.transact("RuleDouble", "behave", BURN_GAS, 10_000_000)
        outcome = double.send(pay(double), open_wallet(double))
        assert outcome.names == ["IntentRefused", "WalletOpened", "IntentExecuted"]
        assert outcome.events[0]["reason"] == "0x"
        assert outcome.gas_used < 600_000

    def test_name_that_is_not_in_the_directory__is_a_refusal(self) -> None:
        names = frozenset({"ProviderRegistry", "MemberRegistry", "ActionRegistry", "IntentRouter"})
        world = World.deploy(names)
        body = TransferMedical(BEN.account, 1)
        reason = world.refusal(world.intent(IntentKind.TRANSFER_MEDICAL, ANN, body))
        assert reason.name == "AddressUnknown"


class TestDomain:
    @pytest.mark.parametrize("field", ["chain_id", "verifying_contract"])
    def test_digest_of_another_chain_or_router__is_no_signature_here(
        self, world: World, field: str
    ) -> None:
        intent = open_wallet(world)
        other = {"chain_id": 1, "verifying_contract": world.address("WalletLedger")}[field]
        domain = replace(world.domain, **{field: other})
        signature = ANN.signer.sign(digest(intent, domain), ANN.account)
        item = replace(world.sign(intent), signatures=(signature,))
        skipped = world.send(item).one("IntentSkipped")
        assert skipped["reason"] == selector_of("SignatureInvalid")
        assert not world.call("IntentRouter", "isNonceUsed", ANN.account, intent.nonce)

    def test_new_router__has_clean_nonces_and_no_old_intent_is_valid_in_it(
        self, world: World
    ) -> None:
        intent = open_wallet(world)
        item = world.sign(intent)
        world.send(item)
        state = ("NetworkDirectory", "MemberRegistry", "ProviderRegistry", "ActionRegistry")
        addresses = (world.address(name) for name in ("NetworkAuthority", *state))
        new = world.create("NewRouter", *addresses, artifact_name="IntentRouter")
        domain = Domain(world.domain.chain_id, new)
        assert world.call("NewRouter", "digestOf", wire(item)) == digest(intent, domain)
        assert not world.call("NewRouter", "isNonceUsed", ANN.account, intent.nonce)
        assert digest(intent, domain) != world.digest(intent)
