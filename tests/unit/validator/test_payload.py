"""network.md "Rules of the bridge": the codec of payloads survives hostile bytes."""

import random
import zlib

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from node.validator.bridge.payload import (
    MAX_INFLATED,
    MAX_REQUESTS,
    MAX_TRANSACTIONS,
    VERSION,
    MalformedPayloadError,
    Payload,
    decode,
    encode,
    encode_within,
    from_engine,
    to_engine,
)
from node.validator.home.genesis import GAS_LIMIT, MAX_BLOCK_BYTES, MAX_EVIDENCE_BYTES
from tests.factories.validator import payload


def packed(items: object) -> bytes:
    return bytes([VERSION]) + zlib.compress(rlp.encode(items))


def fields() -> list[object]:
    return list(rlp.decode(zlib.decompress(encode(payload())[1:])))


def prefixed(body: bytes) -> bytes:
    return bytes(rlp.codec.length_prefix(len(body), 0xC0)) + body


class TestSize:
    """Gas bounds calldata: 40 per byte, 10 per zero byte, at least (EIP-7623)."""

    def _block(self, zeros: float, *, gas: int) -> Payload:
        chance = random.Random(7)
        count = int(gas / (40 - 30 * zeros))
        data = bytes(
            0 if chance.random() < zeros else chance.randrange(1, 256) for _ in range(count)
        )
        return payload(transactions=(data,))

    @pytest.mark.parametrize("zeros", [0.0, 0.3, 0.5, 0.6])
    def test_full_block_of_any_calldata__fits(self, zeros: float) -> None:
        """M: 291M gas made a payload that halted a network; here a tenth of a block is tried."""
        tenth = GAS_LIMIT // 10
        most = (MAX_BLOCK_BYTES - MAX_EVIDENCE_BYTES) // 10
        assert encode_within(self._block(zeros, gas=tenth), max_bytes=int(0.85 * most)) is not None

    def test_repetitions_that_cost_more_than_they_save__are_not_used(self) -> None:
        one = self._block(0.5, gas=4_000_000)
        usual = len(encode(one))
        tight = encode_within(one, max_bytes=usual - 1)
        assert tight is not None
        assert len(tight) < 0.9 * usual
        assert decode(tight) == one
        assert encode_within(one, max_bytes=len(tight)) == tight
        assert encode_within(one, max_bytes=len(tight) - 1) is None
        assert encode_within(one, max_bytes=usual) == encode(one)


class TestRoundTrip:
    def test_payload__comes_back(self) -> None:
        assert decode(encode(payload())) == payload()

    @given(
        transactions=st.lists(st.binary(max_size=200), max_size=20),
        number=st.integers(0, 2**64 - 1),
        fee=st.integers(0, 2**256 - 1),
        extra=st.binary(max_size=40),
    )
    def test_any_values__come_back(
        self, transactions: list[bytes], number: int, fee: int, extra: bytes
    ) -> None:
        one = payload(
            transactions=tuple(transactions),
            block_number=number,
            base_fee_per_gas=fee,
            extra_data=extra,
        )
        assert decode(encode(one)) == one

    def test_engine_form__comes_back(self) -> None:
        answer = {"executionPayload": to_engine(payload()), "executionRequests": ["0x0001"]}
        assert from_engine(answer) == payload()

    def test_engine_answer_without_a_field__is_malformed(self) -> None:
        answer = {"executionPayload": to_engine(payload())}
        del answer["executionPayload"]["stateRoot"]
        with pytest.raises(MalformedPayloadError, match="engine_answer"):
            from_engine(answer)


