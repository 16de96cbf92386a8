"""Who may sign what: one signature or two, guardians, frozen and rotated keys; nothing is burnt."""

from dataclasses import replace

import pytest

from node.domain.days import day_of, day_start
from node.domain.parties import SignerKind
from node.intents.bodies import (
    AssignGuardian,
    CancelIntent,
    ContractProvider,
    LinkFamily,
    OpenWallet,
    RotateSigner,
)
from node.intents.messages import Intent, IntentKind, Signature, SignedIntent
from node.intents.verify import SECP256K1_ORDER
from tests.contracts.intent_router.batches import (
    SIGNATURES_AT,
    WORD,
    batch_data,
    item_bytes,
    with_word,
    word_at,
)
from tests.fixtures.actors import (
    ANN,
    BEN,
    CARL,
    CLINIC,
    INSURER,
    MINOR,
    OFFICER_A,
    STRANGER,
    Actor,
    word,
)
from tests.fixtures.evm.in_process import selector_of
from tests.fixtures.evm.world import World, forged

OPEN = OpenWallet(word("new terms"))
LINK = LinkFamily(BEN.account, 1)
INVALID, FROZEN = "SignatureInvalid", "SignerFrozen"


def opening(world: World, actor: Actor = ANN) -> Intent:
    return world.intent(IntentKind.OPEN_WALLET, actor, OPEN)


def skipped(world: World, item: SignedIntent, reason: str = INVALID) -> None:
    """Check that an item is skipped for that reason and burns nothing."""
    assert world.send(item).one("IntentSkipped").args == {
        "digest": world.digest(item.intent),
        "actor": item.intent.actor,
        "reason": selector_of(reason),
    }
    assert not world.call("IntentRouter", "isNonceUsed", item.intent.actor, item.intent.nonce)


def executed(world: World, item: SignedIntent | Intent) -> None:
    assert world.send(item).names[-1] == "IntentExecuted"


def freeze(world: World, member: Actor) -> None:
    world.transact(
        "MemberRegistry", "freezeSigners", member.account, True, word("lost"), sender=world.keeper
    )


class TestOneSignature:
    def test_key_of_nobody__is_invalid(self, world: World) -> None:
        signature = STRANGER.signer.sign(world.digest(opening(world)), ANN.account)
        skipped(world, replace(world.sign(opening(world)), signatures=(signature,)))

    def test_key_of_another_member__is_invalid(self, world: World) -> None:
        intent = opening(world)
        for account in (ANN.account, BEN.account):
            signature = BEN.signer.sign(world.digest(intent), account)
            skipped(world, SignedIntent(intent, (signature,)))

    def test_no_or_two_signatures__are_invalid(self, world: World) -> None:
        intent = opening(world)
        skipped(world, SignedIntent(intent, ()))
        skipped(world, world.sign(intent, ANN, ANN))
        executed(world, world.sign(intent, ANN))

    def test_used_nonce_with_a_bad_signature__counts_as_invalid(self, world: World) -> None:
        intent = opening(world)
        executed(world, intent)
        outcome = world.send(world.sign(intent, BEN))
        assert outcome.one("IntentSkipped")["reason"] == selector_of(INVALID)

    def test_high_s__is_invalid(self, world: World) -> None:
        item = world.sign(opening(world))
        data = item.signatures[0].data
        s = SECP256K1_ORDER - int.from_bytes(data[32:64], "big")
        high = data[:32] + s.to_bytes(32, "big") + bytes([55 - data[64]])
        skipped(world, forged(item, high))

    @pytest.mark.parametrize("change", ["short", "long", "empty", "v of 0", "v of 29", "zero"])
    def test_bytes_that_are_no_signature__are_invalid(self, world: World, change: str) -> None:
        item = world.sign(opening(world))
        data = item.signatures[0].data
        bad = {
            "short": data[:64],
            "long": data + b"\0",
            "empty": b"",
            "v of 0": data[:64] + bytes([data[64] - 27]),
            "v of 29": data[:64] + b"\x1d",
            "zero": b"\0" * 65,
        }
        skipped(world, forged(item, bad[change]))

    def test_key_said_to_be_of_the_other_curve__is_invalid(self, world: World) -> None:
        item = world.sign(opening(world))
        other = replace(item.signatures[0], kind=SignerKind.P256)
        skipped(world, replace(item, signatures=(other,)))

    def test_member_that_is_not_registered__is_invalid(self, world: World) -> None:
        skipped(world, world.sign(opening(world, STRANGER)))

    @pytest.mark.parametrize(
        ("name", "place", "value"),
        [
            ("a table beyond the calldata", 1, 1 << 255),
            ("an entry cut short", 1, 6 * WORD),
            ("an account with dirty bits", 2, (1 << 160) + int(ANN.account, 16)),
            ("an unknown curve", 3, 2),
            ("data beyond the calldata", 4, 1 << 255),
            ("data just beyond", 4, 8 * WORD),
            ("data longer than the calldata", 5, 10_000),
        ],
    )
    def test_signature_with__is_invalid(
        self, world: World, name: str, place: int, value: int
    ) -> None:
        item = world.sign(opening(world))
        packed = item_bytes(item)
        at = word_at(packed, SIGNATURES_AT) + place * WORD
        data = batch_data([with_word(packed, at, value)])
        outcome = world.send_data("IntentRouter", data, sender=world.relayer)
        assert outcome.one("IntentSkipped").args == {
            "digest": world.digest(item.intent),
            "actor": ANN.account,
            "reason": selector_of(INVALID),
        }, name


