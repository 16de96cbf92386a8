"""An execution payload as one consensus transaction, and back.

Form: version byte ‖ zlib(RLP list). The list holds the fields of an Engine API payload in the
order of EVM headers, then the transactions, the withdrawals and the execution requests. What a
proposer sends is hostile until it is decoded: `decode` inflates at most MAX_INFLATED bytes, splits
at most MAX_TRANSACTIONS items and refuses trailing bytes, second streams, lengthened numbers and
missing fields. Its time is bounded too: a general RLP reader needs minutes for sixteen million
empty items, which arrive in 16 KB, and a validator that thinks for minutes is restarted.
"""

import zlib
from dataclasses import dataclass, fields, replace
from typing import Any

from node.chain.abi.rlp_items import integer, rlp_encode
from node.wire.hexadecimal import to_hex

VERSION = 1
MAX_INFLATED = 16 * 1024 * 1024
# Gas bounds real blocks to a tenth of this.
MAX_TRANSACTIONS = 65_536
# Each kind of request, one byte, comes once at most.
MAX_REQUESTS = 256
# Blocks are bounded by bytes; a better ratio is not worth the time of the slowest validator.
LEVEL = 1

_HASH, _ADDRESS, _BLOOM = 32, 20, 256
_QUANTITY, _WORD = 8, 32
# The longest item whose length stands in its first byte.
_SHORT = 55


