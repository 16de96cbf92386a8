"""What a dishonest provider, insurer or member tries with a claim, and what stops it (S20, S44)."""

from dataclasses import replace

from node.chain.abi.plans import encode_benefit_plan, plan_id_hash
from node.domain.kinds import CareScope
from node.domain.plans.plan import LevelRule
from node.intents.encoding import short_text
from tests.contracts.claim_settlement.test_checks import refused_alike
from tests.fixtures.actors import INSURER, INSURER_2, PHARMACY, Officer
from tests.fixtures.evm.claims import INPATIENT, OUTPATIENT, Claims

GENEROUS = replace(OUTPATIENT, levels=(LevelRule("", (0,), INPATIENT.levels[0].bands),))


class TestPlanOfAnotherInsurer:
    """Two insurers serve one region: each pays by its own plans only."""

    def publish_kinder(self, claims: Claims) -> None:
        first, second = claims.officer_of(INSURER_2), Officer("SECOND OFFICER of INSURER_2")
        claims.world.handle("ProviderRegistry", "registerOfficer", INSURER_2, second.registration)
        body = claims.publish_body("kinder", encode_benefit_plan(GENEROUS))
        claims.propose(body, officer=first)
        claims.approve(body, officer=second)

    def test_kinder_plan_next_door__is_not_owner(self, claims: Claims) -> None:
        self.publish_kinder(claims)
        body = claims.body(plan_id=plan_id_hash("kinder"))
        refused_alike(claims, body, "NotOwner", INSURER.account, body.plan_id)


class TestPharmacy:
    """domain.md §2: a pharmacy sells drugs, devices and consumables; it admits no stays."""

    def test_stay__not_covered(self, claims: Claims) -> None:
        ward = replace(OUTPATIENT, scope=CareScope.INPATIENT)
        claims.publish("ward", ward)
        body = claims.body(plan_id=plan_id_hash("ward"))
        values = (short_text("WARD", 16), short_text("1", 16))
        refused_alike(claims, body, "CareTypeNotCovered", *values, provider=PHARMACY)
        claims.settle(body)

    def test_outpatient_care__settles(self, claims: Claims) -> None:
        claims.settle(claims.body(), provider=PHARMACY)
