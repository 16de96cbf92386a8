"""`features`: proved means a passed test, never a skipped one."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.conftest import Cli, Ran
from tests.fixtures.tools import ROOT


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def wave_one() -> list[str]:
    with (ROOT / "docs" / "features.csv").open(newline="", encoding="utf-8") as file:
        return [row["id"] for row in csv.DictReader(file) if row["wave"] == "1"]


def run(cli: Cli, folder: Path, features: dict[str, Any]) -> tuple[Ran, dict[str, str]]:
    """Run the command over results; return it with the state of each feature."""
    path = folder / "results.json"
    document = {"features": features, "finished_at": "2026-03-02", "seed": "1", "complete": True}
    path.write_text(json.dumps(document))
    ran = cli("features", "--results", path, "--json")
    return ran, {row["id"]: row["state"] for row in json.loads(ran.out)}


class TestFeatures:
    def test_one_that_only_failed_or_was_skipped__is_not_proved(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        proved: dict[str, Any] = {one: {"passed": ["a test"]} for one in wave_one()}
        first, second, third = wave_one()[:3]
        proved[first] = {"passed": ["a test"], "failed": ["another"]}
        proved[second] = {"passed": [], "failed": [], "skipped": ["a test"]}
        del proved[third]
        ran, states = run(cli, tmp_path, proved)
        assert (ran.code, states[first], states[second], states[third]) == (
            1, "failing", "missing", "missing",
        )  # fmt: skip

    def test_all_passed__exits_0(self, cli: Cli, tmp_path: Path) -> None:
        ran, states = run(cli, tmp_path, {one: {"passed": ["a test"]} for one in wave_one()})
        assert (ran.code, set(states.values()), set(states)) == (0, {"proved"}, set(wave_one()))

    def test_what_one_run_skipped_and_another_passed__is_proved(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        first = wave_one()[0]
        proved: dict[str, Any] = {one: {"passed": ["a test"]} for one in wave_one()}
        own = tmp_path / "network.json"
        own.write_text(json.dumps({"features": {first: {"passed": ["on a network"]}}}))
        proved[first] = {"passed": [], "skipped": ["on a network"]}
        path = tmp_path / "results.json"
        head = {"finished_at": "2026-03-02", "seed": "1", "complete": True}
        path.write_text(json.dumps(head | {"features": proved}))
        assert cli("features", "--results", path).code == 1
        assert cli("features", "--results", path, "--results", own).code == 0

    def test_no_results__exits_2(self, cli: Cli, tmp_path: Path) -> None:
        assert cli("features", "--results", tmp_path / "none.json").code == 2
