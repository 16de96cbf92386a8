"""Who pays a supplementary layer: no plan reaches into money not its insurer's to command (S16).

domain.md §3: funds are own money per scheme and region; POOLED never pays class C, AID listed
categories only. A fund of another region pays if an insurer there has signed the same approval.
"""

from dataclasses import replace

import pytest

from node.chain import accounts
from node.chain.abi.plans import body_hash, encode_benefit_plan
from node.domain.ids import AccountId
from node.domain.kinds import FundKind, LayerKind, Scheme
from node.domain.plans.plan import Layer
from node.intents.bodies import PublishPlan
from node.intents.encoding import short_text
from tests.fixtures.actors import (
    ANN,
    CLINIC,
    HOSPITAL,
    INSURER,
    INSURER_2,
    OPERATOR,
    REGION,
    Organisation,
    left,
    word,
)
from tests.fixtures.evm.claims import CAMPAIGN, OUTPATIENT, Claims
from tests.fixtures.evm.in_process import reverts

FAR = short_text("310000", 12)
FAR_INSURER = Organisation("FAR_INSURER", kind=INSURER.kind)
FAR_FUND = accounts.fund(FAR, Scheme.RESIDENT, FundKind.BIG_ILLNESS)


def own(kind: FundKind, scheme: Scheme = Scheme.RESIDENT) -> str:
    return accounts.fund(REGION, scheme, kind)


def as_word(account: str) -> str:
    return "0x" + account[2:].rjust(64, "0")


def proposed(claims: Claims, payer: str) -> PublishPlan:
    """Return a proposed plan whose supplementary layer an account pays."""
    layer = Layer(LayerKind.SUPPLEMENTARY, ratio_bp=10_000, payer=AccountId(payer))
    plan = encode_benefit_plan(replace(OUTPATIENT, layers=(layer,)))
    body = claims.publish_body("new", plan)
    claims.propose(body)
    return body


@pytest.fixture
def far_insurer(claims: Claims) -> Organisation:
    """Return a registered insurer of another region."""
    body = replace(FAR_INSURER.registration, region=FAR)
    claims.world.handle("ProviderRegistry", "register", OPERATOR, body)
    return FAR_INSURER


class TestOwnFunds:
    @pytest.mark.parametrize("kind", [FundKind.BIG_ILLNESS, FundKind.SUBSIDY, FundKind.CAMPAIGN])
    def test_fund_of_region_and_scheme__pays(self, claims: Claims, kind: FundKind) -> None:
        assert claims.approve(proposed(claims, own(kind))).names == ["PlanApproved"]


class TestAttackers:
    """An insurer publishes a plan that somebody else would pay for."""

    @pytest.mark.parametrize(
        "payer",
        [
            *(own(FundKind.POOLED), own(FundKind.AID)),
            *(own(FundKind.CAMPAIGN, Scheme.EMPLOYEE), FAR_FUND),
            accounts.fund(FAR, Scheme.RESIDENT, FundKind.POOLED),
            accounts.receivable(HOSPITAL.account, INSURER.account),
            accounts.receivable(CLINIC.account, INSURER_2.account),
            accounts.retention(HOSPITAL.account, INSURER.account),
            *(accounts.fees(), accounts.suspense(), accounts.external_of(word("bank")[:42])),
        ],
        ids=[
            *("pooled", "aid", "other scheme", "other region", "other pooled"),
            *("receivable", "another insurer's receivable", "retention"),
            *("fees", "suspense", "counter"),
        ],
    )
    def test_account_of_somebody_else__never_takes_effect(self, claims: Claims, payer: str) -> None:
        body = proposed(claims, payer)
        with reverts("NotOwner", INSURER.account, as_word(payer)):
            claims.approve(body)
        with reverts("PlanUnknown", body.plan_id, 1):
            claims.world.call("PlanRegistry", "benefitPlan", body.plan_id, 1)

    @pytest.mark.parametrize("payer", [ANN, HOSPITAL, INSURER, INSURER_2], ids=lambda a: a.name)
    def test_person_or_organisation__cannot_be_proposed(
        self, claims: Claims, payer: Organisation
    ) -> None:
        with reverts("AccountUnknown", payer.account):
            proposed(claims, payer.account)

    def test_insurer_itself__cannot_back_what_it_does_not_command(self, claims: Claims) -> None:
        body = proposed(claims, FAR_FUND)
        for insurer in (INSURER, INSURER_2):
            with reverts("NotOwner", insurer.account, as_word(FAR_FUND)):
                claims.approve(body, officer=insurer)

    def test_provider__cannot_back_its_own_receivable(self, claims: Claims) -> None:
        body = proposed(claims, accounts.receivable(HOSPITAL.account, INSURER.account))
        with reverts("RoleMissing", HOSPITAL.account, left("OFFICER")):
            claims.approve(body, officer=HOSPITAL)

    def test_insurer__cannot_approve_its_own_plan_without_officers(self, claims: Claims) -> None:
        body = proposed(claims, CAMPAIGN)
        assert claims.approve(body, officer=INSURER).names == ["PlanBacked"]
        with reverts("PlanUnknown", body.plan_id, 1):
            claims.world.call("PlanRegistry", "benefitPlan", body.plan_id, 1)

    def test_plan_without_supplementary_layer__has_nothing_to_back(self, claims: Claims) -> None:
        body = claims.publish_body("new", encode_benefit_plan(OUTPATIENT))
        claims.propose(body)
        with reverts("NotOwner", INSURER.account, as_word("0x")):
            claims.approve(body, officer=INSURER)


class TestBacking:
    """The secondary insurer pays what is left (domain.md §14): it says so itself."""

    def test_insurer_of_the_fund__lets_it_pay(
        self, claims: Claims, far_insurer: Organisation
    ) -> None:
        body = proposed(claims, FAR_FUND)
        event = claims.approve(body, officer=far_insurer).one("PlanBacked")
        assert (event["planId"], event["version"]) == (body.plan_id, 1)
        assert (event["insurer"], event["payer"]) == (far_insurer.account, FAR_FUND)
        assert claims.approve(body).names == ["PlanApproved"]

    def test_other_rules_than_it_saw__stale(
        self, claims: Claims, far_insurer: Organisation
    ) -> None:
        body = proposed(claims, FAR_FUND)
        with reverts("QuoteStale", body.plan_id):
            claims.approve(body, officer=far_insurer, hashed=body_hash(b"other"))

    def test_fund_of_another_kind__is_not_let(
        self, claims: Claims, far_insurer: Organisation
    ) -> None:
        pooled = accounts.fund(FAR, Scheme.RESIDENT, FundKind.POOLED)
        body = proposed(claims, pooled)
        with reverts("NotOwner", far_insurer.account, as_word(pooled)):
            claims.approve(body, officer=far_insurer)

    def test_backed_version__is_no_licence_for_the_next(
        self, claims: Claims, far_insurer: Organisation
    ) -> None:
        body = proposed(claims, FAR_FUND)
        claims.approve(body, officer=far_insurer)
        second = replace(body, version=2)
        claims.propose(second)
        with reverts("NotOwner", INSURER.account, as_word(FAR_FUND)):
            claims.approve(second)

    def test_suspended_insurer__cannot_back(
        self, claims: Claims, far_insurer: Organisation
    ) -> None:
        body = proposed(claims, FAR_FUND)
        claims.suspend(far_insurer)
        with reverts("RoleMissing", far_insurer.account, left("OFFICER")):
            claims.approve(body, officer=far_insurer)
