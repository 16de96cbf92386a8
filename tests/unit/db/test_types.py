"""Column types keep bytes below and text above, in one order on both sides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from node.db.types import Address, Bytes32, JsonText, Uint256

DIALECT = sqlite.dialect()


class TestTypes:
    @given(st.binary(min_size=32, max_size=32))
    def test_hash__round_trips_in_lower_case(self, raw: bytes):
        text = "0x" + raw.hex()
        assert Bytes32().process_bind_param(text.upper().replace("X", "x"), DIALECT) == raw
        assert Bytes32().process_result_value(raw, DIALECT) == text

    def test_hash_of_a_wrong_length__is_refused(self):
        with pytest.raises(ValueError, match="20 bytes where 32"):
            Bytes32().process_bind_param("0x" + "00" * 20, DIALECT)
        with pytest.raises(ValueError, match="32 bytes where 20"):
            Address().process_bind_param("0x" + "00" * 32, DIALECT)

    @given(st.integers(0, 2**256 - 1), st.integers(0, 2**256 - 1))
    def test_numbers__sort_as_their_bytes(self, first: int, second: int):
        kind = Uint256()
        one, two = (kind.process_bind_param(value, DIALECT) for value in (first, second))
        assert (one < two) == (first < second)
        assert kind.process_result_value(one, DIALECT) == first

    def test_equal_json__is_equal_text(self):
        kind = JsonText()
        assert kind.process_bind_param({"b": 1, "a": 2}, DIALECT) == '{"a":2,"b":1}'
