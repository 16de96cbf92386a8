"""`yibao network` before anything runs: the ceremony, and errors that name the next step."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from node.validator.home import install
from tests.e2e.cli.conftest import Cli

NAMES = ("north", "south", "west", "east")
WHEN = "2026-12-01T08:00:00Z"
SHARED = ("genesis.comet.json", "genesis.evm.json", "network.toml")


@pytest.fixture
def entries(cli: Cli, tmp_path: Path) -> list[Path]:
    """Let four hospitals make keys and hand in their entries."""
    for place, name in enumerate(NAMES):
        ran = cli("network", "init", "--solo", name, "--host", f"10.8.0.{place + 1}", "--out",
                  tmp_path / name)  # fmt: skip
        assert ran.code == 0, ran.err
    return [tmp_path / name / "entry.json" for name in NAMES]


class TestCollect:
    def test_any_order__gives_the_same_bytes(
        self, cli: Cli, entries: list[Path], tmp_path: Path
    ) -> None:
        """S06: every participant collects for itself; the digests it prints are all alike."""
        told = set()
        for turn in range(4):
            order = entries[turn:] + entries[:turn]
            ran = cli("network", "collect", *order, "--out", tmp_path / f"net{turn}",
                      "--genesis-time", WHEN)  # fmt: skip
            assert ran.code == 0, ran.err
            told.add(ran.out)
        assert len(told) == 1
        for name in SHARED:
            assert len({(tmp_path / f"net{turn}" / name).read_bytes() for turn in range(4)}) == 1

    def test_changed_entry__gives_other_digests(
        self, cli: Cli, entries: list[Path], tmp_path: Path
    ) -> None:
        first = cli("network", "collect", *entries, "--out", tmp_path / "a", "--genesis-time", WHEN)
        document = json.loads(entries[0].read_text())
        document["consensus_key"] = document["consensus_key"][::-1]
        entries[0].write_text(json.dumps(document))
        other = cli("network", "collect", *entries, "--out", tmp_path / "b", "--genesis-time", WHEN)
        lines = zip(first.out.splitlines(), other.out.splitlines(), strict=True)
        assert all(ours != theirs for ours, theirs in lines)

    def test_time__must_be_given_and_readable(
        self, cli: Cli, entries: list[Path], tmp_path: Path
    ) -> None:
        assert cli("network", "collect", *entries, "--out", tmp_path / "a").code == 2
        ran = cli("network", "collect", *entries, "--out", tmp_path / "a", "--genesis-time", "noon")
        assert ran.code == 2
        assert "write it as 2026-12-01T08:00:00Z" in ran.err


class TestJoin:
    def test_home_of_another_key__is_refused(
        self, cli: Cli, entries: list[Path], tmp_path: Path
    ) -> None:
        cli("network", "collect", *entries, "--out", tmp_path / "net", "--genesis-time", WHEN)
        assert cli("network", "join", tmp_path / "net", "--home", tmp_path / "north").code == 0
        cli("network", "init", "--solo", "south", "--host", "10.8.0.2", "--out", tmp_path / "x")
        ran = cli("network", "join", tmp_path / "net", "--home", tmp_path / "x")
        assert (ran.code, "another key" in ran.err) == (2, True)


class TestErrors:
    @pytest.mark.parametrize("command", ["status", "up", "down", "doctor", "logs"])
    def test_wrong_folder__is_named(self, cli: Cli, tmp_path: Path, command: str) -> None:
        ran = cli("network", command, tmp_path / "nothing")
        assert ran.code == 2
        assert "nothing holds no validators; next step:" in ran.err

    def test_ports_of_outgoing_connections__are_refused(self, cli: Cli, tmp_path: Path) -> None:
        ran = cli("network", "init", "--out", tmp_path / "net", "--base-port", "40000")
        assert ran.code == 2
        assert "choose a --base-port below" in ran.err
        assert not (tmp_path / "net").exists()

    def test_taken_port__is_named_before_anything_starts(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("node.cli.network.drills.installed", "node.validator.home.install.installed"):
            monkeypatch.setattr(name, lambda: install.Engines(Path("geth"), Path("cometbft")))
        with socket.socket() as squatter:
            squatter.bind(("127.0.0.1", 0))
            squatter.listen()
            port = squatter.getsockname()[1]
            monkeypatch.setattr(
                "node.validator.unit.ports.ephemeral_range", lambda: (65_000, 65_535)
            )
            base = port - 5
            made = cli("network", "init", "--out", tmp_path / "net", "--base-port", str(base))
            assert made.code == 0, made.err
            ran = cli("network", "up", tmp_path / "net")
            one = cli("validator", "run", "--home", tmp_path / "net" / "node0")
        assert (ran.code, one.code) == (2, 2)
        for told in (ran.err, one.err):
            assert f":{port} (JSON-RPC of geth)" in told
            assert f"({os.getpid()})" in told

    def test_missing_engines__name_the_next_step(self, cli: Cli, tmp_path: Path) -> None:
        cli("network", "init", "--out", tmp_path / "net")
        ran = cli("network", "up", tmp_path / "net", engines=tmp_path / "none")
        assert ran.code == 2
        assert "next step: yibao network install-engines" in ran.err

    def test_no_go__is_said_plainly(self, cli: Cli, tmp_path: Path) -> None:
        os.environ["PATH"] = str(tmp_path)
        ran = cli("network", "install-engines", engines=tmp_path / "none")
        assert ran.code == 2
        assert "Go is not on the PATH; next step: install Go 1.26" in ran.err

    def test_home_before_join__says_what_is_missing(
        self, cli: Cli, entries: list[Path], tmp_path: Path
    ) -> None:
        ran = cli("validator", "run", "--home", entries[0].parent)
        assert ran.code == 2
        assert "holds no network.toml" in ran.err

    def test_state_of_a_network_that_is_down__is_still_json(self, cli: Cli, tmp_path: Path) -> None:
        """`status --json` lists all validators, also where none answers."""
        cli("network", "init", "--out", tmp_path / "net", "--base-port", "25800")
        ran = cli("network", "status", tmp_path / "net", "--json")
        assert ran.code == 1
        found = json.loads(ran.out)["validators"]
        assert [one["name"] for one in found] == ["node0", "node1", "node2", "node3"]
        assert {"height", "hash", "peers", "running"} <= set(found[0])
