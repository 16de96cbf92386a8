"""Benefit plans for tests: a plain one to change, and a strategy over all valid ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from node.domain.ids import ANY_LEVEL, Level
from node.domain.kinds import CareScope, LayerKind
from node.domain.money import UNLIMITED
from node.domain.plans.plan import Band, BenefitPlan, Layer, LevelRule

LEVELS = (Level("1"), Level("3"), Level("社区"))
SIZES = (1_000, 1_000_000, 10_000_000_000_000)


def bands(*pairs: tuple[int | None, int]) -> tuple[Band, ...]:
    """Return bands from (edge or None, bp) pairs."""
    return tuple(Band(UNLIMITED if edge is None else edge, ratio_bp) for edge, ratio_bp in pairs)


def plan_with(
    ladder: tuple[int, ...] = (0,),
    priced: tuple[Band, ...] | None = None,
    **changes: Any,
) -> BenefitPlan:
    """Return an outpatient plan that pays 80 % of everything in scope, with changes."""
    rule = LevelRule(ANY_LEVEL, ladder, bands((None, 8_000)) if priced is None else priced)
    return replace(BenefitPlan(CareScope.OUTPATIENT, (rule,)), **changes)


def big_illness(deductible_fen: int = 0, **changes: Any) -> Layer:
    """Return a big-illness layer that pays 60 % above its deductible, with changes."""
    layer = Layer(LayerKind.BIG_ILLNESS, deductible_fen=deductible_fen, bands=bands((None, 6_000)))
    return replace(layer, **changes)


def aid(ratio_bp: int = 7_000, **changes: Any) -> Layer:
    """Return an aid layer for category NEEDY_1, with changes."""
    return replace(Layer(LayerKind.AID, ratio_bp=ratio_bp, categories=1), **changes)


def supplementary(ratio_bp: int = 8_000, **changes: Any) -> Layer:
    """Return a supplementary layer, with changes."""
    return replace(Layer(LayerKind.SUPPLEMENTARY, ratio_bp=ratio_bp), **changes)


def amounts(minimum: int = 0) -> st.SearchStrategy[int]:
    """Amounts of every size, small ones often."""
    return st.one_of([st.integers(minimum, size) for size in SIZES])


def limits() -> st.SearchStrategy[int]:
    """Caps: an amount or none."""
    return st.one_of(st.just(UNLIMITED), amounts())


ratios = st.integers(0, 10_000)


@st.composite
def band_lists(draw: st.DrawFn) -> tuple[Band, ...]:
    """Up to four rising bands, the last one open."""
    edges = sorted(draw(st.sets(amounts(1), max_size=3)))
    return tuple(Band(edge, draw(ratios)) for edge in (*edges, UNLIMITED))


@st.composite
def layers(draw: st.DrawFn) -> tuple[Layer, ...]:
    """Up to three layers in any order, at most one of them big illness."""
    kinds = draw(st.lists(st.sampled_from(LayerKind), max_size=3))
    found: list[Layer] = []
    for kind in kinds:
        if kind is LayerKind.BIG_ILLNESS and any(layer.kind is kind for layer in found):
            continue
        found.append(
            Layer(
                kind=kind,
                deductible_fen=draw(amounts()),
                bands_on_total=draw(st.booleans()),
                bands=draw(band_lists()) if kind is LayerKind.BIG_ILLNESS else (),
                ratio_bp=draw(ratios),
                cap_fen=draw(limits()),
                tenure_bonus_fen=draw(amounts()),
                counts_pre_self_pay=draw(st.booleans()),
                categories=draw(st.integers(0, 3)),
            )
        )
    return tuple(found)


@st.composite
def level_rules(draw: st.DrawFn) -> tuple[LevelRule, ...]:
    """A rule for any level, and rules for some named ones."""
    named = draw(st.sets(st.sampled_from(LEVELS)))
    return tuple(
        LevelRule(
            level,
            tuple(draw(st.lists(amounts(), min_size=1, max_size=3))),
            draw(band_lists()),
        )
        for level in (*sorted(named), ANY_LEVEL)
    )


@st.composite
def benefit_plans(draw: st.DrawFn) -> BenefitPlan:
    """Any plan that PlanRegistry accepts."""
    flag = st.booleans()
    return BenefitPlan(
        scope=draw(st.sampled_from(CareScope)),
        levels=draw(level_rules()),
        deductible_over_year=draw(flag),
        bands_on_total=draw(flag),
        bands_over_year=draw(flag),
        eligible_cap_fen=draw(limits()),
        eligible_cap_over_year=draw(flag),
        fund_cap_fen=draw(limits()),
        fund_cap_over_year=draw(flag),
        provider_bears_over_limit=draw(flag),
        account_pays_all=draw(flag),
        shared_spend_counts=draw(flag),
        fixed_amount=draw(flag),
        copay_fen=draw(amounts()),
        coinsurance_bp=draw(ratios),
        out_of_pocket_max_fen=draw(limits()),
        layers=draw(layers()),
    )
