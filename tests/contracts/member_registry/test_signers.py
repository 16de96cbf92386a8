"""SignerBook in both registries: unique for ever, rotated with an overlap, never revived."""

import pytest

from node.domain.parties import SignerKind
from node.intents.bodies import RotateSigner
from tests.fixtures.actors import ANN, BEN, CLINIC, HOSPITAL, STRANGER, Actor, word
from tests.fixtures.evm.in_process import Outcome
from tests.fixtures.evm.world import World

NEW = word("new key")
NO_KEY = "0x" + "0" * 64
UNKNOWN, ACTIVE = 0, 1
SECP256K1, P256 = SignerKind
PLACES = [("MemberRegistry", ANN, BEN), ("ProviderRegistry", CLINIC, HOSPITAL)]
each_registry = pytest.mark.parametrize(("registry", "actor", "other"), PLACES)


def rotate(world: World, registry: str, actor: Actor, body: RotateSigner) -> Outcome:
    return world.handle(registry, "rotateSigner", actor, body)


def status(world: World, registry: str, actor: Actor, key: str, *, kind: int = SECP256K1) -> int:
    return int(world.call(registry, "signerStatus", actor.account, key, kind))


@each_registry
class TestRotate:
    """P18."""

    def test_new_key__works_beside_the_old_one(
        self, world: World, registry: str, actor: Actor, other: Actor
    ) -> None:
        outcome = rotate(world, registry, actor, RotateSigner(NEW, P256, NO_KEY, 0))
        assert outcome.one("SignerSet").args == {
            "account": actor.account,
            "key": NEW,
            "kind": P256,
            "validFrom": outcome.timestamp,
            "validUntil": 0,
        }
        assert status(world, registry, actor, NEW, kind=P256) == ACTIVE
        assert status(world, registry, actor, NEW, kind=SECP256K1) == UNKNOWN
        assert status(world, registry, other, NEW, kind=P256) == UNKNOWN
        assert status(world, registry, actor, actor.signer.key) == ACTIVE

    def test_key_of_anybody__is_taken_for_ever(
        self, world: World, registry: str, actor: Actor, other: Actor
    ) -> None:
        ended = RotateSigner(NO_KEY, 0, actor.signer.key, 0)
        rotate(world, registry, actor, ended)
        for who in (actor, other):
            with world.reverts("SignerTaken", actor.signer.key):
                rotate(world, registry, who, RotateSigner(actor.signer.key, 0, NO_KEY, 0))

    def test_old_key__ends_at_its_second(
        self, world: World, registry: str, actor: Actor, other: Actor
    ) -> None:
        end = world.now + 500
        outcome = rotate(world, registry, actor, RotateSigner(NEW, 0, actor.signer.key, end))
        added, ended = outcome.all("SignerSet")
        assert added["key"] == NEW
        assert ended["key"] == actor.signer.key
        assert ended["validUntil"] == end
        assert 0 < ended["validFrom"] < outcome.timestamp
        for timestamp, expected in ((end - 1, ACTIVE), (end, UNKNOWN)):
            world.travel(timestamp)
            world.tester.mine_block()
            assert status(world, registry, actor, actor.signer.key) == expected

    def test_past_end__ends_the_key_now(
        self, world: World, registry: str, actor: Actor, other: Actor
    ) -> None:
        for past in (0, 1):
            key = word(f"key {past}")
            rotate(world, registry, actor, RotateSigner(key, 0, NO_KEY, 0))
            outcome = rotate(world, registry, actor, RotateSigner(NO_KEY, 0, key, past))
            assert outcome.one("SignerSet")["validUntil"] == outcome.timestamp
            assert status(world, registry, actor, key) == UNKNOWN

    def test_end__moves_forward_in_time_only(
        self, world: World, registry: str, actor: Actor, other: Actor
    ) -> None:
        key, end = actor.signer.key, world.now + 500
        for wanted, expected in ((end, end), (end + 100, end), (end - 100, end - 100)):
            outcome = rotate(world, registry, actor, RotateSigner(NO_KEY, 0, key, wanted))
            assert outcome.one("SignerSet")["validUntil"] == expected

    def test_end_beyond_the_counter__is_the_last_second_it_holds(
        self, world: World, registry: str, actor: Actor, other: Actor
    ) -> None:
        body = RotateSigner(NO_KEY, 0, actor.signer.key, (1 << 64) - 1)
        outcome = rotate(world, registry, actor, body)
        assert outcome.one("SignerSet")["validUntil"] == (1 << 40) - 1
        assert status(world, registry, actor, actor.signer.key) == ACTIVE

    def test_key_of_another__cannot_be_ended(
        self, world: World, registry: str, actor: Actor, other: Actor
    ) -> None:
        with world.reverts("NotOwner", actor.account, other.signer.key):
            body = RotateSigner(NEW, 0, other.signer.key, 0)
            rotate(world, registry, actor, body)
        assert status(world, registry, actor, NEW) == UNKNOWN

    def test_neither_key__is_refused(
        self, world: World, registry: str, actor: Actor, other: Actor
    ) -> None:
        with world.reverts("NotOwner", actor.account, NO_KEY):
            rotate(world, registry, actor, RotateSigner(NO_KEY, 0, NO_KEY, 0))

    def test_anybody_but_the_router__is_refused(
        self, world: World, registry: str, actor: Actor, other: Actor
    ) -> None:
        body = RotateSigner(NEW, 0, NO_KEY, 0)
        with world.reverts("AccessManagedUnauthorized", world.nobody):
            world.handle(registry, "rotateSigner", actor, body, sender=world.nobody)


