"""Account addresses of the chain."""

from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex


def key_address(public: bytes) -> str:
    """Return the address of a secp256k1 key, given as 65 uncompressed bytes."""
    return to_hex(keccak(public[1:])[12:])
