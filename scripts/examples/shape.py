"""What two recordings of one story have in common, although ids, times and hashes differ."""

from __future__ import annotations

from typing import Any

WORDS = (
    *("kind", "state", "code", "category", "status"),
    *("primaryType", "chain_id", "verifyingContract", "router"),
)


def shape(value: Any) -> Any:
    """Return names of fields, kinds of values, and words of closed lists."""
    if isinstance(value, dict):
        return {
            name: part if name in WORDS and isinstance(part, str | int) else shape(part)
            for name, part in value.items()
        }
    if isinstance(value, list):
        shapes = [shape(one) for one in value]
        return [one for place, one in enumerate(shapes) if one not in shapes[:place]]
    return type(value).__name__
