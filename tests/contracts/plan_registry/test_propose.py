"""PlanRegistry.propose: who may publish what, and which plans are sound (S16, P16)."""

from dataclasses import replace
from typing import Any

import pytest
from eth_abi.abi import encode

from node.chain.abi.kinds import PlanKind, PlanStatus
from node.chain.abi.plans import body_hash, encode_benefit_plan, encode_premium_plan
from node.domain.days import parse_day
from node.domain.kinds import LayerKind, MemberKind, Scheme
from node.domain.money import MAX_AMOUNT_FEN, UNLIMITED
from node.domain.plans.plan import Band, BenefitPlan, Layer, LevelRule, PremiumPlan
from node.intents.encoding import short_text
from tests.fixtures.actors import CLERK, GUARD_A, INSURER, INSURER_2, OFFICER_A, REGION
from tests.fixtures.evm.claims import CAMPAIGN, INPATIENT, OUTPATIENT, PREMIUM, Claims
from tests.fixtures.evm.in_process import reverts

SOUND = encode_benefit_plan(INPATIENT)
SHANGHAI = short_text("310000", 12)
OPEN = (Band(UNLIMITED, 5_000),)
PUBLISH_PLAN = 31
CODE_LIMIT = 24_576


def with_bands(*bands: tuple[int, int]) -> BenefitPlan:
    rule = LevelRule("", (0,), tuple(Band(*band) for band in bands))
    return replace(OUTPATIENT, levels=(rule,))


def with_layer(**changes: Any) -> BenefitPlan:
    layer = replace(Layer(LayerKind.BIG_ILLNESS, bands=OPEN), **changes)
    return replace(OUTPATIENT, layers=(layer,))


