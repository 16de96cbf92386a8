"""ActionRegistry: two officers pause, unpause and correct; one alone cannot (P16)."""

import pytest
from eth_abi.abi import encode

from node.chain.deployment.deploy import directory_name
from node.domain.parties import ActionKind, OfficerRole
from node.intents.bodies import ApproveAction, ProposeAction
from tests.fixtures.actors import (
    ANN,
    BEN,
    CLERK,
    CLINIC,
    GUARD_A,
    GUARD_B,
    INSURER,
    OFFICER_A,
    OFFICER_B,
    OPERATOR,
    Actor,
    Officer,
    left,
    word,
)
from tests.fixtures.evm.in_process import Outcome, checksummed
from tests.fixtures.evm.world import World

REGISTRY = "ActionRegistry"
POSTING = "(address,uint8,address,uint8,uint64)"
REF = word("the mistake")


def correction(amount_fen: int = 500) -> bytes:
    posting = (ANN.account, 0, BEN.account, 0, amount_fen)
    value = (bytes.fromhex(REF[2:]), [posting])
    return encode([f"(bytes32,{POSTING}[])"], [value])


def propose(
    world: World, actor: Actor, action: int, payload: bytes = b"", *, ref: str = ""
) -> Outcome:
    ref = ref or word(f"action {action} {payload.hex()}")
    return world.handle(REGISTRY, "propose", actor, ProposeAction(action, payload), ref=ref)


def approve(world: World, actor: Actor, proposal: Outcome, payload: bytes = b"") -> Outcome:
    body = ApproveAction(proposal.one("ActionProposed")["actionId"], payload)
    return world.handle(REGISTRY, "approve", actor, body)


@pytest.fixture
def recorded(world: World) -> World:
    """Return the world with a recorder in place of WalletOperations."""
    address = world.create("CallRecorder")
    world.transact("NetworkDirectory", "set", directory_name("WalletOperations"), address)
    return world


class TestPropose:
    @pytest.mark.parametrize("action", [0, 4, 255])
    def test_unknown_action__is_refused(self, world: World, action: int) -> None:
        with world.reverts("KindUnknown", action):
            propose(world, GUARD_A, action)

    @pytest.mark.parametrize("action", [ActionKind.PAUSE, ActionKind.CORRECT])
    @pytest.mark.parametrize("actor", [ANN, CLINIC, CLERK, OPERATOR])
    def test_actor_without_the_role__is_refused(
        self, world: World, actor: Actor, action: ActionKind
    ) -> None:
        with world.reverts("RoleMissing", actor.account, left("OFFICER")):
            propose(world, actor, action)

    @pytest.mark.parametrize("action", [ActionKind.PAUSE, ActionKind.UNPAUSE])
    def test_pause_by_an_insurers_officer__is_refused(
        self, world: World, action: ActionKind
    ) -> None:
        organisation = world.call("ProviderRegistry", "requireOfficer", OFFICER_A.account, 2)
        with world.reverts("RoleMissing", organisation, left("OPERATOR")):
            propose(world, OFFICER_A, action)

    @pytest.mark.parametrize("action", list(ActionKind)[1:])
    def test_officer_of_a_clinic__is_refused(self, world: World, action: ActionKind) -> None:
        """Any organisation may appoint officers, but not to move other people's money."""
        own = Officer("CLINIC OFFICER")
        world.handle("ProviderRegistry", "registerOfficer", CLINIC, own.registration)
        with world.reverts("RoleMissing", CLINIC.account, left("OPERATOR")):
            propose(world, own, action)

    def test_one_role__is_not_the_other(self, world: World) -> None:
        pauser = Officer("PAUSER", roles=int(OfficerRole.PAUSE))
        corrector = Officer("CORRECTOR", roles=int(OfficerRole.CORRECTION))
        for officer in (pauser, corrector):
            world.handle("ProviderRegistry", "registerOfficer", OPERATOR, officer.registration)
        propose(world, pauser, ActionKind.PAUSE)
        propose(world, corrector, ActionKind.CORRECT)
        with world.reverts("RoleMissing", pauser.account, left("OFFICER")):
            propose(world, pauser, ActionKind.CORRECT)
        with world.reverts("RoleMissing", corrector.account, left("OFFICER")):
            propose(world, corrector, ActionKind.UNPAUSE)

    @pytest.mark.parametrize("actor", [GUARD_A, OFFICER_A])
    def test_proposal__is_told_and_changes_nothing(self, world: World, actor: Actor) -> None:
        outcome = propose(world, actor, ActionKind.CORRECT, b"payload", ref=word("id"))
        assert outcome.one("ActionProposed").args == {
            "actionId": word("id"),
            "officer": actor.account,
            "kind": ActionKind.CORRECT,
            "payloadHash": word("payload"),
        }
        assert outcome.names == ["ActionProposed"]
        assert world.call(REGISTRY, "paused") is False


