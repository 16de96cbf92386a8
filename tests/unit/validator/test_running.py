"""Who runs, which ports it may have, and what a program was built from, as this machine tells."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.validator.home import install
from node.validator.home.keys import CeremonyError
from node.validator.unit import ports, running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a home whose unit, this process, and a sleeping geth were noted by a short path."""
    monkeypatch.chdir(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    running.note(Path("node1"), {"geth": process.pid})
    yield tmp_path / "node1"
    process.kill()
    process.wait()


class TestPids:
    def test_home_by_a_relative_path__is_the_same(self, home: Path) -> None:
        assert set(running.pids_of(home)) == {"unit", "geth"}
        told = r"is running \(unit \d+, geth \d+\): stop it first, why"
        with pytest.raises(CeremonyError, match=told):
            running.require_stopped(home, "why")

    def test_file_of_another_home__is_not_ours(self, home: Path) -> None:
        """node1 is no part of node10, and a copied home does not speak of the first."""
        other = home.with_name("node10")
        (other / "run").mkdir(parents=True)
        (other / running.RUN_FILE).write_bytes((home / running.RUN_FILE).read_bytes())
        assert running.pids_of(other) == {}


class TestPorts:
    @pytest.mark.parametrize(
        ("base_port", "validators"), [(32_768, 1), (32_760, 1), (32_720, 5), (80, 1), (65_530, 1)]
    )
    def test_ports_of_others__are_refused(
        self, base_port: int, validators: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ports, "ephemeral_range", lambda: (32_768, 60_999))
        with pytest.raises(CeremonyError, match="choose"):
            ports.require_low(base_port, validators=validators)

    @pytest.mark.parametrize("base_port", [1024, 26_600, 32_758, 61_000])
    def test_other_ports__are_taken(self, base_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ports, "ephemeral_range", lambda: (32_768, 60_999))
        ports.require_low(base_port)
        monkeypatch.setattr(ports, "ephemeral_range", lambda: (base_port, base_port))
        with pytest.raises(CeremonyError, match="choose"):
            ports.require_low(base_port)


class TestBuiltFrom:
    def test_program_of_another_version__is_refused(self, tmp_path: Path) -> None:
        """P25: read from the program itself, without Go."""
        path = tmp_path / "geth"
        info = b"\xff Go buildinf:\x08\x02" + bytes(16) + b"go1.26\nmod\t%s\tv1.17.7\th1:x\n"
        path.write_bytes(b"\x7fELF" + info % install.GETH.module.encode())
        assert install.built_from(path) == (install.GETH.module, "v1.17.7")
        with pytest.raises(install.EngineMissingError, match=r"v1\.17\.7, not .* v1\.17\.8; next"):
            install.verify(install.GETH, path)

    def test_other_file__is_no_engine(self, tmp_path: Path) -> None:
        (tmp_path / "geth").write_bytes(b"#!/bin/sh\n")
        with pytest.raises(install.EngineMissingError, match="no program built by Go"):
            install.verify(install.GETH, tmp_path / "geth")
