"""Why each fen was refused: steps, reason codes, and the parts of every line (P32, S03).

Built from the figures of adjudication, never the other way round: nothing here changes an amount.
Refused parts plus fund parts give the total, for the claim and for each line, to the fen.
Source: domain.md §6 step 12, docs/adjudication.md §11.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node.domain.adjudication.settlement import Settlement
from node.domain.kinds import LayerKind
from node.domain.money import E4, half_up, spread
from node.domain.plans.plan import BenefitPlan


class Reason(enum.Enum):
    """Why a part of a claim is not paid by a fund."""

    OWN_PAY = "own-pay"
    OVER_LIMIT = "over-limit"
    OVER_LIMIT_PROVIDER = "over-limit-provider"
    PRE_SELF_PAY = "pre-self-pay"
    ABOVE_ELIGIBLE_CAP = "above-eligible-cap"
    COPAY = "copay"
    DEDUCTIBLE = "deductible"
    BAND_SELF_PAY = "band-self-pay"
    COINSURANCE = "coinsurance"
    ABOVE_FUND_CAP = "above-fund-cap"


class Payer(enum.Enum):
    """Which layer pays a part."""

    POOLED = "pooled"
    BIG_ILLNESS = "big-illness"
    AID = "aid"
    SUPPLEMENTARY = "supplementary"


# Later layers lower refused parts in this order; the last two only where all_remaining is paid.
_LOWERED = (
    Reason.BAND_SELF_PAY,
    Reason.COINSURANCE,
    Reason.DEDUCTIBLE,
    Reason.COPAY,
    Reason.ABOVE_FUND_CAP,
    Reason.ABOVE_ELIGIBLE_CAP,
    Reason.PRE_SELF_PAY,
)
_LOWERED_BY_SUPPLEMENTARY = (*_LOWERED, Reason.OVER_LIMIT, Reason.OWN_PAY)


@dataclass(frozen=True)
class LineParts:
    """What a line is made of: gross = over + own + (scope_e4 + pre_e4) / 10,000."""

    gross_fen: int
    over_fen: int
    own_fen: int
    scope_e4: int
    pre_e4: int

    @property
    def rest_fen(self) -> int:
        """The class A or B amount within the limit: what a fund may look at."""
        return self.gross_fen - self.over_fen - self.own_fen


@dataclass(frozen=True)
class BasicLayer:
    """The basic layer of a claim: what is in scope, what entered, was deducted and is paid."""

    in_scope_e4: int
    eligible_e4: int
    copay_e4: int
    deductible_e4: int
    entered_e4: int
    uncapped_fen: int
    pooled_fen: int


@dataclass(frozen=True)
class LayerPayment:
    """What one later layer pays, in fen."""

    kind: LayerKind
    paid_fen: int


@dataclass(frozen=True)
class TraceStep:
    """One step of adjudication: its number in domain.md §6, the rule, and the amount in fen."""

    step: int
    rule: str
    amount_fen: int


@dataclass(frozen=True)
class RefusedPart:
    """A part that no fund pays, and why. Range: amount > 0."""

    reason: Reason
    amount_fen: int


@dataclass(frozen=True)
class PaidPart:
    """A part that a fund pays. Range: amount > 0."""

    payer: Payer
    amount_fen: int


@dataclass(frozen=True)
class LineTrace:
    """One line: gross = paid + refused. `self_fen` = refused without what the provider bears."""

    gross_fen: int
    paid: tuple[PaidPart, ...]
    refused: tuple[RefusedPart, ...]

    @property
    def fund_fen(self) -> int:
        """What all funds pay of the line."""
        return sum(part.amount_fen for part in self.paid)

    @property
    def provider_fen(self) -> int:
        """What the provider bears of the line."""
        borne = Reason.OVER_LIMIT_PROVIDER
        return sum(part.amount_fen for part in self.refused if part.reason is borne)

    @property
    def self_fen(self) -> int:
        """What the member pays of the line."""
        return self.gross_fen - self.fund_fen - self.provider_fen


@dataclass(frozen=True)
class Trace:
    """The text of a decision: steps in order, refused parts of the claim, and each line."""

    steps: tuple[TraceStep, ...]
    refused: tuple[RefusedPart, ...]
    lines: tuple[LineTrace, ...]


def build_trace(
    plan: BenefitPlan,
    lines: Sequence[LineParts],
    basic: BasicLayer,
    *,
    payments: Sequence[LayerPayment],
    settlement: Settlement,
) -> Trace:
    """Return the reasons behind a settlement. Sums are exact per claim, per reason and per line."""
    refused = _refused_by_basic(plan, basic, settlement)
    paid = {Payer.POOLED: settlement.pooled_fen}
    outside: dict[Reason, int] = {}
    for payment in payments:
        payer = Payer[payment.kind.name]
        taken = _lower(refused, payment)
        inside = sum(part for reason, part in taken.items() if reason in _LOWERED)
        paid[payer] = paid.get(payer, 0) + inside
        for reason in (Reason.OVER_LIMIT, Reason.OWN_PAY):
            outside[reason] = outside.get(reason, 0) + taken.get(reason, 0)
    return Trace(
        steps=tuple(_steps(basic, payments, settlement)),
        refused=tuple(RefusedPart(reason, part) for reason, part in refused.items() if part),
        lines=tuple(_line_traces(lines, refused, paid, outside)),
    )


def _refused_by_basic(
    plan: BenefitPlan, basic: BasicLayer, settlement: Settlement
) -> dict[Reason, int]:
    """Return the parts that the basic layer leaves; they add up to total − pooled."""
    left = settlement.pre_self_fen + settlement.in_scope_fen - settlement.pooled_fen
    refused: dict[Reason, int] = {}
    named = (
        # One fen less is possible: both halves of a fen were rounded up (CN-13).
        (Reason.PRE_SELF_PAY, settlement.pre_self_fen),
        (Reason.ABOVE_ELIGIBLE_CAP, half_up(basic.in_scope_e4 - basic.eligible_e4, E4)),
        (Reason.COPAY, half_up(basic.copay_e4, E4)),
        (Reason.DEDUCTIBLE, settlement.deductible_fen),
        (Reason.ABOVE_FUND_CAP, basic.uncapped_fen - basic.pooled_fen),
    )
    for reason, part in named:
        refused[reason] = min(part, left)
        left -= refused[reason]
    refused[Reason.COINSURANCE if plan.fixed_amount else Reason.BAND_SELF_PAY] = left
    borne_by_provider = plan.provider_bears_over_limit
    over = Reason.OVER_LIMIT_PROVIDER if borne_by_provider else Reason.OVER_LIMIT
    refused[over] = settlement.over_fen
    refused[Reason.OWN_PAY] = settlement.own_fen
    return refused


def _lower(refused: dict[Reason, int], payment: LayerPayment) -> dict[Reason, int]:
    """Take a layer's payment out of the refused parts and return what was taken from each."""
    supplementary = payment.kind is LayerKind.SUPPLEMENTARY
    left, taken = payment.paid_fen, {}
    for reason in _LOWERED_BY_SUPPLEMENTARY if supplementary else _LOWERED:
        taken[reason] = min(left, refused.get(reason, 0))
        refused[reason] = refused.get(reason, 0) - taken[reason]
        left -= taken[reason]
    return taken


