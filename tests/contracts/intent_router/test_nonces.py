"""The nonce bitmap: unordered, each bit once, cancelled by the actor only."""

from itertools import pairwise

import pytest

from node.intents.bodies import CancelIntent, OpenWallet
from node.intents.messages import Intent, IntentKind
from tests.fixtures.actors import ANN, BEN, word
from tests.fixtures.evm.in_process import selector_of
from tests.fixtures.evm.world import World

OPEN = OpenWallet(word("new terms"))
SPACE = 0xABCDEF << 64
EDGES = (0, 1, 255, 256, 257, (1 << 64) - 1, SPACE, SPACE + 255, SPACE + 256, (1 << 256) - 1)


def opening(world: World, nonce: int) -> Intent:
    return world.intent(IntentKind.OPEN_WALLET, ANN, OPEN, nonce=nonce)


def cancel(world: World, nonce: int, own: int = 1_000) -> Intent:
    body = CancelIntent(nonce)
    return world.intent(IntentKind.CANCEL_INTENT, ANN, body, nonce=own)


class TestBitmap:
    def test_nonces_in_any_order__each_work_once(self, world: World) -> None:
        order = [*EDGES[::-2], *EDGES[-2::-2]]
        assert sorted(order) == sorted(EDGES)
        for nonce in order:
            assert not world.call("IntentRouter", "isNonceUsed", ANN.account, nonce)
            assert world.send(opening(world, nonce)).names[-1] == "IntentExecuted"
            assert world.call("IntentRouter", "isNonceUsed", ANN.account, nonce)
        outcome = world.send(*(opening(world, nonce) for nonce in EDGES))
        assert outcome.names == ["IntentSkipped"] * len(EDGES)
        assert {event["reason"] for event in outcome.events} == {selector_of("NonceUsed")}

    @pytest.mark.parametrize(("used", "free"), list(pairwise(EDGES)))
    def test_neighbouring_nonces__are_independent(self, world: World, used: int, free: int) -> None:
        world.send(opening(world, used))
        assert not world.call("IntentRouter", "isNonceUsed", ANN.account, free)

    def test_actors__have_nonces_of_their_own(self, world: World) -> None:
        world.send(opening(world, 5))
        assert not world.call("IntentRouter", "isNonceUsed", BEN.account, 5)
        intent = world.intent(IntentKind.OPEN_WALLET, BEN, OPEN, nonce=5)
        assert world.send(intent).names[-1] == "IntentExecuted"

    def test_256_intents_of_one_gateway__share_a_slot(self, world: World) -> None:
        first, *rest = [world.send(opening(world, SPACE + n)).gas_used for n in range(4)]
        assert all(first - gas > 15_000 for gas in rest)


class TestCancel:
    def test_cancelled_nonce__is_burnt(self, world: World) -> None:
        outcome = world.send(cancel(world, 7))
        assert outcome.one("IntentCancelled").args == {"actor": ANN.account, "intentNonce": 7}
        assert outcome.names == ["IntentCancelled", "IntentExecuted"]
        for nonce in (7, 1_000):
            assert world.call("IntentRouter", "isNonceUsed", ANN.account, nonce)
        assert world.send(opening(world, 7)).names == ["IntentSkipped"]

    def test_used_nonce__cannot_be_cancelled(self, world: World) -> None:
        world.send(opening(world, 7))
        reason = world.refusal(cancel(world, 7))
        assert (reason.name, reason.values) == ("NonceUsed", (ANN.account, 7))

    def test_own_nonce__cannot_be_cancelled(self, world: World) -> None:
        reason = world.refusal(cancel(world, 1_000))
        assert (reason.name, reason.values) == ("NonceUsed", (ANN.account, 1_000))

    def test_nonce_of_another_actor__stays(self, world: World) -> None:
        world.send(cancel(world, 7))
        assert not world.call("IntentRouter", "isNonceUsed", BEN.account, 7)
