"""The list of commands: complete, true, and shown without importing what only one of them needs."""

import subprocess
import sys
from importlib.metadata import version

import pytest

from node.cli.commands import COMMANDS, load
from tests.e2e.cli.conftest import Cli
from tests.fixtures.tools import ROOT

HEAVY = {"alembic", "eth_account", "eth_keyfile", "fastapi", "py_ecc", "sqlalchemy", "web3"}
SHOW = """
import sys
from node.cli import main
sys.argv = ["yibao", *{words!r}]
try:
    main.run()
finally:
    print("imported:", *sorted(sys.modules), file=sys.stderr)
"""


def imported_by(*words: str) -> set[str]:
    """Run a command in a process of its own and return the modules it imported."""
    program = SHOW.format(words=words)
    command = [sys.executable, "-c", program]
    ran = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=180, check=False
    )
    *_, line = ran.stderr.splitlines()
    assert ran.returncode == 0, ran.stderr
    return set(line.removeprefix("imported: ").split())


class TestList:
    @pytest.mark.parametrize("name", sorted(COMMANDS))
    def test_line_of_a_command__is_the_first_of_its_own_description(self, name: str) -> None:
        first = load(name).help.split("\n\n")[0].replace("\n", " ")
        assert first == COMMANDS[name].line

    def test_help__names_every_command(self, cli: Cli) -> None:
        ran = cli("--help")
        assert (ran.code, ran.err) == (0, "")
        assert all(f" {name} " in ran.out for name in COMMANDS)

    def test_version__is_that_of_the_package(self, cli: Cli) -> None:
        ran = cli("--version")
        assert (ran.code, ran.out, ran.err) == (0, f"yibao {version('yibao')}\n", "")

    @pytest.mark.parametrize("command", [("sign", "nope.json", "--key", "nope.key")])
    def test_file_that_is_not_there__is_named_in_one_line(
        self, cli: Cli, command: tuple[str, ...]
    ) -> None:
        ran = cli(*command)
        assert (ran.code, "nope.json" in ran.err, "Traceback" in ran.err) == (2, True, False)

    def test_unknown_command__exits_2_and_names_the_nearest(self, cli: Cli) -> None:
        ran = cli("doctr")
        assert (ran.code, "doctor" in ran.err) == (2, True)

    @pytest.mark.parametrize(
        "words",
        [
            ("--version",),
            ("--help",),
            ("adjudicate", "--help"),
            ("features", "--help"),
            ("sign", "--help"),
        ],
    )
    def test_help__imports_no_gateway_chain_or_database(self, words: tuple[str, ...]) -> None:
        assert not imported_by(*words) & HEAVY

    def test_adjudicate__imports_no_gateway_chain_or_database(self) -> None:
        cases = ROOT / "tests" / "data" / "adjudication.cases.json"
        assert not imported_by("adjudicate", str(cases)) & HEAVY

    def test_database_that_is_current__needs_no_alembic(self) -> None:
        assert not imported_by("db", "--help") & {"alembic", "web3", "fastapi"}
