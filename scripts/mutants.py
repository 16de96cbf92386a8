#!/usr/bin/env python3
"""Change the contracts in named ways and see that the tests notice each change.

A mutant is one fault in one file of contracts/src: scripts/mutants/*.toml names it, says why it
matters and which tests look. Only the contracts that contain the file are compiled, in memory; the
tests find them through YIBAO_ARTIFACTS. Nothing in the checkout is written. Last, the killing tests
run on the contracts as they are, so that no test counts that fails anyway.

Leaves with 1 when a mutant survives, does not compile, or its old text is not there exactly once.
"""

import argparse
import importlib
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import build_contracts  # noqa: E402

TABLES = ROOT / "scripts" / "mutants"
TIMEOUT_S = 300
# Tests that draw examples draw the same ones each time: a kill does not depend on luck.
SEED = "20260302"
KILL = re.compile(r"^(FAILED|ERROR) (.+?)(?: - .*)?$", re.M)
OPTIONS = (
    *("-n0", "-q", "-rfE", "--tb=no", "--no-header", "--disable-warnings"),
    *("-p", "no:cacheprovider", "-p", "no:tests.plugins.feature_results"),
)
LOG = "pytest.log"
FORK = multiprocessing.get_context("fork")
SOME_FAILED = 1


@dataclass(frozen=True)
class Mutant:
    """One named fault: the text it replaces, the contracts that carry it, the tests that look.

    `tests` are the most likely killers; `fallback` runs when they pass.
    """

    name: str
    group: str
    file: str
    old: str
    new: str
    why: str
    contracts: tuple[str, ...]
    tests: tuple[str, ...]
    fallback: tuple[str, ...]

    @property
    def unit(self) -> str:
        """Return the source unit, as the compiler names it."""
        return f"src/{self.file}"


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: the test that killed it, or what is wrong."""

    name: str
    group: str
    file: str
    why: str
    killed_by: str
    problem: str
    seconds: float


class MutantError(Exception):
    """A mutant says nothing about the tests: it cannot be made or the tests cannot be run."""


def read_mutants() -> list[Mutant]:
    """Return all mutants in the order of their tables. Errors: MutantError for a double name."""
    mutants = []
    for path in sorted(TABLES.glob("*.toml")):
        table = tomllib.loads(path.read_text())
        for row in table["mutant"]:
            first = [place_of(table["folder"], test) for test in row.pop("tests", [])]
            mutants.append(
                Mutant(
                    **row,
                    group=path.stem,
                    contracts=tuple(table["contracts"][row["file"]]),
                    tests=tuple(first),
                    fallback=tuple(table["tests"]),
                )
            )
    names = [mutant.name for mutant in mutants]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise MutantError(f"two mutants of one name: {', '.join(twice)}")
    return mutants


def place_of(folder: str, test: str) -> str:
    """Return a test as pytest takes it; without a folder of its own it lies in the table's."""
    return test if test.startswith("tests/") else f"{folder}/{test}"


def mutated(mutant: Mutant) -> str:
    """Return the text of the mutant's file. Errors: MutantError unless the old text is there once.

    Runs of white space count as one space, so that the formatter may break lines anew.
    """
    text = build_contracts.read_source(mutant.unit)
    pattern = r"\s+".join(re.escape(word) for word in mutant.old.split())
    places = list(re.finditer(pattern, text))
    if len(places) != 1:
        raise MutantError(f"its old text is {len(places)} times in {mutant.file}, not once")
    start, end = places[0].span()
    return text[:start] + mutant.new + text[end:]


@cache
def compiler() -> subprocess.Popen[str]:
    """Return this process's compiler; it ends with the process."""
    command = ["node", str(TABLES / "compiler.js")]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def compile_changed(
    targets: list[build_contracts.Target], changed: dict[str, str]
) -> dict[str, Any]:
    """Return the compiler's answer for targets with other texts. Errors: MutantError."""
    program = compiler()
    request = build_contracts.make_request(targets, changed=changed, **build_contracts.QUICK)
    if program.stdin is None or program.stdout is None:
        raise MutantError("the compiler has no pipes")
    program.stdin.write(json.dumps(request) + "\n")
    program.stdin.flush()
    line = program.stdout.readline()
    if not line:
        raise MutantError("the compiler died")
    answer: dict[str, Any] = json.loads(line)
    for message in answer.get("errors", []):
        if message["severity"] == "error":
            raise MutantError(f"does not compile: {message['message']}")
    return answer


