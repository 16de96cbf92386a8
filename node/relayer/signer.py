"""Who signs the relayer's own transactions: a key from a secret file, later a remote signer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

from coincurve import PrivateKey

from node.chain.abi.transactions import SignedTransaction, Transaction, address_of, sign

KEY_BYTES = 32


class TxSigner(Protocol):
    """Signs transactions of one account; quick and without I/O, for it runs in a unit of work."""

    @property
    def address(self) -> str:
        """The account, lower-case 0x text."""

    def sign(self, transaction: Transaction) -> SignedTransaction:
        """Return the signed transaction; the same bytes for the same input."""


class KeySigner:
    """Signs with a secp256k1 key in memory."""

    def __init__(self, secret: bytes) -> None:
        self._key = PrivateKey(secret)
        self._address = address_of(self._key.public_key)

    @property
    def address(self) -> str:
        """The account of the key."""
        return self._address

    def sign(self, transaction: Transaction) -> SignedTransaction:
        """Return the signed transaction (deterministic, low s)."""
        return sign(transaction, self._key)

    def __repr__(self) -> str:
        """Never show the key."""
        return f"KeySigner({self._address})"


def load_signer(path: Path, *, password: str | None = None) -> KeySigner:
    """Return the signer of a secret file: 64 hex digits, or an encrypted JSON keystore.

    Errors: ValueError without a word of the content.
    """
    text = path.read_text().strip()
    if text.startswith("{"):
        return KeySigner(_open_keystore(text, password))
    try:
        secret = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        raise ValueError(f"{path.name} holds no hexadecimal key") from None
    if len(secret) != KEY_BYTES:
        raise ValueError(f"{path.name} holds no key of {KEY_BYTES} bytes")
    return KeySigner(secret)


def _open_keystore(text: str, password: str | None) -> bytes:
    from eth_account import Account

    if password is None:
        raise ValueError("the keystore needs its password")
    try:
        return bytes(Account.decrypt(json.loads(text), password))
    except ValueError:
        raise ValueError("the keystore does not open with this password") from None
