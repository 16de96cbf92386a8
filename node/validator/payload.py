"""An execution payload as one consensus transaction, and back.

Form: version byte ‖ zlib(RLP list). The list holds the fields of an Engine API payload in the
order of EVM headers, then the transactions, the withdrawals and the execution requests. What a
proposer sends is hostile until it is decoded: `decode` inflates at most MAX_INFLATED bytes and
refuses trailing bytes, second streams, lengthened numbers and missing fields.
"""

import zlib
from dataclasses import dataclass, fields, replace
from typing import Any

import rlp

VERSION = 1
MAX_INFLATED = 16 * 1024 * 1024
# Blocks are bounded by bytes; a better ratio is not worth the time of the slowest validator.
LEVEL = 1

_HASH, _ADDRESS, _BLOOM = 32, 20, 256


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
_LISTS = ("transactions", "requests")
_NAMES = tuple(one.name for one in fields(Payload))
_JSON = {name: name.split("_")[0] + name.title().replace("_", "")[len(name.split("_")[0]) :]
         for name in _NAMES}  # fmt: skip


def encode(payload: Payload) -> bytes:
    """Return the consensus transaction of a payload."""
    items = [_item(name, getattr(payload, name)) for name in _NAMES]
    return bytes([VERSION]) + zlib.compress(rlp.encode(items), LEVEL)


def _item(name: str, value: Any) -> Any:
    if name in _LISTS:
        return list(value)
    if isinstance(value, int):
        return value.to_bytes((value.bit_length() + 7) // 8, "big")
    return value


def decode(data: bytes) -> Payload:
    """Return the payload of a consensus transaction. Errors: MalformedPayloadError."""
    if not data or data[0] != VERSION:
        raise MalformedPayloadError("version")
    try:
        items = rlp.decode(_inflate(data[1:]), strict=True)
    except (rlp.exceptions.RLPException, RecursionError) as error:
        raise MalformedPayloadError("rlp") from error
    if not isinstance(items, list) or len(items) != len(_NAMES):
        raise MalformedPayloadError("fields")
    return Payload(**{name: _value(name, item) for name, item in zip(_NAMES, items, strict=True)})


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


def _value(name: str, item: Any) -> Any:
    if name in _LISTS:
        if not isinstance(item, list) or not all(isinstance(one, bytes) for one in item):
            raise MalformedPayloadError(name)
        return tuple(item)
    if not isinstance(item, bytes):
        raise MalformedPayloadError(name)
    if name in _FIXED or name == "extra_data":
        if len(item) != _FIXED.get(name, len(item)):
            raise MalformedPayloadError(name)
        return item
    if item[:1] == b"\0" or len(item) > _HASH:
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
    return hex(value) if isinstance(value, int) else "0x" + value.hex()


def _parsed(name: str, text: Any) -> Any:
    if name == "transactions":
        return tuple(bytes.fromhex(one[2:]) for one in text)
    if name in _FIXED or name == "extra_data":
        return bytes.fromhex(text[2:])
    return int(text, 16)