@cache
def compile_unchanged(names: tuple[str, ...]) -> dict[str, str]:
    """Return the code of contracts as they are, compiled like their mutants."""
    targets = list(build_contracts.find_targets(list(names)).values())
    answer = compile_changed(targets, {})
    return {
        target.name: build_contracts.make_artifact(
            target, answer["contracts"][target.source][target.name]
        )["bytecode"]
        for target in targets
    }


def write_artifacts(mutant: Mutant, folder: Path) -> None:
    """Compile the contracts of a mutant into a folder. Errors: MutantError.

    A mutant whose code equals the original is refused: no test can tell it apart.
    """
    targets = list(build_contracts.find_targets(list(mutant.contracts)).values())
    changed = {mutant.unit: mutated(mutant)}
    answer = compile_changed(targets, changed)
    unchanged = compile_unchanged(mutant.contracts)
    same = True
    for target in targets:
        if mutant.unit not in build_contracts.closure_of(target.source):
            raise MutantError(f"{target.name} does not contain {mutant.file}")
        output = answer["contracts"][target.source][target.name]
        artifact = build_contracts.make_artifact(target, output)
        (folder / f"{target.name}.json").write_text(build_contracts.render(artifact))
        same = same and unchanged[target.name] == artifact["bytecode"]
    if same:
        raise MutantError("compiles to the same code")


def preload() -> None:
    """Import what every test run imports, once for all of them: that takes most of their time."""
    os.chdir(ROOT)
    conftest = importlib.import_module("tests.conftest")
    for plugin in conftest.pytest_plugins:
        importlib.import_module(plugin)


def run_pytest(arguments: list[str], folder: Path) -> None:
    """Run pytest with the contracts of a folder and leave with its exit code."""
    os.environ["YIBAO_ARTIFACTS"] = str(folder)
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    os.environ.setdefault("YIBAO_SEED", SEED)
    with (folder / LOG).open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sys.exit(int(importlib.import_module("pytest").main(arguments)))


def run_tests(tests: tuple[str, ...], folder: Path, *options: str) -> tuple[int, str]:
    """Run tests in a process of their own; return pytest's exit code and output.

    Errors: MutantError when they take too long.
    """
    process = FORK.Process(target=run_pytest, args=([*OPTIONS, *options, *tests], folder))
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
        with tempfile.TemporaryDirectory(prefix="yibao-mutant-") as name:
            folder = Path(name)
            write_artifacts(mutant, folder)
            code, output = 0, ""
            # One after the other: pytest would sort a test into the folder that holds it.
            for tests in filter(None, (mutant.tests, mutant.fallback)):
                if code == 0:
                    code, output = run_tests(tests, folder, "-x")
        if kill := KILL.search(output):
            killed_by = kill[2]
        elif code == 0:
            problem = "SURVIVED"
        else:
            lines = output.strip().splitlines()
            problem = f"pytest left with {code}: {lines[-1] if lines else 'no output'}"
    except MutantError as error:
        problem = str(error)
    except build_contracts.BuildError as error:
        problem = f"build: {error}"
    seconds = round(time.monotonic() - started, 1)
    origin = (mutant.name, mutant.group, mutant.file, mutant.why)
    return Verdict(*origin, killed_by=killed_by, problem=problem, seconds=seconds)


