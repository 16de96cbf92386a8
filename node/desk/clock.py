"""The two clocks of a gateway: its own, for what it stores, and the network's, for what is signed.

Deadlines, policy days and opening hours are chain time. In production both clocks agree; on the
local network the chain may start at another hour of another day.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(slots=True)
class Clock:
    """`offset_s` is how far chain time is ahead of this machine; 0 in production."""

    wall_ms: Callable[[], int] = _wall_ms
    offset_s: int = 0

    def now_ms(self) -> int:
        """Return this gateway's time in milliseconds, for stored rows."""
        return self.wall_ms()

    def network_s(self) -> int:
        """Return chain time in Unix seconds."""
        return self.wall_ms() // 1000 + self.offset_s

    def follow(self, chain_timestamp: int) -> None:
        """Take the offset from the time of the newest block."""
        self.offset_s = chain_timestamp - self.wall_ms() // 1000
