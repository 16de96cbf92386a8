"""PlanRegistry.approve and its views: four eyes, versions that follow each other (S16, P16)."""

from dataclasses import replace

import pytest

from node.chain.abi.kinds import PlanKind, PlanStatus
from node.chain.abi.plans import body_hash, encode_benefit_plan, encode_premium_plan
from node.domain.days import parse_day
from node.domain.kinds import MemberKind, Scheme
from node.domain.plans.plan import BenefitPlan
from node.intents.bodies import PublishPlan
from node.intents.encoding import short_text
from tests.fixtures.actors import (
    CLERK,
    HOSPITAL,
    INSURER,
    INSURER_2,
    OFFICER_A,
    OFFICER_B,
    PHARMACY,
    REGION,
    word,
)
from tests.fixtures.evm.claims import INPATIENT, OUTPATIENT, PREMIUM, TODAY, Claims
from tests.fixtures.evm.in_process import checksummed, reverts

SOUND = encode_benefit_plan(INPATIENT)
PAST, FUTURE = parse_day("2020-01-01"), parse_day("2030-01-01")
ANY_TYPE = short_text("NEW", 16)
SHANGHAI = short_text("310000", 12)


def proposed(claims: Claims, **changes: object) -> PublishPlan:
    """Return a proposed version of the plan "new"."""
    body = claims.publish_body("new", SOUND, **{"care_type": ANY_TYPE, **changes})
    claims.propose(body)
    return body


def validity(claims: Claims, body: PublishPlan) -> tuple[int, int]:
    head = claims.world.call("PlanRegistry", "headOf", body.plan_id, body.version)
    return head[6], head[7]


class TestApprove:
    """P16: publication fails with one approver."""

    def test_officer_without_the_plan_role__refused(self, claims: Claims) -> None:
        body = proposed(claims)
        with reverts("RoleMissing"):
            claims.approve(body, officer=CLERK)

    def test_caller_without_role__refused(self, claims: Claims) -> None:
        body = proposed(claims)
        with reverts("AccessManagedUnauthorized"):
            claims.world.transact(
                "PlanRegistry",
                "approve",
                *(OFFICER_B.account, word("ref"), (body.plan_id, 1, body_hash(SOUND))),
                sender=claims.world.nobody,
            )

    def test_nothing_proposed__unknown(self, claims: Claims) -> None:
        body = claims.publish_body("new", SOUND)
        with reverts("PlanUnknown", body.plan_id, 1):
            claims.approve(body)

    def test_approved_already__frozen(self, claims: Claims) -> None:
        body = claims.publish("new", INPATIENT)
        with reverts("PlanVersionFrozen", body.plan_id, 1):
            claims.approve(body)

    def test_officer_of_another_insurer__refused(self, claims: Claims) -> None:
        body = proposed(claims)
        officer = claims.officer_of(INSURER_2)
        with reverts("NotOwner", officer.account, body.plan_id):
            claims.approve(body, officer=officer)

    def test_proposer__cannot_approve(self, claims: Claims) -> None:
        body = proposed(claims)
        with reverts("SameApprover", OFFICER_A.account):
            claims.approve(body, officer=OFFICER_A)

    def test_other_content__stale(self, claims: Claims) -> None:
        body = proposed(claims)
        with reverts("QuoteStale", body.plan_id):
            claims.approve(body, hashed=body_hash(SOUND + b"\0"))

    def test_second_officer__brings_it_into_force(self, claims: Claims) -> None:
        body = proposed(claims)
        event = claims.approve(body).one("PlanApproved")
        assert (event["planId"], event["version"]) == (body.plan_id, 1)
        assert (event["officer"], event["insurer"]) == (OFFICER_B.account, INSURER.account)

        head, plan = claims.world.call("PlanRegistry", "benefitPlan", body.plan_id, 1)
        assert head[1] == int(PlanStatus.APPROVED)
        assert plan[0] == int(INPATIENT.scope)
        assert [level[1] for level in plan[1]] == [[40_000, 28_000, 20_000]]
        assert claims.world.call("PlanRegistry", "lastVersionOf", body.plan_id) == 1
        selector = (0, REGION, int(Scheme.RESIDENT), int(MemberKind.ADULT), ANY_TYPE)
        assert claims.world.call("PlanRegistry", "planFor", *selector) == body.plan_id

    def test_selector_taken_between_proposal_and_approval__refused(self, claims: Claims) -> None:
        body = proposed(claims)
        winner = claims.publish("winner", INPATIENT, care_type=ANY_TYPE)
        with reverts("AlreadyExists", winner.plan_id):
            claims.approve(body)

    def test_plan_id_bound_to_another_selector_meanwhile__refused(self, claims: Claims) -> None:
        body = proposed(claims)
        claims.publish("new", INPATIENT, version=2, care_type=short_text("OTHER", 16))
        with reverts("AlreadyExists", body.plan_id):
            claims.approve(body)

    def test_higher_version_approved_meanwhile__frozen(self, claims: Claims) -> None:
        body = proposed(claims, valid_from=PAST, valid_until=FUTURE)
        claims.publish("new", INPATIENT, version=2, valid_from=FUTURE)
        with reverts("PlanVersionFrozen", body.plan_id, 1):
            claims.approve(body)


