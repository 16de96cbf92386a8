"""Say whether two states of the tree make the same product: after moves that change no behaviour.

    python -m scripts.same_product BEFORE [AFTER]

Compared are the published description of the API and the schema that the migrations make, to the
byte, and every contract in ABI, storage layout and code. The names of sources, and the link
placeholders that are hashes of them, are the tree's and not the product's. Leaves with 1 and the
first difference of each kind.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DESCRIPTION = "docs/openapi.json"
ARTIFACTS = ("node/artifacts", "tests/artifacts")
_PLACEHOLDER = re.compile(r"__\$[0-9a-f]{34}\$__")
_NAMES = frozenset({"sourceName", "sourceHash"})
_SCHEMA = """
import sqlite3, sys
from node.db import schema
schema.upgrade(f"sqlite+aiosqlite:///{sys.argv[1]}")
rows = sqlite3.connect(sys.argv[1]).execute("SELECT type, name, sql FROM sqlite_schema")
print("\\n".join(sorted(f"{kind} {name} {sql}" for kind, name, sql in rows)))
"""


class State:
    """One commit, in a folder of its own."""

    def __init__(self, commit: str, folder: Path) -> None:
        self.commit = commit
        self.folder = folder
        command = ["git", "worktree", "add", "--detach", "--quiet", str(folder), commit]
        subprocess.run(command, cwd=ROOT, check=True)

    def remove(self) -> None:
        """Remove the folder."""
        command = ["git", "worktree", "remove", "--force", str(self.folder)]
        subprocess.run(command, cwd=ROOT, check=True)

    def description(self) -> bytes:
        """Return the committed description, which CI holds equal to what the code makes."""
        return (self.folder / DESCRIPTION).read_bytes()

    def schema(self) -> str:
        """Return every table and index that the migrations of this commit make on SQLite."""
        with tempfile.TemporaryDirectory() as scratch:
            command = [sys.executable, "-c", _SCHEMA, str(Path(scratch) / "schema.sqlite3")]
            done = subprocess.run(
                command, cwd=self.folder, capture_output=True, text=True, check=True
            )
        return done.stdout

    def contracts(self) -> dict[str, dict[str, Any]]:
        """Return the artifacts by folder and name, without what names their sources."""
        return {
            f"{folder}/{path.name}": normalised(json.loads(path.read_text()))
            for folder in ARTIFACTS
            for path in sorted((self.folder / folder).glob("*.json"))
            if path.name != "manifest.json"
        }


def normalised(artifact: dict[str, Any]) -> dict[str, Any]:
    """Return an artifact without names of sources; links are kept by library and place."""
    kept = {name: value for name, value in artifact.items() if name not in _NAMES}
    for code in ("bytecode", "deployedBytecode"):
        if code in kept:
            kept[code] = _PLACEHOLDER.sub("_" * 40, kept[code])
    for links in ("linkReferences", "deployedLinkReferences"):
        if links in kept:
            kept[links] = {
                library: places
                for source in sorted(kept[links].values(), key=str)
                for library, places in source.items()
            }
    return kept


def differences(before: State, after: State) -> Iterator[str]:
    """Yield a line per difference, the first of each kind in words."""
    if before.description() != after.description():
        yield f"{DESCRIPTION} differs"
    if before.schema() != after.schema():
        yield "the migrations make another schema"
    old, new = before.contracts(), after.contracts()
    for name in sorted(old.keys() ^ new.keys()):
        yield f"{name} is in one of both only"
    for name in sorted(old.keys() & new.keys()):
        parts = [part for part in sorted(old[name]) if old[name][part] != new[name].get(part)]
        if parts or old[name].keys() != new[name].keys():
            yield f"{name} differs in {', '.join(parts) or 'its parts'}"


def main() -> int:
    """Compare two commits and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("before", help="commit")
    parser.add_argument("after", nargs="?", default="HEAD", help="commit (default: HEAD)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        states = [
            State(commit, Path(scratch) / name)
            for name, commit in (("before", arguments.before), ("after", arguments.after))
        ]
        try:
            found = list(differences(*states))
            count = len(states[1].contracts())
        finally:
            for state in states:
                state.remove()
    for line in found:
        print(line)
    if not found:
        print(f"the same: description, schema, {count} contracts")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
