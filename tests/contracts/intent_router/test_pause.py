"""A pause stops everything but the governance kinds that lift it; nothing is burnt meanwhile."""

from node.domain.parties import ActionKind
from node.intents.bodies import ApproveAction, OpenWallet, ProposeAction
from node.intents.messages import IntentKind
from tests.fixtures.actors import ANN, BEN, GUARD_A, GUARD_B, word
from tests.fixtures.evm.in_process import Outcome, selector_of
from tests.fixtures.evm.world import World
from tests.fixtures.intents.bodies import ALL_KINDS, sample_body

GOVERNANCE = (IntentKind.PROPOSE_ACTION, IntentKind.APPROVE_ACTION)
OPEN = OpenWallet(word("new terms"))


def decide(world: World, action: ActionKind) -> Outcome:
    """Let two officers decide by signed intents."""
    proposal = world.intent(IntentKind.PROPOSE_ACTION, GUARD_A, ProposeAction(action, b""))
    world.send(proposal)
    approval = ApproveAction(world.digest(proposal), b"")
    return world.send(world.intent(IntentKind.APPROVE_ACTION, GUARD_B, approval))


class TestPause:
    def test_paused_router__skips_items_and_burns_nothing(self, world: World) -> None:
        intent = world.intent(IntentKind.OPEN_WALLET, ANN, OPEN)
        assert decide(world, ActionKind.PAUSE).one("PauseSet")["paused"] is True
        assert world.send(intent).one("IntentSkipped").args == {
            "digest": world.digest(intent),
            "actor": ANN.account,
            "reason": selector_of("Paused"),
        }
        assert not world.call("IntentRouter", "isNonceUsed", ANN.account, intent.nonce)

    def test_every_kind_but_those_of_governance__waits(self, world: World) -> None:
        decide(world, ActionKind.PAUSE)
        waiting = [kind for kind in ALL_KINDS if kind not in GOVERNANCE]
        batch = [world.intent(kind, ANN, sample_body(kind)) for kind in waiting]
        skipped = world.send(*batch).all("IntentSkipped")
        assert [event["digest"] for event in skipped] == [world.digest(one) for one in batch]
        assert {event["reason"] for event in skipped} == {selector_of("Paused")}

    def test_pause__is_told_before_deadline_and_signatures(self, world: World) -> None:
        decide(world, ActionKind.PAUSE)
        late = world.intent(IntentKind.OPEN_WALLET, ANN, OPEN, deadline=0)
        reason = world.send(world.sign(late, BEN)).one("IntentSkipped")["reason"]
        assert reason == selector_of("Paused")

    def test_governance__runs_and_lifts_the_pause(self, world: World) -> None:
        """P16: two officers are needed."""
        intent = world.intent(IntentKind.OPEN_WALLET, ANN, OPEN)
        decide(world, ActionKind.PAUSE)
        world.send(intent)
        outcome = decide(world, ActionKind.UNPAUSE)
        assert outcome.names == ["ActionApproved", "PauseSet", "IntentExecuted"]
        assert world.send(intent).names == ["WalletOpened", "IntentExecuted"]

    def test_pause_in_the_middle_of_a_batch__counts_from_the_next(self, world: World) -> None:
        proposal = world.intent(
            IntentKind.PROPOSE_ACTION, GUARD_A, ProposeAction(ActionKind.PAUSE, b"")
        )
        world.send(proposal)
        approval = world.intent(
            IntentKind.APPROVE_ACTION, GUARD_B, ApproveAction(world.digest(proposal), b"")
        )
        intent = world.intent(IntentKind.OPEN_WALLET, ANN, OPEN)
        assert world.send(approval, intent).names[-1] == "IntentExecuted"
        assert world.send(world.intent(IntentKind.OPEN_WALLET, ANN, OPEN)).names == [
            "IntentSkipped"
        ]
