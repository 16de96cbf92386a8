"""A member-year: words, what a claim adds, reversal in reverse order (P29)."""

from __future__ import annotations

import pytest

from node.domain.adjudication.accumulators import (
    Accumulators,
    Used,
    YearEntry,
    advance,
    reverse_last,
)
from node.domain.errors import InvalidAmount, LaterSettlementExists
from node.domain.kinds import CareScope

WORDS = tuple(range(1, 13))


class TestWords:
    def test_words__survive_the_round_trip(self) -> None:
        year = Accumulators.from_words(WORDS)
        assert year.words() == WORDS
        assert year.in_bands_e4 == (4, 5, 6)
        assert (year.compliant_self_pay_fen, year.aid_paid_fen, year.stays) == (10, 11, 12)

    def test_other_number_of_words__is_refused(self) -> None:
        with pytest.raises(ValueError, match="twelve"):
            Accumulators.from_words(WORDS[:11])

    def test_view__shows_five_values_in_fen(self) -> None:
        year = Accumulators((15_000, 0, 0), (4_999, 0, 0), (7, 0, 0), 8, 9)
        assert year.five(CareScope.OUTPATIENT) == {
            "deductible_used_fen": 2,
            "in_bands_fen": 0,
            "fund_paid_fen": 7,
            "compliant_self_pay_fen": 8,
            "aid_paid_fen": 9,
        }


class TestAdvance:
    @pytest.mark.parametrize(("scope", "stays"), [(0, 0), (1, 1), (2, 0)])
    def test_claim__moves_its_own_scope_only(self, scope: int, stays: int) -> None:
        after = advance(Accumulators(), CareScope(scope), Used(1, 2, 3, 4, 5))
        assert after.deductible_used_e4[scope] == sum(after.deductible_used_e4) == 1
        assert after.in_bands_e4[scope] == sum(after.in_bands_e4) == 2
        assert after.fund_paid_fen[scope] == sum(after.fund_paid_fen) == 3
        assert (after.compliant_self_pay_fen, after.aid_paid_fen, after.stays) == (4, 5, stays)

    @pytest.mark.parametrize("position", range(11))
    def test_word_at_its_end__takes_no_more(self, position: int) -> None:
        words = [0] * 12
        words[position] = 2**64 - 1
        scope = CareScope(position % 3)
        before = Accumulators.from_words(words)
        assert advance(before, scope, Used(0, 0, 0, 0, 0)).words()[position] == 2**64 - 1
        with pytest.raises(InvalidAmount):
            advance(before, scope, Used(1, 1, 1, 1, 1))

    def test_stay_counter_at_its_end__takes_no_more(self) -> None:
        with pytest.raises(InvalidAmount):
            advance(Accumulators(stays=2**32 - 1), CareScope.INPATIENT, Used(0, 0, 0, 0, 0))


class TestReversal:
    FIRST, SECOND = Accumulators(aid_paid_fen=1), Accumulators(aid_paid_fen=3)
    SETTLED = (YearEntry("a", Accumulators(), FIRST), YearEntry("b", FIRST, SECOND))

    def test_earlier_claim__is_blocked_by_the_later_one(self) -> None:
        with pytest.raises(LaterSettlementExists) as refused:
            reverse_last(self.SETTLED, self.SECOND, "a")
        assert refused.value.claim_id == "b"

    def test_year_that_moved_on__is_not_restored(self) -> None:
        with pytest.raises(LaterSettlementExists):
            reverse_last(self.SETTLED, self.FIRST, "b")

    def test_last_claim__restores_what_was_before(self) -> None:
        assert reverse_last(self.SETTLED, self.SECOND, "b") == self.FIRST
        assert reverse_last(self.SETTLED[:1], self.FIRST, "a") == Accumulators()
