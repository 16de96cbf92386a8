"""What a checkout is at: its commit, whether files differ from it, and the digest of some of them.

Results of tests carry it (tests/plugins/feature_results.py) and `yibao features` compares it with
what is there now.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterable
from pathlib import Path


def git_state(root: Path) -> tuple[str | None, bool | None]:
    """Return the commit of a checkout and whether files differ from it; None without git."""
    try:
        return _ask(root, "rev-parse", "HEAD").strip(), bool(_ask(root, "status", "--porcelain"))
    except (OSError, subprocess.CalledProcessError):
        return None, None


def files_of(root: Path, inputs: Iterable[str]) -> list[str]:
    """Return the files below the inputs, tracked or new, in order. Errors: CalledProcessError."""
    known = _ask(root, "ls-files", "-co", "--exclude-standard", "-z", "--", *inputs)
    return sorted(path for path in set(known.split("\0")) if (root / path).is_file())


def digest_of(root: Path, inputs: Iterable[str]) -> str:
    """Return the digest of names and contents of the files below the inputs."""
    whole = hashlib.sha256()
    for path in files_of(root, inputs):
        content = hashlib.sha256((root / path).read_bytes()).hexdigest()
        whole.update(f"{path}\0{content}\n".encode())
    return whole.hexdigest()


def _ask(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout
