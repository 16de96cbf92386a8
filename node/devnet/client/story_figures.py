"""The figures of the story, and that they add up: a story that does not is not told to its end.

What a gateway answers is looked at as a stranger would: parts are added again, and every sum is
compared to what was stated elsewhere. All amounts are in fen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from node.domain.money import yuan

FUNDS = ("pooled_fen", "big_illness_fen", "aid_fen", "supplementary_fen")
PAYERS = (*FUNDS, "provider_fen", "member_fen")
POCKETS = ("medical_fen", "family_fen", "cash_fen")
PREMIUM = ("gross_fen", "subsidy_fen", "discount_fen", "late_fee_fen", "payable_fen")


class FiguresDiffer(Exception):  # noqa: N818
    """Figures of the story do not add up; the text says which, and by how much."""


def require_sum(what: str, parts: Mapping[str, int], total_fen: int) -> None:
    """Make sure that named parts add up to a total. Errors: FiguresDiffer."""
    found_fen = sum(parts.values())
    if found_fen != total_fen:
        named = ", ".join(f"{name} {amount_fen}" for name, amount_fen in parts.items())
        raise FiguresDiffer(
            f"{what}: {named or 'no parts'} add up to {yuan(found_fen)}, not {yuan(total_fen)}"
            f" ({found_fen - total_fen:+d} fen)"
        )


def premium_of(quote: Mapping[str, Any]) -> dict[str, int]:
    """Return who pays a premium: gross - subsidy - discount + late fee = payable.

    Errors: FiguresDiffer.
    """
    amounts = {name: int(quote[name]) for name in PREMIUM}
    parts = {
        "gross_fen": amounts["gross_fen"],
        "subsidy_fen": -amounts["subsidy_fen"],
        "discount_fen": -amounts["discount_fen"],
        "late_fee_fen": amounts["late_fee_fen"],
    }
    require_sum("the premium", parts, amounts["payable_fen"])
    return amounts


def settlement_of(settlement: Mapping[str, Any]) -> dict[str, int]:
    """Return who pays a claim: funds + provider + member = total, pockets = member.

    Errors: FiguresDiffer.
    """
    amounts = {name: int(settlement[name]) for name in ("total_fen", *PAYERS, *POCKETS)}
    payers = {name: amounts[name] for name in PAYERS}
    require_sum("who pays the claim", payers, amounts["total_fen"])
    pockets = {name: amounts[name] for name in POCKETS}
    require_sum("the member's share", pockets, amounts["member_fen"])
    return amounts


def reasons_of(trace: Mapping[str, Any], settlement: Mapping[str, int]) -> dict[str, int]:
    """Return code -> fen of what no fund pays: all reasons = total - all funds.

    A reason that stands in several lines is added up. Errors: FiguresDiffer.
    """
    reasons = Counter[str]()
    for line in trace["lines"]:
        for part in line["refused"]:
            reasons[part["code"]] += int(part["amount_fen"])
    unpaid_fen = settlement["total_fen"] - sum(settlement[name] for name in FUNDS)
    require_sum("what no fund pays", reasons, unpaid_fen)
    return dict(reasons)
