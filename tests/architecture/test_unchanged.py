"""A long suite runs in its short form only when nothing it looks at has changed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from node.cli.checkout import files_of
from scripts import unchanged
from tests.fixtures.tools import ROOT


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small checkout in which `mutants` has just passed in full."""
    monkeypatch.delenv(unchanged.WHOLE, raising=False)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    for path in ("contracts/src/A.sol", "tests/contracts/test_a.py", "docs/a.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("first")
    (tmp_path / ".ci").mkdir()
    unchanged.record(tmp_path, "mutants")
    return tmp_path


class TestUnchanged:
    def test_the_same_inputs__are_unchanged(self, checkout: Path) -> None:
        assert unchanged.is_unchanged(checkout, "mutants")

    @pytest.mark.parametrize("path", ["contracts/src/A.sol", "tests/contracts/test_a.py"])
    def test_a_changed_input__is_a_change(self, checkout: Path, path: str) -> None:
        (checkout / path).write_text("second")
        assert not unchanged.is_unchanged(checkout, "mutants")
        (checkout / path).write_text("first")
        assert unchanged.is_unchanged(checkout, "mutants")

    def test_a_new_or_removed_or_renamed_input__is_a_change(self, checkout: Path) -> None:
        new = checkout / "contracts/src/B.sol"
        new.write_text("")
        assert not unchanged.is_unchanged(checkout, "mutants")
        new.unlink()
        (checkout / "contracts/src/A.sol").rename(new)
        assert not unchanged.is_unchanged(checkout, "mutants")
        new.unlink()
        assert not unchanged.is_unchanged(checkout, "mutants")

    def test_what_the_suite_does_not_look_at__is_none(self, checkout: Path) -> None:
        (checkout / "docs/a.md").write_text("second")
        assert unchanged.is_unchanged(checkout, "mutants")

    def test_a_suite_without_record__is_changed(self, checkout: Path) -> None:
        assert not unchanged.is_unchanged(checkout, "validators")

    def test_a_whole_run__takes_no_short_form(
        self, checkout: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(unchanged.WHOLE, "1")
        assert not unchanged.is_unchanged(checkout, "mutants")


class TestKeptResults:
    def test_record__keeps_what_the_last_run_proved_without_the_single_tests(
        self, checkout: Path
    ) -> None:
        written = checkout / "build" / "test-results" / "results-long.json"
        written.parent.mkdir(parents=True)
        proved = {"suite": "long", "clauses": {"M11.1": {"passed": ["a test"]}}}
        written.write_text(json.dumps({**proved, "tests": [{"nodeid": "a test"}]}))
        unchanged.record(checkout, "long")
        kept = checkout / ".ci" / "results-long.json"
        assert json.loads(kept.read_text()) == proved

    def test_suite_that_writes_no_results__keeps_none(self, checkout: Path) -> None:
        assert [one.name for one in (checkout / ".ci").iterdir()] == ["passed.json"]


class TestInputs:
    @pytest.mark.parametrize("suite", sorted(unchanged.INPUTS))
    def test_every_path__is_there(self, suite: str) -> None:
        assert [path for path in unchanged.INPUTS[suite] if not (ROOT / path).exists()] == []
        assert len(files_of(ROOT, unchanged.INPUTS[suite])) > 20

    def test_every_suite__is_asked_for_by_the_run(self) -> None:
        text = (ROOT / ".ci" / "run").read_text()
        asked = set(re.findall(r"(?:if |^    )unchanged (\w+)", text, re.M))
        assert asked == set(unchanged.INPUTS) - {"long"}

    def test_the_tables_of_mutants__name_tests_among_the_inputs(self) -> None:
        named = re.findall(r"tests/[\w/]+", "".join(
            path.read_text() for path in (ROOT / "scripts/mutants").glob("*.toml")
        ))  # fmt: skip
        assert [one for one in named if not one.startswith(unchanged.INPUTS["mutants"])] == []
