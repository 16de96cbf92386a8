"""Items that are garbage: skipped alone, whatever their bytes are; nothing is burnt."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.intents.bodies import OpenWallet, ProposeAction
from node.intents.encoding import encode_body
from node.intents.messages import IntentKind, SignedIntent
from tests.contracts.intent_router.batches import (
    ACTOR,
    BODY_AT,
    DEADLINE,
    KIND,
    NONCE,
    SIGNATURES_AT,
    WORD,
    batch_data,
    item_bytes,
    with_word,
    word_at,
)
from tests.fixtures.actors import ANN, BEN, GUARD_A, word
from tests.fixtures.evm.in_process import Outcome, checksummed, selector_of
from tests.fixtures.evm.world import World, wire
from tests.fixtures.intents.bodies import sample_body

OPEN = OpenWallet(word("new terms"))
HUGE = (1 << 256) - 1
NOBODY = "0x" + "0" * 40
NO_DIGEST = "0x" + "0" * 64


def good(world: World) -> SignedIntent:
    return world.sign(world.intent(IntentKind.OPEN_WALLET, ANN, OPEN))


def send(world: World, items: list[bytes], offsets: list[int] | None = None) -> Outcome:
    data = batch_data(items, offsets)
    return world.send_data("IntentRouter", data, sender=world.relayer)


def skip_alone(world: World, item: bytes) -> dict[str, str]:
    """Send garbage between two good items; return how it was skipped."""
    before, after = good(world), good(world)
    outcome = send(world, [item_bytes(before), item, item_bytes(after)])
    executed = ["WalletOpened", "IntentExecuted"]
    assert outcome.names == [*executed, "IntentSkipped", *executed]
    return outcome.one("IntentSkipped").args


def unreadable(reason: str = "BodyNotCanonical", actor: str = NOBODY) -> dict[str, str]:
    return {"digest": NO_DIGEST, "actor": actor, "reason": selector_of(reason)}


class TestEnvelope:
    def test_handmade_batch__is_read_like_any_other(self, world: World) -> None:
        item = good(world)
        assert (
            batch_data([item_bytes(item)])
            == "0x"
            + bytes.fromhex(
                world.contracts["IntentRouter"].encode_abi("execute", [[checksummed(wire(item))]])[
                    2:
                ]
            ).hex()
        )

    @pytest.mark.parametrize("kind", [0, 35, 255, HUGE])
    def test_unknown_kind__is_skipped(self, world: World, kind: int) -> None:
        item = with_word(item_bytes(good(world)), KIND, kind)
        assert skip_alone(world, item) == unreadable("KindUnknown", ANN.account)

    def test_actor_that_is_no_address__is_skipped(self, world: World) -> None:
        item = with_word(item_bytes(good(world)), ACTOR, int(ANN.account, 16) + (1 << 160))
        assert skip_alone(world, item) == unreadable()

    def test_deadline_beyond_64_bits__is_skipped(self, world: World) -> None:
        item = with_word(item_bytes(good(world)), DEADLINE, 1 << 64)
        assert skip_alone(world, item) == unreadable()

    def test_largest_deadline_and_nonce__are_fine(self, world: World) -> None:
        intent = world.intent(IntentKind.OPEN_WALLET, ANN, OPEN, nonce=HUGE, deadline=(1 << 64) - 1)
        item = item_bytes(world.sign(intent))
        assert word_at(item, NONCE) == HUGE
        assert send(world, [item]).names == ["WalletOpened", "IntentExecuted"]

    @pytest.mark.parametrize("place", [BODY_AT, SIGNATURES_AT])
    @pytest.mark.parametrize("offset", [HUGE, 1 << 255, 1 << 64, 100_000])
    def test_offset_beyond_the_calldata__is_skipped(
        self, world: World, place: int, offset: int
    ) -> None:
        item = with_word(item_bytes(good(world)), place, offset)
        assert skip_alone(world, item) == unreadable()

    def test_offset_of_the_last_word__is_read_and_no_further(self, world: World) -> None:
        # Its own last item, so that the calldata ends where the item ends.
        item = item_bytes(good(world))
        for place, reason in ((BODY_AT, "BodyNotCanonical"), (SIGNATURES_AT, "SignatureInvalid")):
            at_end = with_word(item, place, len(item) - WORD)
            skipped = send(world, [at_end]).one("IntentSkipped")
            assert skipped["reason"] == selector_of(reason)
            beyond = with_word(item, place, len(item) - WORD + 1)
            assert send(world, [beyond]).one("IntentSkipped").args == unreadable()

    @pytest.mark.parametrize("length", [HUGE, 1 << 128, 100_000])
    def test_body_longer_than_the_calldata__is_skipped(self, world: World, length: int) -> None:
        item = item_bytes(good(world))
        item = with_word(item, word_at(item, BODY_AT), length)
        assert skip_alone(world, item) == unreadable()

    @pytest.mark.parametrize("length", [0, 31, 160, 191])
    def test_item_cut_short__is_skipped(self, world: World, length: int) -> None:
        assert send(world, [item_bytes(good(world))[:length]]).events[0].args == unreadable()

    @pytest.mark.parametrize("offset", [HUGE, 1 << 255, 1 << 64, 1 << 32])
    def test_item_said_to_be_beyond_the_calldata__is_skipped(
        self, world: World, offset: int
    ) -> None:
        item = item_bytes(good(world))
        outcome = send(world, [item, item], [offset, 2 * WORD])
        assert outcome.names == ["IntentSkipped", "WalletOpened", "IntentExecuted"]
        assert outcome.events[0].args == unreadable()

    def test_item_at_the_very_end__is_skipped(self, world: World) -> None:
        item = item_bytes(good(world))
        end = WORD + len(item)
        for offset in (end, end + 1):
            assert send(world, [item], [offset]).events[0].args == unreadable()

    def test_array_that_is_no_array__reverts(self, world: World) -> None:
        data = batch_data([item_bytes(good(world))])
        with world.reverts(""):
            world.send_data("IntentRouter", data[: 2 + 2 * 36], sender=world.relayer)


class TestBody:
    @pytest.mark.parametrize("extra", [-32, -1, 1, 32])
    def test_static_body_of_another_length__is_skipped(self, world: World, extra: int) -> None:
        item = good(world)
        body = encode_body(item.intent.kind, item.intent.body)
        body = body + b"\0" * extra if extra > 0 else body[:extra]
        assert skip_alone(world, item_bytes(item, body)) == unreadable(actor=ANN.account)

    @pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 64])
    def test_trailing_bytes_of_any_size__are_read(self, world: World, size: int) -> None:
        body = ProposeAction(1, b"x" * size)
        intent = world.intent(IntentKind.PROPOSE_ACTION, GUARD_A, body)
        assert world.send(intent).names == ["ActionProposed", "IntentExecuted"]

    @pytest.mark.parametrize(
        ("name", "bad"),
        [
            ("another offset", lambda b: with_word(b, WORD, 96)),
            ("the outer offset", lambda b: with_word(b, WORD, 32)),
            ("a length without its data", lambda b: with_word(b, 2 * WORD, 65)),
            ("a shorter length", lambda b: with_word(b, 2 * WORD, 32)),
            ("a huge length", lambda b: with_word(b, 2 * WORD, HUGE)),
            ("a length that overflows", lambda b: with_word(b, 2 * WORD, HUGE - 30)),
            ("dirty padding", lambda b: b[:-1] + b"\1"),
            ("dirty padding at once", lambda b: b[: 3 * WORD + 33] + b"\1" + b[3 * WORD + 34 :]),
            ("a word more", lambda b: b + b"\0" * WORD),
            ("a word less", lambda b: b[:-WORD]),
            ("a byte less", lambda b: b[:-1]),
            ("no tail", lambda b: b[: 2 * WORD]),
            ("nothing", lambda b: b""),
        ],
    )
    def test_trailing_bytes_with__are_skipped(self, world: World, name: str, bad: object) -> None:
        assert callable(bad)
        intent = world.intent(IntentKind.PROPOSE_ACTION, GUARD_A, ProposeAction(1, b"x" * 33))
        body = bad(encode_body(intent.kind, intent.body))
        item = item_bytes(world.sign(intent), body)
        assert skip_alone(world, item) == unreadable(actor=GUARD_A.account), name

    @pytest.mark.parametrize(
        ("name", "bad"),
        [
            ("a line too many", lambda b: with_word(b, 19 * WORD, 3)),
            ("a line too few", lambda b: with_word(b, 19 * WORD, 1)),
            ("a huge count", lambda b: with_word(b, 19 * WORD, HUGE)),
            ("a count that overflows", lambda b: with_word(b, 19 * WORD, (1 << 251) + 2)),
            ("another offset", lambda b: with_word(b, 18 * WORD, 18 * WORD)),
            ("a word more", lambda b: b + b"\0" * WORD),
            ("a word less", lambda b: b[:-WORD]),
        ],
    )
    def test_lines_with__are_skipped(self, world: World, name: str, bad: object) -> None:
        assert callable(bad)
        intent = world.intent(
            IntentKind.SUBMIT_CLAIM, "0x2" + "0" * 39, sample_body(IntentKind.SUBMIT_CLAIM)
        )
        body = bad(encode_body(intent.kind, intent.body))
        item = item_bytes(world.sign(intent, BEN), body)
        assert skip_alone(world, item) == unreadable(actor="0x2" + "0" * 39), name

    def test_word_out_of_its_type__is_refused_by_the_handler(self, world: World) -> None:
        """The digest covers the word as it stands, so this was signed and burns its nonce."""
        intent = world.intent(IntentKind.LINK_FAMILY, ANN, sample_body(IntentKind.LINK_FAMILY))
        body = with_word(encode_body(intent.kind, intent.body), WORD, 7)
        packed = wire(world.sign(intent), body)
        ref = world.call("IntentRouter", "digestOf", packed)
        signatures = tuple(who.signer.sign(ref, who.account) for who in (ANN, BEN))
        item = item_bytes(SignedIntent(intent, signatures), body)
        outcome = send(world, [item])
        assert outcome.names == ["IntentRefused"]
        assert world.call("IntentRouter", "isNonceUsed", ANN.account, intent.nonce)


class TestDamage:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
    @given(data=st.data())
    def test_damaged_item__never_stops_its_neighbours(
        self, world: World, data: st.DataObject
    ) -> None:
        damaged = bytearray(item_bytes(good(world)))
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(damaged) - 1))
            damaged[place] ^= data.draw(st.integers(1, 255))
        garbage = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
        # The garbage stands last, so that what it points to is not another item.
        before = good(world)
        outcome = send(world, [item_bytes(before), garbage])
        assert outcome.names[:2] == ["WalletOpened", "IntentExecuted"]
        assert outcome.events[1]["digest"] == world.digest(before.intent)
        assert "IntentRefused" not in outcome.names
        assert len(outcome.all("IntentSkipped")) + len(outcome.all("IntentExecuted")) == 2
