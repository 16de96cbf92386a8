"""Which processes of a validator run, as its home and /proc tell: for any later command to ask."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import orjson

from node.validator.keys import CeremonyError

RUN_FILE = Path("run") / "unit.json"
MEMBERS = ("unit", "geth", "bridge", "comet")


def pids_of(home: Path) -> dict[str, int]:
    """Return member → process id of what runs of a home."""
    try:
        noted: dict[str, int] = orjson.loads((home / RUN_FILE).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    # An id that another program has got since says nothing of this home.
    return {name: pid for name, pid in noted.items() if _serves(pid, home)}


def require_stopped(home: Path, why: str) -> None:
    """Make sure that nothing of a home runs. Errors: CeremonyError."""
    found = pids_of(home)
    if found:
        told = ", ".join(f"{name} {pid}" for name, pid in found.items())
        raise CeremonyError(f"{home} is running ({told}): stop it first, {why}")


def _serves(pid: int, home: Path) -> bool:
    """Whether a process with this id lives and was started for this home."""
    process = Path(f"/proc/{pid}")
    try:
        command = process.joinpath("cmdline").read_bytes().decode(errors="replace")
        state = process.joinpath("stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    folder = Path.cwd()
    # Another user's process does not tell its folder; service managers name homes in full.
    with suppress(OSError):
        folder = process.joinpath("cwd").readlink()
    wanted = home.resolve()
    return state != "Z" and any(
        path == wanted or wanted in path.parents for path in _paths(command, folder)
    )


def _paths(command: str, folder: Path) -> Iterator[Path]:
    """Yield the words of a command line, and what stands after `=`, as paths."""
    for word in command.split("\0"):
        with suppress(OSError):
            yield (folder / word.rpartition("=")[2]).resolve()
