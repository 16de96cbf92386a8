"""The storage of ValidatorRegistry in the genesis block: the first validators, no transaction.

Slots as the contract's layout comment numbers them; a test compares this with a contract that
got the same entries by votes.
"""

from collections.abc import Sequence

from node.validator.home.entries import PublicEntry
from node.wire.hashing import keccak
from node.wire.words import WORD

ADDRESS = "0x" + "1ba0".rjust(40, "0")
"""Where the registry stands in every network's genesis."""

_ORDER, _ENTRIES, _OWNERS, _MINIMUM = 0, 1, 2, 4
_ACTIVE = 1


def storage_of(entries: Sequence[PublicEntry], *, minimum: int) -> dict[int, int]:
    """Return slot → word for participants in the order of joining."""
    storage = {_ORDER: len(entries), _MINIMUM: minimum}
    first = int.from_bytes(keccak(_word(_ORDER)), "big")
    for place, entry in enumerate(entries):
        storage[first + place] = _number(entry.participant)
        storage |= _entry(entry)
    return storage


def _entry(entry: PublicEntry) -> dict[int, int]:
    participant = _number(entry.participant)
    base = _mapped(participant, _ENTRIES)
    key = bytes.fromhex(entry.consensus_key)
    owned = [int.from_bytes(keccak(key)[:20], "big"), _number(entry.node_address)]
    owned += [_number(entry.operator), _number(entry.relayer)]
    fields = {
        base: int.from_bytes(key, "big"),
        base + 1: _ACTIVE << 160 | _number(entry.node_address),
        base + 2: _number(entry.operator),
        base + 3: _number(entry.relayer),
        base + 4: int.from_bytes(entry.name.encode().ljust(WORD, b"\0"), "big"),
    }
    return fields | {_mapped(one, _OWNERS): participant for one in owned}


def _mapped(key: int, slot: int) -> int:
    return int.from_bytes(keccak(_word(key) + _word(slot)), "big")


def _word(number: int) -> bytes:
    return number.to_bytes(WORD, "big")


def _number(address: str) -> int:
    return int(address, 16)
