"""Sweeps: unsigned calls that let time take effect, named so that each is enqueued once.

The id of a sweep is the hash of its call and of the moment it is due: a sender's next lapsed
transfer is another sweep. Whoever runs it first wins; a second run has no effect.
"""

from __future__ import annotations

from node.outbox.items import NEVER, OutboxItem
from node.wire.hashing import keccak, selector
from node.wire.hexadecimal import to_hex
from node.wire.words import uint

RETURN_TRANSFER = "SWEEP_TRANSFER"
EXPIRE_CLAIM = "SWEEP_CLAIM"

_RETURN = selector("returnTransfer(address)")
_EXPIRE = selector("expire(bytes32)")


def return_transfer(*, target: str, sender: str, returns_at: int) -> OutboxItem:
    """Return the sweep that gives a lapsed wallet transfer back; `target` is WalletOperations."""
    data = _RETURN + bytes(12) + bytes.fromhex(sender[2:])
    return _sweep(RETURN_TRANSFER, target=target, data=data, due_at=returns_at)


def expire_claim(*, target: str, claim_id: str, expires_at: int) -> OutboxItem:
    """Return the sweep that ends an unconfirmed claim; `target` is ClaimSettlement."""
    data = _EXPIRE + bytes.fromhex(claim_id[2:])
    return _sweep(EXPIRE_CLAIM, target=target, data=data, due_at=expires_at)


def _sweep(kind: str, *, target: str, data: bytes, due_at: int) -> OutboxItem:
    digest = to_hex(keccak(data + uint(due_at)))
    return OutboxItem(
        digest=digest,
        kind=kind,
        actor=target,
        intent_nonce=int(digest, 16),
        deadline=NEVER,
        body=data,
    )
