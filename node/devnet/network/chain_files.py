"""The saved state of a local chain: two files, of which the newer whole one counts.

anvil writes `chain.exit.json` in place when it ends, so a kill in that moment leaves half a file.
`chain.json` is only ever replaced as a whole. A start and a stop settle which of both is the chain.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import orjson


class DamagedState(Exception):  # noqa: N818  (a state is damaged, not an error)
    """No file of a saved chain is whole; names the file."""


@dataclass(frozen=True, slots=True)
class ChainFiles:
    """Where a chain is saved. Nothing here may be called while anvil ends."""

    saved: Path

    @property
    def at_exit(self) -> Path:
        """What anvil writes when it ends."""
        return self.saved.with_suffix(".exit.json")

    def settle(self) -> None:
        """Make `saved` the newest whole state; half a state of the last exit is thrown away."""
        if not self.at_exit.exists():
            return
        if _last_timestamp(self.at_exit) is not None:
            self.at_exit.replace(self.saved)
        else:
            self.at_exit.unlink()

    def replace(self, content: bytes) -> None:
        """Save a state so that a crash at any moment leaves the old one or the new one."""
        half = self.saved.with_suffix(".half.json")
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(self.saved)

    def last_timestamp(self) -> int | None:
        """Return the time of the newest saved block, None if nothing is saved.

        Errors: DamagedState.
        """
        if not self.saved.exists():
            return None
        found = _last_timestamp(self.saved)
        if found is None:
            raise DamagedState(self.saved)
        return found


def _last_timestamp(path: Path) -> int | None:
    """Return the time of the newest block of a file, None if it is not a whole state."""
    try:
        return int(orjson.loads(path.read_bytes())["block"]["timestamp"], 16)
    except (ValueError, KeyError, TypeError):
        return None
