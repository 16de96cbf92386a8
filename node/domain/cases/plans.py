"""The plan and the claim of a worked case, in the mapping of domain.md §14.

Short forms are rewritten into the fields of a plan document and read like one. Eligible is a
class A line, the rest up to the total class C, compliant self-pay class A under a 0 bp band, and
what is billed above the allowed amount an over-limit part that the provider bears.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.engine import AdjudicationContext, ClaimLine
from node.domain.cases.case import Claim
from node.domain.documents import Place
from node.domain.ids import ANY_LEVEL, Level
from node.domain.kinds import CareScope, ItemClass
from node.domain.money import UNLIMITED
from node.domain.plans.documents import benefit_body, read_layer
from node.domain.plans.plan import LEVEL_BYTES, Band, BenefitPlan, LevelRule

FIXED_FIELDS = ("copay", "coinsurance_bp", "deductible_left", "oop_left")
LAYER_FIELDS = (
    *("layer", "deductible", "bands_on", "bands", "cap", "counts_pre_self_pay", "tenure_bonus"),
)
PLAN_FIELDS = (
    *("deductible", "deductible_by_stay", "by_level", "ratio_by_level_bp", "bands_by_level"),
    *("bands", "bands_on", "cap", "class_b_self_pay_bp", "supplementary"),
    *("over_limit_borne_by", *FIXED_FIELDS),
)
AMOUNT_FIELDS = ("eligible", "allowed", "compliant_self_pay")


@dataclass(frozen=True)
class Variant:
    """Which of the alternatives of a case a run is about; None leaves it open."""

    level: str | None = None
    stay: int | None = None
    amount: int | None = None
    condition: str | None = None

    def describe(self) -> str:
        """Return the chosen alternatives as text for people."""
        index = None if self.amount is None else self.amount + 1
        named = (("level", self.level), ("stay", self.stay), ("amount", index))
        words = [f"{name}={value}" for name, value in named if value is not None]
        return " ".join([*words, *([self.condition] if self.condition else [])])


@dataclass(frozen=True)
class CasePlan:
    """The plan of a case and the keys by which its expectations may be told apart."""

    plan: BenefitPlan
    levels: Mapping[str, Level]
    stays: tuple[str, ...]
    class_b_self_pay_bp: int
    is_layer: bool


def read_case_plan(place: Place) -> CasePlan:
    """Return the plan of a case. Errors: as read_cases."""
    place.object()
    if "layer" in place:
        place.object(*LAYER_FIELDS)
        place["layer"].choice("big_illness")
        bare = LevelRule(ANY_LEVEL, (0,), (Band(UNLIMITED, 0),))
        layered = BenefitPlan(CareScope.OUTPATIENT, (bare,), layers=(read_layer(place),))
        return CasePlan(layered, {}, (), class_b_self_pay_bp=0, is_layer=True)
    place.object(*PLAN_FIELDS)
    names = _level_names(place)
    fields = Place(_plan_fields(place, names), place.pointer)
    plan = benefit_body(fields, CareScope.OUTPATIENT)
    stays = _stay_names(place.get("deductible_by_stay"), plan)
    if stays:
        plan = replace(plan, scope=CareScope.INPATIENT)
    named = {rule.level: rule.level for rule in plan.levels if rule.level}
    levels = names or {str(key): level for key, level in named.items()}
    class_b = place.get("class_b_self_pay_bp")
    class_b_bp = 0 if class_b is None else class_b.ratio()
    return CasePlan(plan, levels, stays, class_b_self_pay_bp=class_b_bp, is_layer=False)


def _level_names(place: Place) -> dict[str, Level]:
    """Return the level keys of a plan with the names they get: the key, or a number if too long."""
    keys: dict[str, None] = {}
    for field in ("by_level", "ratio_by_level_bp", "bands_by_level"):
        found = place.get(field)
        if found is not None:
            keys.update(dict.fromkeys(key for key, _ in found.items()))
    fits = {key: 0 < len(key.encode("utf-8", "replace")) <= LEVEL_BYTES for key in keys}
    return {key: Level(key if fits[key] else f"#{n}") for n, key in enumerate(keys, 1)}


def _stay_names(place: Place | None, plan: BenefitPlan) -> tuple[str, ...]:
    """Return the keys of stays: those of the ladder if it has any, else 1, 2, … of the longest."""
    if place is not None and isinstance(place.value, dict):
        return tuple(key for key, _ in place.items())
    longest = max(len(rule.deductible_by_stay_fen) for rule in plan.levels)
    return tuple(str(n) for n in range(1, longest + 1)) if place or longest > 1 else ()


def _plan_fields(place: Place, levels: Mapping[str, Level]) -> dict[str, Any]:
    """Return a case's plan in the fields of a plan document (domain.md §5)."""
    same = ("deductible", "bands", "bands_on", "cap", "over_limit_borne_by")
    fields = {key: place.value[key] for key in same if key in place}
    for short, name in (("copay", "copay"), ("coinsurance_bp", "coinsurance_bp")):
        fields.update({name: place.value[short]} if short in place else {})
    if any(place.get(key) is not None for key in FIXED_FIELDS):
        fields.setdefault("coinsurance_bp", 0)
        fields["out_of_pocket_max"] = place.value.get("oop_left")
        fields["over_limit_borne_by"] = "provider"
        _only_one(place, "deductible", "deductible_left")
        if (left := place.get("deductible_left")) is not None:
            fields["deductible"] = left.amount()
    fields.update(_by_level_fields(place, levels))
    ladder = place.get("deductible_by_stay")
    if ladder is not None:
        _only_one(place, "deductible", "deductible_by_stay", "by_level")
        entries = (
            [entry for _, entry in ladder.items()]
            if isinstance(ladder.value, dict)
            else ladder.elements()
        )
        fields["deductible"] = {"by_stay": [entry.amount() for entry in entries]}
    supplementary = place.get("supplementary")
    if supplementary is not None:
        supplementary.object("ratio_bp", "of", "cap", "deductible").need("ratio_bp").ratio()
        fields["layers"] = [{"layer": "supplementary", **supplementary.value}]
    return fields


