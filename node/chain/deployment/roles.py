"""Which contract or account may call what: the role table that deployment grants and doctor checks.

Numbers as in contracts/src/access/Roles.sol; the table is printed in contracts/README.md.
"""

from __future__ import annotations

import enum
from typing import Any

from node.intents.messages import KINDS


class ContractRole(enum.IntEnum):
    """Role of the network's AccessManager. ADMIN is its own: it grants all others."""

    ADMIN = 0
    RELAYER = 1
    ROUTER = 2
    LEDGER_WRITER = 3
    BILL_WRITER = 4
    CLAIM_WRITER = 5
    REGISTRY_KEEPER = 6
    CORRECTOR = 7
    DEPLOYER = 8


HOLDERS: dict[ContractRole, tuple[str, ...]] = {
    ContractRole.ROUTER: ("IntentRouter",),
    ContractRole.LEDGER_WRITER: ("WalletOperations", "PremiumCollector", "ClaimSettlement"),
    ContractRole.BILL_WRITER: ("PremiumCollector",),
    ContractRole.CLAIM_WRITER: ("ClaimSettlement",),
    ContractRole.REGISTRY_KEEPER: ("WalletOperations",),
    ContractRole.CORRECTOR: ("ActionRegistry",),
}
"""Contracts that hold each role; RELAYER and DEPLOYER are held by accounts."""

SINGLE_FUNCTIONS: dict[tuple[str, str], ContractRole] = {
    ("IntentRouter", "execute"): ContractRole.RELAYER,
    ("NetworkDirectory", "set"): ContractRole.DEPLOYER,
    ("ProviderRegistry", "bootstrap"): ContractRole.DEPLOYER,
    ("ProviderRegistry", "setStatus"): ContractRole.REGISTRY_KEEPER,
    ("MemberRegistry", "freezeSigners"): ContractRole.REGISTRY_KEEPER,
    ("WalletOperations", "correct"): ContractRole.CORRECTOR,
}
"""Functions named one by one; those of the router are handlers, those below whole contracts."""

WRITERS: dict[str, ContractRole] = {
    "WalletLedger": ContractRole.LEDGER_WRITER,
    "BillRegistry": ContractRole.BILL_WRITER,
    "ClaimRegistry": ContractRole.CLAIM_WRITER,
}
"""Ledgers: every function that changes state is for their writers."""

OPEN_FUNCTIONS = frozenset(
    ("WalletLedger", name) for name in ("transfer", "transferFrom", "approve", "setOperator")
)
"""Functions of ledgers that always revert and need no role."""

_HANDLERS = {(rule.contract, rule.function) for rule in KINDS.values()}


def role_of(contract: str, function: str, *, mutates: bool) -> ContractRole | None:
    """Return the role a function of a contract needs; None = open to everybody, or a view."""
    place = (contract, function)
    if (single := SINGLE_FUNCTIONS.get(place)) is not None:
        return single
    # The router's own handler checks its caller itself.
    if place in _HANDLERS and contract != "IntentRouter":
        return ContractRole.ROUTER
    return WRITERS.get(contract) if mutates and place not in OPEN_FUNCTIONS else None


def restricted_functions(contract: str, abi: list[dict[str, Any]]) -> dict[str, ContractRole]:
    """Return the role of each restricted function of a contract, by its name."""
    roles = {}
    for entry in abi:
        # Every contract inherits this one; its own rule is that only the manager may call it.
        if entry["type"] != "function" or entry["name"] == "setAuthority":
            continue
        mutates = entry["stateMutability"] not in {"view", "pure"}
        if (role := role_of(contract, entry["name"], mutates=mutates)) is not None:
            roles[entry["name"]] = role
    return roles
