"""How many blocks to fetch at once: more while ranges are light, fewer when they are heavy."""

from __future__ import annotations

from dataclasses import dataclass

SMALLEST, LARGEST = 1, 2_000


@dataclass(slots=True)
class Window:
    """A size that doubles and halves towards a number of events per range."""

    size: int = 64
    target_events: int = 2_000

    def learn(self, events: int) -> None:
        """Adapt to what the last range carried."""
        if events > 2 * self.target_events:
            self.size = max(SMALLEST, self.size // 2)
        elif events < self.target_events // 2:
            self.size = min(LARGEST, self.size * 2)

    def shrink(self) -> None:
        """The endpoint refused a range or timed out: ask for a quarter."""
        self.size = max(SMALLEST, self.size // 4)
