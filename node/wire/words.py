"""Words of the chain's machine: 32 bytes, numbers big-endian."""

from node.wire.errors import PackingError

WORD = 32


def uint(value: int, bits: int = 256) -> bytes:
    """Return an unsigned number as a word. Errors: PackingError when it has more bits."""
    if not 0 <= value < 1 << bits:
        raise PackingError(f"{value} does not fit uint{bits}")
    return int(value).to_bytes(WORD)
