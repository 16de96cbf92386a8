"""Write down which clauses of features the tests of a run proved, for `yibao features`.

A test quotes clauses (S53.1, P03.1, M01.2; docs/clauses.csv) in its docstring or in that of its
class. A quoted clause that does not exist is an error of collection. The id of a feature alone
(S53) is for readers and proves nothing. At the end of a run the outcome of every test is written to
build/test-results/:

    results.json                   all ordinary tests (scripts/test without a selection)
    results-long.json              all long tests (the same with --long, or --long -m long)
    results-validators.json        all network tests (-m "validators or any_engine")
    results-validators-short.json  some modules of them (the short form in .ci/run)
    partial.json                   any other run, overwritten by the next one

    {"format": 2, "suite": "ordinary", "complete": true, "seed": 7, "commit": "…", "dirty": false,
     "inputs": [], "digest": null, "finished_at": "2026-01-31T06:00:00+00:00", "exit_status": 0,
     "clauses": {"S53.1": {"passed": ["tests/…::test_x"], "failed": [], "skipped": []}},
     "tests": [{"nodeid": "tests/…::test_x", "clauses": ["S53.1"], "outcome": "passed",
                "duration_s": 0.01}]}

`inputs` and `digest` say what a suite that does not always run looked at (scripts/unchanged.py).
"""

import csv
import datetime
import json
import os
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from node.cli.checkout import git_state
from scripts.unchanged import INPUTS, digest_of

CLAUSE_ID = re.compile(r"(?<![A-Za-z0-9.])[SPMN]\d\d\.\d+(?![A-Za-z0-9])")
CLAUSES = Path(__file__).parents[2] / "docs" / "clauses.csv"
FOLDER = Path("build") / "test-results"
PROPERTY = "clauses"
NETWORK_TESTS = "validators or any_engine"
NETWORK_FOLDERS = {"tests/integration", "tests/chaos/validators"}
FILES = {
    "ordinary": "results",
    "long": "results-long",
    "validators": "results-validators",
    "validators-short": "results-validators-short",
    "partial": "partial",
}
# Where pytest keeps --strict-markers and --strict-config, which leave no test out.
STRICTNESS = frozenset({"strict_markers=true", "strict_config=true"})
# Options that leave tests out; those that choose by mark are looked at by themselves.
NARROWING = (
    *("keyword", "lf", "deselect", "ignore", "ignore_glob", "maxfail", "stepwise"),
    "collectonly",
)


def clause_ids(*texts: str | None) -> list[str]:
    """Return the clause ids the texts quote, sorted, each once."""
    return sorted({found for text in texts if text for found in CLAUSE_ID.findall(text)})


def quoted_by(function: object, owner: type | None) -> list[str]:
    """Return the clause ids that the docstrings of a test and of its class quote."""
    return clause_ids(function and function.__doc__, owner and owner.__doc__)


@cache
def known_clauses() -> set[str]:
    """Return the id of every clause there is."""
    with CLAUSES.open(newline="", encoding="utf-8") as file:
        return {row["id"] for row in csv.DictReader(file)}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Refuse a test that quotes what is no clause, as an error of collecting its module."""
    wrong = set(quoted_by(metafunc.function, metafunc.cls)) - known_clauses()
    if wrong:
        raise pytest.Collector.CollectError(
            f"{metafunc.definition.nodeid} quotes what is no clause of docs/clauses.csv:"
            f" {', '.join(sorted(wrong))}"
        )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Attach its clause ids to each test; they travel with its report between processes."""
    for item in items:
        ids = quoted_by(getattr(item, "function", None), getattr(item, "cls", None))
        item.user_properties.append((PROPERTY, ids))


def suite_of(config: pytest.Config) -> str:
    """Return which suite a run was asked for; "partial" where a test of it may be left out."""
    option = config.option
    # An optimising interpreter leaves the assertions out.
    if sys.flags.optimize or any(getattr(option, name, None) for name in NARROWING):
        return "partial"
    if not STRICTNESS.issuperset(getattr(option, "override_ini", None) or ()):
        return "partial"
    if option.markexpr == NETWORK_TESTS and option.validators and option.engine == "validators":
        return "validators" if set(config.args) == NETWORK_FOLDERS else "validators-short"
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return "partial"
    if option.long and option.markexpr in ("", "long"):
        return "long"
    return "ordinary" if option.markexpr == "" else "partial"


class FeatureResults:
    """Collects one outcome per test in the process that prints the report."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.at_start = git_state(config.rootpath)
        self.tests: dict[str, dict[str, Any]] = {}
        self.is_collected = True

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notice a module that cannot be collected: of its tests nothing is known."""
        self.is_collected = self.is_collected and not report.failed

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst of set-up, call and tear-down; without a call nothing has passed."""
        nodeid = re.sub(r"@[^\]]*$", "", report.nodeid)
        ids = dict(report.user_properties).get(PROPERTY, [])
        entry = self.tests.setdefault(
            nodeid, {"nodeid": nodeid, "clauses": ids, "outcome": "skipped", "duration_s": 0.0}
        )
        entry["duration_s"] = round(entry["duration_s"] + report.duration, 4)
        # An expected failure is reported as skipped: it proves nothing either.
        if report.failed:
            entry["outcome"] = "failed"
        elif report.when == "call" and report.passed and entry["outcome"] != "failed":
            entry["outcome"] = "passed"

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the file of this run."""
        if not self.tests:
            return
        # Any other end came before the last test: an interrupt, an error of pytest itself.
        is_at_end = self.is_collected and exitstatus in (0, 1)
        suite = suite_of(self.config) if is_at_end else "partial"
        folder = self.config.rootpath / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{FILES[suite]}.{os.getpid()}"
        content = self.summary(suite, exit_status=int(exitstatus))
        temporary.write_text(json.dumps(content, indent=1) + "\n")
        temporary.replace(folder / f"{FILES[suite]}.json")

    def summary(self, suite: str, *, exit_status: int) -> dict[str, Any]:
        """Return the document described at the top."""
        tests = sorted(self.tests.values(), key=lambda entry: str(entry["nodeid"]))
        clauses: dict[str, dict[str, list[str]]] = defaultdict(
            lambda: {"passed": [], "failed": [], "skipped": []}
        )
        for entry in tests:
            for clause in entry["clauses"]:
                clauses[clause][entry["outcome"]].append(entry["nodeid"])
        (commit, dirty), at_end = self.at_start, git_state(self.config.rootpath)
        return {
            "format": 2,
            "suite": suite,
            "complete": suite != "partial",
            "seed": int(os.environ["YIBAO_SEED"]),
            # Of a commit made while tests ran, nobody knows which of them ran on it.
            "commit": commit if commit == at_end[0] else None,
            "dirty": dirty is not False or at_end[1] is not False,
            "inputs": list(INPUTS.get(suite, ())),
            "digest": digest_of(self.config.rootpath, suite) if suite in INPUTS else None,
            "finished_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "exit_status": exit_status,
            "clauses": dict(sorted(clauses.items())),
            "tests": tests,
        }


def pytest_configure(config: pytest.Config) -> None:
    """Start collecting, except in an xdist worker: its controller sees every report."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FeatureResults(config), "yibao-feature-results")
