"""Clauses of promised features, and what results of test runs say of each.

A feature is promised in a sentence; docs/clauses.csv cuts it into clauses, each something that can
be broken by itself. Tests quote clauses (`S53.1`), and each run writes which of them passed.
"""

from __future__ import annotations

import csv
import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any, Self

from node.cli.inputs import read_object, read_text
from node.domain.errors import MalformedBody

FEATURES = Path("docs/features.csv")
CLAUSES = Path("docs/clauses.csv")
FORMAT = 2
ORDINARY, LONG, VALIDATORS = "ordinary", "long", "validators"
VALIDATORS_SHORT, PARTIAL = "validators-short", "partial"
SUITES = (ORDINARY, LONG, VALIDATORS, VALIDATORS_SHORT, PARTIAL)
KEPT_SUITES = (LONG, VALIDATORS)
"""Suites whose results hold for long clauses while what they look at stays as it is."""
OUTCOMES = ("passed", "failed", "skipped")


class Reason(enum.StrEnum):
    """Why a clause is not proved."""

    FAILED = "failed"
    NO_TEST = "no test quotes it"
    SKIPPED = "skipped"
    NOT_COMPLETE = "run not complete"
    OTHER_COMMIT = "run of another commit"
    DIRTY = "dirty tree"
    NO_LONG_RUN = "long suite not run"
    OTHER_SOURCES = "long suite ran on other sources or tests"


WAITING = (Reason.NO_LONG_RUN, Reason.OTHER_SOURCES)
"""Of a long clause of which nothing bad is known: its suite has not run on what is here."""


@dataclass(frozen=True)
class Clause:
    """A part of a feature's sentence; `is_long`: proved by a suite that does not always run."""

    id: str
    text: str
    is_long: bool


@dataclass(frozen=True)
class Feature:
    """A promised feature and the clauses of its sentence, in order."""

    id: str
    wave: int
    is_claimed: bool
    name: str
    name_zh: str
    sentence: str
    clauses: tuple[Clause, ...]


def read_features(root: Path = Path()) -> list[Feature]:
    """Return every promised feature with its clauses. Errors: MalformedBody."""
    clauses: dict[str, list[Clause]] = {}
    for row in _rows(root / CLAUSES):
        clause = Clause(row["id"], row["text"], row["long"] == "yes")
        clauses.setdefault(clause.id.partition(".")[0], []).append(clause)
    return [
        Feature(
            id=row["id"],
            wave=int(row["wave"]),
            is_claimed=row["claimed"] == "yes",
            name=row["name"],
            name_zh=row["zh"],
            sentence=row["works when"],
            clauses=tuple(clauses.get(row["id"], ())),
        )
        for row in _rows(root / FEATURES)
    ]


def _rows(path: Path) -> Iterable[dict[str, str]]:
    return csv.DictReader(StringIO(read_text(path, place="features"), newline=""))


@dataclass(frozen=True)
class Run:
    """What a run of tests wrote: where it ran, and the tests of each clause by outcome.

    `digest` is that of the files below `inputs`, for suites that do not always run.
    """

    suite: str
    is_complete: bool
    commit: str | None
    is_dirty: bool
    inputs: tuple[str, ...]
    digest: str | None
    clauses: dict[str, dict[str, list[str]]]
    finished_at: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """Return the run that a file tells of. Errors: MalformedBody."""
        document = read_object(path, place="--results")
        if not _is_run(document):
            raise MalformedBody(f"{path}: no test run wrote this", field="--results")
        return cls(
            suite=document["suite"],
            is_complete=document["complete"] is True,
            commit=document["commit"],
            is_dirty=document["dirty"] is not False,
            inputs=tuple(document["inputs"]),
            digest=document["digest"],
            clauses=document["clauses"],
            finished_at=document["finished_at"],
        )


def _is_run(document: dict[str, Any]) -> bool:
    outcomes = document.get("clauses")
    return (
        document.get("format") == FORMAT
        and document.get("suite") in SUITES
        and {"complete", "commit", "dirty", "digest", "finished_at"} <= set(document)
        and _is_words(document.get("inputs"))
        and isinstance(outcomes, dict)
        and all(isinstance(tests, dict) for tests in outcomes.values())
        and all(_is_words(tests.get(one)) for tests in outcomes.values() for one in OUTCOMES)
    )


