"""Each kind reaches its own handler with exactly the actor, the digest and the signed body."""

import pytest
from eth_abi.abi import encode
from eth_utils.abi import function_abi_to_4byte_selector
from hypothesis import HealthCheck, given, settings

from node.intents.encoding import encode_body
from node.intents.messages import KINDS, ActorClass, Intent, IntentKind, SignedIntent
from node.intents.schema import Shape, schema_of
from node.intents.typed_data import type_hash
from tests.fixtures.actors import ANN, BEN, CLINIC, Actor
from tests.fixtures.evm.in_process import artifact, selector_of
from tests.fixtures.evm.world import World, wire
from tests.fixtures.intents.bodies import ALL_KINDS, TWO_SIGNATURES, intents, sample_body

ACTORS = {
    ActorClass.MEMBER: (ANN,),
    ActorClass.ORGANISATION: (CLINIC,),
    ActorClass.ANY: (ANN, CLINIC),
}
FORWARDED = [kind for kind in ALL_KINDS if kind is not IntentKind.CANCEL_INTENT]


def actor_of(kind: IntentKind) -> Actor:
    return ANN if KINDS[kind].actor is ActorClass.MEMBER else CLINIC


def expected_call(intent: Intent, digest: str) -> str:
    """Return what the handler of an intent must be called with, by its own interface."""
    rule = intent.rule
    entry = next(
        part
        for part in artifact(f"I{rule.contract}")["abi"]
        if part["type"] == "function" and part["name"] == rule.function
    )
    head = encode(["address", "bytes32"], [intent.actor, bytes.fromhex(digest[2:])])
    dynamic = schema_of(intent.kind).shape is not Shape.STATIC
    offset = (96).to_bytes(32, "big") if dynamic else b""
    body = encode_body(intent.kind, intent.body)
    return "0x" + (function_abi_to_4byte_selector(entry) + head + offset + body).hex()


class TestDispatch:
    @pytest.mark.parametrize("kind", FORWARDED)
    def test_kind__reaches_its_handler(self, recorder: World, kind: IntentKind) -> None:
        intent = recorder.intent(kind, actor_of(kind), sample_body(kind))
        outcome = recorder.send(intent)
        assert outcome.names == ["Called", "IntentExecuted"]
        assert outcome.events[0]["data"] == expected_call(intent, recorder.digest(intent))
        assert outcome.events[1]["kind"] == kind

    @pytest.mark.parametrize("kind", FORWARDED)
    def test_kind__finds_its_contract_by_name(self, world: World, kind: IntentKind) -> None:
        name = KINDS[kind].contract
        address = world.create("CallRecorder")
        key = name.encode().ljust(32, b"\0")
        world.transact("NetworkDirectory", "set", key, address)
        assert "Called" in world.send(world.intent(kind, actor_of(kind), sample_body(kind))).names

    @pytest.mark.parametrize("kind", ALL_KINDS)
    def test_number_of_signatures__is_that_of_the_kind(
        self, recorder: World, kind: IntentKind
    ) -> None:
        actor = actor_of(kind)
        intent = recorder.intent(kind, actor, sample_body(kind))
        wrong = (actor,) if kind in TWO_SIGNATURES else (actor, BEN)
        outcome = recorder.send(recorder.sign(intent, *wrong))
        assert outcome.one("IntentSkipped")["reason"] == selector_of("SignatureInvalid")

    @pytest.mark.parametrize("kind", ALL_KINDS)
    @pytest.mark.parametrize("actor", [ANN, CLINIC], ids=["member", "organisation"])
    def test_actor__is_looked_up_in_the_registries_of_its_class(
        self, recorder: World, kind: IntentKind, actor: Actor
    ) -> None:
        outcome = recorder.send(recorder.intent(kind, actor, sample_body(kind)))
        skipped = [event["reason"] for event in outcome.all("IntentSkipped")]
        strange = actor not in ACTORS[KINDS[kind].actor]
        assert skipped == [selector_of("SignatureInvalid")] * strange

    @pytest.mark.parametrize("kind", ALL_KINDS)
    @pytest.mark.parametrize("items", [0, 1, 4])
    def test_digest_and_type__are_those_of_python(
        self, world: World, kind: IntentKind, items: int
    ) -> None:
        intent = world.intent(kind, ANN, sample_body(kind, items=items))
        packed = wire(SignedIntent(intent, ()))
        assert world.call("IntentRouter", "digestOf", packed) == world.digest(intent)
        assert world.call("IntentRouter", "typeHashOf", kind) == "0x" + type_hash(kind).hex()


class TestDigestOf:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(intent=intents())
    def test_any_intent__has_the_digest_of_python(self, world: World, intent: Intent) -> None:
        packed = wire(SignedIntent(intent, ()))
        assert world.call("IntentRouter", "digestOf", packed) == world.digest(intent)

    def test_no_kind__is_refused(self, world: World) -> None:
        packed = (0, ANN.account, 0, 0, b"", [])
        with world.reverts("KindUnknown", 0):
            world.call("IntentRouter", "digestOf", packed)
        with world.reverts("KindUnknown", 0):
            world.call("IntentRouter", "typeHashOf", 0)

    def test_other_body__is_refused(self, world: World) -> None:
        kind = IntentKind.OPEN_WALLET
        intent = world.intent(kind, ANN, sample_body(kind))
        with world.reverts("BodyNotCanonical", int(kind)):
            world.call("IntentRouter", "digestOf", wire(SignedIntent(intent, ()), b"\0" * 31))
