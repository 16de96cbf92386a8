#!/usr/bin/env python3
"""Change the gateway in named ways and see that the tests notice each change.

A mutant is one fault in one module of node/: scripts/mutants/python/*.toml names it, says why it
matters, which clause of docs/clauses.csv it breaks, and which tests look. The changed text is
compiled in place of the module when a test imports it; nothing in the checkout is written. Last,
the killing tests run on the modules as they are, so that no test counts that fails anyway.

Leaves with 1 when a mutant survives, does not compile, or its old text is not there exactly once.
"""

import argparse
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import re
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, ModuleType

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from node.cli.clauses import read_features  # noqa: E402
from scripts.mutants import FORK, KILL, OPTIONS, SEED, SOME_FAILED, MutantError  # noqa: E402

TABLES = ROOT / "scripts" / "mutants" / "python"
TIMEOUT_S = 300
LOG = "pytest.log"
# Loaded once, before the forks: what every test imports and no mutant is part of.
SHARED = ("pytest", "fastapi", "sqlalchemy", "hypothesis", "web3", "eth_tester")


@dataclass(frozen=True)
class Mutant:
    """One named fault: the text it replaces, the clause it breaks, the tests that look."""

    name: str
    group: str
    file: str
    old: str
    new: str
    why: str
    clause: str
    tests: tuple[str, ...]

    @property
    def module(self) -> str:
        """Return the name under which the file is imported."""
        return self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the test that killed it, or what is wrong."""

    name: str
    group: str
    clause: str
    killed_by: str
    problem: str
    seconds: float


class MutatedLoader(importlib.machinery.SourceFileLoader):
    """Loads a module from another text than its file's."""

    def __init__(self, fullname: str, path: str, text: str) -> None:
        super().__init__(fullname, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType | None:
        """Compile the text; the file gives only its name."""
        return compile(self._text, self.path, "exec", dont_inherit=True)


class MutatedFinder(importlib.abc.MetaPathFinder):
    """Finds one module before all others do."""

    def __init__(self, module: str, path: Path, text: str) -> None:
        self._module = module
        self._loader = MutatedLoader(module, str(path), text)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the changed module's spec, None for any other module."""
        if fullname != self._module:
            return None
        return importlib.util.spec_from_loader(fullname, self._loader)


def read_mutants() -> list[Mutant]:
    """Return all mutants in the order of their tables. Errors: MutantError for a double name."""
    mutants: list[Mutant] = []
    for path in sorted(TABLES.glob("*.toml")):
        rows = tomllib.loads(path.read_text())["mutant"]
        mutants += [
            Mutant(**{**row, "tests": tuple(row["tests"])}, group=path.stem) for row in rows
        ]
    names = [mutant.name for mutant in mutants]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise MutantError(f"two mutants of one name: {', '.join(twice)}")
    return mutants


def claimed_clauses() -> dict[str, str]:
    """Return the text of each clause of the claimed features by its id."""
    claimed = [feature for feature in read_features(ROOT) if feature.is_claimed]
    clauses = [clause for feature in claimed for clause in feature.clauses]
    return {clause.id: clause.text.strip() for clause in clauses}


def show_clauses(mutants: list[Mutant]) -> None:
    """Print each claimed clause with the mutants that break it; count those without one.

    The tables of the contracts name tests and no clause: a clause that only a contract keeps is
    among those without a mutant.
    """
    clauses = claimed_clauses()
    for clause, text in clauses.items():
        names = [mutant.name for mutant in mutants if mutant.clause == clause]
        print(f"{clause:<6} {text}\n       {', '.join(names) or '(no mutant)'}")
    bare = sorted(clauses.keys() - {mutant.clause for mutant in mutants})
    print(f"{len(clauses)} claimed clauses, {len(bare)} without a mutant: {', '.join(bare)}")


def mutated(mutant: Mutant) -> str:
    """Return the text of the mutant's file. Errors: MutantError unless the old text is there once.

    Runs of white space count as one space, so that the formatter may break lines anew.
    """
    text = (ROOT / mutant.file).read_text()
    pattern = r"\s+".join(re.escape(word) for word in mutant.old.split())
    places = list(re.finditer(pattern, text))
    if len(places) != 1:
        raise MutantError(f"its old text is {len(places)} times in {mutant.file}, not once")
    start, end = places[0].span()
    return text[:start] + mutant.new + text[end:]


def run_pytest(arguments: list[str], folder: Path, finder: MutatedFinder | None) -> None:
    """Run pytest in this process, the changed module in its place, and leave with its code."""
    if finder is not None:
        sys.meta_path.insert(0, finder)
    os.chdir(ROOT)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    os.environ.setdefault("YIBAO_SEED", SEED)
    with (folder / LOG).open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sys.exit(int(importlib.import_module("pytest").main(arguments)))


def run_tests(
    tests: tuple[str, ...], folder: Path, *options: str, finder: MutatedFinder | None = None
) -> tuple[int, str]:
    """Run tests in a process of their own; return pytest's exit code and output.

    Errors: MutantError when they take too long.
    """
    arguments = ([*OPTIONS, *options, *tests], folder, finder)
    process = FORK.Process(target=run_pytest, args=arguments)
    process.start()
    process.join(TIMEOUT_S)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise MutantError(f"the tests take longer than {TIMEOUT_S} s")
    return process.exitcode, (folder / LOG).read_text()


def judge(mutant: Mutant) -> Verdict:
    """Make a mutant, run its tests and return what became of it."""
    started = time.monotonic()
    killed_by = problem = ""
    try:
        finder = MutatedFinder(mutant.module, ROOT / mutant.file, mutated(mutant))
        with tempfile.TemporaryDirectory(prefix="yibao-mutant-") as name:
            code, output = run_tests(mutant.tests, Path(name), "-x", finder=finder)
        if kill := KILL.search(output):
            killed_by = kill[2]
        elif code == 0:
            problem = "SURVIVED"
        else:
            lines = output.strip().splitlines()
            problem = f"pytest left with {code}: {lines[-1] if lines else 'no output'}"
    except MutantError as error:
        problem = str(error)
    seconds = round(time.monotonic() - started, 1)
    return Verdict(mutant.name, mutant.group, mutant.clause, killed_by, problem, seconds)


def control(verdicts: list[Verdict]) -> list[str]:
    """Run the killing tests on the modules as they are; return those that fail even there."""
    killers = tuple(dict.fromkeys(verdict.killed_by for verdict in verdicts if verdict.killed_by))
    if not killers:
        return []
    with tempfile.TemporaryDirectory(prefix="yibao-mutant-") as name:
        code, output = run_tests(killers, Path(name))
    failed = [kill[2] for kill in KILL.finditer(output)]
    if code not in (0, SOME_FAILED) or (code and not failed):
        raise MutantError(f"control run: pytest left with {code}:\n{output.strip()}")
    return failed


def judge_all(mutants: list[Mutant], *, jobs: int, quiet: bool) -> list[Verdict]:
    """Judge mutants side by side and return the verdicts in the order of the mutants."""
    for name in SHARED:
        importlib.import_module(name)
    verdicts = []
    with ProcessPoolExecutor(jobs, mp_context=FORK) as pool:
        for place, verdict in enumerate(pool.map(judge, mutants), 1):
            verdicts.append(verdict)
            if not quiet:
                what = verdict.killed_by.removeprefix("tests/") or f"!! {verdict.problem}"
                print(
                    f"{place:>3}/{len(mutants)} {verdict.clause:<6} {verdict.name:<42} "
                    f"{verdict.seconds:>6.1f} s  {what}",
                    flush=True,
                )
    return verdicts


def report(verdicts: list[Verdict], failing: list[str], *, as_json: bool) -> bool:
    """Print the result; return whether every mutant was killed by a test that passes else."""
    alive = [verdict for verdict in verdicts if not verdict.killed_by]
    if as_json:
        rows = [asdict(verdict) for verdict in verdicts]
        print(json.dumps({"mutants": rows, "failing_anyway": failing}, indent=1))
    else:
        print(f"{len(verdicts) - len(alive)} of {len(verdicts)} killed")
        for verdict in alive:
            print(f"NOT KILLED {verdict.name}: {verdict.problem}")
        for test in failing:
            print(f"FAILS WITHOUT A MUTANT {test}")
    return not alive and not failing


def main() -> int:
    """Judge the mutants that are asked for and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="mutant or table"
    )
    parser.add_argument(
        "--clauses", action="store_true", help="print the claimed clauses with their mutants"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="side by side")
    arguments = parser.parse_args()
    wanted = set(arguments.only)
    if arguments.clauses:
        show_clauses(read_mutants())
        return 0
    chosen = [one for one in read_mutants() if not wanted or wanted & {one.name, one.group}]
    verdicts = judge_all(chosen, jobs=arguments.jobs, quiet=arguments.json)
    good = report(verdicts, control(verdicts), as_json=arguments.json)
    return 0 if good and chosen else 1


if __name__ == "__main__":
    sys.exit(main())
