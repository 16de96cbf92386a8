"""Money is whole fen, ratios are whole basis points; one rounding rule (S55).

1 yuan = 100 fen. Inside a claim amounts are e4 (1/10,000 fen). Nothing here or above uses binary
fractions. Source: domain.md §3, §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NewType

from node.domain.errors import InvalidAmount, InvalidRatio, LineSumMismatch

Fen = NewType("Fen", int)
"""An amount in fen. Usually 0 <= amount <= MAX_AMOUNT_FEN."""

Bp = NewType("Bp", int)
"""A ratio in basis points, 0 to WHOLE_BP."""

CURRENCY = "CNY"
MAX_AMOUNT_FEN = 10_000_000_000_000
WHOLE_BP = 10_000
UNLIMITED = 2**64 - 1
"""As an edge, cap or maximum: none. Mirrors `type(uint64).max` of the contracts."""

E4 = 10_000
E8 = 100_000_000


def half_up(value: int, divisor: int) -> int:
    """Return value / divisor rounded half up.

    Range: value >= 0, divisor > 0. Source: domain.md §6; the only rounding of the ledger.
    """
    return (2 * value + divisor) // (2 * divisor)


def saturating_sub(value: int, less: int) -> int:
    """Return value − less, not below 0."""
    return value - less if value > less else 0


def amount(value: object, *, field: str | None = None, minimum: int = 1) -> Fen:
    """Return the value as an amount if it is a whole number of fen in range.

    Range: minimum to MAX_AMOUNT_FEN; bool, text and fractions are refused. Errors: InvalidAmount.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidAmount(str(value), field=field)
    if not minimum <= value <= MAX_AMOUNT_FEN:
        raise InvalidAmount(value, field=field)
    return Fen(value)


def ratio(value: object, *, field: str | None = None) -> Bp:
    """Return the value as a ratio if it is a whole number of bp from 0 to 10,000.

    Errors: InvalidRatio.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRatio(str(value), field=field)
    if not 0 <= value <= WHOLE_BP:
        raise InvalidRatio(value, field=field)
    return Bp(value)


def share(amount_fen: int, ratio_bp: int) -> Fen:
    """Return the ratio of an amount in fen, rounded half up once."""
    return Fen(half_up(amount_fen * ratio_bp, WHOLE_BP))


def require_sum(parts: Sequence[int], total: int, *, field: str | None = None) -> None:
    """Make sure that parts add up to a total.

    Errors: LineSumMismatch(stated, sum). The one check behind settlement identities, mixed orders,
    stated claim totals and identities written in words (domain.md §6, §14).
    """
    if sum(parts) != total:
        raise LineSumMismatch(total, sum(parts), field=field)


def spread(amount_fen: int, weights: Sequence[int]) -> list[int]:
    """Return integer parts of an amount in proportion to weights, by the largest remainder.

    Range: amount >= 0; some weight > 0 unless the amount is 0. The parts add up exactly; missing
    fen go to the largest remainders, the earlier first. With amount <= sum of weights no part
    exceeds its weight. Source: docs/adjudication.md §11.
    """
    whole = sum(weights)
    if amount_fen == 0:
        return [0] * len(weights)
    parts = [amount_fen * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda i: -(amount_fen * weights[i] % whole))
    for i in order[: amount_fen - sum(parts)]:
        parts[i] += 1
    return parts


def yuan(amount_fen: int) -> str:
    """Return an amount as people read it: `¥1,234.56`, `−¥256.00`, by integers."""
    sign = "−" if amount_fen < 0 else ""
    return f"{sign}¥{abs(amount_fen) // 100:,}.{abs(amount_fen) % 100:02d}"
