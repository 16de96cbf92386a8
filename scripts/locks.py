"""Read the Python lock files and find what a lock leaves open: `python -m scripts.locks`.

A lock is closed when each requirement of each package it pins is pinned in it too, with the extras
that are asked for, on every platform and Python version the project is for. A requirement that is
left open is resolved on the day of the installation: to a release that has no hash in the lock.
What the pinned packages require is recorded in requirements/requires.json by refresh_locks.py.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

RECORD = "requirements/requires.json"
LOCKS = (
    *("requirements/runtime.lock", "requirements/dev.lock", "requirements/installer.lock"),
    *(
        "scripts/analysis/slither.lock",
        "scripts/analysis/halmos.lock",
        "scripts/analysis/sbom.lock",
    ),
)
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "macos": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
PROCESSORS = {"linux": "x86_64", "macos": "arm64", "windows": "AMD64"}
_LINE = re.compile(r"^([A-Za-z0-9][^ ;\\]*(?:\[[^]]*\])?==[^ ;\\]+) *(?:; *([^\\]+?))? *\\?$", re.M)
Environment = dict[str, str]
Record = dict[str, list[str]]


@dataclass(frozen=True)
class Pin:
    """One line of a lock: a package at one version, with the extras that others ask for."""

    name: str
    version: str
    extras: frozenset[str]
    marker: str | None

    @property
    def key(self) -> str:
        """Return `name==version`, under which the record keeps what the package requires."""
        return f"{self.name}=={self.version}"

    def holds_in(self, environment: Environment) -> bool:
        """Return whether the line is installed there."""
        return self.marker is None or Marker(self.marker).evaluate(environment)


def read_lock(text: str) -> list[Pin]:
    """Return the pins of a lock in its order."""
    return [_pin(requirement, marker) for requirement, marker in _LINE.findall(text)]


def _pin(text: str, marker: str) -> Pin:
    requirement = Requirement(text)
    version = str(requirement.specifier).removeprefix("==")
    extras = frozenset(map(canonicalize_name, requirement.extras))
    return Pin(canonicalize_name(requirement.name), version, extras, marker or None)


def environments() -> Iterator[Environment]:
    """Return the environments the locks are for: each Python version on each platform."""
    for python, (platform, variables) in product(PYTHONS, PLATFORMS.items()):
        yield {
            **variables,
            "python_version": python,
            "python_full_version": f"{python}.0",
            "platform_machine": PROCESSORS[platform],
            "platform_python_implementation": "CPython",
            "implementation_name": "cpython",
        }


def open_requirements(pins: list[Pin], record: Record) -> Iterator[str]:
    """Return one sentence for each requirement that no pin of the lock settles."""
    for pin in pins:
        if pin.key not in record:
            yield f"{pin.key}: what it requires is not recorded"
    settled = [pin for pin in pins if pin.key in record]
    found = dict.fromkeys(
        sentence
        for environment in environments()
        for sentence in _open_in(environment, settled, record)
    )
    yield from found


def _open_in(environment: Environment, pins: list[Pin], record: Record) -> Iterator[str]:
    there = [pin for pin in pins if pin.holds_in(environment)]
    extras = {pin.name: pin.extras for pin in sorted(there, key=lambda pin: len(pin.extras))}
    installed = {pin.name: replace(pin, extras=extras[pin.name]) for pin in there}
    bare = {pin.name for pin in there if not pin.extras}
    for pin in installed.values():
        if pin.name not in bare:
            yield f"{pin.key} is pinned with extras only, which older pips do not take for a pin"
        for text in record[pin.key]:
            requirement = Requirement(text)
            if not is_asked(requirement, pin.extras, environment):
                continue
            other = installed.get(canonicalize_name(requirement.name))
            if other is None:
                yield f"{pin.key} asks for {requirement.name}, which is not pinned"
            elif missing := set(map(canonicalize_name, requirement.extras)) - other.extras:
                asked = f"{requirement.name}[{','.join(sorted(missing))}]"
                yield f"{pin.key} asks for {asked}, and {other.key} is pinned without it"
            elif not requirement.specifier.contains(other.version, prereleases=True):
                yield f"{pin.key} asks for {requirement}, and {other.key} is pinned"


def is_asked(requirement: Requirement, extras: frozenset[str], environment: Environment) -> bool:
    """Return whether a package with these extras asks for a requirement there."""
    if requirement.marker is None:
        return True
    return any(
        requirement.marker.evaluate({**environment, "extra": extra}) for extra in ("", *extras)
    )


def read_record(root: Path) -> Record:
    """Return what each pinned package requires."""
    record: Record = json.loads((root / RECORD).read_text())
    return record


def main() -> int:
    """Print what each lock leaves open and return the exit code."""
    root = Path(__file__).resolve().parent.parent
    record, found = read_record(root), 0
    for lock in LOCKS:
        for sentence in open_requirements(read_lock((root / lock).read_text()), record):
            print(f"{lock}: {sentence}")
            found += 1
    print(f"locks: {found} findings", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
