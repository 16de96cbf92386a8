"""The tables of mutants fit the gateway as it is; scripts/python_mutants.py kills them."""

import csv

import pytest

from scripts import python_mutants as mutants
from tests.fixtures.tools import ROOT

TABLES = mutants.read_mutants()
with (ROOT / "docs" / "clauses.csv").open(newline="") as file:
    CLAUSES = {row["id"] for row in csv.DictReader(file)}


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