class MalformedPayloadError(ValueError):
    """The bytes are no payload; `reason` is a short name for metrics."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """An execution payload of the Engine API (V3) with its execution requests.

    Hashes are 32 bytes, `fee_recipient` 20, `logs_bloom` 256. `timestamp` in seconds, gas in gas,
    `base_fee_per_gas` in wei.
    """

    parent_hash: bytes
    fee_recipient: bytes
    state_root: bytes
    receipts_root: bytes
    logs_bloom: bytes
    prev_randao: bytes
    block_number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    base_fee_per_gas: int
    block_hash: bytes
    blob_gas_used: int
    excess_blob_gas: int
    transactions: tuple[bytes, ...] = ()
    withdrawals: int = 0
    requests: tuple[bytes, ...] = ()

    def changed(self, **values: Any) -> "Payload":
        """Return a copy with other values; what it says is then no longer what it hashes to."""
        return replace(self, **values)


_FIXED = {
    "parent_hash": _HASH,
    "fee_recipient": _ADDRESS,
    "state_root": _HASH,
    "receipts_root": _HASH,
    "logs_bloom": _BLOOM,
    "prev_randao": _HASH,
    "block_hash": _HASH,
}
_LISTS = {"transactions": MAX_TRANSACTIONS, "requests": MAX_REQUESTS}
_NAMES = tuple(one.name for one in fields(Payload))
_JSON = {name: name.split("_")[0] + name.title().replace("_", "")[len(name.split("_")[0]) :]
         for name in _NAMES}  # fmt: skip


def encode(payload: Payload) -> bytes:
    """Return the consensus transaction of a payload."""
    return bytes([VERSION]) + zlib.compress(_form(payload), LEVEL)


def encode_within(payload: Payload, *, max_bytes: int) -> bytes | None:
    """Return the consensus transaction of a payload if it has a form of at most `max_bytes`.

    Calldata can be made so that what zlib takes for repetitions is longer than the bytes
    themselves. Without looking for any, no block of 120M gas takes more than 3.2 MB, and a
    network cannot be made to build blocks that it cannot carry.
    """
    form = encode(payload)
    if len(form) > max_bytes:
        packer = zlib.compressobj(LEVEL, strategy=zlib.Z_HUFFMAN_ONLY)
        form = bytes([VERSION]) + packer.compress(_form(payload)) + packer.flush()
    return form if len(form) <= max_bytes else None


def _form(payload: Payload) -> bytes:
    return rlp_encode([_item(name, getattr(payload, name)) for name in _NAMES])


def _item(name: str, value: Any) -> Any:
    if name in _LISTS:
        return list(value)
    if isinstance(value, int):
        return integer(value)
    return value


def decode(data: bytes) -> Payload:
    """Return the payload of a consensus transaction. Errors: MalformedPayloadError."""
    if not data or data[0] != VERSION:
        raise MalformedPayloadError("version")
    body = _inflate(data[1:])
    is_list, start, end = _span(body, 0)
    if not is_list:
        raise MalformedPayloadError("fields")
    if end != len(body):
        raise MalformedPayloadError("rlp")
    spans = _spans(body, start, end, most=len(_NAMES), reason="fields")
    if len(spans) != len(_NAMES):
        raise MalformedPayloadError("fields")
    return Payload(
        **{name: _value(name, body, span) for name, span in zip(_NAMES, spans, strict=True)}
    )


def _inflate(data: bytes) -> bytes:
    """Return the bytes of exactly one zlib stream, never more than MAX_INFLATED."""
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, MAX_INFLATED + 1)
    except zlib.error as error:
        raise MalformedPayloadError("zlib") from error
    if len(inflated) > MAX_INFLATED:
        raise MalformedPayloadError("inflated_size")
    if not stream.eof or stream.unused_data or stream.unconsumed_tail:
        raise MalformedPayloadError("trailing")
    return inflated


_Span = tuple[bool, int, int]
"""Whether an RLP item is a list, and where its content starts and ends."""


def _span(body: bytes, at: int) -> _Span:
    """Return the item at a place. Errors: MalformedPayloadError unless it is canonical RLP."""
    if at >= len(body):
        raise MalformedPayloadError("rlp")
    first = body[at]
    if first < 0x80:
        return False, at, at + 1
    is_list = first >= 0xC0
    size, start = first - (0xC0 if is_list else 0x80), at + 1
    if size > _SHORT:
        start += size - _SHORT
        digits = body[at + 1 : start]
        size = int.from_bytes(digits, "big")
        if digits[:1] == b"\0" or size <= _SHORT:
            raise MalformedPayloadError("rlp")
    end = start + size
    if end > len(body) or (size == 1 and not is_list and body[start] < 0x80):
        raise MalformedPayloadError("rlp")
    return is_list, start, end


def _spans(body: bytes, start: int, end: int, *, most: int, reason: str) -> list[_Span]:
    """Return the items of a list, `most` at most. Errors: MalformedPayloadError."""
    found: list[_Span] = []
    while start < end:
        if len(found) == most:
            raise MalformedPayloadError(reason)
        found.append(_span(body, start))
        start = found[-1][2]
    if start != end:
        raise MalformedPayloadError("rlp")
    return found


def _value(name: str, body: bytes, span: _Span) -> Any:
    is_list, start, end = span
    if is_list is not (name in _LISTS):
        raise MalformedPayloadError(name)
    if is_list:
        items = _spans(body, start, end, most=_LISTS[name], reason=name)
        if any(one[0] for one in items):
            raise MalformedPayloadError(name)
        return tuple(body[first:last] for _, first, last in items)
    item = body[start:end]
    if name in _FIXED or name == "extra_data":
        if len(item) != _FIXED.get(name, len(item)):
            raise MalformedPayloadError(name)
        return item
    if item[:1] == b"\0" or len(item) > (_WORD if name == "base_fee_per_gas" else _QUANTITY):
        raise MalformedPayloadError(name)
    return int.from_bytes(item, "big")


def to_engine(payload: Payload) -> dict[str, Any]:
    """Return the payload as `engine_newPayloadV4` takes it; the requests travel beside it."""
    document: dict[str, Any] = {
        _JSON[name]: _text(getattr(payload, name))
        for name in _NAMES
        if name not in ("requests", "withdrawals")
    }
    return document | {"withdrawals": []}


def from_engine(envelope: dict[str, Any]) -> Payload:
    """Return the payload of an `engine_getPayloadV5` answer. Errors: MalformedPayloadError."""
    try:
        document = envelope["executionPayload"]
        values = {
            name: _parsed(name, document[_JSON[name]])
            for name in _NAMES
            if name not in ("requests", "withdrawals")
        }
        requests = tuple(bytes.fromhex(one[2:]) for one in envelope.get("executionRequests") or ())
        withdrawals = len(document.get("withdrawals") or ())
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedPayloadError("engine_answer") from error
    return Payload(**values, requests=requests, withdrawals=withdrawals)


def _text(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_text(one) for one in value]
    return hex(value) if isinstance(value, int) else to_hex(value)


def _parsed(name: str, text: Any) -> Any:
    if name == "transactions":
        return tuple(bytes.fromhex(one[2:]) for one in text)
    if name in _FIXED or name == "extra_data":
        return bytes.fromhex(text[2:])
    return int(text, 16)
