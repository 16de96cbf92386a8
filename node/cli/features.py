"""`yibao features`: which promised features are proved by passed tests of the last complete run."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from node.cli.inputs import read_object, read_text
from node.domain.errors import MalformedBody

FEATURES = Path("docs/features.csv")
FOLDER = Path("build/test-results")
RESULTS = FOLDER / "results.json"
NETWORK_RESULTS = FOLDER / "results-validators.json"


@dataclass(frozen=True)
class FeatureRow:
    """One promised feature and the tests that passed for it. `state`: proved, failing, missing."""

    id: str
    wave: int
    title: str
    state: str
    passed: tuple[str, ...]
    failed: tuple[str, ...]


def features(
    wave: Annotated[int, typer.Option(help="Show the features due up to this wave.", min=1)] = 1,
    results: Annotated[
        list[Path] | None,
        typer.Option(help="Results that test runs wrote; repeat it.", exists=True, dir_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """List feature ids against **passed, not skipped** tests; exit 1 while one is not proved."""
    document = joined([_read(path) for path in results or newest()])
    rows = feature_rows(document, wave=wave)
    if as_json:
        print(json.dumps([row.__dict__ for row in rows], ensure_ascii=False, indent=1))
    else:
        _print_table(rows, document)
    if any(row.state != "proved" for row in rows):
        raise typer.Exit(1)


def _read(path: Path) -> dict[str, Any]:
    """Return the results of a test run. Errors: MalformedBody."""
    document = read_object(path, place="--results")
    outcomes = document.get("features")
    known = isinstance(outcomes, dict) and all(isinstance(one, dict) for one in outcomes.values())
    if not known:
        raise MalformedBody(f"{path}: no test run wrote this", field="--results")
    return document


def newest() -> list[Path]:
    """Return what the last runs of the ordinary and the network tests wrote. Errors: exit 2."""
    if not RESULTS.exists():
        raise typer.BadParameter(f"{RESULTS} is not there; next step: run ./scripts/test")
    return [RESULTS, *([NETWORK_RESULTS] if NETWORK_RESULTS.exists() else [])]


def joined(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the first document with what the others proved or failed added to it.

    What one run skipped and another passed is passed: the network tests run by themselves.
    """
    found = documents[0]
    for document in documents[1:]:
        for name, outcomes in document["features"].items():
            row = found["features"].setdefault(name, {})
            for outcome in ("passed", "failed"):
                row[outcome] = [*row.get(outcome, ()), *outcomes.get(outcome, ())]
    return found


def feature_rows(results: dict[str, Any], *, wave: int) -> list[FeatureRow]:
    """Join the feature list with a results document; only features of waves up to `wave`."""
    proved = results["features"]
    rows = []
    for line in csv.DictReader(StringIO(read_text(FEATURES, place="features"), newline="")):
        if int(line["wave"]) > wave:
            continue
        tests = proved.get(line["id"], {})
        passed, failed = tuple(tests.get("passed", ())), tuple(tests.get("failed", ()))
        state = "failing" if failed else "proved" if passed else "missing"
        rows.append(
            FeatureRow(line["id"], int(line["wave"]), line["feature"], state, passed, failed)
        )
    return rows


def _print_table(rows: list[FeatureRow], results: dict[str, Any]) -> None:
    table = Table(
        title=f"Features, tests of {results.get('finished_at')}, seed {results.get('seed')}"
    )
    for heading in ("id", "wave", "feature", "state", "tests"):
        table.add_column(heading, justify="right" if heading in {"wave", "tests"} else "left")
    colour = {"proved": "green", "failing": "red", "missing": "yellow"}
    for row in rows:
        state = f"[{colour[row.state]}]{row.state}[/]"
        table.add_row(row.id, str(row.wave), row.title, state, str(len(row.passed)))
    console = Console()
    console.print(table)
    proved = sum(row.state == "proved" for row in rows)
    console.print(f"{proved} of {len(rows)} proved; complete run: {results.get('complete')}")
