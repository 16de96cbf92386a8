"""Plan bodies as PlanRegistry keeps them: abi.encode(BenefitPlan) and abi.encode(PremiumPlan).

The dataclasses of node/domain/plans/plan.py mirror the structs field by field; the types below are
compared with the compiled contracts by a test (S16).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from node.domain.ids import AccountId, Level
from node.domain.kinds import CareScope, LayerKind, Proration
from node.domain.plans.plan import Band, BenefitPlan, Layer, LevelRule, PremiumPlan
from node.wire.errors import PackingError
from node.wire.hashing import keccak
from node.wire.hexadecimal import from_hex, to_hex
from node.wire.labels import label_bytes, label_of

BAND = "(uint64,uint16)"
LEVEL_RULE = f"(bytes16,uint64[],{BAND}[])"
LAYER = f"(uint8,uint64,bool,{BAND}[],uint16,uint64,uint64,bool,uint32,address)"
BENEFIT_PLAN = (
    f"(uint8,{LEVEL_RULE}[],bool,bool,bool,uint64,bool,uint64,bool,bool,bool,bool,bool,"
    f"uint64,uint16,uint64,{LAYER}[])"
)
PREMIUM_PLAN = (
    "(uint64,uint64,uint16,uint16,uint64[6],uint64[6],uint8,uint16,uint16,uint16,uint16,"
    "uint8,uint8,uint8,uint8)"
)
LEVEL_BYTES = 16


def encode_benefit_plan(plan: BenefitPlan) -> bytes:
    """Return the body of a benefit plan version; its keccak256 is what the approver signs."""
    values = (
        int(plan.scope),
        [_level_rule(rule) for rule in plan.levels],
        *(plan.deductible_over_year, plan.bands_on_total, plan.bands_over_year),
        *(plan.eligible_cap_fen, plan.eligible_cap_over_year),
        *(plan.fund_cap_fen, plan.fund_cap_over_year),
        *(plan.provider_bears_over_limit, plan.account_pays_all, plan.shared_spend_counts),
        *(plan.fixed_amount, plan.copay_fen, plan.coinsurance_bp, plan.out_of_pocket_max_fen),
        [_layer(layer) for layer in plan.layers],
    )
    return encode([BENEFIT_PLAN], [values])


def decode_benefit_plan(body: bytes) -> BenefitPlan:
    """Return the rules of a published benefit body. Errors: PackingError for other bytes."""
    try:
        (values,) = decode([BENEFIT_PLAN], body)
    except DecodingError as error:
        raise PackingError("not the body of a benefit plan") from error
    scope, levels, *rest, layers = values
    rules = tuple(_read_rule(rule) for rule in levels)
    values = (CareScope(scope), rules, *rest, tuple(map(_read_layer, layers)))
    return BenefitPlan(*values)


def encode_premium_plan(plan: PremiumPlan) -> bytes:
    """Return the body of a premium plan version."""
    values = (
        *(plan.base_floor_fen, plan.base_ceiling_fen, plan.employer_bp, plan.employee_bp),
        *(list(plan.personal_fen), list(plan.subsidy_fen), int(plan.proration)),
        *(plan.due_days, plan.grace_days, plan.backpay_days, plan.late_fee_bp_per_day),
        *(plan.waiting_fixed_months, plan.waiting_months_per_missed_year),
        *(plan.waiting_floor_months, plan.waiting_floor_after_years),
    )
    return encode([PREMIUM_PLAN], [values])


def decode_premium_plan(body: bytes) -> PremiumPlan:
    """Return the rules of a published premium body. Errors: PackingError for other bytes."""
    try:
        (values,) = decode([PREMIUM_PLAN], body)
    except DecodingError as error:
        raise PackingError("not the body of a premium plan") from error
    *head, personal, subsidy, proration = values[:7]
    rules = (*head, tuple(personal), tuple(subsidy), Proration(proration), *values[7:])
    return PremiumPlan(*rules)


def plan_id_hash(plan_id: str) -> str:
    """Return the id under which PlanRegistry knows a text id such as "resident-inpatient"."""
    return to_hex(keccak(plan_id.encode()))


def body_hash(body: bytes) -> str:
    """Return the hash that ApprovePlan names."""
    return to_hex(keccak(body))


def _bands(bands: tuple[Band, ...]) -> list[tuple[int, int]]:
    return [(band.edge_fen, band.ratio_bp) for band in bands]


def _level_rule(rule: LevelRule) -> tuple[Any, ...]:
    level = label_bytes(rule.level, LEVEL_BYTES)
    return level, list(rule.deductible_by_stay_fen), _bands(rule.bands)


def _read_bands(bands: Sequence[tuple[int, int]]) -> tuple[Band, ...]:
    return tuple(Band(edge, ratio) for edge, ratio in bands)


def _read_rule(rule: tuple[Any, ...]) -> LevelRule:
    level, ladder, bands = rule
    return LevelRule(Level(label_of(level)), tuple(ladder), _read_bands(bands))


def _read_layer(layer: tuple[Any, ...]) -> Layer:
    kind, deductible, on_total, bands, *rest, payer = layer
    head = (LayerKind(kind), deductible, on_total, _read_bands(bands))
    values = (*head, *rest, AccountId(payer))
    return Layer(*values)


def _layer(layer: Layer) -> tuple[Any, ...]:
    return (
        *(int(layer.kind), layer.deductible_fen, layer.bands_on_total, _bands(layer.bands)),
        *(layer.ratio_bp, layer.cap_fen, layer.tenure_bonus_fen, layer.counts_pre_self_pay),
        *(layer.categories, from_hex(layer.payer)),
    )
