"""Exit codes are those that node/cli/main.py promises: scripts rely on them."""

import socket
from pathlib import Path

import pytest

from node.cli import main
from node.db.errors import StorageUnavailable
from node.devnet.home.lock import claimed
from node.domain.errors import CATALOGUE, DomainError, RoleMissing
from tests.e2e.cli.conftest import Cli, Ran
from tests.fixtures.tools import ROOT

CASES = ROOT / "tests" / "data" / "adjudication.cases.json"


class TestExitCode:
    def test_done__is_0(self, cli: Cli) -> None:
        assert cli("adjudicate", CASES).code == 0

    def test_difference__is_1(self, cli: Cli, tmp_path: Path) -> None:
        assert cli("db", "current", database_url=f"sqlite:///{tmp_path / 'new.db'}").code == 1

    def test_wrong_input__is_2(self, cli: Cli, tmp_path: Path) -> None:
        assert cli("adjudicate", tmp_path / "nope.json").code == 2

    def test_not_allowed__is_3(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        assert failing(cli, monkeypatch, RoleMissing("0x1", "INSURER")).code == 3

    def test_unknown_thing__is_4(self, cli: Cli, tmp_path: Path) -> None:
        url = f"sqlite:///{tmp_path / 'new.db'}"
        assert cli("db", "upgrade", database_url=url).code == 0
        assert cli("tokens", "revoke", "0x12345678", database_url=url).code == 4

    def test_conflict__is_5(self, cli: Cli, tmp_path: Path) -> None:
        with claimed(tmp_path):
            assert cli("devnet", "reset", "--home", tmp_path).code == 5

    def test_unavailable__is_6(self, cli: Cli) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            assert cli("serve", "--port", str(taken.getsockname()[1])).code == 6

    def test_bug__is_70_with_its_traceback(self, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        ran = failing(cli, monkeypatch, ZeroDivisionError("a bug"))
        assert (ran.code, ran.out) == (70, "")
        assert "ZeroDivisionError: a bug" in ran.err


class TestTitle:
    @pytest.mark.parametrize(
        ("locale", "title"),
        [
            ("zh_CN.UTF-8", "缺少所需角色"),
            ("en_GB.UTF-8", "The account lacks the role."),
            ("C", "The account lacks the role."),
        ],
    )
    def test_refusal__is_explained_in_the_language_of_the_locale(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, locale: str, title: str
    ) -> None:
        monkeypatch.setenv("LC_ALL", locale)
        ran = failing(cli, monkeypatch, RoleMissing("0x1", "INSURER"))
        assert ran.err.splitlines()[0] == f"RoleMissing: {title}"

    @pytest.mark.parametrize("code", ["StorageUnavailable", "ChainUnavailable"])
    def test_what_does_not_answer__is_not_called_a_contract_that_refuses(
        self, cli: Cli, monkeypatch: pytest.MonkeyPatch, code: str
    ) -> None:
        kinds: dict[str, type[DomainError]] = {
            **CATALOGUE,
            "StorageUnavailable": StorageUnavailable,
        }
        ran = failing(cli, monkeypatch, kinds[code]())
        assert ran.code == 6
        assert "contract" not in ran.err.lower()


def failing(cli: Cli, monkeypatch: pytest.MonkeyPatch, error: Exception) -> Ran:
    """Run a command that ends in a failure of any kind."""

    def fail() -> None:
        raise error

    monkeypatch.setattr(main, "app", fail)
    return cli()