class TestPropose:
    """S16: a plan is a version with dates and a source hash, proposed by an insurer's officer."""

    def test_officer_without_the_plan_role__refused(self, claims: Claims) -> None:
        with reverts("RoleMissing"):
            claims.propose(claims.publish_body("new", SOUND), officer=CLERK)

    def test_officer_of_no_insurer__refused(self, claims: Claims) -> None:
        with reverts("RoleMissing"):
            claims.propose(claims.publish_body("new", SOUND), officer=GUARD_A)

    def test_the_insurer_itself__refused(self, claims: Claims) -> None:
        with reverts("RoleMissing"):
            claims.propose(claims.publish_body("new", SOUND), officer=INSURER)

    def test_caller_without_role__refused(self, claims: Claims) -> None:
        body = claims.publish_body("new", SOUND)
        with reverts("AccessManagedUnauthorized"):
            claims.world.handle(
                "PlanRegistry", "propose", OFFICER_A, body, sender=claims.world.nobody
            )

    def test_kind_past_the_last__refused(self, claims: Claims) -> None:
        with reverts("KindUnknown", 2):
            claims.propose(claims.publish_body("new", SOUND, kind=2))

    @pytest.mark.parametrize("until", [0, -1])
    def test_period_without_a_day__refused(self, claims: Claims, until: int) -> None:
        with reverts("InvalidPeriod", 0, until):
            claims.propose(claims.publish_body("new", SOUND, valid_from=0, valid_until=until))

    def test_one_day__accepted(self, claims: Claims) -> None:
        claims.propose(claims.publish_body("new", SOUND, valid_from=0, valid_until=1))

    def test_region_of_somebody_else__refused(self, claims: Claims) -> None:
        with reverts("NotOwner", INSURER.account, SHANGHAI.ljust(66, "0")):
            claims.propose(claims.publish_body("new", SOUND, region=SHANGHAI))

    def test_known_version__refused(self, claims: Claims) -> None:
        body = claims.publish_body("new", SOUND)
        claims.propose(body)
        with reverts("PlanVersionFrozen", body.plan_id, 1):
            claims.propose(replace(body, valid_until=body.valid_until - 1))

    def test_version_not_above_the_last_approved__refused(self, claims: Claims) -> None:
        body = claims.publish("new", INPATIENT, version=3, valid_until=10)
        with reverts("PlanVersionFrozen", body.plan_id, 2):
            claims.propose(replace(body, version=2, valid_from=10, valid_until=20))

    def test_version_zero__refused(self, claims: Claims) -> None:
        body = claims.publish_body("new", SOUND, version=0)
        with reverts("PlanVersionFrozen", body.plan_id, 0):
            claims.propose(body)

    def test_selector_of_another_plan__refused(self, claims: Claims) -> None:
        owner = claims.publish_body("inpatient", SOUND).plan_id
        body = claims.publish_body("kinder", SOUND, care_type=short_text("INPATIENT", 16))
        with reverts("AlreadyExists", owner):
            claims.propose(body)

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": int(PlanKind.PREMIUM)},
            {"scheme": int(Scheme.EMPLOYEE)},
            {"member_kind": int(MemberKind.CHILD)},
            {"care_type": short_text("CHRONIC", 16)},
        ],
        ids=str,
    )
    def test_other_selector__is_another_plan(self, claims: Claims, change: dict[str, Any]) -> None:
        plan = encode_premium_plan(PREMIUM) if "kind" in change else SOUND
        same = {"care_type": short_text("INPATIENT", 16), **change}
        claims.propose(claims.publish_body("beside it", plan, **same))
        known = claims.publish_body("inpatient", SOUND).plan_id
        with reverts("AlreadyExists", known):
            claims.propose(claims.publish_body("inpatient", plan, version=2, **same))

    def test_plan_id_of_another_insurer__refused(self, claims: Claims) -> None:
        body = claims.publish("new", INPATIENT, valid_until=10)
        officer = claims.officer_of(INSURER_2)
        with reverts("NotOwner", INSURER_2.account, body.plan_id):
            claims.propose(replace(body, version=2, valid_from=10, valid_until=20), officer=officer)

    def test_body_over_the_code_limit__refused(self, claims: Claims) -> None:
        plan = bytes(CODE_LIMIT + 1)
        with reverts("TooMany", CODE_LIMIT + 1, CODE_LIMIT):
            claims.propose(claims.publish_body("new", plan))

    def test_sound_plan__is_stored_and_told(self, claims: Claims) -> None:
        """S16.1: with its dates and the hash of its source."""
        body = claims.publish_body("new", SOUND)
        event = claims.propose(body).one("PlanProposed")
        head = claims.world.call("PlanRegistry", "headOf", body.plan_id, 1)

        assert event["planId"] == body.plan_id
        assert (event["version"], event["officer"]) == (1, OFFICER_A.account)
        assert event["bodyHash"] == body_hash(SOUND)
        assert list(event["head"].values()) == head
        assert head == [
            *(int(PlanKind.BENEFIT), int(PlanStatus.PROPOSED), REGION, int(Scheme.RESIDENT)),
            *(int(MemberKind.ADULT), short_text("NEW", 16), body.valid_from, body.valid_until),
            *(INSURER.account, body.source_hash, body.catalogue_root),
        ]
        assert claims.world.call("PlanRegistry", "bodyHashOf", body.plan_id, 1) == body_hash(SOUND)

    def test_proposed_plan__is_not_in_force(self, claims: Claims) -> None:
        body = claims.publish_body("new", SOUND)
        claims.propose(body)
        with reverts("PlanUnknown", body.plan_id, 1):
            claims.world.call("PlanRegistry", "benefitPlan", body.plan_id, 1)
        assert claims.world.call("PlanRegistry", "lastVersionOf", body.plan_id) == 0


