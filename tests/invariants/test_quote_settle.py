"""M11: what settles equals what was quoted, in every field, and what Python computes.

Claims of a few members follow each other under random plans, so that accumulators, family money and
short funds come up by themselves. A refused quote is refused alike by settlement.
"""

import random
from dataclasses import astuple, dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import pytest

from node.chain.abi.plans import plan_id_hash
from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.engine import AdjudicationContext, ClaimLine, adjudicate
from node.domain.days import parse_day
from node.domain.ids import ANY_LEVEL, AccountId, Level
from node.domain.kinds import CashMode, ItemClass, Pocket
from node.domain.plans.plan import BenefitPlan
from node.intents import bodies
from node.intents.encoding import short_text
from tests.fixtures.actors import CLINIC, HOSPITAL, OPERATOR, Actor, Member, word
from tests.fixtures.evm.claim_codec import as_call, figures, year_words
from tests.fixtures.evm.claims import CAMPAIGN, NO_ID, NOBODY, Claims
from tests.fixtures.evm.in_process import Outcome, Revert
from tests.invariants.random_claims import ClaimSource

ORDINARY, LONG = 300, 10_000
CLAIMS_PER_PLAN = 15
START, END = parse_day("1955-01-01"), parse_day("2026-01-01")
DAYS = tuple(
    parse_day(text)
    for text in ("1969-12-31", "1970-01-01", "2020-02-29", "2024-12-31", "2025-01-01", "2025-06-30")
)
LARGEST_LINE = 10**8
PATIENTS = tuple(Member(f"PATIENT {number}", categories=number % 4) for number in range(6))
LEVELS = {HOSPITAL.account: Level("3"), CLINIC.account: Level("community")}


@dataclass
class Tally:
    """How the claims of a run ended."""

    settled: int = 0
    refused: int = 0
    names: frozenset[str] = frozenset()


