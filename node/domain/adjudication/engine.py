"""Adjudication: what each fund, the provider and the member pay of one claim.

The reference for the Solidity library `Adjudication`; both implement docs/adjudication.md, whose
sections are cited here. One pure function, steps 2 to 12 of domain.md §6. Amounts are fen, `_e4`
is 1/10,000 fen, `_e8` is e4 times basis points (P28, P30, P32).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from node.domain.adjudication.accumulators import Accumulators, Used, advance
from node.domain.adjudication.settlement import Settlement, assert_identities, split_member_share
from node.domain.adjudication.trace import BasicLayer, LayerPayment, LineParts, Trace, build_trace
from node.domain.errors import InvalidAmount
from node.domain.ids import ANY_LEVEL, NO_HASH, Level
from node.domain.kinds import CareScope, ItemClass, LayerKind
from node.domain.money import (
    E4,
    E8,
    UNLIMITED,
    WHOLE_BP,
    amount,
    half_up,
    ratio,
    saturating_sub,
    share,
)
from node.domain.plans.plan import Band, BenefitPlan, Layer

TENURE_YEARS_WITHOUT_BONUS = 4


@dataclass(frozen=True)
class ClaimLine:
    """One fee line. `over_fen` is the part above the price limit; `self_pay_bp` counts for class
    B only.

    Range: 1 <= gross <= MAX_AMOUNT_FEN; 0 <= over <= gross. `line_hash` is 0x text and not
    adjudicated.
    """

    item_class: ItemClass
    gross_fen: int
    over_fen: int = 0
    self_pay_bp: int = 0
    line_hash: str = NO_HASH


@dataclass(frozen=True)
class AdjudicationContext:
    """What is known about member and provider when a claim is adjudicated.

    `before` is the member-year of the service end date; `categories` the mask matched with AID
    layers; the available amounts are the member's MEDICAL and a linked holder's (0 without a
    link).
    """

    level: Level = ANY_LEVEL
    before: Accumulators = field(default_factory=Accumulators)
    tenure_years: int = 0
    categories: int = 0
    medical_available_fen: int = 0
    family_available_fen: int = 0


@dataclass(frozen=True)
class Adjudication:
    """The decision about one claim: figures, the member-year before and after, and the reasons."""

    settlement: Settlement
    before: Accumulators
    after: Accumulators
    trace: Trace

    def trace_words(self) -> tuple[int, ...]:
        """Return the 39 integers whose abi.encode is hashed on chain (docs/adjudication.md §11)."""
        return (*self.settlement.words(), *self.before.words(), *self.after.words())


def adjudicate(
    plan: BenefitPlan, lines: Sequence[ClaimLine], context: AdjudicationContext
) -> Adjudication:
    """Decide one claim under one plan version.

    The same inputs give the same integers as the contract's quote. Errors: InvalidAmount,
    InvalidRatio, CareTypeNotCovered, in the order of docs/adjudication.md §2.
    """
    parts = [line_parts(line, index) for index, line in enumerate(lines)]
    total = sum(part.gross_fen for part in parts)
    amount(total, field="/lines")
    basic = _basic_layer(plan, parts, context)
    own, over = sum(p.own_fen for p in parts), sum(p.over_fen for p in parts)
    pre_self = half_up(sum(p.pre_e4 for p in parts), E4)
    provider = over if plan.provider_bears_over_limit else 0
    compliant = _compliant_fen(plan, parts, basic)
    payments = _later_layers(plan, context, compliant, total - provider - basic.pooled_fen)
    paid = {kind: sum(p.paid_fen for p in payments if p.kind is kind) for kind in LayerKind}
    member = total - provider - basic.pooled_fen - sum(paid.values())
    split = split_member_share(
        member,
        uncoverable_fen=0 if plan.account_pays_all else own + over - provider,
        medical_available_fen=context.medical_available_fen,
        family_available_fen=context.family_available_fen,
    )
    settlement = assert_identities(
        Settlement(
            total_fen=total,
            own_fen=own,
            over_fen=over,
            pre_self_fen=pre_self,
            in_scope_fen=total - own - over - pre_self,
            deductible_fen=half_up(basic.deductible_e4, E4),
            pooled_fen=basic.pooled_fen,
            big_illness_fen=paid[LayerKind.BIG_ILLNESS],
            aid_fen=paid[LayerKind.AID],
            supplementary_fen=paid[LayerKind.SUPPLEMENTARY],
            provider_fen=provider,
            member_fen=member,
            medical_fen=split.medical_fen,
            family_fen=split.family_fen,
            cash_fen=split.cash_fen,
        )
    )
    after = advance(context.before, plan.scope, _used(plan, basic, compliant, settlement))
    trace = build_trace(plan, parts, basic, payments=payments, settlement=settlement)
    return Adjudication(settlement, context.before, after, trace)


def line_parts(line: ClaimLine, index: int = 0) -> LineParts:
    """Return what a line is made of (§4). Errors: InvalidAmount, InvalidRatio."""
    place = f"/lines/{index}"
    amount(line.gross_fen, field=f"{place}/gross_fen")
    if not 0 <= line.over_fen <= line.gross_fen:
        raise InvalidAmount(line.over_fen, field=f"{place}/over_fen")
    ratio(line.self_pay_bp, field=f"{place}/self_pay_bp")
    rest = line.gross_fen - line.over_fen
    in_class_c = line.item_class is ItemClass.C
    pre_bp = line.self_pay_bp if line.item_class is ItemClass.B else 0
    return LineParts(
        gross_fen=line.gross_fen,
        over_fen=line.over_fen,
        own_fen=rest if in_class_c else 0,
        scope_e4=0 if in_class_c else rest * (WHOLE_BP - pre_bp),
        pre_e4=0 if in_class_c else rest * pre_bp,
    )


def overlap_e8(bands: Sequence[Band], start: int, end: int, *, unit: int) -> int:
    """Return Σ overlap([start, end), band) × ratio; edges are fen, positions are fen × unit.

    Range: 0 <= start; nothing overlaps if end <= start. The result is in unit × bp.
    """
    priced, lower = 0, 0
    for band in bands:
        upper = band.edge_fen * unit
        priced += saturating_sub(min(end, upper), max(start, lower)) * band.ratio_bp
        lower = upper
    return priced


def _basic_layer(
    plan: BenefitPlan, parts: Sequence[LineParts], context: AdjudicationContext
) -> BasicLayer:
    """Return the basic layer (§5): eligible cap, deductible, bands or fixed amounts, fund cap."""
    before, scope = context.before, plan.scope
    ordinal = before.stays + 1 if scope is CareScope.INPATIENT else 1
    rule = plan.rule_for(context.level)
    in_scope_e4 = sum(part.scope_e4 for part in parts)
    eligible_e4 = _eligible_e4(plan, before, in_scope_e4)
    copay_e4 = min(eligible_e4, plan.copay_fen * E4) if plan.fixed_amount else 0
    used_e4 = before.deductible_used_e4[scope] if plan.deductible_over_year else 0
    left_e4 = saturating_sub(rule.deductible_fen(ordinal) * E4, used_e4)
    deductible_e4 = min(eligible_e4 - copay_e4, left_e4)
    entered_e4 = eligible_e4 - copay_e4 - deductible_e4
    if plan.fixed_amount:
        fund = _fixed_amount_fund(plan, before, eligible_e4, entered_e4)
    else:
        start = _band_start(plan, before, deductible_e4)
        fund = half_up(overlap_e8(rule.bands, start, start + entered_e4, unit=E4), E8)
    pooled = fund
    if plan.fund_cap_fen != UNLIMITED:
        paid = before.fund_paid_fen[scope] if plan.fund_cap_over_year else 0
        pooled = min(fund, saturating_sub(plan.fund_cap_fen, paid))
    return BasicLayer(
        in_scope_e4=in_scope_e4,
        eligible_e4=eligible_e4,
        copay_e4=copay_e4,
        deductible_e4=deductible_e4,
        entered_e4=entered_e4,
        uncapped_fen=fund,
        pooled_fen=pooled,
    )


def _eligible_e4(plan: BenefitPlan, before: Accumulators, in_scope_e4: int) -> int:
    if plan.eligible_cap_fen == UNLIMITED:
        return in_scope_e4
    used = 0
    if plan.eligible_cap_over_year:
        used = before.deductible_used_e4[plan.scope] + before.in_bands_e4[plan.scope]
    return min(in_scope_e4, saturating_sub(plan.eligible_cap_fen * E4, used))


def _band_start(plan: BenefitPlan, before: Accumulators, deductible_e4: int) -> int:
    """Return the position at which the amount that entered begins."""
    start = deductible_e4 if plan.bands_on_total else 0
    if plan.bands_over_year:
        start += before.in_bands_e4[plan.scope]
        if plan.bands_on_total:
            start += before.deductible_used_e4[plan.scope]
    return start


def _fixed_amount_fund(
    plan: BenefitPlan, before: Accumulators, eligible_e4: int, entered_e4: int
) -> int:
    """Return the plan's part after copay and deductible, raised at the out-of-pocket maximum."""
    fund = half_up(entered_e4 * (WHOLE_BP - plan.coinsurance_bp), E8)
    if plan.out_of_pocket_max_fen == UNLIMITED:
        return fund
    left = saturating_sub(plan.out_of_pocket_max_fen, before.compliant_self_pay_fen)
    return max(fund, saturating_sub(half_up(eligible_e4, E4), left))