def _is_words(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(one, str) for one in found)


@dataclass(frozen=True)
class Checkout:
    """The sources as they are now; `digest_of` the inputs of a run is None if unknown."""

    commit: str | None
    is_dirty: bool
    digest_of: Callable[[tuple[str, ...]], str | None]


@dataclass(frozen=True)
class Verdict:
    """Whether a clause is proved: no reason against it, and the tests that passed for it."""

    clause: Clause
    reason: Reason | None
    tests: tuple[str, ...]


def judge(clause: Clause, runs: Iterable[Run], checkout: Checkout) -> Verdict:
    """Return what the runs say of a clause at this checkout.

    A clause needs a complete run of all ordinary tests on a clean tree at the present commit; the
    network tests, which have a run of their own, add to it. A long clause needs a complete run of
    a long suite instead, at the same digest of its inputs, and no failure in the present runs.
    """
    known = list(runs)
    present = [(run, _trouble_now(run, checkout)) for run in known if run.suite != LONG]
    kept = [(run, _trouble_kept(run, checkout)) for run in known if run.suite in KEPT_SUITES]
    counted = kept if clause.is_long else present
    now, outcomes = _outcomes(clause, present), _outcomes(clause, counted)
    reason: Reason | None = None
    if "failed" in {*now.values(), *outcomes.values()}:
        reason = Reason.FAILED
    elif not clause.is_long and ORDINARY not in {run.suite for run, bad in present if not bad}:
        reason = _of_ordinary_run(present)
    elif set(outcomes.values()) != {"passed"}:
        is_quoted = any(clause.id in run.clauses for run in known)
        reason = _of_missing(clause, counted, outcomes, is_quoted=is_quoted)
    passed = sorted(test for test, outcome in outcomes.items() if outcome == "passed")
    return Verdict(clause, reason, tuple(passed))


_Judged = Iterable[tuple[Run, Reason | None]]


def _trouble_now(run: Run, checkout: Checkout) -> Reason | None:
    """Return why a run says nothing of the present commit."""
    if not run.is_complete or run.suite == PARTIAL:
        return Reason.NOT_COMPLETE
    if run.commit is None or run.commit != checkout.commit:
        return Reason.OTHER_COMMIT
    return Reason.DIRTY if run.is_dirty or checkout.is_dirty else None


def _trouble_kept(run: Run, checkout: Checkout) -> Reason | None:
    """Return why a run of a long suite says nothing of the present sources and tests."""
    if not run.is_complete:
        return Reason.NOT_COMPLETE
    digest = checkout.digest_of(run.inputs) if run.inputs else None
    return None if digest is not None and run.digest == digest else Reason.OTHER_SOURCES


def _outcomes(clause: Clause, judged: _Judged) -> dict[str, str]:
    """Return the outcome of each test that quotes a clause, over the runs without trouble.

    What one run skipped and another passed is passed: the network tests run by themselves.
    """
    found: dict[str, str] = {}
    for outcome in ("skipped", "passed", "failed"):
        for run, trouble in judged:
            if trouble is None:
                tests = run.clauses.get(clause.id, {}).get(outcome, ())
                found.update(dict.fromkeys(tests, outcome))
    return found


def _of_ordinary_run(judged: _Judged) -> Reason:
    """Return what is the matter with the run of all ordinary tests."""
    troubles = [trouble for run, trouble in judged if run.suite in (ORDINARY, PARTIAL)]
    return next((one for one in troubles if one), Reason.NOT_COMPLETE)


def _of_missing(
    clause: Clause, judged: _Judged, outcomes: dict[str, str], *, is_quoted: bool
) -> Reason:
    """Return why a clause has no passed test: a run that has it is of no use, or none has it."""
    useless = [bad for run, bad in judged if bad and run.clauses.get(clause.id, {}).get("passed")]
    if useless:
        return useless[0]
    if outcomes:
        return Reason.SKIPPED
    return Reason.NO_LONG_RUN if clause.is_long and is_quoted else Reason.NO_TEST
