"""The tables of mutants fit the gateway as it is; scripts/python_mutants.py kills them."""

import csv

import pytest

from scripts import python_mutants as mutants
from tests.fixtures.tools import ROOT

TABLES = mutants.read_mutants()
with (ROOT / "docs" / "clauses.csv").open(newline="") as file:
    CLAUSES = {row["id"] for row in csv.DictReader(file)}
NONE = "(no mutant)"


class TestTables:
    @pytest.mark.parametrize("mutant", TABLES, ids=lambda mutant: mutant.name)
    def test_mutant__has_its_place_its_clause_and_its_tests(self, mutant: mutants.Mutant) -> None:
        compile(mutants.mutated(mutant), mutant.file, "exec")
        assert mutant.clause in CLAUSES
        for test in mutant.tests:
            path, *names = test.split("::")
            assert (ROOT / path).exists(), path
            text = (ROOT / path).read_text() if names else ""
            assert all(f" {name.split('[')[0]}" in text for name in names), test


class TestClauses:
    def test_each_claimed_clause__is_shown_with_its_mutants(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        clauses = mutants.claimed_clauses()
        mutants.show_clauses(TABLES)
        *rows, count = capsys.readouterr().out.splitlines()
        assert [row.split()[0] for row in rows[::2]] == list(clauses)
        shown = {name for row in rows[1::2] for name in row.strip().split(", ")}
        assert {one.name for one in TABLES if one.clause in clauses} == shown - {NONE}
        assert count.startswith(f"{len(clauses)} claimed clauses, {rows.count(' ' * 7 + NONE)} ")