def control(verdicts: list[Verdict]) -> list[str]:
    """Run the killing tests on the contracts as they are; return those that fail even there."""
    killers = tuple(dict.fromkeys(verdict.killed_by for verdict in verdicts if verdict.killed_by))
    if not killers:
        return []
    with tempfile.TemporaryDirectory(prefix="yibao-mutant-") as name:
        code, output = run_tests(killers, Path(name))
    failed = [kill[2] for kill in KILL.finditer(output)]
    if code not in (0, SOME_FAILED) or (code and not failed):
        raise MutantError(f"control run: pytest left with {code}:\n{output.strip()}")
    return failed


def show(verdict: Verdict, *, place: int, total: int) -> None:
    """Print one row."""
    what = verdict.killed_by.removeprefix("tests/") or f"!! {verdict.problem}"
    print(f"{place:>3}/{total} {verdict.name:<42} {verdict.seconds:>6.1f} s  {what}", flush=True)


def judge_all(mutants: list[Mutant], *, jobs: int, quiet: bool) -> list[Verdict]:
    """Judge mutants side by side and return the verdicts in the order of the mutants."""
    verdicts = []
    with ProcessPoolExecutor(jobs, mp_context=FORK) as pool:
        for place, verdict in enumerate(pool.map(judge, mutants), 1):
            verdicts.append(verdict)
            if not quiet:
                show(verdict, place=place, total=len(mutants))
    return verdicts


def list_mutants(mutants: list[Mutant], *, as_json: bool) -> None:
    """Print what there is, without running anything."""
    if as_json:
        print(json.dumps([asdict(mutant) for mutant in mutants], indent=1))
        return
    for mutant in mutants:
        print(f"{mutant.group:<18} {mutant.name:<42} {mutant.file}\n{'':<19}{mutant.why}")
    print(f"{len(mutants)} mutants")


def report(verdicts: list[Verdict], failing: list[str], *, seconds: float, as_json: bool) -> bool:
    """Print the result; return whether every mutant was killed by a test that passes else."""
    alive = [verdict for verdict in verdicts if not verdict.killed_by]
    if as_json:
        summary: dict[str, Any] = {
            "mutants": [asdict(verdict) for verdict in verdicts],
            "killed": len(verdicts) - len(alive),
            "failing_anyway": failing,
            "seconds": round(seconds, 1),
        }
        print(json.dumps(summary, indent=1))
        return not alive and not failing
    groups = dict.fromkeys(verdict.group for verdict in verdicts)
    for group in groups:
        own = [verdict for verdict in verdicts if verdict.group == group]
        killed = sum(bool(verdict.killed_by) for verdict in own)
        print(f"{group:<18} {killed:>3} of {len(own):>3} killed")
    print(f"{'all':<18} {len(verdicts) - len(alive):>3} of {len(verdicts):>3} killed", end="")
    print(f" in {seconds:.0f} s")
    for verdict in alive:
        print(f"NOT KILLED {verdict.name} ({verdict.file}): {verdict.problem}")
    for test in failing:
        print(f"FAILS WITHOUT A MUTANT {test}")
    return not alive and not failing


def parse_arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="mutant or table"
    )
    parser.add_argument("--list", action="store_true", help="print the mutants, run nothing")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="side by side")
    return parser.parse_args()


def main() -> int:
    """Judge the mutants and return the exit code."""
    arguments = parse_arguments()
    started = time.monotonic()
    try:
        mutants = read_mutants()
        known = {name for mutant in mutants for name in (mutant.name, mutant.group)}
        if unknown := sorted(set(arguments.only) - known):
            raise MutantError(f"no such mutant: {', '.join(unknown)}")
        wanted = set(arguments.only) or known
        mutants = [mutant for mutant in mutants if {mutant.name, mutant.group} & wanted]
        if arguments.list:
            list_mutants(mutants, as_json=arguments.json)
            return 0
        preload()
        verdicts = judge_all(mutants, jobs=arguments.jobs, quiet=arguments.json)
        failing = control(verdicts)
    except MutantError as error:
        print(f"mutants: {error}", file=sys.stderr)
        return 1
    seconds = time.monotonic() - started
    return 0 if report(verdicts, failing, seconds=seconds, as_json=arguments.json) else 1


if __name__ == "__main__":
    sys.exit(main())
