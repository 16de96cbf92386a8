"""`features`: a feature is proved when all its clauses passed, here, now, and in a complete run."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from node.cli import features
from node.cli.clauses import Checkout, read_features
from node.cli.features import present_checkout
from tests.e2e.cli.conftest import Cli
from tests.fixtures.tools import ROOT

HERE = Checkout(commit="c1", is_dirty=False, digest_of=lambda _inputs: "d1")
CLAIMED = [feature for feature in read_features(ROOT) if feature.is_claimed]
LONG = {one.id for feature in CLAIMED for one in feature.clauses if one.is_long}


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(features, "present_checkout", lambda _root: HERE)


def passed() -> dict[str, dict[str, list[str]]]:
    """Return one passed test for each clause of each claimed feature."""
    clauses = [one.id for feature in CLAIMED for one in feature.clauses]
    return {one: {"passed": [f"test {one}"], "failed": [], "skipped": []} for one in clauses}


def written(folder: Path, clauses: dict[str, Any], suite: str = "ordinary") -> Path:
    """Write the results of a complete run."""
    path = folder / f"{suite}.json"
    document = {
        "format": 2, "suite": suite, "complete": True, "seed": 1, "commit": "c1", "dirty": False,
        "inputs": ["node"], "digest": "d1", "finished_at": "2026-03-02", "clauses": clauses,
    }  # fmt: skip
    path.write_text(json.dumps(document))
    return path


class TestFeatures:
    def test_every_clause_of_every_claimed_feature__exits_0(self, cli: Cli, tmp_path: Path) -> None:
        ordinary, long = written(tmp_path, passed()), written(tmp_path, passed(), suite="long")
        ran = cli("features", "--results", ordinary, "--results", long, "--json")
        rows = json.loads(ran.out)["features"]
        assert (ran.code, {row["state"] for row in rows}) == (0, {"proved"})
        assert [row["id"] for row in rows] == [feature.id for feature in CLAIMED]

    def test_one_clause_without_a_test__is_named_with_its_reason(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        clauses = passed()
        del clauses["S53.4"]
        words = [written(tmp_path, clauses), "--results", written(tmp_path, clauses, suite="long")]
        ran = cli("features", "--results", *words, "--json")
        rows = {row["id"]: row for row in json.loads(ran.out)["features"]}
        assert (ran.code, rows["S53"]["state"]) == (1, "not_proved")
        assert {row["state"] for one, row in rows.items() if one != "S53"} == {"proved"}
        assert [(one["id"], one["state"], one["reason"]) for one in rows["S53"]["clauses"]] == [
            *((f"S53.{number}", "proved", None) for number in (1, 2, 3)),
            ("S53.4", "not_proved", "no_test"),
        ]
        told = cli("features", "--results", *words, "--lang", "en").out
        assert "S53.4 a voided one says so: no test quotes it" in told
        assert f"claimed: {len(CLAIMED) - 1} of {len(CLAIMED)}" in told
        zh = cli("features", "--results", *words, "--lang", "zh").out
        assert "S53.4 a voided one says so: 没有测试引用它" in zh
        assert "电子凭证" in zh

    def test_long_suite_not_run__is_missing(self, cli: Cli, tmp_path: Path) -> None:
        ran = cli("features", "--results", written(tmp_path, passed()), "--json")
        rows = json.loads(ran.out)["features"]
        missing = {
            one["id"]: one["reason"] for row in rows for one in row["clauses"] if one["reason"]
        }
        assert (ran.code, missing) == (1, dict.fromkeys(LONG, "no_long_run"))

    @pytest.mark.parametrize(
        ("lang", "reason", "sum_of_them"),
        [
            ("en", "long suite not run", "{count} clauses wait for a run of their long suite"),
            ("zh", "长测试没有运行", "另有 {count} 条条款等待长测试运行"),
        ],
    )
    def test_without_long__names_what_did_not_run_and_exits_0(
        self, cli: Cli, tmp_path: Path, *, lang: str, reason: str, sum_of_them: str
    ) -> None:
        words = ["features", "--results", written(tmp_path, passed()), "--lang", lang]
        ran = cli(*words, "--without-long")
        lines = [line for line in ran.out.splitlines() if line.endswith(reason)]
        assert (ran.code, {line.split()[0] for line in lines}) == (0, LONG)
        assert sum_of_them.format(count=len(LONG)) in ran.out
        strict = cli(*words)
        assert (strict.code, sum_of_them.format(count=len(LONG)) in strict.out) == (1, False)

    def test_without_long__takes_results_of_older_sources_for_not_run(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        ordinary, long = written(tmp_path, passed()), written(tmp_path, passed(), suite="long")
        long.write_text(long.read_text().replace('"d1"', '"d0"'))
        words = ["features", "--results", ordinary, "--results", long, "--lang", "en"]
        ran = cli(*words, "--without-long")
        assert (ran.code, "long suite ran on other sources or tests" in ran.out) == (0, True)
        assert cli(*words).code == 1

    @pytest.mark.parametrize(
        "outcome",
        [
            {"passed": [], "failed": ["test_x"], "skipped": []},
            {"passed": [], "failed": [], "skipped": ["test_x"]},
            None,
        ],
        ids=["failed", "skipped", "no test"],
    )
    @pytest.mark.parametrize("clause", ["S53.4", "M11.1"], ids=["ordinary", "long"])
    def test_without_long__is_as_strict_with_everything_else(
        self, cli: Cli, tmp_path: Path, *, clause: str, outcome: dict[str, list[str]] | None
    ) -> None:
        assert ("S53.4" in LONG, "M11.1" in LONG) == (False, True)
        clauses = passed()
        del clauses[clause]
        clauses |= {clause: outcome} if outcome else {}
        words = [written(tmp_path, clauses), "--results", written(tmp_path, clauses, suite="long")]
        assert cli("features", "--results", *words, "--without-long").code == 1

    @pytest.mark.parametrize("changed", [{"commit": "c0"}, {"dirty": True}, {"complete": False}])
    def test_without_long__needs_a_run_of_the_present_commit(
        self, cli: Cli, tmp_path: Path, changed: dict[str, Any]
    ) -> None:
        path = written(tmp_path, passed())
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))
        assert cli("features", "--results", path, "--without-long").code == 1

    def test_feature_that_is_not_claimed__is_listed_on_request_and_may_be_missing(
        self, cli: Cli, tmp_path: Path
    ) -> None:
        words = [written(tmp_path, passed()), "--results", written(tmp_path, passed(), "long")]
        ran = cli("features", "--results", *words, "--all", "--json")
        rows = {row["id"]: row for row in json.loads(ran.out)["features"]}
        assert (ran.code, len(rows)) == (0, 201)
        assert (rows["S29"]["claimed"], rows["S29"]["state"]) == (False, "not_proved")

    @pytest.mark.parametrize(
        "spoilt",
        [
            {"format": 1},
            {"suite": "mine"},
            {"clauses": {"S53.1": {"passed": "yes"}}},
            {"clauses": []},
            {"inputs": [1]},
        ],
    )
    def test_document_of_no_test_run__exits_2(
        self, cli: Cli, tmp_path: Path, spoilt: dict[str, Any]
    ) -> None:
        path = written(tmp_path, passed())
        path.write_text(json.dumps(json.loads(path.read_text()) | spoilt))
        assert cli("features", "--results", path).code == 2

    def test_no_results__exits_2(self, cli: Cli, tmp_path: Path) -> None:
        assert cli("features", "--results", tmp_path / "none.json").code == 2


class TestNewest:
    def test_results_of_every_suite__are_read_also_those_that_are_kept(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        written = [
            "build/test-results/results.json",
            "build/test-results/results-validators-short.json",
            ".ci/results-long.json",
        ]
        for path in (*written, "build/test-results/partial.json"):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            Path(path).touch()
        assert [str(path) for path in features.newest()] == written

    def test_no_run_yet__exits_2_with_the_next_step(
        self, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        ran = cli("features")
        assert (ran.code, "./scripts/test" in ran.err) == (2, True)


class TestPresentCheckout:
    @pytest.fixture
    def checkout(self, tmp_path: Path) -> Path:
        """A checkout with one file, committed."""
        (tmp_path / "node").mkdir()
        (tmp_path / "node" / "a.py").write_text("first")
        git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.example"]
        subprocess.run([*git, "init", "--quiet"], check=True)
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", "first"], check=True)
        return tmp_path

    def test_changed_file__is_dirty_and_another_digest(self, checkout: Path) -> None:
        before = present_checkout(checkout)
        digest = before.digest_of(("node",))
        (checkout / "node" / "a.py").write_text("second")
        after = present_checkout(checkout)
        assert (before.is_dirty, after.is_dirty) == (False, True)
        assert before.commit == after.commit is not None
        assert digest not in (None, after.digest_of(("node",)))

    def test_inputs_outside_the_checkout__have_no_digest(self, checkout: Path) -> None:
        assert present_checkout(checkout).digest_of(("../elsewhere",)) is None

    def test_folder_that_is_no_checkout__has_no_commit_and_counts_as_dirty(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
        here = present_checkout(tmp_path)
        assert (here.commit, here.is_dirty) == (None, True)
