#!/usr/bin/env python3
"""Make everything generated again and fail when the committed files differ.

`--quick` runs only what takes a second, for the commit hook. A new generated file gets a row here.
"""

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Generated:
    """One family of generated files and the commands that compare it with its source."""

    name: str
    check: tuple[str, ...]
    quick: tuple[str, ...] | None = None


FAMILIES = (
    Generated("stubs of ABCI", check=("scripts/generate_stubs.py", "--check")),
    Generated(
        "contract artifacts",
        check=("scripts/build_contracts.py", "--check"),
        quick=("scripts/build_contracts.py", "--check", "--quick"),
    ),
    Generated("page for auditors", check=("scripts/build_auditors.py", "--check")),
    Generated("page of roles", check=("scripts/build_roles.py", "--check")),
    Generated("description of the API", check=("scripts/build_openapi.py", "--check")),
)


def compare(family: Generated, *, quick: bool) -> bool:
    """Run the check of one family and return whether its files are what their source gives."""
    command = family.quick if quick else family.check
    if command is None:
        return True
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    state = "same" if done.returncode == 0 else "DIFFERENT"
    print(f"{family.name}: {state} ({time.monotonic() - started:.1f} s)")
    if done.returncode != 0:
        print((done.stderr or done.stdout).rstrip())
    return done.returncode == 0


def main() -> int:
    """Check every family and return the exit code."""
    quick = "--quick" in sys.argv[1:]
    same = [compare(family, quick=quick) for family in FAMILIES]
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main())