class TestNextVersion:
    """S16: claims of the old period still use the old version."""

    def first(self, claims: Claims) -> PublishPlan:
        return claims.publish("new", INPATIENT, valid_from=PAST, valid_until=FUTURE)

    @pytest.mark.parametrize("start", [PAST - 1, PAST, PAST + 1, TODAY])
    def test_beginning_today_or_before__frozen(self, claims: Claims, start: int) -> None:
        body = self.first(claims)
        with reverts("PlanVersionFrozen", body.plan_id, 1):
            claims.propose(replace(body, version=2, valid_from=start))
        assert validity(claims, body) == (PAST, FUTURE)

    def test_beginning_tomorrow__ends_the_old_one(self, claims: Claims) -> None:
        """S16.1: a new version ends the old one and leaves its rules."""
        body = self.first(claims)
        second = claims.publish("new", OUTPATIENT, version=2, valid_from=TODAY + 1)
        assert validity(claims, body) == (PAST, TODAY + 1)
        assert claims.world.call("PlanRegistry", "lastVersionOf", body.plan_id) == 2
        assert validity(claims, second)[0] == TODAY + 1

    def test_ending_the_old_one__is_told(self, claims: Claims) -> None:
        body = self.first(claims)
        second = replace(body, version=2, valid_from=TODAY + 1)
        claims.propose(second)
        event = claims.approve(second).one("PlanEnded")
        assert (event["planId"], event["version"]) == (body.plan_id, 1)
        assert event["validUntil"] == TODAY + 1

    def test_begun_before_it_is_approved__frozen(self, claims: Claims) -> None:
        body = self.first(claims)
        second = replace(body, version=2, valid_from=TODAY + 1)
        claims.propose(second)
        claims.on("2026-03-03", second=0)
        with reverts("PlanVersionFrozen", body.plan_id, 1):
            claims.approve(second)

    def test_approved_in_the_last_second_before__accepted(self, claims: Claims) -> None:
        body = self.first(claims)
        second = replace(body, version=2, valid_from=TODAY + 1)
        claims.propose(second)
        claims.on("2026-03-02", second=86_399)
        claims.approve(second)

    def test_after_the_end_of_the_old_one__leaves_it(self, claims: Claims) -> None:
        body = claims.publish("new", INPATIENT, valid_from=PAST, valid_until=PAST + 10)
        second = replace(body, version=2, valid_from=PAST + 10, valid_until=FUTURE)
        claims.propose(second)
        assert claims.approve(second).names == ["PlanApproved"]
        assert validity(claims, body) == (PAST, PAST + 10)

    def test_inside_a_future_version_from_its_first_day__frozen(self, claims: Claims) -> None:
        body = claims.publish("new", INPATIENT, valid_from=TODAY + 5, valid_until=FUTURE)
        with reverts("PlanVersionFrozen", body.plan_id, 1):
            claims.propose(replace(body, version=2))
        claims.propose(replace(body, version=3, valid_from=TODAY + 6))

    def test_numbers_may_leave_gaps(self, claims: Claims) -> None:
        self.first(claims)
        second = claims.publish("new", OUTPATIENT, version=9, valid_from=TODAY + 1)
        assert claims.world.call("PlanRegistry", "lastVersionOf", second.plan_id) == 9


