"""Passkeys: P-256 signatures checked by the contract, by precompile or by its own arithmetic."""

from dataclasses import replace

import pytest

from node.domain.parties import SignerKind
from node.intents.bodies import LinkFamily, OpenWallet, RotateSigner
from node.intents.messages import Intent, IntentKind, Signature, SignedIntent
from node.intents.signing import P256Signer
from node.intents.verify import P256_ORDER
from tests.fixtures.actors import ANN, BEN, CLINIC, Actor, word
from tests.fixtures.evm.in_process import selector_of
from tests.fixtures.evm.world import World, forged

PASSKEY = P256Signer(0xA11CE)
OTHER = P256Signer(0xB0B)
NO_KEY = "0x" + "0" * 64
OPEN = OpenWallet(word("new terms"))


@pytest.fixture
def passkeys(world: World) -> World:
    """Return the world with a passkey for ANN beside her first key."""
    add(world, "MemberRegistry", ANN, PASSKEY)
    return world


def add(world: World, registry: str, actor: Actor, key: P256Signer) -> None:
    body = RotateSigner(key.key, SignerKind.P256, NO_KEY, 0)
    world.handle(registry, "rotateSigner", actor, body)


def opening(world: World) -> Intent:
    return world.intent(IntentKind.OPEN_WALLET, ANN, OPEN)


def signed(world: World, key: P256Signer = PASSKEY) -> SignedIntent:
    intent = opening(world)
    return SignedIntent(intent, (key.sign(world.digest(intent), ANN.account),))


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def invalid(world: World, item: SignedIntent) -> None:
    outcome = world.send(item)
    assert outcome.one("IntentSkipped")["reason"] == selector_of("SignatureInvalid")
    assert not world.call("IntentRouter", "isNonceUsed", ANN.account, item.intent.nonce)


class TestPasskey:
    """M04."""

    def test_passkey__signs_like_any_key(self, passkeys: World) -> None:
        assert passkeys.send(signed(passkeys)).names == ["WalletOpened", "IntentExecuted"]

    def test_organisation__may_sign_with_one_too(self, passkeys: World) -> None:
        add(passkeys, "ProviderRegistry", CLINIC, OTHER)
        body = RotateSigner(word("third"), 0, NO_KEY, 0)
        intent = passkeys.intent(IntentKind.ROTATE_ORGANISATION_SIGNER, CLINIC, body)
        signature = OTHER.sign(passkeys.digest(intent), CLINIC.account)
        outcome = passkeys.send(SignedIntent(intent, (signature,)))
        assert outcome.names == ["SignerSet", "IntentExecuted"]

    def test_two_curves__meet_in_one_item(self, passkeys: World) -> None:
        intent = passkeys.intent(IntentKind.LINK_FAMILY, ANN, LinkFamily(BEN.account, 1))
        digest = passkeys.digest(intent)
        pair = (PASSKEY.sign(digest, ANN.account), BEN.signer.sign(digest, BEN.account))
        assert passkeys.send(SignedIntent(intent, pair)).names[-1] == "IntentExecuted"

    def test_key_that_is_not_registered__is_invalid(self, passkeys: World) -> None:
        invalid(passkeys, signed(passkeys, OTHER))

    def test_signature_over_another_digest__is_invalid(self, passkeys: World) -> None:
        item = signed(passkeys)
        invalid(passkeys, replace(item, intent=replace(item.intent, nonce=item.intent.nonce + 9)))

    def test_high_s__is_invalid(self, passkeys: World) -> None:
        item = signed(passkeys)
        data = item.signatures[0].data
        s = P256_ORDER - int.from_bytes(data[32:64], "big")
        invalid(passkeys, forged(item, data[:32] + number(s) + data[64:]))

    @pytest.mark.parametrize("change", ["short", "long", "empty", "off the curve", "zero s"])
    def test_bytes_that_are_no_signature__are_invalid(self, passkeys: World, change: str) -> None:
        item = signed(passkeys)
        data = item.signatures[0].data
        bad = {
            "short": data[:127],
            "long": data + b"\0",
            "empty": b"",
            "off the curve": data[:127] + bytes([data[127] ^ 1]),
            "zero s": data[:32] + number(0) + data[64:],
        }
        invalid(passkeys, forged(item, bad[change]))

    def test_key_registered_for_the_other_curve__is_invalid(self, world: World) -> None:
        body = RotateSigner(PASSKEY.key, SignerKind.SECP256K1, NO_KEY, 0)
        world.handle("MemberRegistry", "rotateSigner", ANN, body)
        invalid(world, signed(world))

    def test_signature_said_to_be_of_the_other_curve__is_invalid(self, passkeys: World) -> None:
        item = signed(passkeys)
        data = item.signatures[0].data
        other = Signature(ANN.account, SignerKind.SECP256K1, data)
        invalid(passkeys, replace(item, signatures=(other,)))
