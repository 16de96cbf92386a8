"""What a hostile proposer sends: one forgery for each rule of *Validity* (network.md).

Forged headers are hashed anew, and where geth can be made to build a wrong block it does, so that
nothing but the rule in question speaks against the proposal.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import rlp
from coincurve import PrivateKey
from eth_hash.auto import keccak
from trie.hexary import HexaryTrie

from node.chain.abi.transactions import Transaction, sign
from node.validator.bridge.engine import Engine
from node.validator.bridge.payload import MAX_INFLATED, VERSION, Payload, encode
from node.validator.bridge.validity import Head, Rejection, Window

EMPTY_ROOT = keccak(rlp.encode(b""))
EMPTY_LIST = keccak(rlp.encode([]))
STRANGER = b"\x66" * 20
EVM_CHAIN_ID = 8820


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the forger knows when its turn comes: its honest payload, where and on what it stands.

    `former` is the consensus transaction of a block that was decided before.
    """

    engine: Engine
    honest: Payload
    head: Head
    window: Window
    former: bytes


Forge = Callable[[Occasion], Awaitable[list[bytes]]]


@dataclass(frozen=True, slots=True)
class Forgery:
    """A name, the reason an honest validator gives, and how it is made."""

    name: str
    rejection: Rejection
    forge: Forge


def _quantity(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def transactions_root(transactions: tuple[bytes, ...]) -> bytes:
    """Return the root that a header has of these transactions."""
    found = HexaryTrie({})
    for place, one in enumerate(transactions):
        found[rlp.encode(_quantity(place))] = one
    return bytes(found.root_hash) if transactions else EMPTY_ROOT


def hash_of(payload: Payload, *, beacon_root: bytes | None = None) -> bytes:
    """Return the hash of the header that a payload describes (network.md "Offline proof")."""
    header = [
        *(payload.parent_hash, EMPTY_LIST, payload.fee_recipient, payload.state_root),
        *(transactions_root(payload.transactions), payload.receipts_root, payload.logs_bloom),
        *(b"", _quantity(payload.block_number), _quantity(payload.gas_limit)),
        *(_quantity(payload.gas_used), _quantity(payload.timestamp), payload.extra_data),
        *(payload.prev_randao, bytes(8), _quantity(payload.base_fee_per_gas), EMPTY_ROOT),
        *(_quantity(payload.blob_gas_used), _quantity(payload.excess_blob_gas)),
        payload.parent_hash if beacon_root is None else beacon_root,
        hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in payload.requests)).digest(),
    ]
    return keccak(rlp.encode(header))


def sealed(payload: Payload, **values: Any) -> Payload:
    """Return a payload with other values and the hash that belongs to them."""
    changed = payload.changed(**values)
    return changed.changed(block_hash=hash_of(changed))


def _values(**values: Any) -> Forge:
    async def forge(at: Occasion) -> list[bytes]:
        return [encode(sealed(at.honest, **values))]

    return forge


def _derived(change: Callable[[Payload], dict[str, Any]]) -> Forge:
    async def forge(at: Occasion) -> list[bytes]:
        return [encode(sealed(at.honest, **change(at.honest)))]

    return forge


def _unsealed(**values: Any) -> Forge:
    async def forge(at: Occasion) -> list[bytes]:
        return [encode(at.honest.changed(**values))]

    return forge


def _bytes(change: Callable[[bytes], list[bytes]]) -> Forge:
    async def forge(at: Occasion) -> list[bytes]:
        return change(encode(at.honest))

    return forge


def _built(change: Callable[[Occasion], dict[str, Any]]) -> Forge:
    """Let our own geth build a block that is right in everything but one attribute."""

    async def forge(at: Occasion) -> list[bytes]:
        root = "0x" + at.head.hash.hex()
        attributes = {
            "timestamp": hex(at.honest.timestamp),
            "prevRandao": root,
            "suggestedFeeRecipient": "0x" + bytes(20).hex(),
            "withdrawals": [],
            "parentBeaconBlockRoot": root,
        }
        state = dict.fromkeys(("headBlockHash", "safeBlockHash", "finalizedBlockHash"), root)
        answer = await at.engine.call("engine_forkchoiceUpdatedV3", state, attributes | change(at))
        return [encode(await at.engine.payload(answer["payloadId"]))]

    return forge


async def _former(at: Occasion) -> list[bytes]:
    return [at.former]


async def _same_second(at: Occasion) -> list[bytes]:
    return [encode(sealed(at.honest, timestamp=at.head.timestamp))]


def _lengthened(data: bytes) -> list[bytes]:
    """Write the number of the block with a zero before it."""
    items = list(rlp.decode(zlib.decompress(data[1:])))
    items[6] = b"\0" + items[6]
    return [_packed(rlp.encode(items))]


def _packed(body: bytes, level: int = 1) -> bytes:
    return bytes([VERSION]) + zlib.compress(body, level)


def _prefixed(body: bytes) -> bytes:
    return bytes(rlp.codec.length_prefix(len(body), 0xC0)) + body


def _many_items(data: bytes) -> list[bytes]:
    """Name sixteen million empty transactions in 16 KB."""
    items = [rlp.encode(one) for one in rlp.decode(zlib.decompress(data[1:]))]
    items[15] = _prefixed(b"\x80" * (MAX_INFLATED - 4_096))
    return [_packed(_prefixed(b"".join(items)), 9)]


