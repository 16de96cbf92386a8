"""Encryption of personal columns and keyed look-up hashes; both keys live outside the database.

A sealed value is `key id (1 byte) ‖ nonce (12) ‖ AES-256-GCM`. The place of the cell is bound as
associated data, so a value copied to another row or column does not open.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from node.domain.errors.base import CannotStartError
from node.wire.hexadecimal import to_hex

KEY_BYTES = 32
NONCE_BYTES = 12


class KeysMissingError(CannotStartError):
    """A gateway keeps personal columns sealed and has no keys for them."""


class SealError(Exception):
    """A sealed value does not belong to its cell, was changed, or its key is gone."""


class Sealer:
    """Seals with the newest key and opens with any known one, so that keys can rotate (S11)."""

    def __init__(
        self,
        keys: dict[int, bytes],
        *,
        lookup_key: bytes,
        former_lookup_keys: Sequence[bytes] = (),
    ) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError(f"sealing needs keys of {KEY_BYTES} bytes")
        self._ciphers = {number: AESGCM(key) for number, key in keys.items()}
        self._newest = max(keys)
        self._lookup_keys = (lookup_key, *former_lookup_keys)

    def seal(self, text: str, *, table: str, column: str, row_id: str) -> bytes:
        """Return the sealed text, bound to its cell."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        place = _place(table, column, row_id)
        body = self._ciphers[self._newest].encrypt(nonce, text.encode(), place)
        return bytes([self._newest]) + nonce + body

    def unseal(self, sealed: bytes, *, table: str, column: str, row_id: str) -> str:
        """Return the text of a sealed cell. Errors: SealError."""
        cipher = self._ciphers.get(sealed[0]) if sealed else None
        if cipher is None:
            raise SealError(f"{table}.{column}: unknown key")
        nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, _place(table, column, row_id)).decode()
        except (InvalidTag, ValueError) as error:
            raise SealError(f"{table}.{column}") from error

    def lookup_hash(self, purpose: str, text: str) -> str:
        """Return the keyed hash a personal value is found by; purposes do not mix."""
        return to_hex(self.keyed_hashes(purpose, text)[0])

    def keyed_hashes(self, purpose: str, text: str) -> list[bytes]:
        """Return the hashes by every look-up key, that of now first and then those of before."""
        message = purpose.encode() + b"\0" + text.encode()
        return [hmac.digest(key, message, hashlib.sha256) for key in self._lookup_keys]


def _place(table: str, column: str, row_id: str) -> bytes:
    return f"{table}.{column}.{row_id}".encode()
