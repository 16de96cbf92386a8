"""`organisations`: the names of hospitals and insurers, which no chain holds."""

import json
from pathlib import Path

import pytest

from tests.e2e.cli.conftest import Cli
from tests.fixtures.actors import ANN, HOSPITAL, INSURER

ZH, EN = "第一人民医院", "First People's Hospital"


@pytest.fixture
def on_database(cli: Cli, tmp_path: Path) -> Cli:
    """Run commands on one migrated database."""
    url = f"sqlite:///{tmp_path / 'gateway.sqlite3'}"
    assert cli("db", "upgrade", database_url=url).code == 0
    return cli


def listed(cli: Cli) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(cli("organisations", "list", "--json").out)
    return found


class TestOrganisations:
    def test_named__is_listed_by_id_in_both_languages(self, on_database: Cli) -> None:
        upper = "0x" + HOSPITAL.account[2:].upper()
        ran = on_database("organisations", "name", upper, "--zh", ZH, "--en", EN)
        assert ran.code == 0, ran.err
        assert on_database("organisations", "name", INSURER.account, "--zh", "[医保]").code == 0
        assert listed(on_database) == sorted(
            [
                {"organisation": HOSPITAL.account, "name_zh": ZH, "name_en": EN},
                {"organisation": INSURER.account, "name_zh": "[医保]", "name_en": "[医保]"},
            ],
            key=lambda row: row["organisation"],
        )
        assert "[医保]" in on_database("organisations", "list").out

    def test_named_again__has_the_new_name(self, on_database: Cli) -> None:
        on_database("organisations", "name", HOSPITAL.account, "--zh", "旧")
        on_database("organisations", "name", HOSPITAL.account, "--zh", ZH)
        assert [row["name_zh"] for row in listed(on_database)] == [ZH]

    def test_forgotten__has_none_and_a_second_time_says_so(self, on_database: Cli) -> None:
        on_database("organisations", "name", HOSPITAL.account, "--zh", ZH)
        codes = [on_database("organisations", "forget", HOSPITAL.account).code for _ in range(2)]
        assert (codes, listed(on_database)) == ([0, 4], [])

    @pytest.mark.parametrize(
        ("account", "name"),
        [
            (ANN.account, ZH),
            ("HOSPITAL", ZH),
            (HOSPITAL.account, ""),
            (HOSPITAL.account, "医\n院"),
            (HOSPITAL.account, "医\u2028院"),
            (HOSPITAL.account, "医院\u202e"),
            (HOSPITAL.account, "医" * 121),
        ],
        ids=["a person", "no id", "empty", "two lines", "separator", "turns direction", "too long"],
    )
    def test_wrong_account_or_name__is_refused(
        self, on_database: Cli, account: str, name: str
    ) -> None:
        assert on_database("organisations", "name", account, "--zh", name).code == 2
        assert listed(on_database) == []