class TestTwoSignatures:
    def test_both__are_needed_in_order(self, world: World) -> None:
        intent = world.intent(IntentKind.LINK_FAMILY, ANN, LINK)
        for signers in ((ANN,), (BEN,), (BEN, ANN), (ANN, ANN), (ANN, BEN, BEN), (ANN, CARL)):
            skipped(world, world.sign(intent, *signers))
        executed(world, world.sign(intent, ANN, BEN))

    @pytest.mark.parametrize("place", [0, 1])
    def test_each__is_checked(self, world: World, place: int) -> None:
        item = world.sign(world.intent(IntentKind.LINK_FAMILY, ANN, LINK))
        skipped(world, forged(item, item.signatures[place].data[:-1] + b"\0", place=place))

    @pytest.mark.parametrize("who", [ANN, BEN])
    def test_frozen_signer__is_named(self, world: World, who: Actor) -> None:
        freeze(world, who)
        skipped(world, world.sign(world.intent(IntentKind.LINK_FAMILY, ANN, LINK)), FROZEN)

    def test_counterparty__must_be_a_member(self, world: World) -> None:
        intent = world.intent(IntentKind.LINK_FAMILY, ANN, LinkFamily(CLINIC.account, 1))
        skipped(world, world.sign(intent, ANN, CLINIC))

    def test_zero_counterparty__still_needs_its_signature(self, world: World) -> None:
        nobody = LinkFamily("0x" + "0" * 40, 1)
        intent = world.intent(IntentKind.LINK_FAMILY, ANN, nobody)
        skipped(world, world.sign(intent, ANN))
        empty = Signature("0x" + "0" * 40, SignerKind.SECP256K1, b"\0" * 65)
        signatures = (*world.sign(intent, ANN).signatures, empty)
        skipped(world, SignedIntent(intent, signatures))


