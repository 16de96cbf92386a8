"""Recursive-length-prefix items against the `rlp` library, and bytes of strangers (M22)."""

import pytest
import rlp
from hypothesis import example, given
from hypothesis import strategies as st

from node.chain.abi.rlp_items import MAX_DEPTH, MAX_ITEMS, ItemError, rlp_decode, rlp_encode

ITEMS = st.recursive(
    st.one_of(st.binary(max_size=70), st.sampled_from([b"\x7f", b"\x80", bytes(55), bytes(56)])),
    lambda inner: st.lists(inner, max_size=6),
    max_leaves=30,
)


@given(ITEMS)
def test_every_item__is_written_as_by_the_library_and_read_again(item: object) -> None:
    data = rlp_encode(item)  # type: ignore[arg-type]
    assert data == rlp.encode(item)
    assert rlp_decode(data) == item


@given(st.binary(max_size=40))
@example(b"\xc1\x80")
@example(b"\xb8\x38" + bytes(56))
def test_any_bytes__are_the_one_form_of_an_item_or_an_error(data: bytes) -> None:
    try:
        item = rlp_decode(data)
    except ItemError:
        return
    assert rlp_encode(item) == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "missing"),
        (b"\x80\x80", "after the end"),
        (b"\x81\x7f", "stands for itself"),
        (b"\xb8\x37" + bytes(55), "one form"),
        (b"\xb9\x00\x38" + bytes(56), "one form"),
        (b"\xb8", "one form"),
        (b"\xbf\xff\xff\xff\xff\xff\xff\xff\xff", "ends after"),
        (b"\x82\x01", "ends after"),
        (b"\xc2\x82\x01", "ends after"),
        (b"\xc1\x82\x01\x02", "ends after"),
        (b"\xff" + b"\xff" * 8, "ends after"),
    ],
)
def test_another_spelling__is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ItemError, match=reason):
        rlp_decode(data)


def test_lists__go_only_so_deep() -> None:
    item: list[object] = []
    for _ in range(MAX_DEPTH - 1):
        item = [item]
    assert rlp_decode(rlp.encode(item)) == item
    with pytest.raises(ItemError, match="deep"):
        rlp_decode(rlp.encode([item]))
    # Such bytes end a reader that calls itself for every list.
    with pytest.raises(ItemError):
        rlp_decode(b"\xf9\xff\xff" + b"\xc1" * 65_534 + b"\xc0")


def test_objects__are_only_so_many() -> None:
    assert len(rlp_decode(rlp_encode([b""] * (MAX_ITEMS - 1)))) == MAX_ITEMS - 1
    with pytest.raises(ItemError, match="many"):
        rlp_decode(rlp_encode([b""] * MAX_ITEMS))
