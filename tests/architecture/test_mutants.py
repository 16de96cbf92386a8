"""The tables of mutants fit the contracts as they are; scripts/mutants.py kills them in CI."""

from dataclasses import replace

import pytest

from scripts import mutants
from tests.fixtures.tools import ROOT

TABLES = mutants.read_mutants()


class TestTables:
    def test_four_contracts__have_at_least_ten_each(self) -> None:
        groups = [mutant.group for mutant in TABLES]
        for group in ("adjudication", "wallet_ledger", "premium_collector", "intent_router"):
            assert groups.count(group) >= 10
        assert len(groups) >= 44

    @pytest.mark.parametrize("mutant", TABLES, ids=lambda mutant: mutant.name)
    def test_mutant__has_its_place_and_its_tests(self, mutant: mutants.Mutant) -> None:
        assert mutants.mutated(mutant)
        for test in (*mutant.tests, *mutant.fallback):
            path, *names = test.split("::")
            assert (ROOT / path).exists(), path
            text = (ROOT / path).read_text() if names else ""
            assert all(f" {name}" in text for name in names), test


class TestMutated:
    def test_line_broken_anew__is_found(self) -> None:
        mutant = replace(TABLES[0], old=TABLES[0].old.replace(" ", "\n    "), new="// gone")
        assert "// gone" in mutants.mutated(mutant)

    @pytest.mark.parametrize(("old", "times"), [("no such text", 0), ("private pure", 14)])
    def test_text_that_is_not_there_once__is_refused(self, old: str, times: int) -> None:
        mutant = replace(TABLES[0], file="libraries/claims/Adjudication.sol", old=old)
        with pytest.raises(mutants.MutantError, match=f"is {times} times"):
            mutants.mutated(mutant)
