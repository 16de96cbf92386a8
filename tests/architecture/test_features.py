"""Promised features, their clauses, and what a run of tests writes down about them."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from node.cli.clauses import CLAUSES, FEATURES, read_features
from tests.fixtures.tools import ROOT
from tests.plugins import feature_results
from tests.plugins.feature_results import FeatureResults, clause_ids, quoted_by, suite_of

BESIDE_WAVE_ONE = {"S06", "P26", "M09", "M10", "M22"}


def read(path: Any) -> list[dict[str, str]]:
    with (ROOT / path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class TestTables:
    def test_clauses_joined__give_each_sentence(self) -> None:
        features = read_features(ROOT)
        assert len(features) == 201
        for feature in features:
            assert "".join(one.text for one in feature.clauses) == feature.sentence, feature.id

    def test_clauses__are_numbered_in_order_under_features_that_exist(self) -> None:
        numbered = [
            f"{feature.id}.{number}"
            for feature in read_features(ROOT)
            for number, _ in enumerate(feature.clauses, 1)
        ]
        assert [row["id"] for row in read(CLAUSES)] == numbered

    def test_feature_ids__stand_once_with_a_name_in_both_languages(self) -> None:
        rows = read(FEATURES)
        assert len({row["id"] for row in rows}) == len(rows)
        assert all(row["name"] and row["zh"] and row["works when"] for row in rows)
        assert all(row["name"].isascii() or "→" in row["name"] for row in rows)

    def test_claimed__is_what_is_built(self) -> None:
        rows = read(FEATURES)
        claimed = {row["id"] for row in rows if row["claimed"] == "yes"}
        assert {row["claimed"] for row in rows} == {"yes", ""}
        assert claimed == {row["id"] for row in rows if row["wave"] == "1"} | BESIDE_WAVE_ONE

    def test_long__is_yes_or_nothing(self) -> None:
        assert {row["long"] for row in read(CLAUSES)} == {"yes", ""}


class TestQuotes:
    def test_docstrings_of_test_and_class__quote_clauses(self) -> None:
        owner = type("TestPay", (), {"__doc__": "S52.1, P03.1: paid."})
        function = SimpleNamespace(__doc__="S52.1, S04.10: exact (M01.2).")
        assert quoted_by(function, owner) == ["M01.2", "P03.1", "S04.10", "S52.1"]
        assert quoted_by(SimpleNamespace(__doc__=None), None) == []

    def test_feature_alone_and_lookalikes__quote_nothing(self) -> None:
        assert clause_ids("S53 S53. M01, XS52.1 S5.1 S520.1 S52.1x 2.S52.1 P-256.1") == []


class TestCollection:
    @pytest.mark.parametrize(("quoted", "code"), [("S53.4", 0), ("S53", 0), ("S53.5", 2)])
    def test_clause_that_does_not_exist__is_an_error_of_collection(
        self, tmp_path: Path, quoted: str, code: int
    ) -> None:
        module = tmp_path / "test_x.py"
        module.write_text(f'def test_x():\n    """{quoted}: voided."""\n')
        options = ("-p", "tests.plugins.feature_results", "--collect-only", "-q", "-c", "/dev/null")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, "--rootdir", tmp_path, module],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout
        assert ("quotes what is no clause of docs/clauses.csv: S53.5" in done.stdout) == (code == 2)


def config(args: Iterable[str] = (), **options: Any) -> Any:
    """Return the settings of a run with nothing chosen but what is given."""
    source = pytest.Config.ArgsSource
    known = {"markexpr": "", "long": False, "validators": False, "engine": "anvil"}
    return SimpleNamespace(
        args=list(args) or ["tests"],
        args_source=source.ARGS if args else source.TESTPATHS,
        option=SimpleNamespace(**known | options),
    )


NETWORK = {"markexpr": "validators or any_engine", "validators": True, "engine": "validators"}


class TestSuite:
    def test_nothing_chosen__is_all_ordinary_tests(self) -> None:
        assert suite_of(config()) == "ordinary"

    def test_strict_options__leave_nothing_out(self) -> None:
        """Pytest keeps them among the settings that a command overrides."""
        strict = ["strict_markers=true", "strict_config=true"]
        assert suite_of(config(override_ini=strict)) == "ordinary"

    @pytest.mark.parametrize(
        "chosen",
        [
            {"keyword": "money"},
            {"markexpr": "unit"},
            {"lf": True},
            {"deselect": ["x"]},
            {"ignore": ["tests/e2e"]},
            {"maxfail": 1},
            {"stepwise": True},
            {"override_ini": ["testpaths=tests/unit"]},
            {"args": ["tests"]},
            {"markexpr": "long"},
            {**NETWORK, "keyword": "kill"},
            {**NETWORK, "engine": "anvil", "args": ["tests/integration"]},
        ],
        ids=repr,
    )
    def test_a_part_of_the_tests__is_partial(self, chosen: dict[str, Any]) -> None:
        assert suite_of(config(**chosen)) == "partial"

    def test_interpreter_without_assertions__is_partial(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "flags", SimpleNamespace(optimize=1))
        assert suite_of(config()) == "partial"

    @pytest.mark.parametrize("markexpr", ["", "long"])
    def test_long__is_the_long_suite(self, markexpr: str) -> None:
        assert suite_of(config(long=True, markexpr=markexpr)) == "long"

    def test_networks__are_whole_in_both_folders_and_short_in_modules(self) -> None:
        folders = ["tests/integration", "tests/chaos/validators"]
        assert suite_of(config(folders, **NETWORK)) == "validators"
        modules = ["tests/integration", "tests/chaos/validators/test_kills.py"]
        assert suite_of(config(modules, **NETWORK)) == "validators-short"

    def test_folders__are_those_that_the_whole_run_names(self) -> None:
        text = (ROOT / ".ci" / "run").read_text()
        assert "tests=(tests/chaos/validators)" in text
        assert 'tests/integration "${tests[@]}"' in text
        assert f'-m "{feature_results.NETWORK_TESTS}"' in text


class TestResults:
    def test_module_that_cannot_be_collected__leaves_the_run_partial(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("YIBAO_SEED", "1")
        settings = config()
        settings.rootpath = tmp_path
        results = FeatureResults(settings)
        for when in ("setup", "call", "teardown"):
            results.pytest_runtest_logreport(report(when, "passed"))
        results.pytest_sessionfinish(SimpleNamespace(), 1)  # type: ignore[arg-type]
        results.pytest_collectreport(SimpleNamespace(failed=True))  # type: ignore[arg-type]
        results.pytest_sessionfinish(SimpleNamespace(), 1)  # type: ignore[arg-type]
        folder = tmp_path / "build" / "test-results"
        whole, partial = (
            json.loads((folder / f"{one}.json").read_text()) for one in ("results", "partial")
        )
        assert (whole["suite"], whole["complete"]) == ("ordinary", True)
        assert (partial["suite"], partial["complete"]) == ("partial", False)
        assert whole["clauses"]["S53.4"]["passed"] == ["tests/test_x.py::test_x"]

    @pytest.mark.parametrize(
        ("outcomes", "expected"),
        [
            (("passed", "passed", "passed"), "passed"),
            (("passed", None, "passed"), "skipped"),
            (("passed", "skipped", "passed"), "skipped"),
            (("skipped", None, "passed"), "skipped"),
            (("passed", "failed", "passed"), "failed"),
            (("failed", None, "passed"), "failed"),
            (("passed", "passed", "failed"), "failed"),
        ],
    )
    def test_outcome__is_passed_only_by_a_call_that_passed(
        self, tmp_path: Path, outcomes: tuple[str | None, ...], expected: str
    ) -> None:
        settings = config()
        settings.rootpath = tmp_path
        results = FeatureResults(settings)
        for when, outcome in zip(("setup", "call", "teardown"), outcomes, strict=True):
            if outcome is not None:
                results.pytest_runtest_logreport(report(when, outcome))
        assert results.tests["tests/test_x.py::test_x"]["outcome"] == expected


def report(when: str, outcome: str) -> Any:
    """Return what the plugin asks of the report of a phase of a test."""
    return SimpleNamespace(
        nodeid="tests/test_x.py::test_x",
        user_properties=[("clauses", ["S53.4"])],
        duration=0.0,
        when=when,
        **{name: outcome == name for name in ("passed", "failed", "skipped")},
    )