class TestApprove:
    def test_same_officer__is_refused(self, world: World) -> None:
        proposal = propose(world, GUARD_A, ActionKind.PAUSE)
        with world.reverts("SameApprover", GUARD_A.account):
            approve(world, GUARD_A, proposal)
        assert world.call(REGISTRY, "paused") is False

    def test_unknown_action__is_refused(self, world: World) -> None:
        with world.reverts("QuoteStale", word("nothing")):
            body = ApproveAction(word("nothing"), b"")
            world.handle(REGISTRY, "approve", GUARD_B, body)

    def test_other_payload__is_refused(self, world: World) -> None:
        proposal = propose(world, GUARD_A, ActionKind.CORRECT, correction())
        with world.reverts("QuoteStale", proposal.events[0]["actionId"]):
            approve(world, GUARD_B, proposal, correction(501))

    @pytest.mark.parametrize("actor", [ANN, CLERK, OPERATOR])
    def test_actor_without_the_role__is_refused(self, world: World, actor: Actor) -> None:
        proposal = propose(world, GUARD_A, ActionKind.PAUSE)
        with world.reverts("RoleMissing", actor.account, left("OFFICER")):
            approve(world, actor, proposal)

    def test_insurers_officer__cannot_approve_a_pause(self, world: World) -> None:
        proposal = propose(world, GUARD_A, ActionKind.PAUSE)
        with world.reverts("RoleMissing"):
            approve(world, OFFICER_A, proposal)

    def test_suspended_organisation__cannot_approve(self, world: World) -> None:
        proposal = propose(world, GUARD_A, ActionKind.PAUSE)
        arguments = (OPERATOR.account, 2, word("audit"))
        world.transact("ProviderRegistry", "setStatus", *arguments, sender=world.keeper)
        with world.reverts("RoleMissing", GUARD_B.account, left("OFFICER")):
            approve(world, GUARD_B, proposal)

    def test_second_approval__is_refused(self, world: World) -> None:
        proposal = propose(world, GUARD_A, ActionKind.PAUSE)
        approve(world, GUARD_B, proposal)
        with world.reverts("AlreadyExists", proposal.events[0]["actionId"]):
            approve(world, GUARD_B, proposal)

    def test_two_officers__pause_and_unpause(self, world: World) -> None:
        for action, paused in ((ActionKind.PAUSE, True), (ActionKind.UNPAUSE, False)):
            proposal = propose(world, GUARD_A, action)
            outcome = approve(world, GUARD_B, proposal)
            assert outcome.names == ["ActionApproved", "PauseSet"]
            assert outcome.events[0].args == {
                "actionId": proposal.events[0]["actionId"],
                "officer": GUARD_B.account,
                "kind": action,
            }
            assert outcome.one("PauseSet")["paused"] is paused
            assert world.call(REGISTRY, "paused") is paused

    def test_pause_twice__stays_paused(self, world: World) -> None:
        for name in ("first", "second"):
            proposal = propose(world, GUARD_A, ActionKind.PAUSE, ref=word(name))
            approve(world, GUARD_B, proposal)
            assert world.call(REGISTRY, "paused") is True


class TestCorrection:
    @pytest.mark.parametrize(("first", "second"), [(GUARD_A, OFFICER_B), (OFFICER_A, GUARD_B)])
    def test_two_officers__post_exactly_the_payload(
        self, recorded: World, first: Actor, second: Actor
    ) -> None:
        proposal = propose(recorded, first, ActionKind.CORRECT, correction())
        outcome = approve(recorded, second, proposal, correction())
        assert outcome.names == ["ActionApproved", "Called"]
        action_id = proposal.events[0]["actionId"]
        arguments = [action_id, REF, [(ANN.account, 0, BEN.account, 0, 500)]]
        operations = recorded.contracts["WalletOperations"]
        expected = operations.encode_abi("correct", checksummed(arguments))
        assert outcome.one("Called")["data"] == expected
        assert recorded.call(REGISTRY, "paused") is False

    @pytest.mark.parametrize(("first", "second"), [(GUARD_A, GUARD_B), (OFFICER_A, OFFICER_B)])
    def test_two_officers_of_one_organisation__cannot_correct(
        self, recorded: World, first: Actor, second: Actor
    ) -> None:
        """Whoever appoints its own officers would move anybody's money alone."""
        proposal = propose(recorded, first, ActionKind.CORRECT, correction())
        with recorded.reverts("SameApprover", second.account):
            approve(recorded, second, proposal, correction())

    def test_proposer_suspended_since__counts_no_more(self, recorded: World) -> None:
        proposal = propose(recorded, OFFICER_A, ActionKind.CORRECT, correction())
        arguments = (INSURER.account, 2, word("audit"))
        recorded.transact("ProviderRegistry", "setStatus", *arguments, sender=recorded.keeper)
        with recorded.reverts("RoleMissing", OFFICER_A.account, left("OFFICER")):
            approve(recorded, GUARD_B, proposal, correction())

    def test_payload_that_is_no_correction__is_refused(self, recorded: World) -> None:
        proposal = propose(recorded, OFFICER_A, ActionKind.CORRECT, b"garbage")
        with recorded.reverts(""):
            approve(recorded, GUARD_B, proposal, b"garbage")

    def test_correction_the_ledger_refuses__can_be_approved_later(self, world: World) -> None:
        proposal = propose(world, OFFICER_A, ActionKind.CORRECT, correction())
        with world.reverts("InsufficientBalance"):
            approve(world, GUARD_B, proposal, correction())


class TestRoles:
    @pytest.mark.parametrize("function", ["propose", "approve"])
    def test_anybody_but_the_router__is_refused(self, world: World, function: str) -> None:
        body = ProposeAction(1, b"") if function == "propose" else ApproveAction(word("x"), b"")
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            world.handle(REGISTRY, function, GUARD_A, body, sender=world.nobody)
