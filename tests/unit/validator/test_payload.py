"""network.md "Rules of the bridge": the codec of payloads survives hostile bytes."""

import random
import zlib

import pytest
import rlp
from hypothesis import given
from hypothesis import strategies as st

from node.validator.payload import (
    MAX_INFLATED,
    VERSION,
    MalformedPayloadError,
    decode,
    encode,
    from_engine,
    to_engine,
)
from tests.factories.validator import payload


def packed(items: object) -> bytes:
    return bytes([VERSION]) + zlib.compress(rlp.encode(items))


def fields() -> list[object]:
    return list(rlp.decode(zlib.decompress(encode(payload())[1:])))


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
            (6, b"\x01" * 33, "block_number"),
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
