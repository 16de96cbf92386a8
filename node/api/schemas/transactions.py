"""Shapes of an intent's story."""

from __future__ import annotations

from pydantic import ConfigDict

from node.api.schemas.base import ACCOUNT_EXAMPLE, DIGEST_EXAMPLE, Account, Hash, Out
from node.api.schemas.base import example as shown
from node.api.schemas.intents import Reason


class StepOut(Out):
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

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"digest": DIGEST_EXAMPLE, "kind": "TRANSFER_MEDICAL", "actor": ACCOUNT_EXAMPLE,
             "state": "FINAL", "reason": None, "attempts": 1, "tx_hash": DIGEST_EXAMPLE,
             "block_number": 1204,
             "history": [{"event": "queued", "at_ms": 1_772_416_800_000, "attempts": 0,
                          "tx_hash": None, "reason": None, "reason_text": None}]}
        )
    )  # fmt: skip

    digest: Hash
    kind: str
    actor: Account
    state: str
    reason: Reason | None
    attempts: int
    tx_hash: Hash | None
    block_number: int | None
    history: list[StepOut]
