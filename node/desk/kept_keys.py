"""Test keys that a sandbox keeps for its demo accounts, behind a port."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from node.intents.signing import DigestSigner, Secp256k1Signer


class SignerPort(Protocol):
    """What can sign for accounts whose keys it keeps."""

    def signer_for(self, account: str) -> DigestSigner | None:
        """Return the signer of an account, None if it keeps no key of it."""


class KeptKeys:
    """Keys in memory, by account: those of the local network's demo accounts."""

    def __init__(self, keys: Mapping[str, DigestSigner]) -> None:
        self._keys = dict(keys)

    def signer_for(self, account: str) -> DigestSigner | None:
        """Return the signer of an account."""
        return self._keys.get(account)


def kept_keys(secrets: Mapping[str, str]) -> KeptKeys:
    """Return the keys of a file: account id → 64 hex digits. Errors: ValueError."""
    return KeptKeys(
        {
            account.lower(): Secp256k1Signer(bytes.fromhex(secret.removeprefix("0x")))
            for account, secret in secrets.items()
        }
    )
