"""Keys that sign digests in this process: key files, tests and the sandbox's custodial signer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from coincurve import PrivateKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from node.domain.parties import SignerKind
from node.intents.messages import Signature
from node.intents.verify import P256_ORDER, address_key, p256_key
from node.wire.addresses import key_address


class DigestSigner(Protocol):
    """What can sign the digest of an intent for an account."""

    @property
    def key(self) -> str:
        """Name of the key as the registries know it."""

    @property
    def kind(self) -> SignerKind:
        """Curve of the key."""

    def sign(self, digest: str, account: str) -> Signature:
        """Return the signature of `account` over the digest."""


@dataclass(frozen=True)
class Secp256k1Signer:
    """A secp256k1 private key of 32 bytes."""

    secret: bytes
    kind = SignerKind.SECP256K1

    @cached_property
    def _private(self) -> PrivateKey:
        return PrivateKey(self.secret)

    @cached_property
    def address(self) -> str:
        """Return the address of the key, lower-case."""
        return key_address(self._private.public_key.format(compressed=False))

    @property
    def key(self) -> str:
        """Return the key's name: its padded address."""
        return address_key(self.address)

    def sign(self, digest: str, account: str) -> Signature:
        """Return the signature of `account` over the digest; s is low."""
        raw = self._private.sign_recoverable(bytes.fromhex(digest[2:]), hasher=None)
        return Signature(account, self.kind, raw[:64] + bytes([27 + raw[64]]))


@dataclass(frozen=True)
class P256Signer:
    """A P-256 private key, 0 < secret < the curve's order."""

    secret: int
    kind = SignerKind.P256

    @cached_property
    def _private(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(self.secret, ec.SECP256R1())

    @property
    def key(self) -> str:
        """Return the key's name: the hash of its public key."""
        public = self._private.public_key().public_numbers()
        return p256_key(public.x, public.y)

    def sign(self, digest: str, account: str) -> Signature:
        """Return the signature of `account` over the digest; s is low."""
        algorithm = ec.ECDSA(Prehashed(SHA256()))
        r, s = decode_dss_signature(self._private.sign(bytes.fromhex(digest[2:]), algorithm))
        public = self._private.public_key().public_numbers()
        words = (r, min(s, P256_ORDER - s), public.x, public.y)
        return Signature(account, self.kind, b"".join(word.to_bytes(32, "big") for word in words))
