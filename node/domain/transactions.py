"""Outbox states of a signed intent on its way to the chain, and why it may end before it.

    QUEUED → LEASED → SIGNED → SENT → MINED → FINAL
    any of them → REFUSED (the contract's reason) | before MINED → REJECTED (can never execute)

FINAL, REFUSED and REJECTED never flip; an unknown outcome is none of them. Source: architecture.md.
"""

from __future__ import annotations

import enum


class TxStatus(enum.StrEnum):
    """Where an intent is. SIGNED means that the raw transaction is stored."""

    QUEUED = "QUEUED"
    LEASED = "LEASED"
    SIGNED = "SIGNED"
    SENT = "SENT"
    MINED = "MINED"
    FINAL = "FINAL"
    REFUSED = "REFUSED"
    REJECTED = "REJECTED"


class RejectionReason(enum.StrEnum):
    """Why an intent can never execute, decided before the chain or without it."""

    DEADLINE_PASSED = "DEADLINE_PASSED"
    """Its deadline lies before a final block in which it is not."""

    CANCELLED = "CANCELLED"
    """A CancelIntent of the same actor burnt its nonce."""

    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    """The contract skipped it for its signature, and its deadline has passed since."""

    NEVER_SENT = "NEVER_SENT"
    """Withdrawn or unbuildable while no transaction with it had left."""


_SETTLED_ELSEWHERE = {TxStatus.MINED, TxStatus.FINAL, TxStatus.REFUSED}
"""Events decide: another gateway may have sent the intent, or a crash lost our own mark."""

TX_TRANSITIONS: dict[TxStatus, frozenset[TxStatus]] = {
    TxStatus.QUEUED: frozenset({TxStatus.LEASED, TxStatus.REJECTED} | _SETTLED_ELSEWHERE),
    # Back to QUEUED when a lease lapses before anything was signed.
    TxStatus.LEASED: frozenset(
        {TxStatus.QUEUED, TxStatus.SIGNED, TxStatus.REJECTED} | _SETTLED_ELSEWHERE
    ),
    # Back to QUEUED only when the stored transaction can no longer execute: its account nonce was
    # used, or it was mined and reverted as a whole, at a final block.
    TxStatus.SIGNED: frozenset(
        {TxStatus.SENT, TxStatus.QUEUED, TxStatus.REJECTED} | _SETTLED_ELSEWHERE
    ),
    TxStatus.SENT: frozenset({TxStatus.QUEUED, TxStatus.REJECTED} | _SETTLED_ELSEWHERE),
    # Back to SENT when a reorganisation drops the block.
    TxStatus.MINED: frozenset({TxStatus.SENT, TxStatus.FINAL, TxStatus.REFUSED}),
    TxStatus.FINAL: frozenset(),
    TxStatus.REFUSED: frozenset(),
    TxStatus.REJECTED: frozenset(),
}

TERMINAL = frozenset(status for status, targets in TX_TRANSITIONS.items() if not targets)
