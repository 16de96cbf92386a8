"""What a relayer is told once: addresses, limits and paces."""

from __future__ import annotations

from dataclasses import dataclass

from node.relayer.batches import GasBudgets


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayerSettings:
    """Values from configuration; times in seconds. `owner` names this process in leases."""

    owner: str
    chain_id: int
    router: str
    budgets: GasBudgets | None = None
    """None = ask the router at the start."""
    lease_s: float = 30.0
    resend_s: float = 5.0
    pause_s: float = 5.0
    suspend_s: float = 60.0
    """How long a person may look at what no node takes, before its nonce is freed."""
    poll_s: float = 0.05
    gather_s: float = 0.02
    lease_items: int = 1_000
    open_transactions: int = 16
    simulate: bool = True
    max_fee_per_gas: int | None = None
    """Wei; None = four times the base fee of the latest block, and at least 1 gwei."""
