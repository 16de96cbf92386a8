"""Write requirements/requires.json: what every package that a lock pins requires.

Run by refresh_locks.py. Each lock is unpacked into an empty folder, without what it requires, once
for this platform and once for the others, whose packages need not run here; the packages' own
metadata say the rest.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from email import message_from_string
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts.locks import LOCKS, PLATFORMS, PYTHONS, RECORD, Record, read_lock

OLDEST, NEWEST = PYTHONS[0], PYTHONS[-1]


def record_requirements(root: Path, uv: str) -> None:
    """Write the record anew. Errors: SystemExit naming a package whose metadata cannot be had."""
    extras: dict[str, frozenset[str]] = {}
    for lock in LOCKS:
        for pin in read_lock((root / lock).read_text()):
            extras[pin.key] = pin.extras | extras.get(pin.key, frozenset())
    record: Record = {}
    others = [(platform, OLDEST) for platform in PLATFORMS]
    for platform, python in ((None, OLDEST), ("linux", NEWEST), *others):
        for key in extras.keys() - record.keys():
            record |= unpacked(key, uv, platform=platform, python=python)
    if missing := sorted(extras.keys() - record.keys()):
        raise SystemExit(f"record_requirements: no metadata of {', '.join(missing)}")
    shown = {key: asked_for(record[key], extras[key]) for key in sorted(record)}
    (root / RECORD).write_text(json.dumps(shown, indent=1) + "\n")


def unpacked(key: str, uv: str, *, platform: str | None, python: str) -> Record:
    """Return what `name==version` requires, by that key; nothing where it is not to be had."""
    options = [] if platform is None else ["--python-platform", platform, "--only-binary", ":all:"]
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *(uv, "pip", "install", "--quiet", "--no-deps", "--target", folder),
            *("--python-version", python, *options, key),
        ]
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            return {}
        found = next(Path(folder).glob("*.dist-info/METADATA"))
        headers = message_from_string(found.read_text(encoding="utf-8"))
        return {key: headers.get_all("Requires-Dist") or []}


def asked_for(requirements: list[str], extras: frozenset[str]) -> list[str]:
    """Return the requirements that hold without an extra or with one a lock names."""
    return [text for text in requirements if extra_of(text) in {None, *extras}]


def extra_of(text: str) -> str | None:
    """Return the extra that a requirement belongs to."""
    marker = str(Requirement(text).marker or "")
    _, found, rest = marker.partition('extra == "')
    return canonicalize_name(rest.partition('"')[0]) if found else None
