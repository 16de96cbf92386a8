"""Find functions, methods and classes that no program runs: rules that only tests know are copies.

    python -m scripts.dead_code

Leaves with 1 and the places. Fields and members of enumerations are not judged: they mirror tables,
structs and events. A name stands in ALLOWED for a reason, and goes from it once it is in use.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from vulture import Vulture

ROOT = Path(__file__).resolve().parent.parent
PATHS = ("node", "scripts", "examples")
EXCLUDED = ("*/pb/*", "*/migrations/*")
DECORATORS = (
    *("@router.*", "@check_router.*", "@app.*", "@*.command*", "@*.callback*"),
    *("@field_validator*", "@model_validator*", "@overload"),
)
JUDGED = frozenset({"function", "method", "class", "property"})
ALLOWED: dict[str, tuple[str, ...]] = {
    "frameworks call them": (
        *("capture_signals", "settings_customise_sources", "process_result_value", "__call__"),
        *("Info", "InitChain", "PrepareProposal", "ProcessProposal", "FinalizeBlock", "Commit"),
        *("Flush", "CheckTx", "ExtendVote", "VerifyVoteExtension", "ListSnapshots"),
        *("OfferSnapshot", "LoadSnapshotChunk", "ApplySnapshotChunk"),
    ),
    "views of contracts, a wrapper each: tests read all of them, a node some": (
        *("last_claim_of", "pending_of", "provider_debt_of", "gas_budget_of", "bill_of"),
        *("categories_of", "relation_of", "organisation_of", "active_kind_of", "head_of"),
        *("body_hash_of", "last_version_of", "balances_of_many", "balance_of", "held_of"),
        *("counter_of", "hold_of", "transfer_state_of", "signer_status", "wallet_open"),
        *("is_contracted", "evidence_bytes", "reversal_bytes", "sender_of", "retention", "fees"),
        *("suspense", "points_issuer"),
    ),
    "rules of domain.md that contracts run: differential and state tests compare both": (
        *("reverse_last", "next_claim_state", "waiting_months", "instalment_fen"),
        *("instalment_due_day", "gas_budget"),
    ),
    "read models that tests of the indexer sum up a second time": (
        *("receipts_of_subject", "balance_at", "transfer", "money_sums"),
    ),
    "what tests do to processes and apps": ("kill_member", "role_table", "listen"),
}


@cache
def unused() -> dict[str, str]:
    """Return the unused names of the tree, each with its first place."""
    vulture = Vulture(ignore_decorators=list(DECORATORS))
    vulture.scavenge([str(ROOT / path) for path in PATHS], exclude=list(EXCLUDED))
    found: dict[str, str] = {}
    for item in vulture.get_unused_code(min_confidence=60):
        if item.typ in JUDGED:
            place = Path(item.filename).relative_to(ROOT)
            found.setdefault(item.name, f"{place}:{item.first_lineno}: {item.typ} {item.name}")
    return found


def findings(found: dict[str, str]) -> list[str]:
    """Return what is neither in use nor allowed, and what is allowed without need."""
    allowed = {name for names in ALLOWED.values() for name in names}
    dead = [f"{place}: nothing runs it" for name, place in found.items() if name not in allowed]
    needless = [f"ALLOWED: {name} is in use or gone" for name in sorted(allowed - found.keys())]
    return dead + needless


def main() -> int:
    """Print the findings and return the exit code."""
    found = findings(unused())
    for line in found:
        print(line)
    print(f"dead code: {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
