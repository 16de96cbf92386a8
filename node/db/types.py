"""Column types: addresses and hashes as bytes in the database and as lower-case 0x text above it.

Both databases keep the same bytes, so sorting and equality agree between them.
"""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

from node.wire.hexadecimal import to_hex
from node.wire.words import WORD

LARGEST_BIGINT = 2**63 - 1

Fen = BigInteger
"""Whole fen; every amount of the ledger is at most 10^13."""

Milliseconds = BigInteger
"""UTC moments of this gateway, in milliseconds since 1970."""

Seconds = BigInteger
"""Chain time, in seconds since 1970."""


class HexBytes(TypeDecorator[str]):
    """Bytes of any length as 0x + lower-case hex digits."""

    impl = LargeBinary
    cache_ok = True
    size: int | None = None

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Turn 0x text into bytes; a wrong length is a bug of the caller."""
        if value is None:
            return None
        raw = bytes.fromhex(value[2:])
        if self.size is not None and len(raw) != self.size:
            raise ValueError(f"{len(raw)} bytes where {self.size} are stored")
        return raw

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """Turn bytes into 0x text."""
        return None if value is None else to_hex(value)


class Address(HexBytes):
    """20 bytes: an account id or a contract address."""

    cache_ok = True
    size = 20


class Bytes32(HexBytes):
    """32 bytes: a digest, a hash or an id."""

    cache_ok = True
    size = 32


class Uint256(TypeDecorator[int]):
    """An unsigned 256-bit number as 32 big-endian bytes, so that byte order is number order."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: int | None, dialect: Dialect) -> bytes | None:
        """Turn a number into 32 bytes."""
        return None if value is None else value.to_bytes(WORD, "big")

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        """Turn 32 bytes into a number."""
        return None if value is None else int.from_bytes(value, "big")


class JsonText(TypeDecorator[Any]):
    """A JSON value as text with sorted keys: equal values are equal bytes (M17)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Write the value; integers above 64 bits must come as text."""
        if value is None:
            return None
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """Read the value."""
        return None if value is None else orjson.loads(value)


def clamp_bigint(value: int) -> int:
    """Return the value, or the largest BIGINT: an end that far away means "never"."""
    return min(value, LARGEST_BIGINT)
