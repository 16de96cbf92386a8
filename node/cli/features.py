"""`yibao features`: which promised features are proved, clause by clause, and what is missing."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from node.cli import checkout
from node.cli.clauses import (
    WAITING,
    Checkout,
    Feature,
    Reason,
    Run,
    Verdict,
    judge,
    read_features,
)
from node.domain.language import Language, locale_language

FOLDER = Path("build/test-results")
RESULTS = FOLDER / "results.json"
OTHER_RESULTS = tuple(
    folder / f"results-{suite}.json"
    for folder in (FOLDER, Path(".ci"))
    for suite in ("validators", "validators-short", "long")
)
"""Of suites that run by themselves; those kept in .ci came from a full run of a long suite."""

TEXTS: dict[Language, dict[str, str]] = {
    Language.EN: {
        "title": "Features at {commit}, clauses proved of clauses promised",
        "name": "feature",
        "wave": "wave",
        "state": "state",
        "clauses": "clauses",
        "proved": "proved",
        "missing": "not proved",
        "tail": "{proved} of {rows} shown features proved;"
        " claimed: {claimed_proved} of {claimed}, {clauses_proved} of {clauses} clauses",
        "waiting": "{waiting} clauses wait for a run of their long suite (--without-long)",
        **{reason.name: reason.value for reason in Reason},
    },
    Language.ZH: {
        "title": "提交 {commit} 的功能：已证明的条款／承诺的条款",
        "name": "功能",
        "wave": "批次",
        "state": "状态",
        "clauses": "条款",
        "proved": "已证明",
        "missing": "未证明",
        "tail": "所列 {rows} 项功能中 {proved} 项已证明；"
        "已声明 {claimed} 项中 {claimed_proved} 项，条款 {clauses} 条中 {clauses_proved} 条",
        "waiting": "另有 {waiting} 条条款等待长测试运行（--without-long）",
        "FAILED": "测试失败",
        "NO_TEST": "没有测试引用它",
        "SKIPPED": "测试被跳过",
        "NOT_COMPLETE": "测试没有全部运行",
        "OTHER_COMMIT": "运行的是另一个提交",
        "DIRTY": "工作区有未提交的改动",
        "NO_LONG_RUN": "长测试没有运行",
        "OTHER_SOURCES": "长测试运行时的源码或测试不同",
    },
}


@dataclass(frozen=True)
class Row:
    """A promised feature and the verdict on each of its clauses."""

    feature: Feature
    verdicts: tuple[Verdict, ...]

    @property
    def is_proved(self) -> bool:
        """Whether every clause is proved; a feature without clauses is not."""
        return self.is_good(without_long=False)

    def is_good(self, *, without_long: bool) -> bool:
        """Whether nothing is against a clause, but perhaps that its long suite has not run."""
        allowed = (None, *WAITING) if without_long else (None,)
        return bool(self.verdicts) and all(one.reason in allowed for one in self.verdicts)

    @property
    def proved_clauses(self) -> int:
        """How many clauses are proved."""
        return sum(one.reason is None for one in self.verdicts)


def features(
    *,
    results: Annotated[
        list[Path] | None,
        typer.Option(help="Results that test runs wrote; repeat it.", exists=True, dir_okay=False),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also list the features that are not claimed yet.")
    ] = False,
    without_long: Annotated[
        bool,
        typer.Option(
            "--without-long",
            help="Exit 0 although long suites have not run on these sources; their clauses are"
            " named as not proved all the same.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
    lang: Annotated[
        Language | None, typer.Option(help="Language of the words; default: that of the locale.")
    ] = None,
) -> None:
    """List features whose **clauses all passed**; exit 1 while a claimed one is not proved."""
    runs = [Run.read(path) for path in results or newest()]
    here = present_checkout(Path())
    rows = [
        Row(feature, tuple(judge(clause, runs, here) for clause in feature.clauses))
        for feature in read_features()
    ]
    claimed = [row for row in rows if row.feature.is_claimed]
    shown = rows if everything else claimed
    if as_json:
        print(json.dumps(_document(shown, runs, here), ensure_ascii=False, indent=1))
    else:
        texts = TEXTS[lang or locale_language(os.environ)]
        _print(shown, claimed, here, texts)
        if without_long:
            waiting = sum(one.reason in WAITING for row in claimed for one in row.verdicts)
            print(texts["waiting"].format(waiting=waiting))
    if not all(row.is_good(without_long=without_long) for row in claimed):
        raise typer.Exit(1)


def newest() -> list[Path]:
    """Return what the last runs of every suite wrote. Errors: exit 2."""
    if not RESULTS.exists():
        raise typer.BadParameter(f"{RESULTS} is not there; next step: run ./scripts/test")
    return [RESULTS, *(path for path in OTHER_RESULTS if path.exists())]


def present_checkout(root: Path) -> Checkout:
    """Return the checkout as it is now; outside git it has no commit and counts as dirty."""
    commit, is_dirty = checkout.git_state(root)

    @cache
    def digest_of(inputs: tuple[str, ...]) -> str | None:
        try:
            return checkout.digest_of(root, inputs)
        except (OSError, subprocess.CalledProcessError):
            return None

    return Checkout(commit=commit, is_dirty=is_dirty is not False, digest_of=digest_of)


def _document(rows: Sequence[Row], runs: Sequence[Run], here: Checkout) -> dict[str, Any]:
    return {
        "commit": here.commit,
        "dirty": here.is_dirty,
        "runs": [
            {
                "suite": run.suite,
                "complete": run.is_complete,
                "commit": run.commit,
                "dirty": run.is_dirty,
                "finished_at": run.finished_at,
            }
            for run in runs
        ],
        "features": [_row_document(row) for row in rows],
    }


def _row_document(row: Row) -> dict[str, Any]:
    feature = row.feature
    return {
        "id": feature.id,
        "wave": feature.wave,
        "claimed": feature.is_claimed,
        "name": feature.name,
        "name_zh": feature.name_zh,
        "state": "proved" if row.is_proved else "not_proved",
        "clauses": [
            {
                "id": one.clause.id,
                "text": one.clause.text,
                "long": one.clause.is_long,
                "state": "not_proved" if one.reason else "proved",
                "reason": one.reason and one.reason.name.lower(),
                "tests": list(one.tests),
            }
            for one in row.verdicts
        ],
    }


def _print(
    rows: Sequence[Row], claimed: Sequence[Row], here: Checkout, texts: dict[str, str]
) -> None:
    """Print a table of the rows, below it what is missing of each, and the sums."""
    console = Console(highlight=False)
    table = Table(title=texts["title"].format(commit=(here.commit or "–")[:10]))
    for heading in ("id", "wave", "name", "state", "clauses"):
        justify: Any = "right" if heading in {"wave", "clauses"} else "left"
        table.add_column(texts.get(heading, heading), justify=justify)
    for row in rows:
        state = f"[green]{texts['proved']}" if row.is_proved else f"[red]{texts['missing']}"
        of_all = f"{row.proved_clauses}/{len(row.verdicts)}"
        name = row.feature.name_zh if texts is TEXTS[Language.ZH] else row.feature.name
        table.add_row(row.feature.id, str(row.feature.wave), escape(name), state, of_all)
    console.print(table)
    for row in rows:
        for one in row.verdicts:
            if one.reason:
                line = f"{one.clause.id} {one.clause.text.strip()}: {texts[one.reason.name]}"
                console.print(escape(line), soft_wrap=True)
    sums = {
        "rows": len(rows),
        "proved": sum(row.is_proved for row in rows),
        "claimed": len(claimed),
        "claimed_proved": sum(row.is_proved for row in claimed),
        "clauses": sum(len(row.verdicts) for row in claimed),
        "clauses_proved": sum(row.proved_clauses for row in claimed),
    }
    console.print(texts["tail"].format(**sums))
