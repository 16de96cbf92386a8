"""The two commands, before anything is installed and with what a machine may lack."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from node.cli.commands import load
from tests.fixtures.tools import ROOT

SYSTEM = "/usr/bin:/bin"
# What `devnet up` has and `start` sets by itself or has no use for.
OWN = {"--story", "--env-file"}


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A checkout with the scripts only: nothing is installed."""
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts", ignore=shutil.ignore_patterns("__*"))
    for name in ("pyproject.toml", "requirements"):
        source = ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    (tmp_path / "bin").mkdir()
    return tmp_path


def put_program(folder: Path, name: str, text: str) -> None:
    """Put a program of ours before those of the system."""
    path = folder / "bin" / name
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


def run_in(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run bash in a checkout."""
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False,
        env={"PATH": f"{folder / 'bin'}:{SYSTEM}", "HOME": str(folder)},
    )  # fmt: skip


class TestStartBeforeInstallation:
    def test_help__answers_and_installs_nothing(self, bare: Path) -> None:
        done = run_in(bare, "./scripts/start --once --help")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == (ROOT / "scripts" / "start.help").read_text()
        assert not list(bare.glob(".venv*"))
        assert not (bare / "build").exists()

    def test_version__is_that_of_the_package(self, bare: Path) -> None:
        version = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.M)
        assert version is not None
        done = run_in(bare, "./scripts/start --version")
        assert (done.returncode, done.stdout) == (0, f"yibao {version[1]}\n")
        assert not list(bare.glob(".venv*"))

    def test_help__names_the_options_there_are(self) -> None:
        command = load("devnet").commands["up"]
        options = {option for one in command.params for option in one.opts} - OWN
        told = set(re.findall(r"^  (--[a-z-]+)", (ROOT / "scripts/start.help").read_text(), re.M))
        assert told - {"--help", "--version"} == options - {"--help"}


class TestMissingTools:
    @pytest.mark.parametrize("version", ["v18.20.0", "v20.18.3", "nonsense", ""])
    def test_node_too_old_or_missing__is_said_with_the_next_step(
        self, bare: Path, version: str
    ) -> None:
        put_program(bare, "node", f"echo '{version}'")
        put_program(bare, "npm", "true")
        done = run_in(bare, "source scripts/setup && setup_check_node")
        assert done.returncode != 0
        assert "Node.js 20.19 or newer with npm is needed" in done.stderr
        assert "next step: install Node.js" in done.stderr

    @pytest.mark.parametrize("version", ["v20.19.0", "v22.1.0", "v24.0.0"])
    def test_node_new_enough__is_taken(self, bare: Path, version: str) -> None:
        put_program(bare, "node", f"echo '{version}'")
        put_program(bare, "npm", "true")
        assert run_in(bare, "source scripts/setup && setup_check_node").returncode == 0

    def test_python_too_old__is_said_with_the_next_step(self, bare: Path) -> None:
        for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
            put_program(bare, name, "[[ $1 == -V ]] && echo Python 3.9.1; exit 1")
        done = run_in(bare, "source scripts/setup && setup_check_python")
        assert done.returncode != 0
        assert "Python 3.11 or newer is needed; found: Python 3.9.1" in done.stderr


class TestInstaller:
    """With a stand-in for the environment of the installer: what it is told is written down."""

    @pytest.fixture
    def installer(self, bare: Path) -> Path:
        folder = bare / ".venv-installer" / "bin"
        folder.mkdir(parents=True)
        for name in ("uv", "python"):
            path = folder / name
            path.write_text(
                '#!/bin/bash\n[[ $* == *"config get"* ]] && echo "$PIP_SETTING" && exit\n'
                f'echo "{name} $* index=$UV_DEFAULT_INDEX" >>"{bare}/told"\n'
            )
            path.chmod(0o755)
        return folder

    def test_uv__is_told_the_index_that_pip_knows(self, bare: Path, installer: Path) -> None:
        script = "export PIP_SETTING=https://mirror.example/simple\n"
        script += "source scripts/setup && setup_install /env -r lock"
        assert run_in(bare, script).returncode == 0
        assert (bare / "told").read_text() == (
            "uv pip install --python /env/bin/python -r lock index=https://mirror.example/simple\n"
        )

    def test_an_index_named_to_uv__stays(self, bare: Path, installer: Path) -> None:
        script = "export PIP_SETTING=https://a.example UV_DEFAULT_INDEX=https://b.example\n"
        script += "source scripts/setup && setup_install /env -r lock"
        run_in(bare, script)
        assert (bare / "told").read_text().endswith("index=https://b.example\n")

    def test_without_uv__pip_does_it(self, bare: Path, installer: Path) -> None:
        (installer / "uv").unlink()
        run_in(bare, "source scripts/setup && setup_install /env --require-hashes -r lock")
        told = (bare / "told").read_text()
        assert told.startswith("python -m pip --python /env/bin/python install --no-input")
        assert "--require-hashes -r lock" in told

    def test_uv_that_cannot_be_had__is_said(self, bare: Path) -> None:
        """The installation of uv fails: the environment of the installer still has pip."""
        script = """
            source scripts/setup; mkdir -p build .venv-installer/bin
            setup_make_environment() { :; }
            printf '#!/bin/bash\\nexit 1\\n' >.venv-installer/bin/python
            chmod +x .venv-installer/bin/python
            setup_installer; echo "code $?"
        """
        done = run_in(bare, script)
        assert done.stdout == "code 0\n"
        assert "uv cannot be installed here; pip does it, which takes longer" in done.stderr


class TestEnvironment:
    """What is installed is told by a stand-in; the stamps are the real ones."""

    SCRIPT = """
        source scripts/setup; mkdir -p build
        setup_installer() { :; }
        setup_make_environment() { mkdir -p ".venv"; }
        setup_step() { echo "$1" >>told; }
        setup_package() { :; }
    """

    @pytest.mark.parametrize(
        ("steps", "told"),
        [
            ("running running", ["Python packages from requirements/runtime.lock"]),
            ("testing running", ["Python packages and test tools from requirements/dev.lock"]),
            (
                "running testing running",
                [
                    "Python packages from requirements/runtime.lock",
                    "Python packages and test tools from requirements/dev.lock",
                ],
            ),
        ],
    )
    def test_start_and_test_in_turn__install_only_what_is_missing(
        self, bare: Path, steps: str, told: list[str]
    ) -> None:
        calls = "\n".join(f"setup_python {one}" for one in steps.split())
        assert run_in(bare, self.SCRIPT + calls).returncode == 0
        assert (bare / "told").read_text().splitlines() == told

    def test_a_changed_lock__is_installed(self, bare: Path) -> None:
        calls = "setup_python running; echo >>requirements/runtime.lock; setup_python running"
        run_in(bare, self.SCRIPT + calls)
        assert len((bare / "told").read_text().splitlines()) == 2
