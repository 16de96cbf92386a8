"""Who uses a devnet's home: one sandbox or one reset at a time.

The lock is held on an open file, not by a name in it: it ends with the last process that has the
file open. The chain gets the file too, so a home stays in use while the chain of a killed sandbox
still saves its state. Deleting under it would bring the old chain back.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ValidationError

from node.devnet.network.local import DevnetError

LOCK_FILE = "devnet.lock"
ENDING_S = 60.0
"""How long the chain of a killed sandbox may take to end."""
POLL_S = 0.05
BESIDE = "--home DIR --port N --chain-port N"


class HomeInUse(DevnetError):  # noqa: N818
    """A sandbox runs in the home; the text says which one and the next step."""


class LockHolder(BaseModel):
    """What the lock file says of its holder; `api` is empty for one that serves nothing."""

    pid: int
    api: str = ""

    @property
    def is_alive(self) -> bool:
        """Whether the process runs; it may be somebody else's by now."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return not _is_zombie(self.pid)


def _is_zombie(pid: int) -> bool:
    """Whether a process has ended and only its parent has not asked how; False off Linux."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return text.rpartition(")")[2].split()[0] in "ZX"


@contextmanager
def claimed(folder: Path, *, api: str = "") -> Iterator[int]:
    """Hold a home, and give the descriptor that keeps it held in a child process.

    Errors: HomeInUse, DevnetError.
    """
    try:
        # A link is not followed: the file it leads to would be emptied.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        opened = os.fdopen(os.open(folder / LOCK_FILE, flags, 0o600), "a+")
    except OSError as error:
        step = "name another folder with --home"
        raise DevnetError(f"{folder} cannot be used: {error.strerror}", step) from error
    with opened as lock:
        _claim(lock, folder)
        lock.truncate(0)
        lock.write(LockHolder(pid=os.getpid(), api=api).model_dump_json() + "\n")
        lock.flush()
        yield lock.fileno()


def is_claimed(folder: Path) -> bool:
    """Whether somebody holds a home now."""
    try:
        with (folder / LOCK_FILE).open() as lock:
            return not _locked(lock, fcntl.LOCK_SH)
    except (FileNotFoundError, NotADirectoryError):
        return False


def _claim(lock: IO[str], folder: Path) -> None:
    deadline_at = time.monotonic() + ENDING_S
    while not _locked(lock, fcntl.LOCK_EX):
        holder = _holder(folder)
        if holder is not None and holder.is_alive:
            where = f", {holder.api}" if holder.api else ""
            raise HomeInUse(
                f"a sandbox uses {folder} (process {holder.pid}{where})",
                f"stop it with Ctrl-C there, or start another one beside it with {BESIDE}",
            )
        if time.monotonic() > deadline_at:
            raise HomeInUse(
                f"the chain of a killed sandbox in {folder} does not end",
                f"find it with fuser {folder / LOCK_FILE} and end it",
            )
        time.sleep(POLL_S)


def _locked(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(folder: Path) -> LockHolder | None:
    """Return who wrote the lock file last; None while its new holder writes it."""
    try:
        return LockHolder.model_validate_json((folder / LOCK_FILE).read_text())
    except (ValidationError, OSError):
        return None
