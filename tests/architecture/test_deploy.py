"""What is shipped for service managers parses, and names commands and options that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from node.cli.commands import load
from node.validator.home.install import PROGRAMS
from node.validator.unit.process import STOP_S
from tests.fixtures.tools import ROOT

DEPLOY = ROOT / "scripts" / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
GUIDE = (ROOT / "docs" / "operators.md").read_text()


def require_known(words: list[str]) -> None:
    """Make sure that `yibao WORDS…` names a command and options it has."""
    command: Any = load(words[0])
    rest = words[1:]
    while hasattr(command, "commands"):
        assert rest[0] in command.commands, f"yibao has no {' '.join(words)}"
        command, rest = command.commands[rest[0]], rest[1:]
    known = {option for one in command.params for option in one.opts}
    for word in rest:
        name = word.partition("=")[0]
        assert not name.startswith("-") or name in known, f"{name} of {' '.join(words)}"


def yibao_lines(text: str) -> list[list[str]]:
    """Return the words after `yibao` of every command in the shell blocks and code of a text."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", text, re.S)).replace("\\\n", " ")
    found = []
    for line in re.split(r"\n|&&|;|\|", blocks):
        words = shlex.split(line.split(" # ")[0])
        if words and words[0] == "yibao":
            found.append([word for word in words[1:] if word != ">"])
    return found


class TestUnits:
    @pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
    def test_command__exists_with_its_options(self, path: Path) -> None:
        found = re.search(r"^ExecStart=/opt/yibao/bin/yibao (.*)$", path.read_text(), re.M)
        assert found is not None
        require_known(shlex.split(found[1]))

    def test_time_to_stop__is_longer_than_the_three_processes_take(self) -> None:
        text = (DEPLOY / "systemd" / "yibao-validator@.service").read_text()
        assert "KillMode=mixed\n" in text
        found = re.search(r"^TimeoutStopSec=(\d+)$", text, re.M)
        assert found is not None
        assert int(found[1]) > 3 * STOP_S

    def test_systemd__takes_the_units(self, tmp_path: Path) -> None:
        """Where systemd is installed; the programs of the units are not, so /bin/true stands in."""
        verify = shutil.which("systemd-analyze")
        if verify is None:
            pytest.skip("systemd-analyze")
        for path in (DEPLOY / "systemd").iterdir():
            text = path.read_text().replace("/opt/yibao/bin/yibao", "/bin/true")
            (tmp_path / path.name).write_text(text)
            (tmp_path / path.name.replace("@", "@north")).write_text(text)
        units = sorted(tmp_path.glob("*@north.*"))
        assert len(units) == 3
        ran = subprocess.run(
            [verify, "verify", *map(str, units)], capture_output=True, text=True, check=False
        )
        assert (ran.returncode, ran.stderr) == (0, "")


class TestCompose:
    def test_service__is_one_validator_that_may_take_its_time(self) -> None:
        document = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
        service = document["services"]["validator"]
        for command in (service["command"], service["healthcheck"]["test"][1:]):
            assert command[0] == "yibao"
            require_known(command[1:])
        assert int(service["stop_grace_period"].removesuffix("s")) > 3 * STOP_S
        assert (ROOT / "scripts/deploy" / service["build"]["context"]).resolve() == ROOT
        assert (ROOT / service["build"]["dockerfile"]).exists()
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True

    def test_image__builds_the_pinned_engines(self) -> None:
        text = (DEPLOY / "Dockerfile").read_text()
        for program in PROGRAMS:
            assert f"GOBIN=/engines/{program.version} " in text
            assert f"{program.package}@{program.version}" in text


class TestGuide:
    def test_commands_of_the_guide__exist_with_their_options(self) -> None:
        lines = yibao_lines(GUIDE)
        assert len(lines) > 20
        for words in lines:
            require_known(words)

    def test_planted_option__is_found(self) -> None:
        with pytest.raises(AssertionError, match="--nowhere"):
            require_known(["network", "doctor", "home", "--nowhere"])
        with pytest.raises(AssertionError, match="has no"):
            require_known(["network", "mend"])
