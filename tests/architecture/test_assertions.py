"""Every test says what must hold: it asserts, expects an error, or calls what does so for it.

Calls are followed by name: to functions of the same module first, else to any of that name in the
tests. That may let an empty test pass unseen, and never blames a good one.
"""

import ast
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.fixtures.tools import ROOT

SAYING = {"raises", "warns", "fail", "run_state_machine_as_test"}
"""Names of pytest and Hypothesis that fail a test without the word `assert`."""
OURS = ("tests", "pytest", "hypothesis")


@dataclass(frozen=True)
class Function:
    """What a function or method of the tests does: its calls by their last name."""

    name: str
    line: int
    asserts: bool
    calls: frozenset[str]


def functions_of(text: str) -> list[Function]:
    """Return the functions and methods of a source; calls to what is imported elsewhere left out.

    What is no import, such as a fixture, may be a function of the tests.
    """
    nodes = list(ast.walk(ast.parse(text)))
    imported: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            imported |= {one.asname or one.name: node.module or "" for one in node.names}
        elif isinstance(node, ast.Import):
            imported |= {one.asname or one.name: one.name for one in node.names}
    return [
        Function(
            node.name,
            node.lineno,
            any(isinstance(one, ast.Assert) for one in ast.walk(node)),
            frozenset(
                name
                for one in ast.walk(node)
                if isinstance(one, ast.Call)
                for first, name in [first_and_last(one.func)]
                if imported.get(first, "tests").startswith(OURS)
            ),
        )
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def first_and_last(called: ast.expr) -> tuple[str, str]:
    """Return the first and the last name of `a.b.c`, empty where an expression has none."""
    last = called.attr if isinstance(called, ast.Attribute) else ""
    while isinstance(called, ast.Attribute):
        called = called.value
    first = called.id if isinstance(called, ast.Name) else ""
    return first, last or first


def empty_tests(sources: Mapping[str, str]) -> list[str]:
    """Return `path:line name` of each test of the modules, by path, that can only pass."""
    modules = {path: functions_of(text) for path, text in sources.items()}
    own = {path: {one.name for one in functions} for path, functions in modules.items()}
    saying: set[tuple[str, str]] = set()
    everywhere = set(SAYING)

    def says(path: str, function: Function) -> bool:
        return function.asserts or any(
            name in SAYING or ((path, name) in saying if name in own[path] else name in everywhere)
            for name in function.calls
        )

    count = -1
    while len(saying) > count:
        count = len(saying)
        for path, functions in modules.items():
            saying |= {(path, one.name) for one in functions if says(path, one)}
        everywhere |= {name for _, name in saying}
    return [
        f"{path}:{one.line} {one.name}"
        for path, functions in modules.items()
        if path.rpartition("/")[2].startswith("test_")
        for one in functions
        if one.name.startswith("test_") and not says(path, one)
    ]


def test_every_test__says_what_must_hold() -> None:
    paths = sorted((ROOT / "tests").rglob("*.py"))
    assert empty_tests({str(one.relative_to(ROOT)): one.read_text() for one in paths}) == []


FIXTURES = "def require(x):\n    assert x\n\ndef wait(x):\n    require(x)\n"


@pytest.mark.parametrize(
    "body",
    ["pass", "run()", "x.require_nothing()", "subprocess.wait(1)", "local(1)"],
)
def test_planted_test_that_can_only_pass__is_found(body: str) -> None:
    source = f"import subprocess\n\ndef local(x): ...\n\ndef test_a():\n    {body}\n"
    sources = {"tests/fixtures/waiting.py": FIXTURES, "tests/test_a.py": source}
    assert empty_tests(sources) == ["tests/test_a.py:5 test_a"]


@pytest.mark.parametrize(
    "body",
    ["assert x", "with pytest.raises(E): run()", "wait(1)", "actor.wait(1)", "local(1)"],
)
def test_planted_test_that_says_something__is_not_found(body: str) -> None:
    source = f"import pytest\n\ndef local(x): wait(x)\n\ndef test_a():\n    {body}\n"
    sources = {"tests/fixtures/waiting.py": FIXTURES, "tests/test_a.py": source}
    assert empty_tests(sources) == []
