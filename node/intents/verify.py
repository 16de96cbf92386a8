"""Signatures over digests: whose key signed, judged exactly as the router judges.

A key is named by 32 bytes: the padded address for secp256k1, keccak256(x ‖ y) for P-256. Whether
the key may sign for the account is a question for the registries, not for this module.
"""

from __future__ import annotations

from collections.abc import Sequence

from coincurve import PublicKey
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from node.domain.errors import SignatureExpired, SignatureInvalid
from node.domain.parties import SignerKind
from node.intents.messages import Intent, Signature
from node.wire.addresses import key_address
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def address_key(address: str) -> str:
    """Return the key name of a secp256k1 address."""
    return "0x" + "0" * 24 + address[2:].lower()


def p256_key(x: int, y: int) -> str:
    """Return the key name of a P-256 public key."""
    return to_hex(keccak(x.to_bytes(32, "big") + y.to_bytes(32, "big")))


def _recover_secp256k1(digest: bytes, data: bytes) -> str:
    s, v = int.from_bytes(data[32:64], "big"), data[64]
    # OpenZeppelin's rules: low s and v of 27 or 28, so that nobody can make a second valid form.
    if s > SECP256K1_ORDER // 2 or v not in (27, 28):
        raise SignatureInvalid
    try:
        public = PublicKey.from_signature_and_message(
            data[:64] + bytes([v - 27]), digest, hasher=None
        )
    except ValueError:
        raise SignatureInvalid from None
    return address_key(key_address(public.format(compressed=False)))


def _check_p256(digest: bytes, data: bytes) -> str:
    r, s, x, y = (int.from_bytes(data[place : place + 32], "big") for place in range(0, 128, 32))
    if s > P256_ORDER // 2:
        raise SignatureInvalid
    try:
        public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        public.verify(encode_dss_signature(r, s), digest, ec.ECDSA(Prehashed(SHA256())))
    except (InvalidSignature, ValueError):
        raise SignatureInvalid from None
    return p256_key(x, y)


def signer_key(digest: str, signature: Signature) -> str:
    """Return the name of the key that made a signature. Errors: SignatureInvalid."""
    raw = bytes.fromhex(digest[2:])
    if signature.kind is SignerKind.SECP256K1 and len(signature.data) == 65:
        return _recover_secp256k1(raw, signature.data)
    if signature.kind is SignerKind.P256 and len(signature.data) == 128:
        return _check_p256(raw, signature.data)
    raise SignatureInvalid


def require_signatures(intent: Intent, signatures: Sequence[Signature]) -> None:
    """Make sure that the kind has as many signatures as it needs. Errors: SignatureInvalid."""
    if len(signatures) != (2 if intent.rule.counterparty else 1):
        raise SignatureInvalid(field="/signatures")


def require_deadline(intent: Intent, now_s: int) -> None:
    """Make sure that the deadline has not passed: its own second still counts, as on chain.

    Errors: SignatureExpired.
    """
    if now_s > intent.deadline:
        raise SignatureExpired(intent.deadline, field="/intent/deadline")
