"""When the chain counts as halted, and what this gateway does with intents meanwhile (P24).

A validator network stops when more than a third of its validators are away. Nothing is lost: reads
go on, and what is accepted waits in the outbox, as long as its deadline allows.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.domain.errors import ChainLagging


@dataclass(frozen=True, slots=True)
class HaltRule:
    """`after_s` is the age of the newest block from which on the chain is halted; 0 = never."""

    after_s: int = 0
    refuses: bool = False

    def is_halted(self, newest_s: int, *, now_s: int) -> bool:
        """Tell whether no block came for too long after one of a second."""
        return 0 < self.after_s < now_s - newest_s

    def require_open(self, newest_s: int, *, now_s: int) -> None:
        """Make sure that intents are taken now. Errors: ChainLagging, by 0 blocks: none came."""
        if self.refuses and self.is_halted(newest_s, now_s=now_s):
            raise ChainLagging(0)
