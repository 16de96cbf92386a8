"""Packed words and call data against eth-abi: same bytes, same refusals."""

import re
from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from hypothesis import given
from hypothesis import strategies as st

from node.chain.abi.packing import (
    EXECUTE,
    PackedIntent,
    PackedSignature,
    Word,
    WordLayout,
    pack_digest_of,
    pack_execute,
)
from node.wire.errors import PackingError
from node.wire.hashing import keccak
from node.wire.hexadecimal import from_hex, to_hex
from node.wire.labels import label_bytes, label_of

TYPES = (
    *("address", "bool", "bytes4", "bytes12", "bytes16", "bytes32"),
    *("uint8", "uint16", "uint32", "uint40", "uint64", "uint128", "uint192", "uint256"),
    *("int8", "int32", "int64", "int256"),
)
INTENT = "(uint8,address,uint256,uint64,bytes,(address,uint8,bytes)[])"


def values_of(abi: str) -> st.SearchStrategy[Any]:
    """Return values of a type, the extreme ones often."""
    family, size = re.fullmatch(r"([a-z]+)(\d*)", abi).groups()  # type: ignore[union-attr]
    if family == "bool":
        return st.booleans()
    if family in ("address", "bytes"):
        width = int(size or 20)
        edges = st.sampled_from([b"\0" * width, b"\xff" * width])
        return st.one_of(edges, st.binary(min_size=width, max_size=width)).map(to_hex)
    bits, signed = int(size), family == "int"
    low = -(1 << (bits - 1)) if signed else 0
    high = (1 << (bits - signed)) - 1
    return st.one_of(st.sampled_from([low, high, 0, 1]), st.integers(low, high))


@st.composite
def typed_rows(draw: st.DrawFn) -> tuple[list[str], list[Any]]:
    types = draw(st.lists(st.sampled_from(TYPES), min_size=1, max_size=9))
    return types, [draw(values_of(one)) for one in types]


def as_reference(abi: str, value: Any) -> Any:
    return from_hex(value) if abi.startswith("bytes") else value


class TestWordLayout:
    @given(typed_rows())
    def test_any_row__gives_the_bytes_of_eth_abi_and_comes_back(
        self, row: tuple[list[str], list[Any]]
    ) -> None:
        types, values = row
        layout = WordLayout(types)
        pairs = zip(types, values, strict=True)
        expected = encode(types, [as_reference(abi, value) for abi, value in pairs])
        assert layout.pack(values) == expected
        assert layout.unpack(expected) == values

    @given(st.lists(st.sampled_from(TYPES), min_size=1, max_size=4), st.data())
    def test_random_words__are_refused_exactly_when_eth_abi_refuses(
        self, types: list[str], data: st.DataObject
    ) -> None:
        size = 32 * len(types)
        sparse = st.integers(0, size * 8 - 1).map(lambda bit: (1 << bit).to_bytes(size))
        raw = data.draw(st.one_of(sparse, st.binary(min_size=size, max_size=size)))
        try:
            decoded = decode(types, raw)
        except DecodingError:
            with pytest.raises(PackingError):
                WordLayout(types).unpack(raw)
            return
        plain = [to_hex(one) if isinstance(one, bytes) else one for one in decoded]
        assert WordLayout(types).unpack(raw) == plain

    @pytest.mark.parametrize("length", [0, 1, 31, 33, 63, 65, 96])
    def test_wrong_length__is_refused(self, length: int) -> None:
        with pytest.raises(PackingError):
            WordLayout(["uint64", "address"]).unpack(bytes(length))

    @pytest.mark.parametrize(
        ("abi", "value"),
        [
            *(("uint8", 256), ("uint64", 1 << 64), ("uint256", 1 << 256), ("uint40", -1)),
            *(("int32", 1 << 31), ("int32", -(1 << 31) - 1), ("int256", 1 << 255)),
            *(("address", "0x00"), ("bytes32", "0x" + "00" * 33), ("bytes4", "abcd")),
            *(("bytes4", "0xzz"), ("address", "0x" + "0" * 39)),
        ],
    )
    def test_value_that_does_not_fit__is_refused(self, abi: str, value: Any) -> None:
        with pytest.raises(PackingError):
            WordLayout([abi]).pack([value])

    def test_another_number_of_values__is_refused(self) -> None:
        with pytest.raises(PackingError):
            WordLayout(["uint8", "uint8"]).pack([1])

    def test_dynamic_type__is_no_word(self) -> None:
        with pytest.raises(PackingError):
            WordLayout(["string"])


class TestLabels:
    @pytest.mark.parametrize("text", ["110000", "", "INPATIENT", "社区", "community"])
    def test_label__comes_back(self, text: str) -> None:
        layout = WordLayout([Word("bytes16", label_of)])
        assert layout.unpack(layout.pack([text])) == [text]

    @given(st.binary(min_size=16, max_size=16))
    def test_any_registered_bytes__are_read_without_failing_and_come_back(
        self, data: bytes
    ) -> None:
        label = label_of(data)
        assert label_bytes(label, 16) == data

    def test_text_that_is_too_long__is_refused(self) -> None:
        with pytest.raises(PackingError):
            label_bytes("a" * 17, 16)


ADDRESSES = st.binary(min_size=20, max_size=20).map(to_hex)
SIGNATURES = st.builds(PackedSignature, ADDRESSES, st.integers(0, 1), st.binary(max_size=130))
INTENTS = st.builds(
    PackedIntent,
    st.integers(0, 255),
    ADDRESSES,
    st.integers(0, 2**256 - 1),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=300),
    st.lists(SIGNATURES, max_size=3).map(tuple),
)


class TestPackExecute:
    @given(st.lists(INTENTS, max_size=5))
    def test_any_batch__gives_the_call_data_of_eth_abi(self, items: list[PackedIntent]) -> None:
        assert pack_execute(items) == EXECUTE + encode([f"{INTENT}[]"], [items])

    @given(INTENTS)
    def test_one_intent__gives_the_call_data_of_eth_abi(self, item: PackedIntent) -> None:
        selector = keccak(f"digestOf({INTENT})".encode())[:4]
        assert pack_digest_of(item) == selector + encode([INTENT], [item])

    def test_number_out_of_range__is_refused(self) -> None:
        item = PackedIntent(1, "0x" + "11" * 20, 0, 1 << 64, b"", ())
        with pytest.raises(PackingError):
            pack_execute([item])
