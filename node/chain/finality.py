"""What "final" means on this network: how many blocks must follow before nothing can change.

anvil and the validator network are final at once (depth 0). The indexer still compares parent
hashes and rewinds, because a test chain or another engine may differ.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finality:
    """A block is final when `depth` blocks follow it. Range: depth >= 0."""

    depth: int = 0

    def __post_init__(self) -> None:
        """Refuse a negative depth: it would call a block final that is not mined yet."""
        if self.depth < 0:
            raise ValueError("finality depth is not negative")

    def final_block(self, head: int) -> int | None:
        """Return the highest final block under a head; None while not even genesis is final."""
        return head - self.depth if head >= self.depth else None
