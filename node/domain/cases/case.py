"""Worked cases: what is run, by which engine, and how the answer is compared (P28).

A case of a file becomes one or more `CaseRun`s, each a plan, a claim and a context that any
engine can settle: the Python reference here, or a chain that publishes the plan and asks for a
quote. Files are read in `case_documents`. Source: domain.md §14.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from node.domain.adjudication.engine import AdjudicationContext, ClaimLine, adjudicate
from node.domain.adjudication.settlement import Settlement, Sum
from node.domain.errors import LineSumMismatch
from node.domain.plans.plan import BenefitPlan

MEASURES = {
    "fund": "pooled_fen",
    "plan": "pooled_fen",
    "pooled": "pooled_fen",
    "member": "member_fen",
    "supplementary": "supplementary_fen",
    "big_illness": "big_illness_fen",
    "aid": "aid_fen",
    "contractual_adjustment": "provider_fen",
    "provider": "provider_fen",
    "total": "total_fen",
    "own": "own_fen",
    "over_limit": "over_fen",
    "pre_self_pay": "pre_self_fen",
    "in_scope": "in_scope_fen",
    "deductible": "deductible_fen",
}
"""Word of an expectation → field of Settlement. In a big_illness case `fund` is that layer."""


@dataclass(frozen=True)
class Expected:
    """One expected amount: the word used, the field it is compared with, where it stands."""

    measure: str
    settlement_field: str
    amount_fen: int
    pointer: str


@dataclass(frozen=True)
class ExpectedSum:
    """An identity that must hold on the figures of the file alone."""

    text: str
    sum: Sum
    pointer: str


@dataclass(frozen=True)
class Claim:
    """What an engine settles. Accumulators in `context` are zero but for the stay counter.

    `context.before.stays` earlier stays bring the ladder to its place; a chain engine may settle
    as many stays of one class C fen first, which move nothing else.
    """

    plan: BenefitPlan
    lines: tuple[ClaimLine, ...]
    context: AdjudicationContext


@dataclass(frozen=True)
class CaseRun:
    """One comparison. Without a claim only sums are checked, and no engine is needed."""

    case_id: str
    variant: str
    claim: Claim | None
    expected: tuple[Expected, ...] = ()
    sums: tuple[ExpectedSum, ...] = ()

    @property
    def label(self) -> str:
        """The case id and what distinguishes this run, for people."""
        return f"{self.case_id} {self.variant}".strip()


@dataclass(frozen=True)
class Mismatch:
    """An expectation that the answer does not meet, with its place in the file."""

    measure: str
    expected: int
    actual: int
    pointer: str


@dataclass(frozen=True)
class RunResult:
    """A run and what it missed; empty means equal to the fen."""

    run: CaseRun
    mismatches: tuple[Mismatch, ...]

    @property
    def passed(self) -> bool:
        """Whether every amount and every sum was equal."""
        return not self.mismatches


class Engine(Protocol):
    """Whatever settles a claim: same claim, same settlement."""

    def __call__(self, claim: Claim, /) -> Settlement:
        """Return the settlement of the claim as the first and only one of its member-year."""


def python_engine(claim: Claim, /) -> Settlement:
    """Settle a claim with the Python reference."""
    return adjudicate(claim.plan, claim.lines, claim.context).settlement


def compare(run: CaseRun, settlement: Settlement | None) -> RunResult:
    """Return what a settlement misses of a run; None if the run has no claim.

    Separate from `run_all`, so that an engine which awaits its answers can compare them.
    """
    mismatches: list[Mismatch] = []
    for expected in run.expected if settlement is not None else ():
        actual = getattr(settlement, expected.settlement_field)
        if actual != expected.amount_fen:
            mismatches.append(
                Mismatch(expected.measure, expected.amount_fen, actual, expected.pointer)
            )
    for stated in run.sums:
        try:
            stated.sum.check()
        except LineSumMismatch as error:
            mismatches.append(
                Mismatch(stated.text, error.stated_fen, error.sum_fen, stated.pointer)
            )
    return RunResult(run, tuple(mismatches))


def run_all(runs: Iterable[CaseRun], engine: Engine = python_engine) -> list[RunResult]:
    """Settle every run with an engine and compare. Errors: what the engine raises."""
    return [compare(run, engine(run.claim) if run.claim is not None else None) for run in runs]
