"""Payloads, entries and votes of validators that exist in tests only."""

from node.validator.bridge.payload import Payload
from node.validator.home.genesis import GAS_LIMIT
from node.validator.home.keys import Ed25519Key, NodeKeys, PublicEntry

PARENT = b"\x11" * 32


def payload(**values: object) -> Payload:
    """A payload that keeps every rule on top of block 6 with the hash PARENT and time 1,000."""
    chosen: dict[str, object] = {
        "parent_hash": PARENT,
        "fee_recipient": bytes(20),
        "state_root": b"\x22" * 32,
        "receipts_root": b"\x33" * 32,
        "logs_bloom": bytes(256),
        "prev_randao": PARENT,
        "block_number": 7,
        "gas_limit": GAS_LIMIT,
        "gas_used": 21_000,
        "timestamp": 1_001,
        "extra_data": b"yibao",
        "base_fee_per_gas": 7,
        "block_hash": b"\x44" * 32,
        "blob_gas_used": 0,
        "excess_blob_gas": 0,
        "transactions": (b"\x02\xc0", b"\x02\xc1\x80"),
        "requests": (b"\x00\x01",),
    }
    return Payload(**(chosen | values))  # type: ignore[arg-type]


def node_keys(place: int) -> NodeKeys:
    """The same keys at every run."""
    seeds = [bytes([place + 1, part]) * 16 for part in range(5)]
    return NodeKeys(Ed25519Key.of(seeds[0]), Ed25519Key.of(seeds[1]), *seeds[2:])


def entry(place: int, **values: object) -> PublicEntry:
    """The entry of hospital number `place`."""
    chosen: dict[str, object] = {
        "name": f"hospital-{place}",
        "participant": f"0x2{place:039x}",
        "host": "10.0.0.1",
        "comet_port": 26_600 + place,
        "geth_port": 30_300 + place,
    }
    return node_keys(place).public(**(chosen | values))  # type: ignore[arg-type]
