"""`--env-file`: on every command, before and after its name, and never over the environment."""

from pathlib import Path

import pytest

from node.db.schema import upgrade
from tests.e2e.cli.conftest import Cli

OPTION = "--env-file"
COMMAND = ("db", "current")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Settings that name a database which is current; the default one is not there."""
    url = f"sqlite:///{tmp_path / 'known.db'}"
    upgrade(url)
    file = tmp_path / "gateway.env"
    file.write_text(f"YIBAO_DATABASE_URL={url}\n")
    return file


class TestEnvFile:
    @pytest.mark.parametrize("place", range(len(COMMAND) + 1))
    def test_before_between_and_after_the_words__is_read(
        self, cli: Cli, file: Path, place: int
    ) -> None:
        ran = cli(*COMMAND[:place], OPTION, file, *COMMAND[place:])
        assert (ran.code, "the schema is" in ran.out, ran.err) == (0, True, "")

    def test_after_a_command_that_stands_alone__is_read(self, cli: Cli, file: Path) -> None:
        ran = cli("doctor", OPTION, file)
        assert "schema is that of this program" in ran.out

    def test_setting_of_the_environment__wins(self, cli: Cli, file: Path, tmp_path: Path) -> None:
        other = f"sqlite:///{tmp_path / 'other.db'}"
        assert cli(*COMMAND, OPTION, file, database_url=other).code == 1

    @pytest.mark.parametrize("words", [(), ("serve",), ("network",), ("network", "init")])
    def test_help__shows_it(self, cli: Cli, words: tuple[str, ...]) -> None:
        assert OPTION in cli(*words, "--help").out

    @pytest.mark.parametrize("place", [0, len(COMMAND)])
    @pytest.mark.parametrize("content", [b"\xff\xfe", b"no assignment", b"OTHER=1"])
    def test_file_that_holds_something_else__is_named(
        self, cli: Cli, tmp_path: Path, content: bytes, place: int
    ) -> None:
        wrong = tmp_path / "wrong.env"
        wrong.write_bytes(content)
        ran = cli(*COMMAND[:place], OPTION, wrong, *COMMAND[place:])
        assert (ran.code, "wrong.env" in ran.err, "Traceback" in ran.err) == (2, True, False)
