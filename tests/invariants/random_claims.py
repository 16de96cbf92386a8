"""Random plans and claims for differential runs, drawn mostly at the places where rules change.

Every figure is taken from the plan's own edges (band edges, caps, deductibles, what the year still
leaves of them) and moved by −1, 0 or +1, or it is drawn over all magnitudes.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.engine import AdjudicationContext, ClaimLine
from node.domain.ids import ANY_LEVEL, AccountId, Level
from node.domain.kinds import CareScope, ItemClass, LayerKind
from node.domain.money import E4, MAX_AMOUNT_FEN, UNLIMITED
from node.domain.plans.plan import Band, BenefitPlan, Layer, LevelRule

PAYER = AccountId("0xf" + "a" * 39)
LEVELS = (Level("1"), Level("3"), Level("community"))
RATIOS = (0, 1, 4_999, 5_000, 5_001, 9_999, 10_000)
CLAIMS_PER_PLAN = 5
FULL = 2**64 - 1


@dataclass(frozen=True)
class RandomClaim:
    """One case of a differential run."""

    plan: BenefitPlan
    lines: tuple[ClaimLine, ...]
    context: AdjudicationContext


class ClaimSource:
    """Draws cases; the same generator state gives the same cases."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def cases(self, count: int) -> list[RandomClaim]:
        """Return that many cases, some claims for each plan."""
        drawn: list[RandomClaim] = []
        while len(drawn) < count:
            plan = self.plan()
            for _ in range(min(CLAIMS_PER_PLAN, count - len(drawn))):
                context = self.context(plan)
                drawn.append(RandomClaim(plan, self.lines(plan, context), context))
        return drawn

    def maybe(self, chance: float) -> bool:
        return self.rng.random() < chance

    def amount(self, edges: Sequence[int] = (), *, least: int = 0) -> int:
        """Return an edge, its neighbour, or an amount of any magnitude."""
        if edges and self.maybe(0.6):
            value = self.rng.choice(edges) + self.rng.choice((-1, 0, 0, 0, 1))
        else:
            value = self.rng.randrange(10 ** self.rng.randint(1, 13))
        return min(max(value, least), MAX_AMOUNT_FEN)

    def ratio(self) -> int:
        return self.rng.choice(RATIOS) if self.maybe(0.5) else self.rng.randrange(10_001)

    def limit(self, edges: Sequence[int] = ()) -> int:
        """Return a cap: none, zero or an amount."""
        return UNLIMITED if self.maybe(0.4) else self.amount(edges)

    # plans

    def plan(self) -> BenefitPlan:
        rng = self.rng
        fixed = self.maybe(0.2)
        levels = self.levels(fixed)
        edges = [band.edge_fen for rule in levels for band in rule.bands[:-1]]
        edges += [entry for rule in levels for entry in rule.deductible_by_stay_fen]
        return BenefitPlan(
            scope=rng.choice(list(CareScope)),
            levels=levels,
            deductible_over_year=self.maybe(0.5),
            bands_on_total=self.maybe(0.5),
            bands_over_year=self.maybe(0.5),
            eligible_cap_fen=self.limit(edges),
            eligible_cap_over_year=self.maybe(0.5),
            fund_cap_fen=self.limit(edges),
            fund_cap_over_year=self.maybe(0.5),
            provider_bears_over_limit=self.maybe(0.3),
            account_pays_all=self.maybe(0.3),
            shared_spend_counts=self.maybe(0.5),
            fixed_amount=fixed,
            copay_fen=self.amount() if fixed else 0,
            coinsurance_bp=self.ratio() if fixed else 0,
            out_of_pocket_max_fen=self.limit() if fixed else UNLIMITED,
            layers=self.layers(edges),
        )

    def levels(self, fixed: bool) -> tuple[LevelRule, ...]:
        names = [ANY_LEVEL, *LEVELS]
        self.rng.shuffle(names)
        rules = []
        for name in names[: self.rng.randint(1, 3)]:
            ladder = tuple(self.amount() for _ in range(self.rng.randint(1, 4)))
            bands = () if fixed and self.maybe(0.7) else self.bands()
            rules.append(LevelRule(name, ladder, bands))
        return tuple(rules)

    def bands(self) -> tuple[Band, ...]:
        edges = {self.amount(least=1) for _ in range(self.rng.randint(0, 3))}
        return tuple(Band(edge, self.ratio()) for edge in (*sorted(edges), UNLIMITED))

    def layers(self, edges: Sequence[int]) -> tuple[Layer, ...]:
        kinds = [kind for kind in LayerKind if self.maybe(0.5)]
        if self.maybe(0.1):
            kinds.append(self.rng.choice((LayerKind.AID, LayerKind.SUPPLEMENTARY)))
        if self.maybe(0.3):
            self.rng.shuffle(kinds)
        return tuple(self.layer(kind, edges) for kind in kinds)

    def layer(self, kind: LayerKind, edges: Sequence[int]) -> Layer:
        big = kind is LayerKind.BIG_ILLNESS
        return Layer(
            kind,
            deductible_fen=0 if self.maybe(0.4) else self.amount(edges),
            bands_on_total=self.maybe(0.5),
            bands=self.bands() if big else (),
            ratio_bp=self.ratio(),
            cap_fen=self.limit(edges),
            tenure_bonus_fen=self.amount() if self.maybe(0.3) else 0,
            # Means something in a big-illness layer only; elsewhere it must change nothing.
            counts_pre_self_pay=self.maybe(0.4),
            categories=self.rng.choice((0, 1, 2, 3, 2**31)),
            payer=PAYER if kind is LayerKind.SUPPLEMENTARY else AccountId("0x" + "0" * 40),
        )

    # claims

    def context(self, plan: BenefitPlan) -> AdjudicationContext:
        return AdjudicationContext(
            level=self.level(plan),
            before=Accumulators() if self.maybe(0.25) else self.year(plan),
            tenure_years=self.rng.choice((0, 1, 3, 4, 5, 6, 65_535)),
            categories=self.rng.choice((0, 1, 2, 3, 2**31)),
            medical_available_fen=self.purse(),
            family_available_fen=self.purse(),
        )

    def level(self, plan: BenefitPlan) -> Level:
        """Return a level with a rule of its own, rarely one without."""
        if self.maybe(0.1):
            return self.rng.choice((ANY_LEVEL, *LEVELS, Level("unlisted")))
        return self.rng.choice([rule.level for rule in plan.levels])

    def purse(self) -> int:
        if self.maybe(0.3):
            return 0
        return FULL if self.maybe(0.1) else self.amount()

    def year(self, plan: BenefitPlan) -> Accumulators:
        """Return a year in which caps, deductibles and bands are nearly or just used up."""
        ladder = [entry for rule in plan.levels for entry in rule.deductible_by_stay_fen]
        bands = [band.edge_fen for rule in plan.levels for band in rule.bands[:-1]]
        caps = [cap for cap in (plan.eligible_cap_fen, plan.fund_cap_fen) if cap != UNLIMITED]
        later = [
            edge
            for layer in plan.layers
            for edge in (
                *(layer.deductible_fen, layer.cap_fen),
                *(band.edge_fen for band in layer.bands),
            )
            if edge != UNLIMITED
        ]
        if plan.out_of_pocket_max_fen != UNLIMITED:
            later.append(plan.out_of_pocket_max_fen)
        return Accumulators(
            deductible_used_e4=tuple(self.e4(ladder) for _ in CareScope),
            in_bands_e4=tuple(self.e4([*bands, *caps]) for _ in CareScope),
            fund_paid_fen=tuple(self.word(caps) for _ in CareScope),
            compliant_self_pay_fen=self.word(later),
            aid_paid_fen=self.word(later),
            stays=self.rng.choice((0, 1, 2, 3, 4, 2**32 - 2, 2**32 - 1))
            if self.maybe(0.9)
            else self.rng.randrange(2**32),
        )

    def e4(self, edges: Sequence[int]) -> int:
        if self.maybe(0.02):
            return FULL - self.rng.choice((0, 1, 10**6))
        return min(self.amount(edges) * E4 + self.rng.choice((-1, 0, 0, 1, 5_000)), FULL) % FULL

    def word(self, edges: Sequence[int]) -> int:
        if self.maybe(0.02):
            return FULL - self.rng.choice((0, 1, 10**6))
        return self.amount(edges)

    def lines(self, plan: BenefitPlan, context: AdjudicationContext) -> tuple[ClaimLine, ...]:
        targets = self.targets(plan, context)
        lines = [self.line(targets) for _ in range(self.rng.choice((1, 1, 1, 2, 3, 4, 6)))]
        if self.maybe(0.03):
            lines[0] = self.spoiled(lines[0])
        return () if self.maybe(0.003) else tuple(lines)

    def targets(self, plan: BenefitPlan, context: AdjudicationContext) -> list[int]:
        """Return amounts at which the claim meets an edge, with and without what the year used."""
        used = context.before.deductible_used_e4[plan.scope] // E4
        inside = context.before.in_bands_e4[plan.scope] // E4
        edges = [entry for rule in plan.levels for entry in rule.deductible_by_stay_fen]
        edges += [band.edge_fen for rule in plan.levels for band in rule.bands[:-1]]
        edges += [cap for cap in (plan.eligible_cap_fen, plan.fund_cap_fen) if cap != UNLIMITED]
        edges.append(plan.copay_fen)
        left = [edge - spent for edge in edges for spent in (used, inside, used + inside)]
        return [edge for edge in (*edges, *left) if 0 < edge <= MAX_AMOUNT_FEN] or [1]

    def line(self, targets: Sequence[int]) -> ClaimLine:
        item_class = self.rng.choice(
            (ItemClass.A, ItemClass.A, ItemClass.B, ItemClass.B, ItemClass.C)
        )
        gross = self.amount(targets, least=1)
        over = 0
        if self.maybe(0.3):
            over = self.rng.choice((gross, 1, gross - 1, self.rng.randrange(gross + 1)))
        ratio = self.ratio() if item_class is ItemClass.B else 0
        return ClaimLine(item_class, gross, min(over, gross), ratio)

    def spoiled(self, line: ClaimLine) -> ClaimLine:
        """Return a line that must be refused, or a ratio where it has no meaning."""
        return self.rng.choice(
            (
                replace(line, gross_fen=0, over_fen=0),
                replace(line, gross_fen=MAX_AMOUNT_FEN + 1),
                replace(line, gross_fen=MAX_AMOUNT_FEN),
                replace(line, over_fen=line.gross_fen + 1),
                replace(line, over_fen=FULL),
                replace(line, self_pay_bp=10_001),
                replace(line, self_pay_bp=65_535),
                replace(line, item_class=ItemClass.A, self_pay_bp=5_000),
                replace(line, item_class=ItemClass.C, self_pay_bp=5_000),
            )
        )