class TestHostileBytes:
    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (b"", "version"),
            (b"\x02" + encode(payload())[1:], "version"),
            (encode(payload()) + b"\x00", "trailing"),
            (encode(payload()) + zlib.compress(b"more"), "trailing"),
            (encode(payload())[:-3], "trailing"),
            (bytes([VERSION]) + b"not zlib", "zlib"),
            (bytes([VERSION]) + zlib.compress(b"\xc1"), "rlp"),
            (packed([b"one"]), "fields"),
            (packed([b"one"] * 19), "fields"),
            (bytes([VERSION]) + zlib.compress(b""), "rlp"),
            # After the list; an item that ends behind everything; one byte in two; a length in
            # more bytes than it needs, and one that starts with a zero.
            (bytes([VERSION]) + zlib.compress(b"\xc0\x80"), "rlp"),
            (bytes([VERSION]) + zlib.compress(b"\xc1\x82ab"), "rlp"),
            (bytes([VERSION]) + zlib.compress(b"\xc2\x81\x05"), "rlp"),
            (bytes([VERSION]) + zlib.compress(b"\xc3\xb8\x01\x05"), "rlp"),
            (bytes([VERSION]) + zlib.compress(b"\xf9\x00\x38" + bytes(56)), "rlp"),
            (bytes([VERSION]) + zlib.compress(b"\xf8"), "rlp"),
            (bytes([VERSION]) + zlib.compress(b"\xbf" + b"\xff" * 8), "rlp"),
            (packed(b"text"), "fields"),
        ],
    )
    def test_broken_form__is_named(self, data: bytes, reason: str) -> None:
        with pytest.raises(MalformedPayloadError) as caught:
            decode(data)
        assert caught.value.reason == reason

    @pytest.mark.parametrize(
        ("place", "value", "reason"),
        [
            (0, b"\x11" * 31, "parent_hash"),
            (1, b"\x11" * 21, "fee_recipient"),
            (6, b"\x00\x07", "block_number"),
            (6, b"\x01" * 9, "block_number"),
            (11, b"\x01" * 33, "base_fee_per_gas"),
            (15, [[]], "transactions"),
            (15, [b""] * (MAX_TRANSACTIONS + 1), "transactions"),
            (17, [b""] * (MAX_REQUESTS + 1), "requests"),
            (6, [b"\x07"], "block_number"),
            (0, [], "parent_hash"),
            (15, b"\x00", "transactions"),
            (15, [[b"\x00"]], "transactions"),
        ],
    )
    def test_field_of_another_form__is_named(self, place: int, value: object, reason: str) -> None:
        items = fields()
        items[place] = value
        with pytest.raises(MalformedPayloadError) as caught:
            decode(packed(items))
        assert caught.value.reason == reason

    def test_sixteen_million_items__are_not_counted_to_the_end(self) -> None:
        """A reader that takes them all thinks for minutes about 16 KB, and everybody halts."""
        items = [rlp.encode(one) for one in fields()]
        items[15] = prefixed(b"\x80" * (MAX_INFLATED - 4_096))
        bomb = bytes([VERSION]) + zlib.compress(prefixed(b"".join(items)), 9)
        assert len(bomb) < 20_000
        with pytest.raises(MalformedPayloadError) as caught:
            decode(bomb)
        assert caught.value.reason == "transactions"

    def test_most_items__are_read(self) -> None:
        many = payload(transactions=(b"",) * MAX_TRANSACTIONS)
        assert decode(encode(many)) == many

    def test_item_that_ends_behind_its_list__is_refused(self) -> None:
        items = [rlp.encode(one) for one in fields()]
        items[15] = b"\xc1\x82"
        with pytest.raises(MalformedPayloadError) as caught:
            decode(bytes([VERSION]) + zlib.compress(prefixed(b"".join(items))))
        assert caught.value.reason == "rlp"

    def test_as_many_bytes_as_may_be_inflated__are_read(self) -> None:
        empty = len(zlib.decompress(encode(payload(transactions=(bytes(1 << 20),)))[1:]))
        full = payload(transactions=(bytes((1 << 20) + MAX_INFLATED - empty),))
        assert decode(encode(full)) == full
        one_more = payload(transactions=(bytes((1 << 20) + MAX_INFLATED - empty + 1),))
        with pytest.raises(MalformedPayloadError, match="inflated_size"):
            decode(encode(one_more))

    def test_zip_bomb__is_refused_before_it_inflates(self) -> None:
        bomb = bytes([VERSION]) + zlib.compress(bytes(4 * MAX_INFLATED), 9)
        assert len(bomb) < 200_000
        with pytest.raises(MalformedPayloadError) as caught:
            decode(bomb)
        assert caught.value.reason == "inflated_size"

    def test_deep_nesting__is_malformed_only(self) -> None:
        nested: object = []
        for _ in range(3_000):
            nested = [nested]
        text = b"\xc0"
        for _ in range(3_000):
            text = rlp.codec.length_prefix(len(text), 0xC0) + text
        with pytest.raises(MalformedPayloadError):
            decode(bytes([VERSION]) + zlib.compress(text))

    def test_random_bytes__never_do_anything_else(self) -> None:
        chance = random.Random(20260302)
        good = encode(payload())
        for _ in range(500):
            data = bytearray(good)
            for _ in range(chance.randrange(1, 4)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            try:
                decode(bytes(data))
            except MalformedPayloadError:
                continue
