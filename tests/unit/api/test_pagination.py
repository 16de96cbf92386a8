"""Cursors: what is shown can be continued, what is not ours is refused (P58)."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.api.pagination import Page, decode_cursor, encode_cursor, shown_page
from node.db.pages import ACCOUNT_PART, PageRequest, page_of
from node.domain.errors import MalformedBody

# What a database takes: 64 bits, and text without NUL.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
PARTS = st.one_of(st.integers(1 - 2**63, 2**63 - 1), TEXTS)


class TestCursor:
    @given(st.lists(PARTS, min_size=1, max_size=4).map(tuple))
    def test_any_key__survives_the_way_out_and_in(self, key: tuple[int | str, ...]) -> None:
        assert decode_cursor(encode_cursor(key)) == key

    @given(st.text(max_size=60))
    def test_any_text__is_a_key_or_malformed(self, text: str) -> None:
        with contextlib.suppress(MalformedBody):
            assert isinstance(decode_cursor(text), tuple)

    @pytest.mark.parametrize("cursor", ["e30", "W10", "WzEuNV0", "W251bGxd", "W3RydWVd", "!"])
    def test_other_documents__are_malformed_or_have_another_shape(self, cursor: str) -> None:
        with pytest.raises(MalformedBody):
            PageRequest(after=decode_cursor(cursor)).key(int)

    @pytest.mark.parametrize("part", ["a\0b", 2**63, -(2**63)])
    def test_what_no_database_takes__is_malformed(self, part: int | str) -> None:
        with pytest.raises(MalformedBody):
            decode_cursor(encode_cursor((part,)))

    def test_key_of_another_list__is_malformed(self) -> None:
        with pytest.raises(MalformedBody):
            PageRequest(after=("text",)).key(int)
        with pytest.raises(MalformedBody):
            PageRequest(after=("text",)).key(ACCOUNT_PART)
        assert PageRequest(after=(5,)).key(int) == (5,)
        assert PageRequest().key(int) is None


class TestPage:
    def page(self, *rows: int) -> Page[str]:
        found = page_of(rows, PageRequest(2), build=int, key=lambda row: (row,))
        return shown_page(found, str)

    def test_extra_row__only_tells_that_there_are_more(self) -> None:
        page = self.page(3, 2, 1)
        assert page.items == ["3", "2"]
        assert decode_cursor(page.next) == (2,)

    def test_last_page__has_no_next(self) -> None:
        assert self.page(1).next is None
        assert self.page().items == []
