"""Keccak-256, the hash of the chain.

Straight from the C implementation: every payment passes here several times.
"""

from sha3 import keccak_256


def keccak(data: bytes) -> bytes:
    """Return the Keccak-256 hash, 32 bytes."""
    return bytes(keccak_256(data).digest())


def selector(signature: str) -> bytes:
    """Return the four bytes that name a function or an error such as `get(bytes32)`."""
    return keccak(signature.encode())[:4]