def _compliant_fen(plan: BenefitPlan, parts: Sequence[LineParts], basic: BasicLayer) -> int:
    """Return the in-scope amount left to the member after the basic layer (合规自付)."""
    all_e4 = basic.in_scope_e4
    if any(layer.counts_pre_self_pay for layer in plan.layers if _is_big_illness(layer)):
        all_e4 += sum(part.pre_e4 for part in parts)
    return half_up(all_e4, E4) - basic.pooled_fen


def _is_big_illness(layer: Layer) -> bool:
    return layer.kind is LayerKind.BIG_ILLNESS


def _later_layers(
    plan: BenefitPlan, context: AdjudicationContext, compliant: int, left_member: int
) -> list[LayerPayment]:
    """Return what each layer pays, in listed order (§6)."""
    left_compliant, aid_paid = compliant, context.before.aid_paid_fen
    payments: list[LayerPayment] = []
    for layer in plan.layers:
        if layer.kind is LayerKind.BIG_ILLNESS:
            paid = min(_big_illness_pay(layer, context, compliant), left_compliant)
        elif layer.kind is LayerKind.AID:
            paid = _aid_pay(layer, context.categories, left_compliant, aid_paid)
            aid_paid += paid
        else:
            paid = share(saturating_sub(left_member, layer.deductible_fen), layer.ratio_bp)
            paid = min(paid, layer.cap_fen)
        left_member -= paid
        # A supplementary layer lowers the in-scope side first, so nothing later pays class C.
        left_compliant = saturating_sub(left_compliant, paid)
        payments.append(LayerPayment(layer.kind, paid))
    return payments


