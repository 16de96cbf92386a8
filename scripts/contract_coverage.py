#!/usr/bin/env python3
"""Which statements and branches of contracts/src the contract tests run, from what the EVM did.

.venv/bin/python scripts/contract_coverage.py [--json FILE] [pytest arguments]

The contracts are compiled once more with the optimizer off but for Yul, so that each instruction
still belongs to one place of the source; the tests run on that code in the in-process EVM. A
statement counts when one of its instructions ran. A branch is one way out of an if, a loop, a
ternary, && or ||; both ways must be gone. Constructors count, anvil and symbolic proofs do not.
Leaves with 1 when a figure is below its floor or a test fails.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from scripts import build_contracts  # noqa: E402

# Percent of all statements and of all branches of contracts/src.
FLOORS = {"statements": 99.0, "branches": 98.5}
TESTS = ("tests/contracts", "tests/scenarios")
PLUGIN = "tests.plugins.evm_coverage"
# Their subject is the gas of the shipped code, or a chain in another process.
LEFT_OUT = ("-k", "not gas and not precompile")
OFF = (
    *("inliner", "deduplicate", "cse", "constantOptimizer", "orderLiterals"),
    *("jumpdestRemover", "peephole"),
)
OPTIMIZER = {
    "enabled": False,
    "details": {**dict.fromkeys(OFF, False), "yul": True},
}
MAPS = ("evm.bytecode.sourceMap", "evm.deployedBytecode.sourceMap")
STATEMENTS = frozenset(
    {"ExpressionStatement", "VariableDeclarationStatement", "Return", "EmitStatement"}
    | {"RevertStatement", "InlineAssembly", "Break", "Continue"}
)
CONDITIONAL = frozenset({"IfStatement", "ForStatement", "WhileStatement", "DoWhileStatement"})
PUSH1, PUSH32, JUMPI = 0x60, 0x7F, 0x57
WORD_OF_ADDRESS = 20


@dataclass(frozen=True, order=True)
class Place:
    """A range of bytes in one source unit."""

    unit: str
    start: int
    end: int

    def holds(self, other: "Place") -> bool:
        """Return whether the other range lies within this one."""
        return self.unit == other.unit and self.start <= other.start and other.end <= self.end


@dataclass
class Code:
    """One piece of compiled code: its bytes, what may differ in them, its places by pc."""

    text: bytes
    masked: tuple[tuple[int, int], ...]
    places: dict[int, Place]
    is_creation: bool

    def plain(self, code: bytes) -> bytes:
        """Return code with everything that is filled in at deployment set to zero."""
        blank = bytearray(code)
        for start, length in self.masked:
            blank[start : start + length] = bytes(length)
        return bytes(blank)

    @cached_property
    def pattern(self) -> bytes:
        """Return the own code, masked."""
        return self.plain(self.text)

    def made(self, code: bytes) -> bool:
        """Return whether executed code is this one with addresses and arguments filled in."""
        if self.is_creation:
            code = code[: len(self.text)]
        return len(code) == len(self.text) and self.plain(code) == self.pattern


def instructions(code: bytes) -> Iterator[int]:
    """Yield the place of each instruction."""
    pc = 0
    while pc < len(code):
        yield pc
        opcode = code[pc]
        pc += 1 + (opcode - PUSH1 + 1 if PUSH1 <= opcode <= PUSH32 else 0)


def read_map(text: str, code: bytes, units: dict[int, str]) -> dict[int, Place]:
    """Return the source of each instruction from the compiler's compressed map."""
    places: dict[int, Place] = {}
    start = length = unit = 0
    for pc, row in zip(instructions(code), text.split(";"), strict=False):
        parts = row.split(":")
        start = int(parts[0]) if parts[0] else start
        length = int(parts[1]) if len(parts) > 1 and parts[1] else length
        unit = int(parts[2]) if len(parts) > 2 and parts[2] else unit
        if unit in units:
            places[pc] = Place(units[unit], start, start + length)
    return places


def make_code(part: dict[str, Any], units: dict[int, str], *, creation: bool, lib: bool) -> Code:
    """Return one half of a contract's output."""
    masked = [
        (each["start"], each["length"])
        for libraries in part.get("linkReferences", {}).values()
        for places in libraries.values()
        for each in places
    ]
    for places in part.get("immutableReferences", {}).values():
        masked.extend((each["start"], each["length"]) for each in places)
    if lib and not creation:
        # A library knows its own address, pushed first.
        masked.append((1, WORD_OF_ADDRESS))
    digits = part["object"]
    for start, length in masked:
        digits = digits[: 2 * start] + "00" * length + digits[2 * (start + length) :]
    text = bytes.fromhex(digits)
    return Code(text, tuple(masked), read_map(part["sourceMap"], text, units), creation)


