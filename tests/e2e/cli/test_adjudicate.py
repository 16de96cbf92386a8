"""`adjudicate`: a file of worked cases, expected against got (P28)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.conftest import Cli
from tests.fixtures.chain.anvil import require_anvil
from tests.fixtures.tools import ROOT

DATA = ROOT / "tests" / "data"
SHIPPED = DATA / "adjudication.cases.json"
CASES = 15


def passed(results: list[dict[str, Any]]) -> tuple[int, int]:
    """Return how many cases have only passed runs, and how many there are."""
    cases: dict[str, bool] = {}
    for one in results:
        cases[one["case"]] = cases.get(one["case"], True) and one["passed"]
    return sum(cases.values()), len(cases)


class TestMalformed:
    """Exit 2, with the reason and the place."""

    def written(self, folder: Path, change: Any) -> Path:
        document = json.loads(SHIPPED.read_text())
        change(document)
        path = folder / "changed.cases.json"
        path.write_text(json.dumps(document))
        return path

    def test_no_json__exits_2(self, cli: Cli, tmp_path: Path) -> None:
        path = tmp_path / "broken.json"
        path.write_text('{"cases": [')
        ran = cli("adjudicate", path)
        assert (ran.code, "MalformedBody" in ran.err) == (2, True)

    def test_amount_that_is_no_integer__exits_2_with_the_pointer(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        def spoil(document: dict[str, Any]) -> None:
            document["cases"][2]["expect"] = {"funds_fen": "1.5"}

        ran = cli("adjudicate", self.written(tmp_path, spoil))
        assert (ran.code, ran.out) == (2, "")
        assert "/cases/2" in ran.err

    def test_unknown_field__exits_2_with_the_pointer(self, cli: Cli, tmp_path: Path) -> None:
        def spoil(document: dict[str, Any]) -> None:
            document["cases"][0]["colour"] = "red"

        ran = cli("adjudicate", self.written(tmp_path, spoil))
        assert ran.code == 2
        assert "/cases/0" in ran.err

    def test_missing_file__exits_2(self, cli: Cli, tmp_path: Path) -> None:
        assert cli("adjudicate", tmp_path / "none.json").code == 2


class TestPython:
    def test_wrong_expectation__exits_1_and_shows_both_figures(self, cli: Cli) -> None:
        """P28: a difference is an exit code."""
        ran = cli("adjudicate", DATA / "wrong-expectation.cases.json", "--json")
        results = json.loads(ran.out)["python"]
        wrong = [
            figure
            for one in results
            for figure in one["figures"]
            if figure["expected_fen"] != figure["got_fen"]
        ]
        assert ran.code == 1
        assert wrong
        shown = cli("adjudicate", DATA / "wrong-expectation.cases.json")
        assert (shown.code, "≠" in shown.out) == (1, True)

    def test_every_form__passes(self, cli: Cli) -> None:
        ran = cli("adjudicate", DATA / "every-form.cases.json", "--json")
        good, count = passed(json.loads(ran.out)["python"])
        assert (ran.code, good) == (0, count)

    def test_shipped_cases__pass_15_of_15(self, cli: Cli) -> None:
        """P28.1: equal to the fen."""
        ran = cli("adjudicate", SHIPPED, "--json")
        assert (ran.code, passed(json.loads(ran.out)["python"])) == (0, (CASES, CASES))
        shown = cli("adjudicate", SHIPPED)
        assert f"python: {CASES} of {CASES} cases equal to the fen" in shown.out


class TestChain:
    @pytest.fixture(autouse=True)
    def _anvil(self) -> None:
        require_anvil()

    def test_shipped_cases__pass_in_both_engines(self, cli: Cli) -> None:
        """P28.2: the contract decides the same through PlanRegistry and ClaimSettlement.quote."""
        ran = cli("adjudicate", SHIPPED, "--engine", "both", "--json")
        results = json.loads(ran.out)
        assert ran.code == 0
        assert {name: passed(found) for name, found in results.items()} == {
            "python": (CASES, CASES),
            "chain": (CASES, CASES),
        }