class TestBenefitChecks:
    """What docs/adjudication.md §9 asks of a plan."""

    @pytest.mark.parametrize(
        ("plan", "error", "value"),
        [
            (replace(OUTPATIENT, levels=()), "InvalidBands", 0),
            (
                replace(OUTPATIENT, levels=(LevelRule("3", (0,), OPEN),) * 2),
                *("InvalidBands", 1),
            ),
            (replace(OUTPATIENT, levels=(LevelRule("3", (), OPEN),)), "InvalidBands", 0),
            (with_bands(), "InvalidBands", 0),
            (with_bands((0, 1), (UNLIMITED, 1)), "InvalidBands", 0),
            (with_bands((5, 1), (5, 1), (UNLIMITED, 1)), "InvalidBands", 1),
            (with_bands((5, 1), (4, 1), (UNLIMITED, 1)), "InvalidBands", 1),
            (with_bands((5, 1)), "InvalidBands", 1),
            (with_bands((UNLIMITED, 1), (UNLIMITED, 1)), "InvalidBands", 1),
            (with_bands((UNLIMITED, 10_001)), "InvalidRatio", 10_001),
            (
                with_bands((MAX_AMOUNT_FEN + 1, 1), (UNLIMITED, 1)),
                *("InvalidAmount", MAX_AMOUNT_FEN + 1),
            ),
            (
                replace(OUTPATIENT, levels=(LevelRule("", (0, MAX_AMOUNT_FEN + 1), OPEN),)),
                *("InvalidAmount", MAX_AMOUNT_FEN + 1),
            ),
            (replace(OUTPATIENT, coinsurance_bp=10_001), "InvalidRatio", 10_001),
            (with_layer(bands=()), "InvalidBands", 0),
            (with_layer(ratio_bp=10_001), "InvalidRatio", 10_001),
            (
                replace(OUTPATIENT, layers=(Layer(LayerKind.BIG_ILLNESS, bands=OPEN),) * 2),
                *("InvalidBands", 1),
            ),
        ],
        ids=lambda value: value if isinstance(value, str | int) else "plan",
    )
    def test_unsound_plan__refused(
        self, claims: Claims, plan: BenefitPlan, error: str, value: int
    ) -> None:
        with reverts(error, value):
            claims.propose(claims.publish_body("new", encode_benefit_plan(plan)))

    @pytest.mark.parametrize(
        "field", ["eligible_cap_fen", "fund_cap_fen", "copay_fen", "out_of_pocket_max_fen"]
    )
    def test_amount_over_the_largest__refused(self, claims: Claims, field: str) -> None:
        plan = replace(OUTPATIENT, **{field: MAX_AMOUNT_FEN + 1})
        with reverts("InvalidAmount", MAX_AMOUNT_FEN + 1):
            claims.propose(claims.publish_body("new", encode_benefit_plan(plan)))

    @pytest.mark.parametrize("field", ["deductible_fen", "tenure_bonus_fen", "cap_fen"])
    def test_layer_amount_over_the_largest__refused(self, claims: Claims, field: str) -> None:
        plan = with_layer(**{field: MAX_AMOUNT_FEN + 1})
        with reverts("InvalidAmount", MAX_AMOUNT_FEN + 1):
            claims.propose(claims.publish_body("new", encode_benefit_plan(plan)))

    @pytest.mark.parametrize("field", ["copay_fen"])
    def test_copay_without_end__refused(self, claims: Claims, field: str) -> None:
        plan = replace(OUTPATIENT, **{field: UNLIMITED})
        with reverts("InvalidAmount", UNLIMITED):
            claims.propose(claims.publish_body("new", encode_benefit_plan(plan)))

    @pytest.mark.parametrize("payer", ["0x" + "0" * 40, "0x1" + "a" * 39, "0x2" + "a" * 39])
    def test_supplementary_payer_that_is_a_person_or_nobody__refused(
        self, claims: Claims, payer: str
    ) -> None:
        plan = with_layer(kind=LayerKind.SUPPLEMENTARY, bands=(), payer=payer)
        with reverts("AccountUnknown", payer):
            claims.propose(claims.publish_body("new", encode_benefit_plan(plan)))

    def test_two_supplementary_payers__refused(self, claims: Claims) -> None:
        layers = tuple(
            Layer(LayerKind.SUPPLEMENTARY, ratio_bp=1, payer=payer)
            for payer in (CAMPAIGN, "0xf" + "a" * 39)
        )
        plan = replace(OUTPATIENT, layers=layers)
        with reverts("InvalidBands", 1):
            claims.propose(claims.publish_body("new", encode_benefit_plan(plan)))

    def test_edges_of_every_limit__accepted(self, claims: Claims) -> None:
        supplementary = Layer(
            LayerKind.SUPPLEMENTARY, ratio_bp=10_000, cap_fen=MAX_AMOUNT_FEN, payer=CAMPAIGN
        )
        plan = replace(
            OUTPATIENT,
            levels=(LevelRule("", (MAX_AMOUNT_FEN,), (Band(MAX_AMOUNT_FEN, 10_000), *OPEN)),),
            copay_fen=MAX_AMOUNT_FEN,
            coinsurance_bp=10_000,
            fund_cap_fen=MAX_AMOUNT_FEN,
            layers=(Layer(LayerKind.BIG_ILLNESS, bands=OPEN), supplementary, supplementary),
        )
        claims.publish("edges", plan)

    def test_fixed_amount_plan_without_bands__accepted(self, claims: Claims) -> None:
        plan = replace(OUTPATIENT, fixed_amount=True, levels=(LevelRule("", (0,), ()),))
        claims.publish("fixed", plan)

    def test_fixed_amount_plan_with_unsound_bands__refused(self, claims: Claims) -> None:
        plan = replace(with_bands((5, 1)), fixed_amount=True)
        with reverts("InvalidBands", 1):
            claims.propose(claims.publish_body("new", encode_benefit_plan(plan)))

    @pytest.mark.parametrize("plan", [SOUND + bytes(32), SOUND + b"\0"])
    def test_body_that_is_not_canonical__refused(self, claims: Claims, plan: bytes) -> None:
        with reverts("BodyNotCanonical", PUBLISH_PLAN):
            claims.propose(claims.publish_body("new", plan))

    def test_body_that_is_no_plan__refused(self, claims: Claims) -> None:
        with reverts(""):
            claims.propose(claims.publish_body("new", encode(["uint256"], [7])))