class TestRegistries:
    def test_organisation_in_a_members_kind__is_invalid(self, world: World) -> None:
        skipped(world, world.sign(opening(world, CLINIC)))

    def test_member_in_an_organisations_kind__is_invalid(self, world: World) -> None:
        body = ContractProvider(CLINIC.account, False)
        skipped(world, world.sign(world.intent(IntentKind.CONTRACT_PROVIDER, ANN, body)))
        executed(world, world.intent(IntentKind.CONTRACT_PROVIDER, INSURER, body))

    @pytest.mark.parametrize("actor", [ANN, CLINIC, OFFICER_A])
    def test_any_actor__may_cancel(self, world: World, actor: Actor) -> None:
        executed(world, world.intent(IntentKind.CANCEL_INTENT, actor, CancelIntent(77)))

    def test_frozen_member__is_named(self, world: World) -> None:
        freeze(world, ANN)
        skipped(world, world.sign(opening(world)), FROZEN)

    def test_suspended_organisation__is_named(self, world: World) -> None:
        arguments = (INSURER.account, 2, word("audit"))
        world.transact("ProviderRegistry", "setStatus", *arguments, sender=world.keeper)
        body = ContractProvider(CLINIC.account, False)
        skipped(
            world, world.sign(world.intent(IntentKind.CONTRACT_PROVIDER, INSURER, body)), FROZEN
        )

    def test_rotated_key__works_until_its_end(self, world: World) -> None:
        """P18: old and new signer overlap; the old key fails after it."""
        end = world.now + 1_000
        rotation = RotateSigner(STRANGER.signer.key, 0, ANN.signer.key, end)
        executed(world, world.intent(IntentKind.ROTATE_MEMBER_SIGNER, ANN, rotation))
        new = Actor(STRANGER.name, "1")
        intents = [
            world.intent(IntentKind.OPEN_WALLET, ANN, OPEN, deadline=end + 10) for _ in range(3)
        ]
        world.travel(end - 1)
        by_new = new.signer.sign(world.digest(intents[0]), ANN.account)
        outcome = world.send(SignedIntent(intents[0], (by_new,)), world.sign(intents[1], ANN))
        assert outcome.timestamp == end - 1
        assert len(outcome.all("IntentExecuted")) == 2
        skipped(world, world.sign(intents[2], ANN))


class TestGuardian:
    """P13: a guardian's signature counts for a minor, until the day of majority."""

    def assign(self, world: World, *, days: int = 10) -> int:
        until = day_of(world.now) + days
        world.handle("MemberRegistry", "open", INSURER, MINOR.opening)
        body = AssignGuardian(MINOR.account, CARL.account, until)
        world.handle("MemberRegistry", "assignGuardian", INSURER, body)
        return until

    def test_guardian__signs_for_the_minor(self, world: World) -> None:
        self.assign(world)
        executed(world, world.sign(opening(world, MINOR), CARL))

    def test_guardian__signs_as_counterparty(self, world: World) -> None:
        self.assign(world)
        intent = world.intent(IntentKind.LINK_FAMILY, ANN, LinkFamily(MINOR.account, 1))
        executed(world, world.sign(intent, ANN, CARL))

    def test_guardian__may_cancel(self, world: World) -> None:
        self.assign(world)
        cancel = world.intent(IntentKind.CANCEL_INTENT, MINOR, CancelIntent(5))
        executed(world, world.sign(cancel, CARL))

    def test_guardian_of_another__is_invalid(self, world: World) -> None:
        self.assign(world)
        skipped(world, world.sign(opening(world, ANN), CARL))
        skipped(world, world.sign(opening(world, CARL), MINOR))

    def test_day_of_majority__ends_it(self, world: World) -> None:
        until = self.assign(world)
        late = {"deadline": day_start(until) + 100}
        intents = [world.intent(IntentKind.OPEN_WALLET, MINOR, OPEN, **late) for _ in range(2)]
        world.travel(day_start(until) - 1)
        executed(world, world.sign(intents[0], CARL))
        skipped(world, world.sign(intents[1], CARL))
        assert world.now == day_start(until)
        executed(world, world.sign(intents[1], MINOR))

    def test_frozen_guardian__is_named(self, world: World) -> None:
        self.assign(world)
        freeze(world, CARL)
        skipped(world, world.sign(opening(world, MINOR), CARL), FROZEN)

    def test_frozen_minor__cannot_act_through_a_guardian(self, world: World) -> None:
        self.assign(world)
        freeze(world, MINOR)
        skipped(world, world.sign(opening(world, MINOR), CARL))

    def test_guardian_in_an_organisations_kind__is_invalid(self, world: World) -> None:
        self.assign(world)
        body = ContractProvider(CLINIC.account, False)
        intent = world.intent(IntentKind.CONTRACT_PROVIDER, MINOR, body)
        skipped(world, world.sign(intent, CARL))
