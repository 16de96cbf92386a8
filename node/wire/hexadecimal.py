"""Bytes as 0x text, in lower case."""

from node.wire.errors import PackingError


def to_hex(data: bytes) -> str:
    """Return 0x and lower-case digits."""
    return "0x" + data.hex()


def from_hex(text: str) -> bytes:
    """Return the bytes of 0x text. Errors: PackingError."""
    if text[:2] != "0x":
        raise PackingError("hexadecimal text starts with 0x")
    try:
        return bytes.fromhex(text[2:])
    except ValueError:
        raise PackingError("not hexadecimal") from None