def _nested(data: bytes) -> list[bytes]:
    body = b"\xc0"
    for _ in range(5_000):
        body = _prefixed(body)
    return [_packed(body)]


def _unfunded(payload: Payload) -> dict[str, Any]:
    """Slip in a transaction whose sender has nothing."""
    poor = Transaction(
        chain_id=EVM_CHAIN_ID, tx_nonce=0, gas_limit=21_000, to="0x" + STRANGER.hex(),
        max_fee_per_gas=10**9, max_priority_fee_per_gas=1,
    )  # fmt: skip
    raw = sign(poor, PrivateKey(b"\x51" * 32)).raw
    return {
        "transactions": (*payload.transactions, raw),
        "gas_used": payload.gas_used + 21_000,
    }


def _form() -> list[Forgery]:
    other, two = Rejection.MALFORMED, Rejection.TRANSACTION_COUNT
    changes: list[tuple[str, Rejection, Callable[[bytes], list[bytes]]]] = [
        ("no transaction", two, lambda data: []),
        ("two transactions", two, lambda data: [data, data]),
        ("garbage", other, lambda data: [b"garbage"]),
        ("no bytes", other, lambda data: [b""]),
        ("unknown version", other, lambda data: [b"\x02" + data[1:]]),
        ("trailing byte", other, lambda data: [data + b"\0"]),
        ("second stream", other, lambda data: [data + zlib.compress(b"more")]),
        ("cut short", other, lambda data: [data[:-4]]),
        ("zip bomb", other, lambda data: [_packed(bytes(4 * MAX_INFLATED), 9)]),
        ("sixteen million items", other, _many_items),
        ("deep nesting", other, _nested),
        ("lengthened number", other, _lengthened),
        ("3.8 MB of noise", other, lambda data: [bytes([VERSION]) + os.urandom(3_800_000)]),
    ]
    return [Forgery(name, rejection, _bytes(change)) for name, rejection, change in changes]


FORGERIES: list[Forgery] = [
    *_form(),
    Forgery("more than may be inflated", Rejection.MALFORMED,
            _values(transactions=(bytes(MAX_INFLATED),))),
    Forgery("a block decided before", Rejection.PARENT, _former),
    Forgery("another parent", Rejection.PARENT, _values(parent_hash=b"\x07" * 32)),
    Forgery("the number after next", Rejection.NUMBER,
            _derived(lambda one: {"block_number": one.block_number + 1})),
    Forgery("fees to itself", Rejection.FEE_RECIPIENT,
            _built(lambda at: {"suggestedFeeRecipient": "0x" + STRANGER.hex()})),
    Forgery("chosen randomness", Rejection.RANDAO,
            _built(lambda at: {"prevRandao": "0x" + "77" * 32})),
    Forgery("another beacon root", Rejection.EXECUTION,
            _built(lambda at: {"parentBeaconBlockRoot": "0x" + "78" * 32})),
    Forgery("a larger block", Rejection.GAS_LIMIT,
            _derived(lambda one: {"gas_limit": one.gas_limit + 1})),
    Forgery("33 bytes of extra data", Rejection.EXTRA_DATA, _values(extra_data=bytes(33))),
    Forgery("a withdrawal", Rejection.WITHDRAWALS, _unsealed(withdrawals=1)),
    Forgery("blob gas used", Rejection.BLOBS, _values(blob_gas_used=131_072)),
    Forgery("blob gas owed", Rejection.BLOBS, _values(excess_blob_gas=1)),
    Forgery("requests that nobody made", Rejection.EXECUTION,
            _values(requests=(b"\x00" + bytes(192),))),
    Forgery("requests beside the hash", Rejection.EXECUTION,
            _unsealed(requests=(b"\x00" + bytes(192),))),
    Forgery("requests out of order", Rejection.REQUESTS, _values(requests=(b"\x01a", b"\x00a"))),
    Forgery("too early", Rejection.TIMESTAMP,
            _derived(lambda one: {"timestamp": one.timestamp - 3_600})),
    Forgery("the second of its parent", Rejection.TIMESTAMP, _same_second),
    Forgery("too late", Rejection.TIMESTAMP,
            _built(lambda at: {"timestamp": hex(at.window.last + 1)})),
    Forgery("another state", Rejection.EXECUTION, _values(state_root=b"\x31" * 32)),
    Forgery("other receipts", Rejection.EXECUTION, _values(receipts_root=b"\x32" * 32)),
    Forgery("other logs", Rejection.EXECUTION, _values(logs_bloom=b"\x33" * 256)),
    Forgery("more gas used", Rejection.EXECUTION,
            _derived(lambda one: {"gas_used": one.gas_used + 1})),
    Forgery("another base fee", Rejection.EXECUTION,
            _derived(lambda one: {"base_fee_per_gas": one.base_fee_per_gas + 1})),
    Forgery("a hash of something else", Rejection.EXECUTION, _unsealed(block_hash=b"\x34" * 32)),
    Forgery("a payment nobody can make", Rejection.EXECUTION, _derived(_unfunded)),
    Forgery("bytes for a payment", Rejection.EXECUTION, _values(transactions=(b"\x02\xc0",))),
]  # fmt: skip