class Run:
    """One sequence of claims."""

    def __init__(self, claims: Claims, rng: random.Random) -> None:
        self.claims, self.rng, self.source = claims, rng, ClaimSource(rng)
        self.plans = 0
        self.tally = Tally()

    def begin(self) -> None:
        """Cover the patients, fill their accounts, link each to the one before."""
        for patient in PATIENTS:
            self.claims.world.handle("MemberRegistry", "open", OPERATOR, patient.opening)
            self.claims.enrol(patient, start_day=START, end_day=END)
            self.claims.give(patient.account, self.rng.choice((10**3, 10**11)))
        for holder, relative in pairwise(PATIENTS):
            self.claims.link(holder, relative)

    def plan(self) -> tuple[str, BenefitPlan]:
        """Publish a random plan and return its name."""
        self.plans += 1
        name = f"random {self.plans}"
        drawn = self.source.plan()
        layers = tuple(
            replace(layer, payer=AccountId(CAMPAIGN)) if int(layer.payer, 16) else layer
            for layer in drawn.layers
        )
        plan = replace(drawn, layers=layers)
        self.claims.publish(name, plan, care_type=short_text(f"r{self.plans}", 16))
        return name, plan

    def play(self, count: int) -> Tally:
        """Quote and settle that many claims."""
        name, plan = self.plan()
        for number in range(count):
            if number % CLAIMS_PER_PLAN == CLAIMS_PER_PLAN - 1:
                name, plan = self.plan()
            self.one(name, plan)
        return self.tally

    def lines(self, plan: BenefitPlan) -> tuple[ClaimLine, ...]:
        # A claim without lines never gets as far as a quote (claim_settlement/test_checks.py).
        while not (drawn := self.source.lines(plan, AdjudicationContext())):
            pass
        lines = []
        for line in drawn:
            gross = min(line.gross_fen, LARGEST_LINE)
            lines.append(
                replace(
                    line,
                    gross_fen=gross,
                    over_fen=min(line.over_fen, gross),
                    self_pay_bp=line.self_pay_bp if line.item_class is ItemClass.B else 0,
                    line_hash=word(f"line {self.rng.random()}"),
                )
            )
        return tuple(lines)

    def one(self, name: str, plan: BenefitPlan) -> None:
        patient = self.rng.choice(PATIENTS)
        provider = self.provider(plan)
        day = self.rng.choice(DAYS)
        if self.rng.random() < 0.3:
            self.claims.give(patient.account, self.rng.choice((1, 500, 10**7)), Pocket.MEDICAL)
        lines = self.lines(plan)
        body = self.claims.body(
            *(bodies.ClaimLine(*astuple(line)) for line in lines),
            member=patient.account,
            plan_id=plan_id_hash(name),
            coverage_start=START,
            service_start=day - self.rng.choice((0, 0, 5)),
            service_end=day,
            family_holder=self.holder(patient),
            cash_mode=int(self.rng.choice(list(CashMode))),
        )
        try:
            decision = self.claims.quote(body, provider=provider)
        except Revert as refusal:
            self.must_refuse(body, provider, refusal)
            return
        context = self.context(body, patient, provider, year=decision["year"])
        quoted = self.claims.quoted(body, decision=decision)
        outcome = self.claims.handle("settle", provider, quoted)
        self.must_equal(decision, outcome)
        self.must_equal_python(decision, plan, lines, context)
        self.tally.settled += 1

    def holder(self, patient: Member) -> str:
        """Return a linked holder, or nobody."""
        place = PATIENTS.index(patient)
        linked = place > 0 and self.rng.random() < 0.5
        return PATIENTS[place - 1].account if linked else NOBODY

    def provider(self, plan: BenefitPlan) -> Actor:
        """Return a provider, mostly one for whose level the plan has a rule."""
        ruled = {rule.level for rule in plan.levels}
        covered = [who for who in (HOSPITAL, CLINIC) if {LEVELS[who.account], ANY_LEVEL} & ruled]
        if not covered or self.rng.random() < 0.05:
            return self.rng.choice((HOSPITAL, CLINIC))
        return self.rng.choice(covered)

    def context(
        self, body: bodies.SettleClaim, patient: Member, provider: Actor, *, year: int
    ) -> AdjudicationContext:
        """Return what the chain knows of member and provider just now."""
        family = body.family_holder
        return AdjudicationContext(
            level=LEVELS[provider.account],
            before=Accumulators.from_words(self.claims.accumulators(patient, year)),
            tenure_years=self.tenure,
            categories=patient.categories,
            medical_available_fen=self.claims.balance(patient.account, Pocket.MEDICAL),
            family_available_fen=0
            if family == NOBODY
            else self.claims.balance(family, Pocket.MEDICAL),
        )

    @cached_property
    def tenure(self) -> int:
        """Return the tenure of the patients' one long period."""
        coverage = self.claims.world.call(
            "CoverageRegistry", "coverageOf", PATIENTS[0].account, 2, START
        )
        return int(coverage[3])

    def must_refuse(self, body: bodies.SettleClaim, provider: Actor, refusal: Revert) -> None:
        world = self.claims.world
        arguments = (provider.account, word("ref"), as_call(body))
        found = world.refusal_of("ClaimSettlement", "settle", *arguments, sender=world.keeper)
        funds = {"FundInsufficient", "InsufficientBalance"}
        # Whether money is there is asked after whether the quote still stands.
        expected = "QuoteStale" if refusal.name in funds else refusal.name
        assert found.name == expected, (found, refusal)
        self.tally.refused += 1
        self.tally.names |= {refusal.name}

    def must_equal(self, decision: dict[str, Any], outcome: Outcome) -> None:
        evidence = outcome.one("ClaimSettled")["evidence"]
        assert decision["settlement"] == figures(evidence)
        assert flat(decision["before"]) == year_words(evidence["before"])
        assert flat(decision["afterwards"]) == year_words(evidence["afterwards"])
        assert decision["traceHash"] == evidence["traceHash"]
        assert decision["insurer"] == evidence["insurer"]
        assert decision["year"] == int(evidence["terms"][30:34], 16)
        paid = decision["settlement"]["supplementaryFen"] > 0
        assert decision["supplementaryPayer"] == (CAMPAIGN if paid else NOBODY)
        assert evidence["supplementaryPayer"] == decision["supplementaryPayer"]
        assert evidence["claimId"] != NO_ID

    def must_equal_python(
        self,
        decision: dict[str, Any],
        plan: BenefitPlan,
        lines: tuple[ClaimLine, ...],
        context: AdjudicationContext,
    ) -> None:
        python = adjudicate(plan, lines, context)
        assert tuple(decision["settlement"].values()) == python.settlement.words()
        assert flat(decision["afterwards"]) == python.after.words()


def flat(year: dict[str, Any]) -> tuple[int, ...]:
    """Return the twelve words of a decoded member-year."""
    used, bands, fund, *rest = year.values()
    return (*used, *bands, *fund, *rest)


def play(claims: Claims, rng: random.Random, count: int) -> None:
    run = Run(claims, rng)
    run.begin()
    tally = run.play(count)
    print(f"\n{tally.settled:,} settled as quoted, {tally.refused:,} refused alike: {tally.names}")
    assert tally.settled > count // 2


class TestQuoteEqualsSettlement:
    """M11."""

    def test_random_claims__settle_as_quoted(
        self, anvil_claims: Claims, rng: random.Random
    ) -> None:
        play(anvil_claims, rng, ORDINARY)

    @pytest.mark.long
    @pytest.mark.timeout(3_600)
    def test_many_random_claims__settle_as_quoted(
        self, anvil_claims: Claims, rng: random.Random
    ) -> None:
        """M11.1: 10,000 of them."""
        play(anvil_claims, rng, LONG)
