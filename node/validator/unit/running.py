"""Who runs a home: one unit at a time, and what it left when it was killed.

`run/lock` is held by the unit as long as it lives, `run/unit.json` names its processes by id and
start time, so that a stale file never points at a process that got an old id since.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import orjson

from node.validator.home.entries import CeremonyError

RUN_FILE = Path("run") / "unit.json"
LOCK_FILE = Path("run") / "lock"
LEFTOVERS_S = 10.0
UNIT = "unit"
MEMBERS = (UNIT, "geth", "bridge", "comet")


class CannotRunError(Exception):
    """The unit cannot start here now; the text says why and what to do."""


@contextmanager
def claimed(home: Path) -> Iterator[None]:
    """Hold a home: no other unit runs it meanwhile. Errors: CannotRunError, OSError."""
    path = home / LOCK_FILE
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = pids_of(home).get(UNIT, "unknown")
            raise CannotRunError(f"another unit runs {home} (process {holder})") from None
        end_leftovers(home)
        yield
        (home / RUN_FILE).unlink(missing_ok=True)


def note(home: Path, pids: Mapping[str, int]) -> None:
    """Write who runs a home, for drills and for `status`; this process is the unit."""
    known = {UNIT: os.getpid(), **pids}
    started = {name: [pid, _started(pid)] for name, pid in known.items()}
    path = home / RUN_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".new")
    written.write_bytes(orjson.dumps({"home": str(home.resolve()), "processes": started}))
    written.replace(path)


def pids_of(home: Path) -> dict[str, int]:
    """Return member → process id of what runs of a home: `unit`, `geth`, `bridge`, `comet`."""
    try:
        noted = orjson.loads((home / RUN_FILE).read_bytes())
        # A home copied from another one has that one's file in it.
        if noted["home"] != str(home.resolve()):
            return {}
        processes = {name: (int(pid), started) for name, (pid, started) in
                     noted["processes"].items()}  # fmt: skip
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
    return {
        name: pid
        for name, (pid, started) in processes.items()
        if started is not None and _started(pid) == started
    }


def require_stopped(home: Path, why: str) -> None:
    """Make sure that nothing of a home runs. Errors: CeremonyError."""
    found = pids_of(home)
    if found:
        told = ", ".join(f"{name} {pid}" for name, pid in found.items())
        raise CeremonyError(f"{home} is running ({told}): stop it first, {why}")


def end_leftovers(home: Path) -> None:
    """Kill what a killed unit left running, so that its ports and data are free."""
    deadline_at = time.monotonic() + LEFTOVERS_S
    while left := {name: pid for name, pid in pids_of(home).items() if pid != os.getpid()}:
        for pid in left.values():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > deadline_at:
            raise CannotRunError(f"an earlier unit of {home} left {left} that cannot be killed")
        time.sleep(0.02)


def _started(pid: int) -> int | None:
    """Return when a living process started, in ticks since the system's; None if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name in brackets may hold anything; state is field 3, the start time field 22.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])
