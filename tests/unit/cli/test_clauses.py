"""Whether a clause is proved: every state a clause and the runs of its tests can be in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from node.cli.clauses import (
    LONG,
    ORDINARY,
    PARTIAL,
    VALIDATORS,
    VALIDATORS_SHORT,
    Checkout,
    Clause,
    Reason,
    Run,
    Verdict,
    judge,
)

HERE = Checkout(commit="c1", is_dirty=False, digest_of=lambda inputs: "d:" + ",".join(inputs))
CLAUSE = Clause("S53.4", "a voided one says so", is_long=False)
LONG_CLAUSE = Clause("M11.1", "10,000 random quotes", is_long=True)


def outcomes(**tests: str) -> dict[str, list[str]]:
    """Return tests by outcome: outcomes(test_a="passed")."""
    return {
        outcome: sorted(name for name, found in tests.items() if found == outcome)
        for outcome in ("passed", "failed", "skipped")
    }


def run_of(suite: str = ORDINARY, clause: Clause = CLAUSE, **tests: str) -> Run:
    """Return a complete run on a clean tree at the present commit, in which only `tests` ran."""
    return Run(
        suite=suite,
        is_complete=True,
        commit="c1",
        is_dirty=False,
        inputs=("node",),
        digest="d:node",
        clauses={clause.id: outcomes(**tests)} if tests else {},
        finished_at="2026-03-02T00:00:00+00:00",
    )


def reason_of(*runs: Run, clause: Clause = CLAUSE, here: Checkout = HERE) -> Reason | None:
    return judge(clause, runs, here).reason


class TestClause:
    def test_no_test_quotes_it__is_not_proved(self) -> None:
        assert reason_of(run_of()) is Reason.NO_TEST

    def test_one_failed_beside_one_passed__is_not_proved(self) -> None:
        assert reason_of(run_of(test_a="passed", test_b="failed")) is Reason.FAILED

    def test_one_skipped_beside_one_passed__is_not_proved(self) -> None:
        assert reason_of(run_of(test_a="passed", test_b="skipped")) is Reason.SKIPPED

    def test_run_not_complete__is_not_proved(self) -> None:
        run = run_of(test_a="passed")
        assert reason_of(replace(run, is_complete=False)) is Reason.NOT_COMPLETE
        assert reason_of(replace(run, suite=PARTIAL)) is Reason.NOT_COMPLETE

    @pytest.mark.parametrize(("ran_at", "now"), [("c0", "c1"), (None, "c1"), (None, None)])
    def test_run_of_another_or_no_commit__is_not_proved(
        self, ran_at: str | None, now: str | None
    ) -> None:
        run = replace(run_of(test_a="passed"), commit=ran_at)
        assert reason_of(run, here=replace(HERE, commit=now)) is Reason.OTHER_COMMIT

    def test_tree_dirty_then_or_now__is_not_proved(self) -> None:
        run = run_of(test_a="passed")
        assert reason_of(replace(run, is_dirty=True)) is Reason.DIRTY
        assert reason_of(run, here=replace(HERE, is_dirty=True)) is Reason.DIRTY

    def test_network_tests_alone__are_no_complete_run(self) -> None:
        run = run_of(VALIDATORS_SHORT, test_a="passed")
        assert reason_of(run) is Reason.NOT_COMPLETE

    def test_no_run__is_not_proved(self) -> None:
        assert reason_of() is Reason.NOT_COMPLETE

    def test_all_passed__is_proved_by_them(self) -> None:
        run = run_of(test_b="passed", test_a="passed")
        assert judge(CLAUSE, [run], HERE) == Verdict(CLAUSE, None, ("test_a", "test_b"))

    @pytest.mark.parametrize("suite", [VALIDATORS, VALIDATORS_SHORT])
    def test_skipped_and_passed_by_the_network_run__is_proved(self, suite: str) -> None:
        skipped, network = run_of(test_a="skipped"), run_of(suite, test_a="passed")
        assert reason_of(skipped, network) is None

    def test_passed_and_failed_by_the_network_run__is_not_proved(self) -> None:
        network = run_of(VALIDATORS_SHORT, test_a="failed")
        assert reason_of(run_of(test_a="passed"), network) is Reason.FAILED

    def test_network_run_of_another_commit__is_not_proved(self) -> None:
        network = replace(run_of(VALIDATORS, test_a="passed"), commit="c0")
        assert reason_of(run_of(test_a="skipped"), network) is Reason.OTHER_COMMIT

    def test_passed_in_a_long_suite_only__is_not_proved(self) -> None:
        assert reason_of(run_of(), run_of(LONG, test_a="passed")) is Reason.NO_TEST


class TestLongClause:
    ORDINARY_RUN = run_of(clause=LONG_CLAUSE, test_a="skipped")
    LONG_RUN = run_of(LONG, clause=LONG_CLAUSE, test_a="passed")

    def test_long_suite_not_run__is_not_proved(self) -> None:
        assert reason_of(self.ORDINARY_RUN, clause=LONG_CLAUSE) is Reason.NO_LONG_RUN

    def test_passed_in_the_ordinary_run_only__is_not_proved(self) -> None:
        run = run_of(clause=LONG_CLAUSE, test_a="passed")
        assert reason_of(run, clause=LONG_CLAUSE) is Reason.NO_LONG_RUN

    def test_no_test_quotes_it__is_not_proved(self) -> None:
        assert reason_of(run_of(), run_of(LONG), clause=LONG_CLAUSE) is Reason.NO_TEST

    @pytest.mark.parametrize("digest", [None, "d:old"])
    def test_other_sources_or_tests__is_not_proved(self, digest: str | None) -> None:
        run = replace(self.LONG_RUN, digest=digest)
        assert reason_of(self.ORDINARY_RUN, run, clause=LONG_CLAUSE) is Reason.OTHER_SOURCES

    def test_digest_that_cannot_be_made__is_not_proved(self) -> None:
        here = replace(HERE, digest_of=lambda _inputs: None)
        nothing = replace(self.LONG_RUN, digest=None)
        assert reason_of(nothing, clause=LONG_CLAUSE, here=here) is Reason.OTHER_SOURCES

    def test_run_over_no_inputs__is_not_proved(self) -> None:
        run = replace(self.LONG_RUN, inputs=(), digest="d:")
        assert reason_of(run, clause=LONG_CLAUSE) is Reason.OTHER_SOURCES

    def test_long_run_not_complete__is_not_proved(self) -> None:
        run = replace(self.LONG_RUN, is_complete=False)
        assert reason_of(self.ORDINARY_RUN, run, clause=LONG_CLAUSE) is Reason.NOT_COMPLETE

    def test_skipped_in_the_long_run__is_not_proved(self) -> None:
        run = run_of(LONG, clause=LONG_CLAUSE, test_a="passed", test_b="skipped")
        assert reason_of(run, clause=LONG_CLAUSE) is Reason.SKIPPED

    def test_failed_now_though_passed_in_the_long_run__is_not_proved(self) -> None:
        now = run_of(clause=LONG_CLAUSE, test_b="failed")
        assert reason_of(now, self.LONG_RUN, clause=LONG_CLAUSE) is Reason.FAILED

    @pytest.mark.parametrize("suite", [LONG, VALIDATORS])
    def test_passed_on_the_same_sources_at_another_commit__is_proved(self, suite: str) -> None:
        run = replace(self.LONG_RUN, suite=suite, commit="c0", is_dirty=True)
        verdict = judge(LONG_CLAUSE, [self.ORDINARY_RUN, run], HERE)
        assert verdict == Verdict(LONG_CLAUSE, None, ("test_a",))

    def test_an_old_long_run_beside_a_good_one__does_not_matter(self) -> None:
        old = replace(run_of(LONG, clause=LONG_CLAUSE, test_a="failed"), digest="d:old")
        assert reason_of(old, self.LONG_RUN, clause=LONG_CLAUSE) is None
