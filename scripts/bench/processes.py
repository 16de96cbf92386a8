"""What processes of a benchmark use: processor time and memory, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

PROC = Path("/proc")


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process, user and system."""
    fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in MB."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def child_named(name: str) -> int:
    """Return the process id of this process's child with that program. Errors: LookupError."""
    for status in PROC.glob("[0-9]*/stat"):
        try:
            head, _, rest = status.read_text().rpartition(")")
        except OSError:
            continue  # it ended meanwhile
        if head.partition("(")[2] == name and int(rest.split()[1]) == os.getpid():
            return int(status.parent.name)
    raise LookupError(name)
