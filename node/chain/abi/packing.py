"""Hand-packed ABI for the hot path: runs of 32-byte words, and the call data of the router.

The relayer packs batches with `pack_execute`; quotes and block-pinned reads use `WordLayout` both
ways; the indexer decodes logs with it (node/chain/events). The reference is eth-abi: the same
bytes, the same refusals. What is dynamic and not written here goes through eth-abi.
"""

import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from node.wire.errors import PackingError
from node.wire.hashing import selector
from node.wire.hexadecimal import from_hex, to_hex
from node.wire.labels import label_bytes, label_of
from node.wire.words import WORD, uint

Finish = Callable[[Any], Any]
_NAME = re.compile(r"(address|bool|uint|int|bytes)(\d*)$")


@dataclass(frozen=True, slots=True)
class Word:
    """One static ABI word; `finish` turns the plain value into what readers get."""

    abi: str
    finish: Finish | None = None

    def parse(self) -> tuple[str, int]:
        """Return the family and its size: bits of numbers, bytes of byte strings."""
        found = _NAME.match(self.abi)
        if found is None:
            raise PackingError(f"not a static word: {self.abi}")
        return found[1], int(found[2] or 0)


def _signed(bits: int) -> Finish:
    low, high = -(1 << (bits - 1)), 1 << (bits - 1)

    def convert(data: bytes) -> int:
        value = int.from_bytes(data, "big", signed=True)
        if not low <= value < high:
            raise PackingError(f"not an int{bits}")
        return value

    return convert


def _compile(word: Word) -> tuple[str, int, Finish | None]:
    """Return the struct format of a word, its bits that must be zero, and the plain conversion."""
    family, size = word.parse()
    if family == "address":
        return "12x20s", ~((1 << 160) - 1) & _ONES, to_hex
    if family == "bool":
        return "31xB", _ONES - 1, bool
    if family == "bytes":
        return f"{size}s{WORD - size}x", (1 << 8 * (WORD - size)) - 1, to_hex
    if family == "int":
        return "32s", 0, _signed(size)
    for code, bits in (("31xB", 8), ("30xH", 16), ("28xI", 32), ("24xQ", 64)):
        if size <= bits:
            return code, _ONES - ((1 << size) - 1), None
    return "32s", _ONES - ((1 << size) - 1), int.from_bytes


_ONES = (1 << 256) - 1


def _chain(first: Finish | None, second: Finish | None) -> Finish | None:
    if first is None or second is None:
        return first or second
    return lambda value: second(first(value))


class WordLayout:
    """A fixed run of static words, decoded with one `struct` call and one mask for all padding."""

    def __init__(self, words: Sequence[Word | str]) -> None:
        self.words = tuple(Word(word) if isinstance(word, str) else word for word in words)
        self.size = WORD * len(self.words)
        formats, dirty, finish = [], 0, []
        for word in self.words:
            code, mask, convert = _compile(word)
            # A label is made from the bytes themselves, not from their digits.
            is_label = word.finish is label_of
            formats.append(code)
            finish.append(label_of if is_label else _chain(convert, word.finish))
            dirty = dirty << 256 | mask
        self._struct, self._dirty = struct.Struct(">" + "".join(formats)), dirty
        self._finish = tuple(finish)
        self._packers = tuple(_packer(word) for word in self.words)

    def unpack(self, data: bytes) -> list[Any]:
        """Return one value per word: int, bool, 0x text, label, or what `finish` makes.

        Errors: PackingError for another length, non-zero padding or a number out of range.
        """
        if len(data) != self.size:
            raise PackingError(f"{len(data)} bytes, expected {self.size}")
        if int.from_bytes(data) & self._dirty:
            raise PackingError("a word has bits outside its type")
        values = self._struct.unpack(data)
        return [
            value if finish is None else finish(value)
            for value, finish in zip(values, self._finish, strict=True)
        ]

    def pack(self, values: Sequence[Any]) -> bytes:
        """Return the words of the values. Errors: PackingError when one does not fit."""
        if len(values) != len(self.words):
            raise PackingError(f"{len(values)} values for {len(self.words)} words")
        return b"".join([pack(value) for pack, value in zip(self._packers, values, strict=True)])


def _packer(word: Word) -> Callable[[Any], bytes]:
    """Return the function that turns one value into the 32 bytes of its word."""
    family, size = word.parse()
    if family == "bool":
        return lambda value: uint(bool(value), 1)
    if family == "uint":
        return lambda value: uint(value, size)
    if family == "int":
        return lambda value: _pack_signed(value, size)
    if family == "bytes" and word.finish is label_of:
        return lambda value: label_bytes(value, size).ljust(WORD, b"\0")
    if family == "bytes":
        return lambda value: _sized(value, size).ljust(WORD, b"\0")
    return lambda value: _sized(value, 20).rjust(WORD, b"\0")


def _sized(text: str, size: int) -> bytes:
    data = from_hex(text)
    if len(data) != size:
        raise PackingError(f"{len(data)} bytes instead of {size}")
    return data


def _pack_signed(value: int, bits: int) -> bytes:
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise PackingError(f"{value} does not fit int{bits}")
    return value.to_bytes(WORD, signed=True)


class PackedSignature(NamedTuple):
    """One signature as the router wants it: whose it is, kind of key, 65 or 128 bytes."""

    account: str
    kind: int
    data: bytes


class PackedIntent(NamedTuple):
    """One item of a batch; `body` is the canonical encoding of the kind's struct."""

    kind: int
    actor: str
    intent_nonce: int
    deadline: int
    body: bytes
    signatures: tuple[PackedSignature, ...]


_TAIL = "(uint8,address,uint256,uint64,bytes,(address,uint8,bytes)[])"
EXECUTE = selector(f"execute({_TAIL}[])")
DIGEST_OF = selector(f"digestOf({_TAIL})")
_INTENT_HEAD = WordLayout(["uint8", "address", "uint256", "uint64"])
_SIGNATURE_HEAD = WordLayout(["address", "uint8"])


def pack_bytes(data: bytes) -> bytes:
    """Return length and zero-padded data of a `bytes` value."""
    return len(data).to_bytes(WORD) + data + bytes(-len(data) % WORD)


def pack_array(items: Sequence[bytes]) -> bytes:
    """Return length, offsets and tails of an array of dynamic items that are packed already."""
    offset, offsets = WORD * len(items), []
    for item in items:
        offsets.append(offset.to_bytes(WORD))
        offset += len(item)
    return b"".join((len(items).to_bytes(WORD), *offsets, *items))


def pack_intent(item: PackedIntent) -> bytes:
    """Return one intent struct as it stands after its own offset. Errors: PackingError."""
    head = _INTENT_HEAD.pack((item.kind, item.actor, item.intent_nonce, item.deadline))
    body = pack_bytes(item.body)
    signatures = pack_array(
        [
            _SIGNATURE_HEAD.pack((one.account, one.kind)) + uint(3 * WORD) + pack_bytes(one.data)
            for one in item.signatures
        ]
    )
    return b"".join((head, uint(6 * WORD), uint(6 * WORD + len(body)), body, signatures))


def pack_execute(items: Sequence[PackedIntent]) -> bytes:
    """Return the call data of `IntentRouter.execute(items)`. Errors: PackingError."""
    return EXECUTE + uint(WORD) + pack_array([pack_intent(item) for item in items])


def pack_digest_of(item: PackedIntent) -> bytes:
    """Return the call data of `IntentRouter.digestOf(item)`. Errors: PackingError."""
    return DIGEST_OF + uint(WORD) + pack_intent(item)
