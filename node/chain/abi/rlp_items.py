"""Recursive-length-prefix items: bytes and lists of them, in their one form, with limits.

The reader takes bytes of strangers: it accepts no second spelling of an item, goes only so deep
and makes only so many objects. Tests compare both directions with the `rlp` library.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

MAX_ITEMS = 250_000
"""Lists and byte strings of one document: the longest receipt has fewer (a log costs 375 gas)."""
MAX_DEPTH = 20
"""Lists inside lists: a branch of a trie may hold its children, each shorter than a hash."""

Item = bytes | Sequence["Item"]
_SHORT = 55
_LIST = 0xC0


class ItemError(ValueError):
    """Bytes are no item in its one form, or an item over the limits."""


def rlp_encode(item: Item) -> bytes:
    """Return the encoding of bytes or of a list."""
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _prefix(len(item), 0x80) + item
    content = b"".join([rlp_encode(one) for one in item])
    return _prefix(len(content), _LIST) + content


def _prefix(length: int, offset: int) -> bytes:
    if length <= _SHORT:
        return bytes((offset + length,))
    size = integer(length)
    return bytes((offset + _SHORT + len(size),)) + size


def integer(value: int) -> bytes:
    """Return a number without leading zeros; zero is empty."""
    return value.to_bytes((value.bit_length() + 7) // 8)


def rlp_decode(data: bytes) -> Any:
    """Return the one item that bytes are: bytes, or a list of items. Errors: ItemError."""
    reader = _Reader(data)
    found, end = reader.item(0, len(data), MAX_DEPTH)
    if end != len(data):
        raise ItemError("bytes after the end")
    return found


class _Reader:
    """Reads items from one document and counts them."""

    def __init__(self, data: bytes) -> None:
        self._data, self._left = data, MAX_ITEMS

    def item(self, start: int, end: int, depth: int) -> tuple[Item, int]:
        """Return the item that begins at `start`, and where it stops, at most at `end`."""
        if start >= end:
            raise ItemError("an item is missing")
        self._left -= 1
        if self._left < 0:
            raise ItemError("too many items")
        data, first = self._data, self._data[start]
        if first < 0x80:
            return data[start : start + 1], start + 1
        is_list = first >= _LIST
        begin, stop = self._bounds(start, end, first - (_LIST if is_list else 0x80))
        if is_list:
            return self._items(begin, stop, depth), stop
        if stop - begin == 1 and data[begin] < 0x80:
            raise ItemError("a small byte stands for itself")
        return data[begin:stop], stop

    def _items(self, begin: int, stop: int, depth: int) -> list[Item]:
        if depth == 0:
            raise ItemError("lists are too deep")
        found = []
        while begin < stop:
            one, begin = self.item(begin, stop, depth - 1)
            found.append(one)
        return found

    def _bounds(self, start: int, end: int, length: int) -> tuple[int, int]:
        """Return where the content of an item lies. `length` as the first byte tells it."""
        begin = start + 1
        if length > _SHORT:
            begin += length - _SHORT
            size = self._data[start + 1 : begin]
            length = int.from_bytes(size)
            if begin > end or size[0] == 0 or length <= _SHORT:
                raise ItemError("a length is not in its one form")
        if begin + length > end:
            raise ItemError("an item ends after its list")
        return begin, begin + length
