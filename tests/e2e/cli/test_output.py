"""Where output cannot go as it is: a full disk, a terminal without our letters."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
RUN = "from node.cli.main import run; run()"


def ran(*words: str, **options: object) -> "subprocess.CompletedProcess[str]":
    """Run a command in a process of its own."""
    command = [sys.executable, "-c", RUN, *words]
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        command, text=True, stderr=subprocess.PIPE, timeout=180, check=False, **options
    )


class TestOutput:
    @pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this system")
    @pytest.mark.parametrize("word", ["--version", "--help"])
    def test_full_disk__is_said_in_one_line(self, word: str) -> None:
        with FULL.open("w") as full:
            done = ran(word, stdout=full)
        assert done.returncode == 6
        assert done.stderr == "output: [Errno 28] No space left on device\n"

    def test_terminal_without_our_letters__gets_their_numbers(self) -> None:
        environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
        done = ran("adjudicate", "--help", env=environ, stdout=subprocess.PIPE)
        assert (done.returncode, done.stderr) == (0, "")
        assert "\\u2026" in done.stdout
