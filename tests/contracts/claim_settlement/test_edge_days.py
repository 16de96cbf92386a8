"""Claims at the edges of what pays them: days of a coverage, a family link (P11, P35, P47)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from node.chain.abi.plans import plan_id_hash
from node.domain.days import iso, parse_day
from node.domain.kinds import LayerKind, Pocket
from node.domain.plans.plan import UNLIMITED, Band, Layer, PremiumPlan
from node.intents.bodies import EndFamilyLink
from tests.fixtures.actors import ANN, BEN, HOSPITAL
from tests.fixtures.evm.claim_codec import figures
from tests.fixtures.evm.claims import (
    DORA,
    NAMES,
    OUTPATIENT,
    YEAR_END,
    Claims,
    deploy_claims,
    fee_line,
)
from tests.fixtures.evm.in_process import Revert, reverts
from tests.fixtures.evm.premiums import BILL, Premiums

DUE = parse_day("2026-03-10")
LAST_GRACE, LAST_RESTORING = DUE + 10, DUE + 30
WAITING = PremiumPlan(waiting_fixed_months=1)
YEARLY = PremiumPlan(personal_fen=(0, 40_000, 0, 0, 0, 0), grace_days=10, backpay_days=20)
BONUS = replace(
    OUTPATIENT,
    layers=(
        Layer(
            LayerKind.BIG_ILLNESS, bands=(Band(UNLIMITED, 10_000),), cap_fen=100, tenure_bonus_fen=7
        ),
    ),
)


def of_dora(claims: Claims, day: int, *, start: int, **changes: Any) -> Any:
    """Return a claim of DORA for care on a day of her coverage that begins on `start`."""
    days = {"coverage_start": start, "service_start": day, "service_end": day}
    line = fee_line(100_000, name=f"care of {iso(day)}")
    return claims.body(line, member=DORA.account, **days, **changes)


class TestFamilyLink:
    def test_claim_in_the_next_block_after_its_end__is_refused(self, claims: Claims) -> None:
        """P11.2: the claim before the end is settled, none is afterwards."""
        claims.link(BEN, ANN)
        claims.give(BEN.account, 20_000, Pocket.MEDICAL)
        first, second = (claims.body(family_holder=BEN.account) for _ in range(2))
        assert claims.settle(first).body.expected_family_fen == 20_000
        end = EndFamilyLink(ANN.account)
        claims.world.handle("MemberRegistry", "endFamilyLink", BEN, end)
        with reverts("FamilyLinkInactive", BEN.account, ANN.account):
            claims.quote(second)
        for function in ("settle", "submit"):
            with reverts("FamilyLinkInactive", BEN.account, ANN.account):
                claims.handle(function, HOSPITAL, second)


class TestWaiting:
    START, CARE_FROM = parse_day("2026-02-01"), parse_day("2026-03-01")

    def test_last_waiting_day_and_the_next__are_refused_and_paid(self, claims: Claims) -> None:
        """P35.4: one day parts a refused claim from a settled one."""
        claims.publish("waiting", WAITING)
        terms = {"plan_id": plan_id_hash("waiting"), "start_day": self.START, "late": True}
        claims.enrol(DORA, **terms)
        refused = of_dora(claims, self.CARE_FROM - 1, start=self.START)
        with reverts("WaitingPeriodActive", DORA.account, self.CARE_FROM):
            claims.settle(refused)
        settled = claims.settle(of_dora(claims, self.CARE_FROM, start=self.START))
        assert settled.body.expected_fund_fen > 0


class TestTenure:
    def test_last_day_of_the_fourth_year_and_the_next__have_two_caps(self, claims: Claims) -> None:
        """P35.3, P35.4: the bonus pays from the first day of the fifth year."""
        claims.publish("bonus", BONUS)
        for year in range(2022, 2027):
            claims.enrol_year(DORA, year)
        paid = {}
        for day in ("2025-12-31", "2026-01-01"):
            start = parse_day(f"{day[:4]}-01-01")
            body = of_dora(claims, parse_day(day), start=start, plan_id=plan_id_hash("bonus"))
            paid[day] = claims.settle(body).outcome.one("ClaimSettled")["evidence"]
        caps = {day: figures(evidence)["bigIllnessFen"] for day, evidence in paid.items()}
        assert caps == {"2025-12-31": 100, "2026-01-01": 107}


@pytest.fixture(scope="module")
def deployed_with_premiums() -> Claims:
    """Return the network of claim tests with who collects premiums, deployed once."""
    return deploy_claims(NAMES | {"PremiumCollector"})


@pytest.fixture
def billed(deployed_with_premiums: Claims) -> Iterator[Claims]:
    """DORA with a bill due on 10 March, grace to the 20th, back-payment to 9 April."""
    claims = deployed_with_premiums
    back = claims.world.snapshot()
    claims.publish("yearly", YEARLY)
    terms = {"plan_id": plan_id_hash("yearly"), "plan_version": 1}
    Premiums(claims.world).issue(
        member=DORA.account,
        period_start=parse_day("2026-01-01"),
        period_end=YEAR_END,
        joined_day=parse_day("2026-01-01"),
        due_day=DUE,
        **terms,
    )
    claims.enrol(DORA, bill_id=BILL, **terms)
    yield claims
    back()


def outcome(claims: Claims, day: int) -> str:
    """Settle a claim for care on a day and return what became of it."""
    try:
        claims.settle(of_dora(claims, day, start=parse_day("2026-01-01")))
    except Revert as refusal:
        return refusal.name
    return "settled"


class TestSuspension:
    EDGES = (DUE, LAST_GRACE, LAST_GRACE + 1, LAST_RESTORING, LAST_RESTORING + 1)

    def outcomes(self, claims: Claims) -> list[str]:
        claims.arrive(iso(LAST_RESTORING + 2))
        return [outcome(claims, day) for day in self.EDGES]

    def test_never_paid__is_refused_from_the_day_after_grace(self, billed: Claims) -> None:
        """P47.1, P47.3: the last day of grace is paid, the next one is not."""
        refused = ["CoverageInactive"] * 3
        assert self.outcomes(billed) == ["settled", "settled", *refused]

    def test_paid_on_the_last_back_pay_day__is_paid_on_every_day(self, billed: Claims) -> None:
        """P47.2, P47.3: the gap closes from its first day."""
        self.pay(billed, LAST_RESTORING)
        assert self.outcomes(billed) == ["settled"] * 5

    def test_paid_a_day_later__is_refused_in_the_gap(self, billed: Claims) -> None:
        """P47.2, P47.3: care is paid again from the day of the payment."""
        self.pay(billed, LAST_RESTORING + 1)
        refused = ["CoverageInactive"] * 2
        assert self.outcomes(billed) == ["settled", "settled", *refused, "settled"]

    @staticmethod
    def pay(claims: Claims, day: int) -> None:
        premiums = Premiums(claims.world)
        premiums.on(day)
        premiums.pay(actor=DORA)
