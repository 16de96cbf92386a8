"""Shapes of an intent's story."""

from __future__ import annotations

from node.api.schemas.base import Account, Hash, Out
from node.api.schemas.intents import Reason


class HistoryStepOut(Out):
    """One step: queued, submitted, mined, final, refused, rejected, resent, rewound …

    `reason_text` says what `reason` means, where it concerns more than the sending.
    """

    event: str
    at_ms: int
    attempts: int
    tx_hash: Hash | None
    reason: str | None
    reason_text: str | None


class TransactionOut(Out):
    """An intent and everything that happened to it; times are milliseconds since 1970."""

    digest: Hash
    kind: str
    actor_id: Account
    state: str
    reason: Reason | None
    attempts: int
    tx_hash: Hash | None
    block_number: int | None
    history: list[HistoryStepOut]
