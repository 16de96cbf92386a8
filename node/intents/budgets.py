"""Gas of an item: what it may use at most, and what must be left before it.

Mirrors contracts/src/libraries/intents/IntentRules.sol; a test compares every kind. A sender of
a batch adds up what items really use and leaves the budget of the last one on top.
"""

from __future__ import annotations

from node.intents.messages import IntentKind
from node.wire.words import WORD

RESERVE = 40_000
RESERVE_PER_WORD = 20
DEFAULT = (300_000, 0)

LIMITS: dict[IntentKind, tuple[int, int]] = {
    IntentKind.PAY_PREMIUM: (250_000, 0),
    IntentKind.SETTLE_CLAIM: (450_000, 1_500),
    IntentKind.SUBMIT_CLAIM: (600_000, 1_500),
    IntentKind.CONFIRM_CLAIM: (500_000, 1_000),
    IntentKind.REVERSE_CLAIMS: (300_000, 8_000),
    IntentKind.PUBLISH_PLAN: (500_000, 10_000),
    IntentKind.PROPOSE_ACTION: (200_000, 500),
    IntentKind.APPROVE_ACTION: (200_000, 15_000),
    IntentKind.CANCEL_INTENT: (60_000, 0),
    IntentKind.DECLARE_WAGE: (500_000, 0),
    IntentKind.ISSUE_BILL: (500_000, 0),
    IntentKind.PAY_DECLARED: (400_000, 0),
    IntentKind.REFUND_PREMIUM: (400_000, 0),
    IntentKind.CANCEL_CLAIM: (300_000, 0),
}
"""Gas base and gas per word of the body; every other kind has DEFAULT."""


def gas_limit(kind: IntentKind, body_length: int) -> int:
    """Return the gas an item with a body of that many bytes may use."""
    base, per_word = LIMITS.get(kind, DEFAULT)
    return base + body_length // WORD * per_word


def gas_budget(kind: IntentKind, body_length: int) -> int:
    """Return the gas that must be left before the item: what the router's gasBudgetOf answers."""
    words = body_length // WORD
    return gas_limit(kind, body_length) * 64 // 63 + RESERVE + words * RESERVE_PER_WORD
