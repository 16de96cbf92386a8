"""What a member-year has used: eleven words and the stay counter.

Mirrors `Accumulators` of contracts/src/types/ClaimTypes.sol. A policy year starts at zero; a
settled claim moves the values forward and its reversal restores them as stored, last in, first
out (P29). Source: domain.md §7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.domain.errors import InvalidAmount, LaterSettlementExists
from node.domain.kinds import CareScope
from node.domain.money import E4, half_up

_ZERO = (0,) * len(CareScope)
_MAX_WORD = 2**64 - 1
_MAX_STAYS = 2**32 - 1


@dataclass(frozen=True)
class Accumulators:
    """The accumulators of one member and policy year; tuples are indexed by CareScope.

    Units: e4 (1/10,000 fen) or fen as the names say. Range: 0 to 2^64 − 1, stays to 2^32 − 1.
    """

    deductible_used_e4: tuple[int, ...] = _ZERO
    in_bands_e4: tuple[int, ...] = _ZERO
    fund_paid_fen: tuple[int, ...] = _ZERO
    compliant_self_pay_fen: int = 0
    aid_paid_fen: int = 0
    stays: int = 0

    def words(self) -> tuple[int, ...]:
        """Return the twelve integers in struct order."""
        return (
            *self.deductible_used_e4,
            *self.in_bands_e4,
            *self.fund_paid_fen,
            self.compliant_self_pay_fen,
            self.aid_paid_fen,
            self.stays,
        )

    @classmethod
    def from_words(cls, words: Sequence[int]) -> Accumulators:
        """Return the value whose twelve `words()` are given. Errors: ValueError."""
        if len(words) != 12:
            raise ValueError("accumulators have twelve words")
        w = tuple(words)
        return cls(
            w[0:3], w[3:6], w[6:9], compliant_self_pay_fen=w[9], aid_paid_fen=w[10], stays=w[11]
        )

    def five(self, scope: CareScope) -> dict[str, int]:
        """Return the five values that views show for a scope, all in fen."""
        return {
            "deductible_used_fen": half_up(self.deductible_used_e4[scope], E4),
            "in_bands_fen": half_up(self.in_bands_e4[scope], E4),
            "fund_paid_fen": self.fund_paid_fen[scope],
            "compliant_self_pay_fen": self.compliant_self_pay_fen,
            "aid_paid_fen": self.aid_paid_fen,
        }


@dataclass(frozen=True)
class Used:
    """What one claim adds to the accumulators of its scope. Units as in Accumulators."""

    deductible_e4: int
    in_bands_e4: int
    fund_fen: int
    compliant_fen: int
    aid_fen: int


def advance(before: Accumulators, scope: CareScope, used: Used) -> Accumulators:
    """Return the accumulators after a claim. A stay raises the stay counter.

    Errors: InvalidAmount if a word would not fit its storage, the first one in struct order.
    """
    after = replace(
        before,
        deductible_used_e4=_added(before.deductible_used_e4, scope, used.deductible_e4),
        in_bands_e4=_added(before.in_bands_e4, scope, used.in_bands_e4),
        fund_paid_fen=_added(before.fund_paid_fen, scope, used.fund_fen),
        compliant_self_pay_fen=before.compliant_self_pay_fen + used.compliant_fen,
        aid_paid_fen=before.aid_paid_fen + used.aid_fen,
        stays=before.stays + int(scope is CareScope.INPATIENT),
    )
    for word in after.words()[:-1]:
        if word > _MAX_WORD:
            raise InvalidAmount(word)
    if after.stays > _MAX_STAYS:
        raise InvalidAmount(after.stays)
    return after


def _added(values: tuple[int, ...], scope: CareScope, more: int) -> tuple[int, ...]:
    return tuple(value + more * (index == scope) for index, value in enumerate(values))


@dataclass(frozen=True)
class YearEntry:
    """A settled claim in its member-year: what the accumulators were before and after it."""

    claim_id: str
    before: Accumulators
    after: Accumulators


def reverse_last(
    settled: Sequence[YearEntry], current: Accumulators, claim_id: str
) -> Accumulators:
    """Return the accumulators after the last settled claim of the year is undone.

    `settled` is the year's list in order, over all scopes. Errors: LaterSettlementExists (id of
    the last claim) if another claim was settled later. Source: domain.md §7.
    """
    last = settled[-1]
    if last.claim_id != claim_id or last.after != current:
        raise LaterSettlementExists(last.claim_id)
    return last.before
