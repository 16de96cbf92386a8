"""Figures in pages that can be counted here are right; what was measured names its command."""

import ast
import re
from pathlib import Path

import pytest

from node.chain.proofs import bundles
from node.validator.doctor.diagnosis import LOWEST_FREE_BYTES
from tests.fixtures.tools import ROOT

MEASURED = {
    "docs/operators.md": ("2.3 GB a day", "20 a second"),
}


def page(name: str) -> str:
    """Return a page with each run of white space as one space."""
    return " ".join((ROOT / name).read_text().split())


def lines(path: str) -> int:
    return len((ROOT / path).read_text().splitlines())


def imported(module: str) -> set[str]:
    """Return our modules that a module needs, itself included."""
    found, waiting = set[str](), {module}
    while waiting:
        found |= waiting
        waiting = {
            node.module
            for one in waiting
            for node in ast.walk(ast.parse((ROOT / path_of(one)).read_text()))
            if isinstance(node, ast.ImportFrom) and node.module
            if node.module.startswith("node.")
        } - found
    return found


def path_of(module: str) -> str:
    return f"{module.replace('.', '/')}.py"


def said_of(name: str, path: str, pattern: str) -> int:
    """Return the number of lines that a page gives a file in the words of a pattern."""
    found = re.search(rf"{re.escape(path)}.{{0,80}}?{pattern}", page(name))
    assert found, (name, path)
    return int(found[1])


class TestLines:
    def test_check_of_a_proof__is_in_the_files_named_and_as_long_as_said(self) -> None:
        files = {path_of(one) for one in imported(bundles.__name__)}
        told = page("docs/proofs.md")
        part = told[told.index("All of it, but keccak") : told.index("## An example")]
        assert set(re.findall(r"`(node/\S+)`", part)) == files
        found = re.search(r"(\d+) lines", part)
        assert found
        assert round(sum(map(lines, files)), -1) == pytest.approx(int(found[1]), rel=0.05)

    @pytest.mark.parametrize(
        ("name", "path", "pattern"),
        [
            ("README.md", "examples/hospital.py", r"in (\d+) lines"),
            ("README.zh.md", "examples/hospital.py", r"用 (\d+) 行"),
            ("docs/auditors.md", "node/devnet/synthea/settled_lines.py", r"in (\d+) lines"),
        ],
    )
    def test_program__is_about_as_long_as_said(self, name: str, path: str, pattern: str) -> None:
        assert lines(path) == pytest.approx(said_of(name, path, pattern), rel=0.1)


class TestLimits:
    def test_disk__is_where_doctor_complains(self) -> None:
        assert f"complains below {LOWEST_FREE_BYTES / 1e9:.0f} GB" in page("docs/operators.md")


class TestMeasured:
    @pytest.mark.parametrize(
        ("name", "figure"),
        [(name, one) for name, all_of_it in MEASURED.items() for one in all_of_it],
    )
    def test_figure__is_followed_by_the_command_that_prints_it(
        self, name: str, figure: str
    ) -> None:
        _, _, after = page(name).partition(figure)
        found = re.match(r".{0,200}?`python -m (scripts\.bench[.\w]*)", after)
        assert found, figure
        place = ROOT / Path(*found[1].split("."))
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists()
