"""Write down which feature ids the tests of a run proved, for `yibao features`.

A test names features (S52, P03, M01) in its name, in its docstring or in that of its class. At the
end of a run the outcome of every test is written to build/test-results/:

    results.json             a run of all ordinary tests (scripts/test without a selection)
    results-long.json        the same with --long
    results-validators.json  a run of the network tests (-m "validators or any_engine")
    partial.json             any other run, overwritten by the next one

    {"format": 1, "complete": true, "long": false, "seed": 7, "commit": "…", "dirty": false,
     "finished_at": "2026-01-31T06:00:00+00:00", "exit_status": 0,
     "features": {"S52": {"passed": ["tests/…::test_x"], "failed": [], "skipped": []}},
     "tests": [{"nodeid": "tests/…::test_x", "features": ["S52"], "outcome": "passed",
                "duration_s": 0.01}]}

A feature counts as proved when it has a passed test and no failed one.
"""

import datetime
import json
import os
import re
import subprocess
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

FEATURE_ID = re.compile(r"(?<![A-Za-z0-9])[SPM]\d\d(?![A-Za-z0-9])")
FOLDER = Path("build") / "test-results"
PROPERTY = "features"
NETWORK_TESTS = "validators or any_engine"


def feature_ids(*texts: str | None) -> list[str]:
    """Return the feature ids the texts name, sorted, each once."""
    return sorted({found for text in texts if text for found in FEATURE_ID.findall(text)})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Attach its feature ids to each test; they travel with its report between processes."""
    for item in items:
        function = getattr(item, "function", None)
        owner = getattr(item, "cls", None)
        ids = feature_ids(item.name, getattr(function, "__doc__", None), owner and owner.__doc__)
        item.user_properties.append((PROPERTY, ids))


def is_complete(config: pytest.Config) -> bool:
    """Return whether the run was asked for every test there is."""
    chosen = ("keyword", "markexpr", "lf", "deselect", "ignore", "ignore_glob", "maxfail")
    if any(getattr(config.option, name, None) for name in chosen):
        return False
    return config.args_source is pytest.Config.ArgsSource.TESTPATHS


def file_name(config: pytest.Config, *, complete: bool, long: bool) -> str:
    """Return the name of the file that a run writes, without its ending."""
    if config.getoption("--validators") and config.option.markexpr == NETWORK_TESTS:
        return "results-validators"
    if not complete:
        return "partial"
    return "results-long" if long else "results"


def git_state(root: Path) -> tuple[str | None, bool | None]:
    """Return the commit of the checkout and whether files differ from it; None without git."""

    def ask(*words: str) -> str:
        command = ["git", "-C", str(root), *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        return ask("rev-parse", "HEAD"), bool(ask("status", "--porcelain"))
    except (OSError, subprocess.CalledProcessError):
        return None, None


class FeatureResults:
    """Collects one outcome per test in the process that prints the report."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.tests: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst of set-up, call and tear-down as the outcome of a test."""
        nodeid = re.sub(r"@[^\]]*$", "", report.nodeid)
        ids = dict(report.user_properties).get(PROPERTY, [])
        entry = self.tests.setdefault(
            nodeid, {"nodeid": nodeid, "features": ids, "outcome": "passed", "duration_s": 0.0}
        )
        entry["duration_s"] = round(entry["duration_s"] + report.duration, 4)
        if report.failed:
            entry["outcome"] = "failed"
        elif report.skipped and entry["outcome"] == "passed":
            # An expected failure is reported as skipped: it proves nothing either.
            entry["outcome"] = "skipped"

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the file of this run."""
        if not self.tests:
            return
        complete = is_complete(self.config) and exitstatus in (0, 1)
        long = bool(self.config.getoption("--long"))
        name = file_name(self.config, complete=complete, long=long)
        folder = self.config.rootpath / FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        temporary = folder / f".{name}.{os.getpid()}"
        content = self.summary(complete=complete, long=long, exit_status=int(exitstatus))
        temporary.write_text(json.dumps(content, indent=1) + "\n")
        temporary.replace(folder / f"{name}.json")

    def summary(self, *, complete: bool, long: bool, exit_status: int) -> dict[str, Any]:
        """Return the document described at the top."""
        features: dict[str, dict[str, list[str]]] = defaultdict(
            lambda: {"passed": [], "failed": [], "skipped": []}
        )
        for entry in sorted(self.tests.values(), key=lambda entry: str(entry["nodeid"])):
            for feature in entry["features"]:
                features[feature][entry["outcome"]].append(entry["nodeid"])
        commit, dirty = git_state(self.config.rootpath)
        return {
            "format": 1,
            "complete": complete,
            "long": long,
            "seed": int(os.environ["YIBAO_SEED"]),
            "commit": commit,
            "dirty": dirty,
            "finished_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "exit_status": exit_status,
            "features": dict(sorted(features.items())),
            "tests": sorted(self.tests.values(), key=lambda entry: str(entry["nodeid"])),
        }


def pytest_configure(config: pytest.Config) -> None:
    """Start collecting, except in an xdist worker: its controller sees every report."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(FeatureResults(config), "yibao-feature-results")
