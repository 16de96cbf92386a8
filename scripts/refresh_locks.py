"""Write the lock files again from pyproject.toml and each package.json.

Run after a change of a version: `.venv/bin/python -m scripts.refresh_locks`. It needs `uv` on the
path or beside the interpreter and `npm`. Lock files name hashes, never a place to download from.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from scripts.record_requirements import record_requirements

ROOT = Path(__file__).resolve().parent.parent
NPM_FOLDERS = ("contracts", "examples")
PYTHON_LOCKS = {
    "requirements/runtime.lock": (
        *("pyproject.toml", "--extra", "postgres", "--extra", "pdf"),
        *("--extra", "validator"),
    ),
    "requirements/dev.lock": ("pyproject.toml", "--all-extras"),
    "requirements/installer.lock": ("requirements/installer.in",),
    "scripts/analysis/slither.lock": ("scripts/analysis/slither.in",),
    "scripts/analysis/halmos.lock": ("scripts/analysis/halmos.in",),
    "scripts/analysis/sbom.lock": ("scripts/analysis/sbom.in",),
}
UV_OPTIONS = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate"),
    "--no-strip-extras",
    *("--no-emit-index-url", "--no-emit-find-links", "--quiet"),
)
HEADER = "# Written by scripts/refresh_locks.py from {source}; do not edit.\n"
PLATFORMS = {"darwin": "darwin", "linux": "linux", "win32": "win32"}
PROCESSORS = {"amd64": "x64", "arm64": "arm64"}


def find_uv() -> str:
    """Return the path of uv; leave with the next step when there is none."""
    beside = Path(sys.executable).with_name("uv")
    found = str(beside) if beside.exists() else shutil.which("uv")
    if found is None:
        sys.exit("refresh_locks: uv is missing; next step: python -m pip install uv")
    return found


def lock_python(target: str, arguments: tuple[str, ...]) -> None:
    """Resolve one requirement source to exact versions with hashes for every platform."""
    command = [find_uv(), "pip", "compile", *arguments, *UV_OPTIONS, "--no-header", "-o", target]
    subprocess.run(command, cwd=ROOT, check=True)
    path = ROOT / target
    path.write_text(HEADER.format(source=arguments[0]) + with_bare_pins(path.read_text()))


def with_bare_pins(lock: str) -> str:
    """Return a lock where each pin with extras stands without them as well.

    Older pips keep `sqlalchemy[asyncio]` and `sqlalchemy` apart: for whoever asks for the latter
    they take the newest release, although the former is pinned.
    """
    return re.sub(r"^([A-Za-z0-9._-]+)\[[^]]*\](==(?:.*\\\n)*.*\n)", r"\1\2\g<0>", lock, flags=re.M)


def lock_node(folder: Path) -> None:
    """Resolve a folder's npm packages and drop the addresses npm adds.

    In an empty folder: beside an installed tree npm would copy its entries, without hashes.
    """
    with tempfile.TemporaryDirectory() as empty:
        for name in ("package.json", ".npmrc"):
            shutil.copy(folder / name, empty)
        subprocess.run(["npm", "install", "--package-lock-only"], cwd=empty, check=True)
        lock = json.loads((Path(empty) / "package-lock.json").read_text())
    for package in lock["packages"].values():
        for field in ("resolved", "funding"):
            package.pop(field, None)
    add_absent_platforms(lock["packages"])
    (folder / "package-lock.json").write_text(json.dumps(lock, indent=2) + "\n")


def add_absent_platforms(packages: dict[str, dict[str, Any]]) -> None:
    """Name the binaries of platforms that the registry in use does not carry.

    npm leaves an optional package it cannot fetch out of the lock, and `npm ci` then calls the
    lock out of step. An entry with platform fields is enough: npm skips it on other machines.
    """
    for owner in list(packages.values()):
        wanted = owner.get("optionalDependencies", {})
        for name, version in wanted.items():
            parts = re.fullmatch(r"@foundry-rs/\w+-(\w+)-(\w+)", name)
            key = f"node_modules/{name}"
            if parts and key not in packages:
                packages[key] = {
                    "version": version,
                    "cpu": [PROCESSORS[parts[2]]],
                    "optional": True,
                    "os": [PLATFORMS[parts[1]]],
                    **({"dev": True} if owner.get("dev") else {}),
                }


def main() -> None:
    """Write every lock whose source exists."""
    for target, arguments in PYTHON_LOCKS.items():
        if (ROOT / arguments[0]).exists():
            lock_python(target, arguments)
    record_requirements(ROOT, find_uv())
    for name in NPM_FOLDERS:
        lock_node(ROOT / name)


if __name__ == "__main__":
    main()
