"""Short text in a word, left-aligned: regions, levels, care types, names of contracts."""

from node.wire.errors import PackingError
from node.wire.hexadecimal import from_hex, to_hex


def label_of(data: bytes) -> str:
    """Return left-aligned text such as a region; 0x digits when the bytes are no printable text.

    A registered value may be any bytes: an odd one must not stop whoever reads the log.
    """
    stripped = data.rstrip(b"\0")
    try:
        text = stripped.decode()
    except UnicodeDecodeError:
        return to_hex(data)
    return text if text.isprintable() and not text.startswith("0x") else to_hex(data)


def label_bytes(text: str, size: int) -> bytes:
    """Return the left-aligned bytes of a label; undoes `label_of`. Errors: PackingError."""
    data = from_hex(text) if text.startswith("0x") else text.encode()
    if len(data) > size:
        raise PackingError(f"label longer than {size} bytes")
    return data.ljust(size, b"\0")
