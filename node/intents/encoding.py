"""Bodies as bytes: the ABI encoding of the kind's struct, canonical to the byte.

Static words; then, for the other two shapes, the offset of the trailing part, its length, and its
data padded with zeros. Written by hand because every payment passes here; tests compare with
eth-abi. Values that do not fit are refused, never cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from node.domain.errors import MalformedBody
from node.intents.bodies import ClaimLine, IntentBody
from node.intents.messages import KINDS, IntentKind
from node.intents.schema import Field, Schema, Shape, schema_of
from node.wire.hexadecimal import to_hex
from node.wire.words import WORD

LINE_WORDS = 5
MAX_ITEMS = 1 << 20
_HEX = re.compile(r"0x([0-9a-f]{2})*\Z")
_NUMBERED = re.compile(r"(uint|int|bytes)(\d+)\Z")

Encoder = Callable[[Any], bytes]
Decoder = Callable[[bytes], Any]


def _malformed(reason: str) -> MalformedBody:
    return MalformedBody(reason)


def hex_bytes(value: object, size: int) -> bytes:
    """Return the bytes of a lower-case 0x text of exactly `size` bytes. Errors: MalformedBody."""
    if not isinstance(value, str) or not _HEX.match(value) or len(value) != 2 + 2 * size:
        raise _malformed(f"{value!r} is not 0x and {2 * size} lower-case hex digits")
    return bytes.fromhex(value[2:])


def short_text(text: str, size: int) -> str:
    """Return a text left-aligned in `size` bytes as 0x text: regions, levels, care types.

    Errors: MalformedBody when it is too long.
    """
    data = text.encode()
    if len(data) > size:
        raise _malformed(f"{text!r} is longer than {size} bytes")
    return to_hex(data.ljust(size, b"\0"))


def _address_coder() -> tuple[Encoder, Decoder]:
    def encode(value: Any) -> bytes:
        return hex_bytes(value, 20).rjust(WORD, b"\0")

    def decode(word: bytes) -> str:
        return to_hex(word[12:])

    return encode, decode


def _bool_coder() -> tuple[Encoder, Decoder]:
    def encode(value: Any) -> bytes:
        if not isinstance(value, bool):
            raise _malformed(f"{value!r} is not true or false")
        return value.to_bytes(WORD, "big")

    def decode(word: bytes) -> bool:
        return bool(word[-1])

    return encode, decode


def _bytes_coder(size: int) -> tuple[Encoder, Decoder]:
    def encode(value: Any) -> bytes:
        return hex_bytes(value, size).ljust(WORD, b"\0")

    def decode(word: bytes) -> str:
        return to_hex(word[:size])

    return encode, decode


def _integer_coder(bits: int, *, signed: bool) -> tuple[Encoder, Decoder]:
    low, high = (-(1 << bits - 1), 1 << bits - 1) if signed else (0, 1 << bits)

    def encode(value: Any) -> bytes:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value < high:
            raise _malformed(f"{value!r} is not an integer from {low} to {high - 1}")
        return value.to_bytes(WORD, "big", signed=signed)

    def decode(word: bytes) -> int:
        return int.from_bytes(word, "big", signed=signed)

    return encode, decode


@cache
def _coder(abi_type: str) -> tuple[Encoder, Decoder]:
    if abi_type == "address":
        return _address_coder()
    if abi_type == "bool":
        return _bool_coder()
    if not (found := _NUMBERED.match(abi_type)):
        raise TypeError(f"no static ABI type: {abi_type}")
    name, size = found[1], int(found[2])
    return _bytes_coder(size) if name == "bytes" else _integer_coder(size, signed=name == "int")


def encode_words(fields: tuple[Field, ...], value: IntentBody | ClaimLine) -> bytes:
    """Return the static fields of a body or line, one word each. Errors: MalformedBody."""
    words = []
    for field in fields:
        try:
            words.append(_coder(field.abi_type)[0](getattr(value, field.name)))
        except MalformedBody as error:
            raise _malformed(f"{field.name}: {error.reason}") from None
    return b"".join(words)


def encode_lines(schema: Schema, lines: tuple[ClaimLine, ...]) -> list[bytes]:
    """Return each claim line as its words. Errors: MalformedBody."""
    return [encode_words(schema.line, line) for line in lines]


def encode_body(kind: IntentKind, body: IntentBody) -> bytes:
    """Return the canonical encoding of a body.

    Errors: MalformedBody for a value out of range, TypeError for a body of another kind.
    """
    if not isinstance(body, KINDS[kind].body):
        raise TypeError(f"{kind.name} needs {KINDS[kind].body.__name__}, not {type(body).__name__}")
    schema = schema_of(kind)
    head = encode_words(schema.words, body)
    if schema.trailing is None:
        return head
    value = getattr(body, schema.trailing.name)
    if schema.shape is Shape.BYTES:
        count, tail = len(value), bytes(value) + b"\0" * (-len(value) % WORD)
    else:
        count, tail = len(value), b"".join(encode_lines(schema, value))
    offset = len(head) + WORD
    return head + offset.to_bytes(WORD, "big") + count.to_bytes(WORD, "big") + tail


def _decode_words(fields: tuple[Field, ...], data: bytes) -> dict[str, Any]:
    return {
        field.name: _coder(field.abi_type)[1](data[place : place + WORD])
        for field, place in zip(fields, range(0, len(data), WORD), strict=True)
    }


def _decode_trailing(schema: Schema, tail: bytes) -> bytes | tuple[ClaimLine, ...]:
    count = int.from_bytes(tail[:WORD], "big")
    data = tail[WORD:]
    if schema.shape is Shape.BYTES:
        return data[:count]
    if len(data) != count * LINE_WORDS * WORD:
        raise _malformed("number of lines and length differ")
    size = LINE_WORDS * WORD
    lines = (data[place : place + size] for place in range(0, len(data), size))
    return tuple(ClaimLine(**_decode_words(schema.line, line)) for line in lines)


def decode_body(kind: IntentKind, data: bytes) -> IntentBody:
    """Return the body of its canonical encoding. Errors: MalformedBody for any other bytes."""
    schema = schema_of(kind)
    end = len(schema.words) * WORD
    if len(data) < end + (WORD * 2 if schema.trailing else 0) or len(data) % WORD:
        raise _malformed(f"{len(data)} bytes is no length of a {kind.name} body")
    values = _decode_words(schema.words, data[:end])
    if schema.trailing:
        values[schema.trailing.name] = _decode_trailing(schema, data[end + WORD :])
    body = KINDS[kind].body(**values)
    # Encoding again finds every deviation at once: dirty padding, wrong offset, wrong length.
    if encode_body(kind, body) != data:
        raise _malformed("not the canonical encoding")
    return body
