"""JSON texts: whole numbers, unique keys, bounded depth, canonical bytes (S55)."""

from __future__ import annotations

import time

import pytest

from node.domain.documents import MAX_DEPTH, NotWhole, Place, canonical_json, load_json, sha256_hex
from node.domain.errors import InvalidAmount, MalformedBody


class TestLoadJson:
    @pytest.mark.parametrize("number", ["1.0", "1e3", "-0.5", "1E2"])
    def test_number_with_fraction_or_exponent__keeps_its_text(self, number: str) -> None:
        value = load_json(number)
        assert isinstance(value, NotWhole)
        assert value == number

    @pytest.mark.parametrize("text", ["[" * 65 + "]" * 65, '{"a":' * 65 + "1" + "}" * 65])
    def test_deep_nesting__is_refused_before_parsing(self, text: str) -> None:
        with pytest.raises(MalformedBody, match="nested"):
            load_json(text)

    def test_nesting_at_the_limit__is_read(self) -> None:
        assert load_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)

    def test_brackets_inside_strings__do_not_count(self) -> None:
        assert load_json('["' + "[" * 500 + '\\"[["]')

    @pytest.mark.parametrize("text", ['"' + '\\"' * 200_000, '"' * 200_001, '"\\' * 100_000])
    def test_endless_string__is_refused_in_linear_time(self, text: str) -> None:
        started = time.perf_counter_ns()
        with pytest.raises(MalformedBody):
            load_json(text)
        assert time.perf_counter_ns() - started < 5_000_000_000

    def test_number_of_too_many_digits__is_refused(self) -> None:
        with pytest.raises(MalformedBody, match="digits"):
            load_json("9" * 5_000)

    def test_byte_order_mark__is_skipped(self) -> None:
        assert load_json(b"\xef\xbb\xbf[1]") == [1]


class TestCanonicalJson:
    def test_form__is_sorted_compact_and_utf8(self) -> None:
        assert canonical_json({"b": 1, "a": [None, "张"]}) == '{"a":[null,"张"],"b":1}'.encode()

    def test_hash__is_sha256(self) -> None:
        assert sha256_hex(b"abc").startswith("ba7816bf")


class TestPlace:
    def test_pointer__escapes_slash_and_tilde(self) -> None:
        assert Place({"a/b~c": [5]})["a/b~c"][0].pointer == "/a~1b~0c/0"

    def test_number_that_is_not_whole__is_no_text_and_no_amount(self) -> None:
        place = Place({"n": NotWhole("1.5")})
        with pytest.raises(MalformedBody):
            place["n"].text()
        with pytest.raises(InvalidAmount):
            place["n"].amount()
        with pytest.raises(MalformedBody):
            place["n"].whole(0, 5)
