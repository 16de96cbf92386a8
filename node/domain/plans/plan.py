"""Benefit and premium rules of one plan version, as data.

Mirrors contracts/src/types/PlanTypes.sol field by field; PlanRegistry keeps `abi.encode` of the
same values. A plan is checked when it is built, so adjudication never tests it again. The text
documents that people publish are read in `plan_documents`. Source: domain.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from node.domain.errors import (
    CareTypeNotCovered,
    InvalidAmount,
    InvalidBands,
    MalformedBody,
)
from node.domain.ids import ANY_LEVEL, NO_ACCOUNT, AccountId, Level
from node.domain.kinds import CareScope, FundKind, LayerKind, MemberKind, Proration
from node.domain.money import UNLIMITED, amount, ratio
from node.domain.said import said

LEVEL_BYTES = 16
MAX_DUE_DAYS = 366
KINDS_OF_MEMBERS = len(MemberKind)
SUPPLEMENTARY_FUNDS = (FundKind.BIG_ILLNESS, FundKind.SUBSIDY, FundKind.CAMPAIGN)
"""What may pay a supplementary layer: POOLED pays no class C, AID listed categories only."""


@dataclass(frozen=True)
class Band:
    """A marginal band: what lies between the previous edge and this one is paid at `ratio_bp`.

    Range: edge > 0 or UNLIMITED; 0 <= ratio <= 10,000.
    """

    edge_fen: int
    ratio_bp: int


def check_bands(bands: Sequence[Band], *, field: str | None = None) -> None:
    """Make sure that edges rise strictly from above 0 and only the last one is open.

    Errors: InvalidBands(index of the band at fault; the length if the last is not open),
    InvalidRatio, InvalidAmount.
    """
    previous = 0
    for index, band in enumerate(bands):
        place = None if field is None else f"{field}/{index}"
        ratio(band.ratio_bp, field=place)
        if band.edge_fen <= previous or previous == UNLIMITED:
            raise InvalidBands(index, field=place)
        if band.edge_fen != UNLIMITED:
            amount(band.edge_fen, field=place)
        previous = band.edge_fen
    if previous != UNLIMITED:
        raise InvalidBands(len(bands), field=field)


@dataclass(frozen=True)
class LevelRule:
    """Deductible ladder and bands of one hospital level; ANY_LEVEL serves the levels without one.

    A stay past the ladder uses its last entry; outside stays the first entry counts. Bands are
    empty in a fixed-amount plan. Range: ladder entries 0 to MAX_AMOUNT_FEN.
    """

    level: Level
    deductible_by_stay_fen: tuple[int, ...]
    bands: tuple[Band, ...]

    def deductible_fen(self, ordinal: int) -> int:
        """Return the deductible of the ordinal-th stay, counted from 1."""
        ladder = self.deductible_by_stay_fen
        return ladder[min(ordinal, len(ladder)) - 1]


@dataclass(frozen=True)
class Layer:
    """A layer after the basic one (大病保险, 医疗救助, 补充).

    BIG_ILLNESS uses bands on the year's compliant self-pay; AID and SUPPLEMENTARY use `ratio_bp`.
    `cap_fen` counts per policy year, for SUPPLEMENTARY per claim; UNLIMITED is no cap.
    `categories` is a mask matched with the member's (AID). `payer` pays a SUPPLEMENTARY layer.
    `tenure_bonus_fen` raises the cap for each continuous year from the fifth on (P35).
    """

    kind: LayerKind
    deductible_fen: int = 0
    bands_on_total: bool = True
    bands: tuple[Band, ...] = ()
    ratio_bp: int = 0
    cap_fen: int = UNLIMITED
    tenure_bonus_fen: int = 0
    counts_pre_self_pay: bool = False
    categories: int = 0
    payer: AccountId = NO_ACCOUNT

    def check(self, *, field: str | None = None) -> None:
        """Make sure the layer can be computed.

        Errors: InvalidAmount, InvalidRatio, InvalidBands.
        """
        amount(self.deductible_fen, minimum=0, field=field)
        amount(self.tenure_bonus_fen, minimum=0, field=field)
        check_limit(self.cap_fen, field=field)
        ratio(self.ratio_bp, field=field)
        if self.kind is LayerKind.BIG_ILLNESS:
            check_bands(self.bands, field=None if field is None else f"{field}/bands")


def check_limit(value: int, *, field: str | None = None) -> None:
    """Make sure a cap or maximum is an amount, 0 or UNLIMITED. Errors: InvalidAmount."""
    if value != UNLIMITED:
        amount(value, minimum=0, field=field)


@dataclass(frozen=True)
class BenefitPlan:
    """Benefit rules of one plan version: the body PlanRegistry keeps.

    Meaning of each field: docs/adjudication.md. Caps, edges and the out-of-pocket maximum are
    UNLIMITED where there is none. A fixed-amount plan uses copay, ladder and coinsurance.
    """

    scope: CareScope
    levels: tuple[LevelRule, ...]
    deductible_over_year: bool = False
    bands_on_total: bool = True
    bands_over_year: bool = False
    eligible_cap_fen: int = UNLIMITED
    eligible_cap_over_year: bool = False
    fund_cap_fen: int = UNLIMITED
    fund_cap_over_year: bool = False
    provider_bears_over_limit: bool = False
    account_pays_all: bool = False
    shared_spend_counts: bool = False
    fixed_amount: bool = False
    copay_fen: int = 0
    coinsurance_bp: int = 0
    out_of_pocket_max_fen: int = UNLIMITED
    layers: tuple[Layer, ...] = ()

    def rule_for(self, level: Level) -> LevelRule:
        """Return the rule of a hospital level, or the one that serves any level.

        Errors: CareTypeNotCovered if the plan has neither.
        """
        for wanted in (level, ANY_LEVEL):
            for rule in self.levels:
                if rule.level == wanted:
                    return rule
        raise CareTypeNotCovered(self.scope.name, level)

    def payers(self) -> dict[int, AccountId]:
        """Return who pays the supplementary layers, by the index of the layer."""
        supplementary = LayerKind.SUPPLEMENTARY
        return {i: one.payer for i, one in enumerate(self.layers) if one.kind is supplementary}


def checked_benefit_plan(plan: BenefitPlan) -> BenefitPlan:
    """Return the plan if every claim can be computed with it (docs/adjudication.md §9).

    Errors: InvalidAmount, InvalidRatio, InvalidBands, MalformedBody, each with its JSON place.
    """
    _check_levels(plan)
    for name in ("eligible_cap_fen", "fund_cap_fen", "out_of_pocket_max_fen"):
        check_limit(getattr(plan, name), field=f"/{name}")
    amount(plan.copay_fen, minimum=0, field="/copay")
    ratio(plan.coinsurance_bp, field="/coinsurance_bp")
    for index, layer in enumerate(plan.layers):
        layer.check(field=f"/layers/{index}")
    if sum(layer.kind is LayerKind.BIG_ILLNESS for layer in plan.layers) > 1:
        raise MalformedBody("a plan has at most one big_illness layer", field="/layers")
    payers = plan.payers()
    for index, payer in payers.items():
        if payer != next(iter(payers.values())):
            raise InvalidBands(index, field=f"/layers/{index}/payer")
    return plan


def _check_levels(plan: BenefitPlan) -> None:
    if not plan.levels:
        raise MalformedBody("a plan needs a rule for at least one level", field="/bands")
    levels = [rule.level for rule in plan.levels]
    for index, rule in enumerate(plan.levels):
        # A repeated level would never be reached.
        if rule.level in levels[:index] or len(rule.level.encode()) > LEVEL_BYTES:
            reason = said("level {level} is repeated or too long", level=repr(rule.level))
            raise MalformedBody(reason, field="/bands")
        if not rule.deductible_by_stay_fen:
            raise MalformedBody("a deductible ladder needs an entry", field="/deductible")
        for entry in rule.deductible_by_stay_fen:
            amount(entry, minimum=0, field="/deductible")
        if rule.bands or not plan.fixed_amount:
            check_bands(rule.bands, field="/bands" if rule.level == ANY_LEVEL else None)


@dataclass(frozen=True)
class PremiumPlan:
    """Premium rules of one plan version (domain.md §4, S45).

    `personal_fen` and `subsidy_fen` have one entry per MemberKind. Bounds of the wage base are
    monthly. Waiting counts months; `late_fee_bp_per_day` is charged to employers only, on bills
    that they declare: those are due `due_days` after the first of their month.
    """

    base_floor_fen: int = 0
    base_ceiling_fen: int = UNLIMITED
    employer_bp: int = 0
    employee_bp: int = 0
    personal_fen: tuple[int, ...] = (0,) * KINDS_OF_MEMBERS
    subsidy_fen: tuple[int, ...] = (0,) * KINDS_OF_MEMBERS
    proration: Proration = Proration.NONE
    due_days: int = 0
    grace_days: int = 0
    backpay_days: int = 0
    late_fee_bp_per_day: int = 5
    waiting_fixed_months: int = 0
    waiting_months_per_missed_year: int = 0
    waiting_floor_months: int = 0
    waiting_floor_after_years: int = 0


def checked_premium_plan(plan: PremiumPlan) -> PremiumPlan:
    """Return the plan if every premium can be computed with it.

    Errors: InvalidRatio, InvalidAmount (also a floor above the ceiling), MalformedBody (also due
    later than a year after the month's first day).
    """
    ratio(plan.employer_bp, field="/employer_bp")
    ratio(plan.employee_bp, field="/employee_bp")
    ratio(plan.late_fee_bp_per_day, field="/late_fee_bp_per_day")
    amount(plan.base_floor_fen, minimum=0, field="/base/floor")
    check_limit(plan.base_ceiling_fen, field="/base/ceiling")
    if plan.base_floor_fen > plan.base_ceiling_fen:
        raise InvalidAmount(plan.base_floor_fen, field="/base/floor")
    if plan.due_days > MAX_DUE_DAYS:
        # The contract says InvalidPeriod; its days are days of the calendar, and this is a number.
        reason = said("must be from {low} to {high}", low=0, high=MAX_DUE_DAYS)
        raise MalformedBody(reason, field="/due_days")
    for name in ("personal_fen", "subsidy_fen"):
        values = getattr(plan, name)
        if len(values) != KINDS_OF_MEMBERS:
            raise MalformedBody("one amount per member kind", field=f"/{name}")
        for value in values:
            amount(value, minimum=0, field=f"/{name}")
    return plan