class TestUnknownAccounts:
    def test_unknown_member__is_refused(self, world: World) -> None:
        with world.reverts("MemberUnknown", STRANGER.account):
            rotate(world, "MemberRegistry", STRANGER, RotateSigner(NEW, 0, NO_KEY, 0))

    def test_unknown_organisation__is_refused(self, world: World) -> None:
        with world.reverts("ProviderUnknown", STRANGER.account):
            rotate(world, "ProviderRegistry", STRANGER, RotateSigner(NEW, 0, NO_KEY, 0))

    def test_zero_account__has_no_signer(self, world: World) -> None:
        nobody = "0x" + "0" * 40
        for registry in ("MemberRegistry", "ProviderRegistry"):
            assert world.call(registry, "signerStatus", nobody, NO_KEY, 0) == UNKNOWN


class TestMainSigner:
    """The key that stands in the member's own record is good exactly as long as its entry."""

    FIRST, SECOND = (f"0x{number:064x}" for number in (0xA11CE, 0xB0B))

    def statuses(self, world: World) -> list[int]:
        keys = (ANN.signer.key, self.FIRST, self.SECOND)
        return [status(world, "MemberRegistry", ANN, key) for key in keys]

    def test_newest_of_several__leaves_the_others_good(self, world: World) -> None:
        for key in (self.FIRST, self.SECOND):
            rotate(world, "MemberRegistry", ANN, RotateSigner(key, SECP256K1, NO_KEY, 0))
        assert self.statuses(world) == [ACTIVE, ACTIVE, ACTIVE]
        assert status(world, "MemberRegistry", ANN, self.SECOND, kind=P256) == UNKNOWN
        assert status(world, "MemberRegistry", BEN, self.SECOND) == UNKNOWN

    @pytest.mark.parametrize("ended", [0, 1, 2])
    def test_end_of_one__ends_no_other(self, world: World, ended: int) -> None:
        for key in (self.FIRST, self.SECOND):
            rotate(world, "MemberRegistry", ANN, RotateSigner(key, SECP256K1, NO_KEY, 0))
        key = (ANN.signer.key, self.FIRST, self.SECOND)[ended]
        rotate(world, "MemberRegistry", ANN, RotateSigner(NO_KEY, SECP256K1, key, 0))
        expected = [ACTIVE, ACTIVE, ACTIVE]
        expected[ended] = UNKNOWN
        assert self.statuses(world) == expected

    def test_key_added_and_ended_at_once__is_no_signer(self, world: World) -> None:
        body = RotateSigner(self.FIRST, SECP256K1, self.FIRST, 0)
        outcome = rotate(world, "MemberRegistry", ANN, body)
        assert [event["validUntil"] for event in outcome.events] == [0, outcome.timestamp]
        assert self.statuses(world) == [ACTIVE, UNKNOWN, UNKNOWN]

    def test_later_end__still_ends_it(self, world: World) -> None:
        end = world.now + 500
        rotate(world, "MemberRegistry", ANN, RotateSigner(self.FIRST, SECP256K1, NO_KEY, 0))
        rotate(world, "MemberRegistry", ANN, RotateSigner(NO_KEY, SECP256K1, self.FIRST, end))
        for timestamp, expected in ((end - 1, ACTIVE), (end, UNKNOWN)):
            world.travel(timestamp)
            world.tester.mine_block()
            assert self.statuses(world) == [ACTIVE, expected, UNKNOWN]

    def test_passkey_that_looks_like_an_address__is_none(self, world: World) -> None:
        rotate(world, "MemberRegistry", ANN, RotateSigner(self.FIRST, P256, NO_KEY, 0))
        assert self.statuses(world) == [ACTIVE, UNKNOWN, UNKNOWN]
        assert status(world, "MemberRegistry", ANN, self.FIRST, kind=P256) == ACTIVE

    def test_key_beyond_an_address__is_not_cut_to_one(self, world: World) -> None:
        dirty = f"0x{(1 << 160) + 0xA11CE:064x}"
        rotate(world, "MemberRegistry", ANN, RotateSigner(dirty, SECP256K1, NO_KEY, 0))
        assert self.statuses(world) == [ACTIVE, UNKNOWN, UNKNOWN]

    def test_frozen_member__has_no_good_key_of_either_sort(self, world: World) -> None:
        rotate(world, "MemberRegistry", ANN, RotateSigner(self.FIRST, SECP256K1, NO_KEY, 0))
        for frozen, expected in ((True, 2), (False, ACTIVE)):
            arguments = (ANN.account, frozen, word("lost"))
            world.transact("MemberRegistry", "freezeSigners", *arguments, sender=world.keeper)
            assert self.statuses(world) == [expected, expected, UNKNOWN]
