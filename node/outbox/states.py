"""The steps an outbox row may take, as guards for SQL: nothing leaves a terminal state (P53).

The table itself is `node.domain.transactions`. Every mark names the states it may start from in its
WHERE clause, so a late or repeated report changes nothing.
"""

from __future__ import annotations

from node.domain.transactions import TERMINAL, TX_TRANSITIONS, TxStatus

OPEN = frozenset(TX_TRANSITIONS) - TERMINAL
"""What is still on its way."""


def sources_of(target: TxStatus) -> tuple[str, ...]:
    """Return the states from which a row may reach `target`."""
    return tuple(
        sorted(state.value for state, following in TX_TRANSITIONS.items() if target in following)
    )


def is_terminal(state: str) -> bool:
    """Whether nothing can change the state any more."""
    return TxStatus(state) in TERMINAL
