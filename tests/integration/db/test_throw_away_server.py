"""The PostgreSQL of a test process ends with that process, also when it is killed."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fixtures.tools import ROOT, require_tool

PROGRAM = """
import sys
from tests.fixtures.database.postgres import running_server
with running_server() as server:
    print(server.pid, flush=True)
    sys.stdin.read()
"""
GONE_S = 120


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    status = Path(f"/proc/{pid}/status")
    try:
        return "State:\tZ" not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="ends with its parent on Linux only")
def test_killed_process__takes_its_server_with_it() -> None:
    require_tool("initdb")
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        folder = Path(f"/proc/{pid}/cwd").resolve().parent
        assert is_running(pid)
        process.send_signal(signal.SIGKILL)
    ends = time.monotonic() + GONE_S
    while is_running(pid) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not is_running(pid)
    shutil.rmtree(folder)