@dataclass
class Points:
    """What can be run in one source unit, and what was."""

    statements: dict[Place, bool] = field(default_factory=dict)
    branches: dict[Place, set[bool]] = field(default_factory=dict)


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Yield every node of a syntax tree."""
    if isinstance(tree, list):
        for each in tree:
            yield from nodes(each)
    elif isinstance(tree, dict):
        if "nodeType" in tree:
            yield tree
        for key, each in tree.items():
            # Yul has a tree of its own; an assembly block counts as one statement.
            if key != "AST":
                yield from nodes(each)


def place_of(node: dict[str, Any], unit: str) -> Place:
    """Return where a node stands."""
    start, length, _ = map(int, node["src"].split(":"))
    return Place(unit, start, start + length)


def find_points(unit: str, tree: dict[str, Any]) -> Points:
    """Return the statements and branches of one source unit, none of them run yet."""
    points = Points()
    for node in nodes(tree):
        kind = node["nodeType"]
        if kind in STATEMENTS:
            points.statements[place_of(node, unit)] = False
        elif kind in CONDITIONAL and node.get("condition"):
            points.statements[place_of(node["condition"], unit)] = False
            points.branches[place_of(node, unit)] = set()
        elif kind == "Conditional" or node.get("operator") in {"&&", "||"}:
            points.branches[place_of(node, unit)] = set()
    return points


class Coverage:
    """The compiled contracts, the points of their sources, and the runs that are laid over them."""

    def __init__(self, folder: Path) -> None:
        targets = list(build_contracts.find_targets([]).values())
        request = build_contracts.make_request(targets)
        request["settings"]["optimizer"] = OPTIMIZER
        for unit, selection in request["settings"]["outputSelection"].items():
            for name in selection:
                selection[name] = [*selection[name], *MAPS]
            if unit.startswith("src/"):
                selection[""] = ["ast"]
        answer = build_contracts.compile_request(request)
        build_contracts.report_messages(answer)
        units = {one["id"]: unit for unit, one in answer["sources"].items()}
        self.points = {
            unit: find_points(unit, one["ast"])
            for unit, one in answer["sources"].items()
            if unit.startswith("src/") and "ast" in one
        }
        self.codes: list[Code] = []
        for target in targets:
            output = answer["contracts"][target.source][target.name]
            artifact = build_contracts.make_artifact(target, output)
            (folder / f"{target.name}.json").write_text(build_contracts.render(artifact))
            for key, creation in (("bytecode", True), ("deployedBytecode", False)):
                part, lib = output["evm"][key], target.kind == "library"
                if part["object"]:
                    self.codes.append(make_code(part, units, creation=creation, lib=lib))

    def lay(self, code: bytes, visited: set[int], jumps: set[tuple[int, int]]) -> None:
        """Mark what one executed code ran."""
        known = next((each for each in self.codes if each.made(code)), None)
        if known is None:
            return
        ran = {known.places[pc] for pc in visited if pc in known.places}
        by_unit: dict[str, set[Place]] = {}
        for one in ran:
            by_unit.setdefault(one.unit, set()).add(one)
        for unit, places in by_unit.items():
            if unit in self.points:
                mark(self.points[unit].statements, places)
        for pc, target in jumps:
            if (place := known.places.get(pc)) is None or place.unit not in self.points:
                continue
            ways = self.points[place.unit].branches.get(place)
            if ways is not None:
                ways.add(target == pc + 1)


def mark(statements: dict[Place, bool], ran: set[Place]) -> None:
    """Mark the statements that hold a place that ran."""
    starts = sorted(ran, key=lambda place: place.start)
    for statement, seen in statements.items():
        if not seen and any(statement.holds(place) for place in starts):
            statements[statement] = True


def run_tests(folder: Path, arguments: list[str]) -> int:
    """Run the tests on the contracts of the folder; every process leaves a file in it."""
    environment = {
        **os.environ,
        "YIBAO_ARTIFACTS": str(folder),
        "YIBAO_EVM_COVERAGE": str(folder / "runs"),
    }
    (folder / "runs").mkdir()
    command = (
        *(sys.executable, "-m", "pytest", "-n", "auto", "-q"),
        *("-p", PLUGIN, "-p", "no:cacheprovider", "-p", "no:tests.plugins.feature_results"),
    )
    return subprocess.run(
        [*command, *LEFT_OUT, *(arguments or TESTS)], cwd=ROOT, env=environment, check=False
    ).returncode


def read_runs(folder: Path, coverage: Coverage) -> None:
    """Lay what all processes saw over the sources."""
    visited: dict[str, set[int]] = {}
    jumps: dict[str, set[tuple[int, int]]] = {}
    for path in sorted((folder / "runs").glob("*.json")):
        for row in json.loads(path.read_text()):
            visited.setdefault(row["code"], set()).update(row["visited"])
            jumps.setdefault(row["code"], set()).update(map(tuple, row["jumps"]))
    for code, places in visited.items():
        coverage.lay(bytes.fromhex(code), places, jumps[code])


@dataclass(frozen=True)
class Row:
    """The figures of one source unit, and what is missing as lines."""

    unit: str
    statements: tuple[int, int]
    branches: tuple[int, int]
    missing: list[str]


def line_of(place: Place) -> int:
    """Return the line a place begins in."""
    text = build_contracts.read_source(place.unit).encode()
    return text.count(b"\n", 0, place.start) + 1


def count(unit: str, points: Points) -> Row:
    """Return the row of one source unit."""
    unrun = [place for place, seen in points.statements.items() if not seen]
    half = [place for place, ways in points.branches.items() if len(ways) < 2]
    missing = [f"{line_of(place)}" for place in sorted(unrun)]
    for place in sorted(half):
        never = (
            "either way"
            if not points.branches[place]
            else ("taken" if points.branches[place] == {False} else "passed over")
        )
        missing.append(f"{line_of(place)} {never}")
    return Row(
        unit,
        (len(points.statements) - len(unrun), len(points.statements)),
        (
            2 * len(points.branches) - sum(2 - len(points.branches[each]) for each in half),
            2 * len(points.branches),
        ),
        missing,
    )


def percent(part: tuple[int, int]) -> float:
    """Return how much of a whole was run."""
    return 100.0 if part[1] == 0 else 100 * part[0] / part[1]


def total(rows: list[Row], name: str) -> tuple[int, int]:
    """Return a figure of all rows together."""
    parts = [getattr(row, name) for row in rows]
    return sum(part[0] for part in parts), sum(part[1] for part in parts)


def report(rows: list[Row], *, seconds: float, target: Path) -> bool:
    """Print the table, write the JSON, and return whether the floors hold."""
    print(f"{'contracts/src':<44} {'statements':>17} {'branches':>17}  missing")
    for row in rows:
        print(
            f"{row.unit.removeprefix('src/'):<44} {shown(row.statements)} {shown(row.branches)}"
            f"  {', '.join(row.missing)}"
        )
    figures = {name: total(rows, name) for name in FLOORS}
    print(f"{'all':<44} {shown(figures['statements'])} {shown(figures['branches'])}", end="")
    print(f"  in {seconds:.0f} s")
    low = [name for name, floor in FLOORS.items() if percent(figures[name]) < floor]
    for name in low:
        print(f"TOO LOW {name}: {percent(figures[name]):.2f} %, the floor is {FLOORS[name]} %")
    target.parent.mkdir(parents=True, exist_ok=True)
    whole = {name: round(percent(part), 2) for name, part in figures.items()}
    rows_out = [vars(row) for row in rows]
    target.write_text(json.dumps({"total": whole, "floors": FLOORS, "units": rows_out}, indent=1))
    return not low


def shown(part: tuple[int, int]) -> str:
    """Return a figure as text of one width."""
    return f"{part[0]:>4} of {part[1]:>4} {percent(part):>5.1f}"


def main() -> int:
    """Measure and return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "coverage-contracts.json")
    options, arguments = parser.parse_known_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="yibao-coverage-") as name:
        folder = Path(name)
        coverage = Coverage(folder)
        code = run_tests(folder, arguments)
        read_runs(folder, coverage)
    rows = [
        row
        for unit, points in sorted(coverage.points.items())
        if (row := count(unit, points)).statements[1]
    ]
    good = report(rows, seconds=time.monotonic() - started, target=options.output)
    return code or int(not good)


if __name__ == "__main__":
    sys.exit(main())
