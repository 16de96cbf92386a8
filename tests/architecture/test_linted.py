"""What the linters look at: every file of ours, in whatever folder it stands."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = "node/validator/pb/"


def tracked() -> set[str]:
    """Return the Python files of the project but the generated ones."""
    command = ["git", "ls-files", "-z", "--", "*.py"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {
        path
        for path in listed.stdout.split("\0")
        if path and not path.startswith(GENERATED) and (ROOT / path).exists()
    }


class TestRuff:
    def test_files__are_all_seen(self) -> None:
        """A pattern without its place once hid 70 files in folders called contracts."""
        command = [sys.executable, "-m", "ruff", "check", "--show-files", "."]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        seen = {str(Path(line).relative_to(ROOT)) for line in done.stdout.splitlines()}
        assert not tracked() - seen
