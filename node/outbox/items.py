"""What is put into the outbox, and how signatures are kept in one column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.domain.parties import SignerKind
from node.intents.encoding import encode_body
from node.intents.messages import Signature, SignedIntent
from node.wire.hexadecimal import to_hex

ACCOUNT_BYTES = 20
SWEEP_PREFIX = "SWEEP_"
NEVER = 2**62
"""A deadline of sweeps: they have none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One row to be: an intent as the router wants it, or a sweep (target in `actor`, call data
    in `body`, kind `SWEEP_…`).
    """

    digest: str
    kind: str
    actor: str
    intent_nonce: int
    deadline: int
    body: bytes
    signatures: bytes = b""

    @property
    def is_sweep(self) -> bool:
        """Whether this is a plain call that needs no signature."""
        return self.kind.startswith(SWEEP_PREFIX)


def item_of(signed: SignedIntent, digest: str) -> OutboxItem:
    """Return the row of a signed intent whose digest and signatures were checked."""
    intent = signed.intent
    return OutboxItem(
        digest=digest,
        kind=intent.kind.name,
        actor=intent.actor,
        intent_nonce=intent.nonce,
        deadline=intent.deadline,
        body=encode_body(intent.kind, intent.body),
        signatures=pack_signatures(signed.signatures),
    )


def pack_signatures(signatures: Sequence[Signature]) -> bytes:
    """Return account (20 bytes), kind (1), length (2) and data of each signature."""
    return b"".join(
        bytes.fromhex(one.account[2:])
        + bytes([one.kind.value])
        + len(one.data).to_bytes(2, "big")
        + one.data
        for one in signatures
    )


def unpack_signatures(packed: bytes) -> tuple[Signature, ...]:
    """Return the signatures of `pack_signatures`."""
    found, at = [], 0
    while at < len(packed):
        account = to_hex(packed[at : at + ACCOUNT_BYTES])
        kind = SignerKind(packed[at + ACCOUNT_BYTES])
        start = at + ACCOUNT_BYTES + 3
        length = int.from_bytes(packed[start - 2 : start], "big")
        found.append(Signature(account, kind, packed[start : start + length]))
        at = start + length
    return tuple(found)