class TestPremiumChecks:
    """S45: premium plans have bounds of their own."""

    @pytest.mark.parametrize(
        ("change", "error", "value"),
        [
            ({"employer_bp": 10_001}, "InvalidRatio", 10_001),
            ({"employee_bp": 10_001}, "InvalidRatio", 10_001),
            ({"late_fee_bp_per_day": 10_001}, "InvalidRatio", 10_001),
            ({"base_floor_fen": 2, "base_ceiling_fen": 1}, "InvalidAmount", 2),
            ({"due_days": 367}, "InvalidPeriod", (0, 367)),
            ({"base_floor_fen": MAX_AMOUNT_FEN + 1}, "InvalidAmount", MAX_AMOUNT_FEN + 1),
            ({"base_ceiling_fen": MAX_AMOUNT_FEN + 1}, "InvalidAmount", MAX_AMOUNT_FEN + 1),
            (
                {"personal_fen": (0,) * 5 + (MAX_AMOUNT_FEN + 1,)},
                *("InvalidAmount", MAX_AMOUNT_FEN + 1),
            ),
            (
                {"subsidy_fen": (0,) * 5 + (MAX_AMOUNT_FEN + 1,)},
                *("InvalidAmount", MAX_AMOUNT_FEN + 1),
            ),
        ],
        ids=str,
    )
    def test_unsound_plan__refused(
        self, claims: Claims, change: dict[str, Any], error: str, value: int | tuple[int, int]
    ) -> None:
        plan = encode_premium_plan(replace(PREMIUM, **change))
        with reverts(error, *(value if isinstance(value, tuple) else (value,))):
            claims.propose(claims.publish_body("new", plan, kind=int(PlanKind.PREMIUM)))

    def test_trailing_bytes__refused(self, claims: Claims) -> None:
        plan = encode_premium_plan(PREMIUM) + bytes(32)
        with reverts("BodyNotCanonical", PUBLISH_PLAN):
            claims.propose(claims.publish_body("new", plan, kind=int(PlanKind.PREMIUM)))

    def test_sound_plan__comes_back_as_published(self, claims: Claims) -> None:
        plan = PremiumPlan(
            base_floor_fen=1,
            base_ceiling_fen=1,
            employer_bp=10_000,
            personal_fen=(1, 2, 3, 4, 5, MAX_AMOUNT_FEN),
            due_days=366,
            grace_days=9,
        )
        body = claims.publish("premium", plan, valid_from=parse_day("2026-01-01"))
        head, stored = claims.world.call("PlanRegistry", "premiumPlan", body.plan_id, 1)
        assert head[0] == int(PlanKind.PREMIUM)
        assert stored[0:5] == [1, 1, 10_000, 0, [1, 2, 3, 4, 5, MAX_AMOUNT_FEN]]
        assert stored[7:9] == [366, 9]
        with reverts("PlanUnknown", body.plan_id, 1):
            claims.world.call("PlanRegistry", "benefitPlan", body.plan_id, 1)