def _line_traces(
    lines: Sequence[LineParts],
    refused: dict[Reason, int],
    paid: dict[Payer, int],
    outside: dict[Reason, int],
) -> Iterable[LineTrace]:
    """Spread the claim's parts over its lines so that lines and reasons both add up."""
    columns: list[tuple[Reason | Payer, list[int]]] = []
    pre = spread(refused[Reason.PRE_SELF_PAY], [line.pre_e4 for line in lines])
    columns.append((Reason.PRE_SELF_PAY, pre))
    room = [line.rest_fen - part for line, part in zip(lines, pre, strict=True)]
    inside: list[tuple[Reason | Payer, int]] = [*paid.items()]
    inside += [(reason, refused.get(reason, 0)) for reason in _LOWERED[:-1]]
    for name, part in inside:
        shares = spread(part, room)
        room = [left - taken for left, taken in zip(room, shares, strict=True)]
        columns.append((name, shares))
    for reason, weights in (
        (Reason.OVER_LIMIT_PROVIDER, [line.over_fen for line in lines]),
        (Reason.OVER_LIMIT, [line.over_fen for line in lines]),
        (Reason.OWN_PAY, [line.own_fen for line in lines]),
    ):
        supplementary = spread(outside.get(reason, 0), weights)
        room = [left - taken for left, taken in zip(weights, supplementary, strict=True)]
        columns.append((Payer.SUPPLEMENTARY, supplementary))
        columns.append((reason, spread(refused.get(reason, 0), room)))
    for index, line in enumerate(lines):
        yield _line_trace(line, [(name, shares[index]) for name, shares in columns])


def _line_trace(line: LineParts, cells: Sequence[tuple[Reason | Payer, int]]) -> LineTrace:
    amounts: dict[Reason | Payer, int] = {}
    for name, part in cells:
        amounts[name] = amounts.get(name, 0) + part
    return LineTrace(
        gross_fen=line.gross_fen,
        paid=tuple(PaidPart(payer, amounts[payer]) for payer in Payer if amounts.get(payer)),
        refused=tuple(RefusedPart(r, amounts[r]) for r in Reason if amounts.get(r)),
    )


def _steps(
    basic: BasicLayer, payments: Sequence[LayerPayment], settlement: Settlement
) -> Iterable[TraceStep]:
    """Yield the amounts in the order in which they were decided."""
    yield TraceStep(2, "own-pay", settlement.own_fen)
    yield TraceStep(2, "over-limit", settlement.over_fen)
    yield TraceStep(2, "pre-self-pay", settlement.pre_self_fen)
    yield TraceStep(2, "in-scope", settlement.in_scope_fen)
    yield TraceStep(3, "eligible", half_up(basic.eligible_e4, E4))
    yield TraceStep(4, "copay", half_up(basic.copay_e4, E4))
    yield TraceStep(4, "deductible", settlement.deductible_fen)
    yield TraceStep(5, "in-bands", half_up(basic.entered_e4, E4))
    yield TraceStep(6, "fund-before-cap", basic.uncapped_fen)
    yield TraceStep(7, "pooled", settlement.pooled_fen)
    for payment in payments:
        step = 8 if payment.kind is LayerKind.BIG_ILLNESS else 9
        yield TraceStep(step, Payer[payment.kind.name].value, payment.paid_fen)
    yield TraceStep(10, "provider", settlement.provider_fen)
    yield TraceStep(10, "member", settlement.member_fen)
    yield TraceStep(11, "medical", settlement.medical_fen)
    yield TraceStep(11, "family", settlement.family_fen)
    yield TraceStep(11, "cash", settlement.cash_fen)
