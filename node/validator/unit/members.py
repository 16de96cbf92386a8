"""One process of a validator: how it starts, where its log goes, how it ends.

No member outlives its supervisor: Linux ends it with the supervisor, and what is left elsewhere
is ended by the next start (`running.end_leftovers`).
"""

import asyncio
import ctypes
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

LOGS_KEPT = 3
_PR_SET_PDEATHSIG = 1
# Looked up before any fork: a child of a process with threads must not load a library.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


class UnitFailedError(Exception):
    """A member of the unit died, hung or did not start; the text says which and why."""


@dataclass(slots=True)
class LogFile:
    """What a member wrote: read once line by line, rotated while the member writes."""

    path: Path
    begun_at: int = field(init=False)
    """Where the member's own lines begin."""
    read_to: int = field(init=False)

    def __post_init__(self) -> None:
        self.path.parent.mkdir(exist_ok=True)
        self.path.touch()
        self.begun_at = self.read_to = self.path.stat().st_size

    def new_lines(self) -> list[bytes]:
        """Return the whole lines written since the last call; half a line waits for its end."""
        with self.path.open("rb") as log:
            log.seek(self.read_to)
            whole, newline, _ = log.read().rpartition(b"\n")
        self.read_to += len(whole) + len(newline)
        return whole.split(b"\n") if newline else []

    @property
    def size(self) -> int:
        """Return how many bytes it has."""
        return self.path.stat().st_size

    def rotate(self) -> None:
        """Keep what was read as an older file and go on in the same one.

        The member has the file open for appending and knows nothing of this: its next line is the
        first. What was not read yet is carried over.
        """
        for age in range(LOGS_KEPT - 1, 0, -1):
            with suppress(FileNotFoundError):
                self._older(age).replace(self._older(age + 1))
        with suppress(OSError):
            # On a full disk there is no copy; the room is needed more than the old lines.
            shutil.copyfile(self.path, self._older(1))
        with self.path.open("rb") as log:
            log.seek(self.read_to)
            rest = log.read()
            os.truncate(self.path, 0)
        with self.path.open("ab") as log:
            log.write(rest)
        self.begun_at = self.read_to = 0

    def _older(self, age: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{age}")


@dataclass(frozen=True, slots=True)
class Member:
    """One running process of the unit and its log."""

    name: str
    process: asyncio.subprocess.Process
    log: LogFile

    def require_alive(self) -> None:
        """Make sure that it runs. Errors: UnitFailedError."""
        code = self.process.returncode
        if code is not None:
            how = signal.Signals(-code).name if code < 0 else f"code {code}"
            raise UnitFailedError(f"{self.name} ended with {how}; see {self.log.path}")

    async def end(self, limit_s: float) -> None:
        """Ask it to end, and kill it when it has not ended in time."""
        # A stopped process does not see a request to end.
        for number in (signal.SIGCONT, signal.SIGTERM):
            self._send(number)
        try:
            await asyncio.wait_for(self.process.wait(), limit_s)
        except TimeoutError:
            self._send(signal.SIGKILL)
            await self.process.wait()

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            self.process.send_signal(number)


async def spawn(name: str, command: Sequence[str], log_path: Path) -> Member:
    """Start a member that ends with this process. Errors: OSError."""
    log = LogFile(log_path)
    parent = os.getpid()
    with log_path.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            preexec_fn=lambda: end_with_parent(parent),
        )
    return Member(name, process, log)


def end_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Ask Linux to end this process when its parent is gone."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != parent:
            # It was gone before Linux knew of the number.
            os.kill(os.getpid(), number)
