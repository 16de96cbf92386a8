"""`yibao devnet up --engine validators`: one chain over restarts, and nothing left behind (P27)."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from node.config import PREFIX
from node.devnet.network.consortium import FOLDER
from node.devnet.network.local import ROOT, free_port
from node.devnet.network.validators import LocalNetwork
from tests.fixtures.validator.networks import require_engines, reserved_ports

pytestmark = pytest.mark.validators

LIMIT_S = 280
# 130: the gateway answered, but the demonstration data were not all there yet.
ENDED_BY_CTRL_C = {0, 130}
POLL_S = 0.5


@dataclass(frozen=True)
class Devnet:
    """A devnet command on ports of its own."""

    folder: Path
    base_port: int
    port: int

    @contextmanager
    def up(self, *words: str) -> Iterator["subprocess.Popen[str]"]:
        """Start it as a process of its own; it has ended when the block has."""
        options = (
            *("--home", str(self.folder), "--port", str(self.port)),
            *("--chain-port", str(self.base_port)),
        )
        clean = {name: one for name, one in os.environ.items() if not name.startswith(PREFIX)}
        with subprocess.Popen(
            [sys.executable, "-m", "node", "devnet", "up", *words, *options],
            cwd=ROOT,
            env=clean | {"COLUMNS": "200"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def network_when_ready(self, process: "subprocess.Popen[str]") -> dict[str, Any]:
        """Wait until the gateway is ready and return what it says of its network."""
        ends = time.monotonic() + LIMIT_S
        while time.monotonic() < ends:
            assert process.poll() is None, process.communicate()[0]
            try:
                if self._get("/readyz")["status"] == "ready":
                    return self._get("/v1/network")
            except (urllib.error.URLError, ConnectionError):
                time.sleep(POLL_S)
        raise AssertionError("the devnet does not come up")

    def _get(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
            return found

    def processes(self) -> list[dict[str, int]]:
        network = LocalNetwork(self.folder / FOLDER)
        return [network.pids(place) for place in range(len(network.homes))]


@pytest.fixture
def devnet(tmp_path: Path) -> Iterator[Devnet]:
    require_engines()
    with reserved_ports() as base_port:
        found = Devnet(tmp_path / "home", base_port, free_port())
        yield found
        network = LocalNetwork(found.folder / FOLDER)
        network.kill(range(len(network.homes)))


@pytest.mark.timeout(900)
def test_devnet_on_validators__is_one_chain_over_restarts_and_leaves_no_process(
    devnet: Devnet,
) -> None:
    """P27, M09: the same contracts and blocks after Ctrl-C; another engine is refused there."""
    with devnet.up("--engine", "validators") as process:
        first = devnet.network_when_ready(process)
        assert [sorted(one) for one in devnet.processes()] == [
            ["bridge", "comet", "geth", "unit"]
        ] * 4
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT_S)
    assert process.returncode in ENDED_BY_CTRL_C
    assert devnet.processes() == [{}] * 4

    with devnet.up("--engine", "anvil") as process:
        told, _ = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, "--engine validators" in told) == (6, True)

    with devnet.up("--engine", "validators") as process:
        again = devnet.network_when_ready(process)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=LIMIT_S)
    assert again["contracts"] == first["contracts"]
    assert again["final_block"] > first["final_block"]
    assert process.returncode in ENDED_BY_CTRL_C
    assert devnet.processes() == [{}] * 4
    print(f"counts: starts=2 blocks={again['final_block']} contracts={len(again['contracts'])}")