def _by_level_fields(place: Place, levels: Mapping[str, Level]) -> dict[str, Any]:
    _only_one(place, "by_level", "ratio_by_level_bp", "bands_by_level", "bands")
    _only_one(place, "by_level", "deductible")
    pairs, ratios = place.get("by_level"), place.get("ratio_by_level_bp")
    if pairs is not None:
        deductibles, bands = {}, {}
        for key, entry in pairs.items():
            elements = entry.elements()
            if len(elements) != 2:
                entry.refuse("must be [deductible, bp]")
            deductibles[levels[key]] = elements[0].amount()
            bands[levels[key]] = [[None, elements[1].ratio()]]
        return {"deductible": {"by_level": deductibles}, "bands_by_level": bands}
    if ratios is not None:
        open_bands = {levels[key]: [[None, entry.ratio()]] for key, entry in ratios.items()}
        return {"bands_by_level": open_bands}
    if "bands_by_level" in place:
        by_level = place.need("bands_by_level")
        return {"bands_by_level": {levels[key]: entry.value for key, entry in by_level.items()}}
    return {}


def _only_one(place: Place, *keys: str) -> None:
    given = [key for key in keys if place.get(key) is not None]
    if len(given) > 1:
        place.refuse(f"{given[0]!r} and {given[1]!r} exclude each other")


def build_claim(plan: CasePlan, inputs: Place, variant: Variant) -> Claim:
    """Return the claim of one variant, in the mapping of domain.md §14."""
    lines = tuple(_lines(plan, inputs, variant.amount or 0))
    if not lines:
        inputs.refuse("nothing to adjudicate: the amounts are missing or 0")
    level = plan.levels[variant.level] if variant.level is not None else ANY_LEVEL
    before = Accumulators(stays=(variant.stay or 1) - 1)
    rules = _with_condition(plan.plan, variant.condition, sum(line.gross_fen for line in lines))
    return Claim(rules, lines, AdjudicationContext(level=level, before=before))


def _lines(plan: CasePlan, inputs: Place, index: int) -> Iterator[ClaimLine]:
    """Yield eligible as class A, the rest up to the total as class C, cuts as over-limit."""
    amounts = {
        key: _at(place, index).amount()
        for key, place in inputs.items()
        if key not in ("level", "stay")
    }
    given = [key for key in AMOUNT_FIELDS if key in amounts]
    if len(given) > 1:
        inputs.refuse(f"{given[0]!r} and {given[1]!r} exclude each other")
    base = amounts[given[0]] if given else 0
    cut = amounts.get("billed", base) - base
    if cut < 0 or (cut and given != ["allowed"]):
        inputs["billed"].refuse("must be at least 'allowed'")
    class_b, over = amounts.get("class_b", 0), amounts.get("over_limit", 0)
    stated = (
        ClaimLine(ItemClass.A, base + cut, over_fen=cut),
        ClaimLine(ItemClass.A, amounts.get("class_a", 0)),
        ClaimLine(ItemClass.B, class_b, self_pay_bp=plan.class_b_self_pay_bp),
        ClaimLine(ItemClass.C, amounts.get("class_c", 0)),
        ClaimLine(ItemClass.A, over, over_fen=over),
    )
    listed = sum(line.gross_fen for line in stated)
    rest = amounts.get("total", listed) - listed
    if rest < 0:
        inputs["total"].refuse("must be at least the sum of the other amounts")
    yield from (line for line in (*stated, ClaimLine(ItemClass.C, rest)) if line.gross_fen)


def _at(place: Place, index: int) -> Place:
    return place[index] if isinstance(place.value, list) else place


def _with_condition(plan: BenefitPlan, condition: str | None, at_least: int) -> BenefitPlan:
    """Return the plan with nothing, or no less than the claim, left of the deductible."""
    if condition is None:
        return plan
    levels = tuple(
        replace(
            rule,
            deductible_by_stay_fen=tuple(
                0 if condition == "deductible_met" else max(entry, at_least)
                for entry in rule.deductible_by_stay_fen
            ),
        )
        for rule in plan.levels
    )
    return replace(plan, levels=levels)
