"""Bytes as the chain spells them: 0x text, words, labels, and the hash against the library's."""

import pytest
from coincurve import PrivateKey
from eth_account import Account
from eth_hash.auto import keccak as reference
from hypothesis import given
from hypothesis import strategies as st

from node.wire.addresses import key_address
from node.wire.errors import PackingError
from node.wire.hashing import keccak, selector
from node.wire.hexadecimal import from_hex, to_hex
from node.wire.labels import label_bytes, label_of
from node.wire.words import WORD, uint


class TestHexadecimal:
    @pytest.mark.parametrize("text", ["", "ab", "0X00", "0xabc", "0xgg", "0x 0"])
    def test_other_text__is_refused(self, text: str) -> None:
        with pytest.raises(PackingError, match="hexadecimal"):
            from_hex(text)

    @given(st.binary(max_size=80))
    def test_bytes__come_back(self, data: bytes) -> None:
        text = to_hex(data)
        assert (text[:2], text, from_hex(text)) == ("0x", text.lower(), data)


class TestHashing:
    @given(st.binary(max_size=400))
    def test_hash__is_that_of_the_library(self, data: bytes) -> None:
        assert keccak(data) == reference(data)

    def test_selector__is_the_one_of_the_standard(self) -> None:
        assert to_hex(selector("transfer(address,uint256)")) == "0xa9059cbb"


class TestAddresses:
    @given(st.integers(1, 1 << 255).map(lambda number: number.to_bytes(32)))
    def test_address_of_a_key__is_that_of_the_library(self, secret: bytes) -> None:
        public = PrivateKey(secret).public_key.format(compressed=False)
        assert key_address(public) == Account.from_key(secret).address.lower()


class TestWords:
    @pytest.mark.parametrize(("value", "bits"), [(256, 8), (-1, 8), (1 << 256, 256)])
    def test_number_that_does_not_fit__is_refused(self, value: int, bits: int) -> None:
        with pytest.raises(PackingError, match=f"uint{bits}"):
            uint(value, bits)

    def test_number__is_a_word_big_endian(self) -> None:
        assert uint(258) == bytes(WORD - 2) + b"\x01\x02"


class TestLabels:
    def test_text_too_long__is_refused(self) -> None:
        with pytest.raises(PackingError, match="longer than 2 bytes"):
            label_bytes("abc", 2)

    @pytest.mark.parametrize("data", [b"\xff\0", b"0x01", b"a\nb\0"])
    def test_bytes_that_are_no_plain_text__are_digits(self, data: bytes) -> None:
        assert label_of(data) == to_hex(data)
        assert label_bytes(label_of(data), len(data)) == data

    def test_text__is_left_aligned(self) -> None:
        assert label_bytes("CN-GD", 12) == b"CN-GD" + bytes(7)
        assert label_of(b"CN-GD" + bytes(7)) == "CN-GD"
