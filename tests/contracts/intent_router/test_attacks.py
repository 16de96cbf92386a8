"""What a dishonest relayer or organisation tries with other people's signatures (M05, P16)."""

from dataclasses import replace

import pytest

from node.domain.kinds import Pocket
from node.intents.bodies import AcceptTransfer, Deposit, IntentBody, OpenWallet, RotateSigner
from node.intents.messages import IntentKind
from tests.contracts.intent_router.batches import KIND, batch_data, item_bytes, with_word
from tests.fixtures.actors import ANN, BANK, BEN, INSURER, OFFICER_A, Actor, Officer, word
from tests.fixtures.evm.in_process import selector_of
from tests.fixtures.evm.world import World

UNKNOWN = {selector_of(name) for name in ("KindUnknown", "BodyNotCanonical", "SignatureInvalid")}
SECOND = Officer("SECOND WITH THE FIRST ONE'S KEY")
NO_KEY = "0x" + "0" * 64


class TestOtherKind:
    @pytest.mark.parametrize(
        ("kind", "actor", "body"),
        [
            (IntentKind.OPEN_WALLET, ANN, OpenWallet(word("terms"))),
            (IntentKind.ACCEPT_TRANSFER, ANN, AcceptTransfer(BEN.account, 1)),
            (
                *(IntentKind.DEPOSIT, BANK),
                Deposit(ANN.account, int(Pocket.CASH), 100, word("notice")),
            ),
            (
                *(IntentKind.ROTATE_MEMBER_SIGNER, ANN),
                RotateSigner(word("new key"), 0, ANN.signer.key, 0),
            ),
        ],
        ids=lambda value: value.name if isinstance(value, IntentKind | Actor) else "body",
    )
    def test_signature_for_one_kind__serves_no_other(
        self, world: World, kind: IntentKind, actor: Actor, body: IntentBody
    ) -> None:
        """The same words under another kind are another message, also where the shape fits."""
        intent = world.intent(kind, actor, body)
        item = item_bytes(world.sign(intent))
        others = [int(other) for other in IntentKind if other is not kind]
        data = batch_data([with_word(item, KIND, other) for other in others])
        outcome = world.send_data("IntentRouter", data, sender=world.relayer)
        assert outcome.names == ["IntentSkipped"] * len(others)
        assert {event["reason"] for event in outcome.events} <= UNKNOWN
        assert not world.call("IntentRouter", "isNonceUsed", actor.account, intent.nonce)


class TestSharedKey:
    def test_two_officers_with_one_key__cannot_be(self, world: World) -> None:
        """P16: whoever has one key is one pair of eyes."""
        body = replace(SECOND.registration, signer_key=OFFICER_A.signer.key)
        with world.reverts("SignerTaken", OFFICER_A.signer.key):
            world.handle("ProviderRegistry", "registerOfficer", INSURER, body)

    def test_key_that_has_ended__is_not_handed_on(self, world: World) -> None:
        ended = RotateSigner(NO_KEY, 0, OFFICER_A.signer.key, 0)
        world.handle("ProviderRegistry", "rotateSigner", OFFICER_A, ended)
        body = replace(SECOND.registration, signer_key=OFFICER_A.signer.key)
        with world.reverts("SignerTaken", OFFICER_A.signer.key):
            world.handle("ProviderRegistry", "registerOfficer", INSURER, body)