def _big_illness_pay(layer: Layer, context: AdjudicationContext, compliant: int) -> int:
    """Return F(year so far + claim) − F(year so far): no drift over the year, nothing to store."""
    so_far = context.before.compliant_self_pay_fen
    upto = big_illness_fen(layer, so_far + compliant, tenure_years=context.tenure_years)
    return upto - big_illness_fen(layer, so_far, tenure_years=context.tenure_years)


def big_illness_fen(layer: Layer, year_fen: int, *, tenure_years: int = 0) -> int:
    """Return F: what the layer owes for a year's compliant self-pay, all claims together.

    Own deductible, bands, one rounding, own cap; each continuous year from the fifth on raises the
    cap by the bonus (P35). Source: docs/adjudication.md §6.
    """
    start = layer.deductible_fen if layer.bands_on_total else 0
    end = year_fen if layer.bands_on_total else saturating_sub(year_fen, layer.deductible_fen)
    owed = half_up(overlap_e8(layer.bands, start, end, unit=1), WHOLE_BP)
    if layer.cap_fen == UNLIMITED:
        return owed
    bonus = layer.tenure_bonus_fen * saturating_sub(tenure_years, TENURE_YEARS_WITHOUT_BONUS)
    return min(owed, layer.cap_fen + bonus)


def _aid_pay(layer: Layer, categories: int, left: int, aid_paid: int) -> int:
    if not layer.categories & categories:
        return 0
    paid = share(saturating_sub(left, layer.deductible_fen), layer.ratio_bp)
    if layer.cap_fen == UNLIMITED:
        return paid
    return min(paid, saturating_sub(layer.cap_fen, aid_paid))


def _used(plan: BenefitPlan, basic: BasicLayer, compliant: int, settlement: Settlement) -> Used:
    """Return what the claim adds to the accumulators (§8).

    A family holder's money is taken to have paid the yearly outpatient deductible first and does
    not count toward it, unless the plan says that it does.
    """
    counted = basic.deductible_e4
    yearly_outpatient = plan.deductible_over_year and plan.scope is CareScope.OUTPATIENT
    if yearly_outpatient and not plan.shared_spend_counts:
        counted = saturating_sub(counted, settlement.family_fen * E4)
    return Used(
        deductible_e4=counted,
        in_bands_e4=basic.entered_e4,
        fund_fen=basic.pooled_fen,
        compliant_fen=compliant,
        aid_fen=settlement.aid_fen,
    )
