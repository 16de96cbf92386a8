"""Compiled contracts, committed; written only by scripts/build_contracts.py."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


class ArtifactMissing(LookupError):  # noqa: N818
    """No compiled contract of that name is shipped."""


def read(path: Path) -> dict[str, Any]:
    """Return the artifact in a file."""
    artifact: dict[str, Any] = json.loads(path.read_text())
    return artifact


@cache
def load(name: str) -> dict[str, Any]:
    """Return the artifact of one contract: `abi`, `bytecode`, `deployedBytecode`, links, layout.

    The answer is shared: do not change it. Errors: ArtifactMissing.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        raise ArtifactMissing(name)
    return read(path)


def deployed_code(name: str) -> bytes:
    """Return what a contract's address holds once it is deployed. Errors: ArtifactMissing."""
    text: str = load(name)["deployedBytecode"]
    return bytes.fromhex(text.removeprefix("0x"))


def manifest() -> dict[str, Any]:
    """Return compiler, settings and one hash per artifact."""
    return load("manifest")