class TestViews:
    """What a claim and people read."""

    def ask(self, claims: Claims, name: str = "inpatient", **changes: object) -> list[object]:
        service = {
            "insurer": INSURER.account,
            "provider": HOSPITAL.account,
            "region": REGION,
            "scheme": int(Scheme.RESIDENT),
            "kind": int(MemberKind.ADULT),
            "day": TODAY,
            **changes,
        }
        plan_id = claims.publish_body(name, SOUND).plan_id
        answer: list[object] = claims.world.call(
            "PlanRegistry", "benefitFor", plan_id, 1, tuple(service.values())
        )
        return answer

    def test_body__is_the_code_of_its_address(self, claims: Claims) -> None:
        care_type, body = self.ask(claims)
        assert care_type == short_text("INPATIENT", 16)
        assert bytes(claims.world.w3.eth.get_code(checksummed(body))) == SOUND

    def test_coverage_of_another_insurer__is_not_its_plan(self, claims: Claims) -> None:
        plan_id = claims.publish_body("inpatient", SOUND).plan_id
        with reverts("NotOwner", INSURER_2.account, plan_id):
            self.ask(claims, insurer=INSURER_2.account)

    def test_stay_at_a_pharmacy__not_covered(self, claims: Claims) -> None:
        with reverts("CareTypeNotCovered", short_text("INPATIENT", 16), short_text("1", 16)):
            self.ask(claims, provider=PHARMACY.account)

    @pytest.mark.parametrize(
        ("plan", "care_type"),
        [(INPATIENT, "WARD"), (OUTPATIENT, "INPATIENT")],
        ids=["scope", "care type"],
    )
    def test_either_sign_of_a_stay__keeps_pharmacies_out(
        self, claims: Claims, plan: BenefitPlan, care_type: str
    ) -> None:
        text = short_text(care_type, 16)
        changes = {"scheme": int(Scheme.FLEXIBLE), "care_type": text}
        claims.publish("new", replace(plan, layers=()), **changes)
        scheme = int(Scheme.FLEXIBLE)
        assert self.ask(claims, "new", scheme=scheme)[0] == text
        with reverts("CareTypeNotCovered", text, short_text("1", 16)):
            self.ask(claims, "new", scheme=scheme, provider=PHARMACY.account)

    def test_outpatient_care_at_a_pharmacy__covered(self, claims: Claims) -> None:
        assert self.ask(claims, "outpatient", provider=PHARMACY.account)

    @pytest.mark.parametrize(
        "change",
        [
            {"region": SHANGHAI},
            {"scheme": int(Scheme.EMPLOYEE)},
            {"kind": int(MemberKind.NEEDY)},
        ],
        ids=str,
    )
    def test_other_selector__not_covered(self, claims: Claims, change: dict[str, object]) -> None:
        no_level = "0x" + "0" * 32
        with reverts("CareTypeNotCovered", short_text("INPATIENT", 16), no_level):
            self.ask(claims, **change)

    def test_first_and_last_day__inside(self, claims: Claims) -> None:
        first, last = parse_day("1950-01-01"), parse_day("2100-01-01") - 1
        assert self.ask(claims, day=first) == self.ask(claims, day=last)

    @pytest.mark.parametrize("day", [parse_day("1949-12-31"), parse_day("2100-01-01")])
    def test_day_outside__unknown(self, claims: Claims, day: int) -> None:
        with reverts("PlanUnknown"):
            self.ask(claims, day=day)

    def test_premium_version__is_no_benefit_version(self, claims: Claims) -> None:
        body = claims.publish_body("new", encode_premium_plan(PREMIUM), kind=int(PlanKind.PREMIUM))
        claims.propose(body)
        claims.approve(body)
        with reverts("PlanUnknown", body.plan_id, 1):
            self.ask(claims, name="new")

    def test_benefit_version__is_no_premium_version(self, claims: Claims) -> None:
        body = claims.publish("new", INPATIENT)
        with reverts("PlanUnknown", body.plan_id, 1):
            claims.world.call("PlanRegistry", "premiumPlan", body.plan_id, 1)

    def test_proposed_version__unknown_to_claims_and_premiums(self, claims: Claims) -> None:
        body = proposed(claims)
        with reverts("PlanUnknown", body.plan_id, 1):
            self.ask(claims, name="new")

    def test_unknown_version__empty_head(self, claims: Claims) -> None:
        assert claims.world.call("PlanRegistry", "headOf", word("none"), 1)[1] == 0
        assert int(claims.world.call("PlanRegistry", "bodyHashOf", word("none"), 1), 16) == 0
