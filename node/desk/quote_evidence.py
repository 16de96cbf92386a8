"""Signs what a gateway quoted: a compact JWS that proves later what was promised (S51).

The signature is evidence only. What is paid is decided by the contract, from the same rules.
"""

from __future__ import annotations

import secrets
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"
KEY_BYTES = 32


class QuoteSigner:
    """One Ed25519 key. Without a configured one it lasts as long as the process."""

    def __init__(self, secret: bytes | None = None) -> None:
        """Errors: ValueError for a key that is not 32 bytes."""
        seed = secrets.token_bytes(KEY_BYTES) if secret is None else secret
        self._key = OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(seed))
        self.key_id = self._key.thumbprint()

    @property
    def public_key(self) -> dict[str, str]:
        """Return the public key as a JWK, for whoever checks a quote."""
        known: dict[str, Any] = self._key.as_dict(private=False)
        return {"kid": self.key_id, **{name: str(known[name]) for name in ("kty", "crv", "x")}}

    def sign(self, document: dict[str, Any]) -> str:
        """Return the compact JWS of a document, whose bytes are its JSON with sorted keys."""
        payload = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
        header = {"alg": ALGORITHM, "kid": self.key_id}
        return jws.serialize_compact(header, payload, self._key, algorithms=[ALGORITHM])
