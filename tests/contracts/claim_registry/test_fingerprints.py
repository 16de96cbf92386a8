"""Fingerprints of live claims: four to a word, words in a chain, lanes used again (INV-20, S20)."""

import random

import pytest
from eth_hash.auto import keccak

from node.domain.claims import ClaimState
from tests.contracts.claim_registry.test_records import COMMITMENT, MOVED, ZERO, Registry, terms
from tests.fixtures.actors import ANN, BEN, word
from tests.fixtures.evm.claims import Claims
from tests.fixtures.evm.in_process import reverts

FREED = 1


class Month:
    """Claims of ANN in March 2026, numbered; claim n has fingerprint n unless told otherwise."""

    def __init__(self, claims: Claims) -> None:
        self.registry = Registry(claims)
        self.used = 0

    def tag(self, number: int) -> str:
        return word(f"print {number}")[:18]

    def settle(self, *numbers: int) -> list[str]:
        """Settle a claim for each of the fingerprints and return their ids."""
        ids = []
        for number in numbers:
            self.used += 1
            ids.append(word(f"claim {self.used}")[:48] + "0" * 18)
            self.registry.settle(ids[-1], self.tag(number))
        return ids

    def refused(self, number: int) -> None:
        """Expect that nobody can use the fingerprint, to settle or to submit."""
        for write in (self.registry.settle, self.registry.adjudicate):
            with reverts("DuplicateClaim", self.tag(number)):
                write(word(f"refused {number}"), self.tag(number))

    def reverse(self, claim_id: str, number: int) -> None:
        """Free the fingerprint of a settled claim."""
        self.registry.reverse(claim_id, self.tag(number))

    def lanes(self, ordinal: int) -> list[int]:
        """Return the four lanes of one word as they are stored, lowest first."""
        key = ((int(ANN.account, 16) << 16 | 2026) << 8 | 3) << 64 | ordinal
        slot = int.from_bytes(keccak(key.to_bytes(32) + (2).to_bytes(32)))
        stored = self.registry.stored(slot)
        return [stored >> shift & (2**64 - 1) for shift in (0, 64, 128, 192)]

    def shown(self, ordinal: int, *numbers: int | None) -> None:
        """Expect fingerprints in the lanes of a word: None = freed, missing = never used."""
        tags = [FREED if one is None else int(self.tag(one), 16) for one in numbers]
        assert self.lanes(ordinal) == [*tags, *[0] * (4 - len(tags))]


@pytest.fixture
def month(claims: Claims) -> Month:
    return Month(claims)


class TestDuplicates:
    """A live claim is found wherever its fingerprint stands."""

    @pytest.mark.parametrize("number", range(1, 10))
    def test_every_lane_of_three_words__is_looked_at(self, month: Month, number: int) -> None:
        month.settle(*range(1, 10))
        month.refused(number)
        month.shown(0, 1, 2, 3, 4)
        month.shown(1, 5, 6, 7, 8)
        month.shown(2, 9)

    def test_same_fingerprint_elsewhere__is_another_claim(self, month: Month) -> None:
        month.settle(1)
        month.registry.settle(word("a"), month.tag(1), month=4)
        month.registry.settle(word("b"), month.tag(1), year=2025)
        month.registry.settle(word("c"), month.tag(1), member=BEN.account)
        month.refused(1)
        month.shown(0, 1)

    @pytest.mark.parametrize("value", [0, FREED])
    def test_what_marks_an_empty_lane__is_no_fingerprint(self, month: Month, value: int) -> None:
        claim_id = month.settle(1)[0]
        month.reverse(claim_id, 1)
        with reverts("DuplicateClaim"):
            month.registry.settle(word("forged"), f"0x{value:016x}")


class TestFreedLanes:
    """What ends gives its lane back, and hides nothing that stands behind it."""

    @pytest.mark.parametrize("first", [1, 2, 3, 4])
    def test_freed_lane_before__hides_no_duplicate(self, month: Month, first: int) -> None:
        ids = month.settle(1, 2, 3, 4, 5)
        month.reverse(ids[first - 1], first)
        for number in {1, 2, 3, 4, 5} - {first}:
            month.refused(number)

    def test_whole_word_freed__the_chain_goes_on(self, month: Month) -> None:
        ids = month.settle(1, 2, 3, 4, 5)
        for number in (1, 2, 3, 4):
            month.reverse(ids[number - 1], number)
        month.shown(0, None, None, None, None)
        month.refused(5)
        month.settle(6)
        month.shown(0, 6, None, None, None)
        month.refused(6)

    def test_reversed__can_be_claimed_once_again(self, month: Month) -> None:
        ids = month.settle(1, 2)
        month.reverse(ids[0], 1)
        month.settle(1)
        month.shown(0, 1, 2)
        month.refused(1)

    @pytest.mark.parametrize("state", [ClaimState.CANCELLED, ClaimState.EXPIRED])
    def test_pending_claim_ended__can_be_claimed_once_again(
        self, month: Month, state: ClaimState
    ) -> None:
        month.settle(1, 2, 3, 4, 5)
        pending = word("pending")
        month.registry.adjudicate(pending, month.tag(6))
        month.shown(1, 5, 6)
        month.registry.end(state, pending)
        month.shown(1, 5, None)
        month.settle(6)
        month.shown(1, 5, 6)
        month.refused(6)

    def test_confirmed_claim__keeps_its_fingerprint(self, month: Month) -> None:
        pending = word("pending")
        month.registry.adjudicate(pending, month.tag(1))
        month.registry.end(ClaimState.SETTLED, pending, MOVED)
        month.refused(1)

    def test_first_free_lane__is_taken(self, month: Month) -> None:
        ids = month.settle(*range(1, 8))
        month.reverse(ids[5], 6)
        month.reverse(ids[1], 2)
        month.settle(8, 9, 10)
        month.shown(0, 1, 8, 3, 4)
        month.shown(1, 5, 9, 7, 10)

    def test_fingerprint_that_nobody_uses__frees_nothing(self, month: Month) -> None:
        ids = month.settle(1, 2, 3, 4)
        month.reverse(ids[0], 9)
        month.shown(0, 1, 2, 3, 4)
        month.refused(1)


class TestManyClaims:
    """The chain behaves like a set."""

    def test_any_order_of_claims_and_reversals__equals_a_set(self, month: Month) -> None:
        rng = random.Random(20)
        live: dict[int, str] = {}
        for _ in range(120):
            number = rng.randrange(24)
            if number in live and rng.random() < 0.6:
                month.reverse(live.pop(number), number)
            elif number in live:
                month.refused(number)
            else:
                live[number] = month.settle(number)[0]
        free = set(range(24)) - set(live)
        for number in live:
            month.refused(number)
        month.settle(*free)

    def test_cost__grows_by_one_read_for_four_claims_before(self, month: Month) -> None:
        costs = {}
        for before in (1, 5, 41):
            month.settle(*range(month.used, before))
            arguments = (COMMITMENT, ANN.account, terms(month.tag(before)), ZERO)
            call = month.registry.write("recordSettled", word(f"last {before}"), *arguments)
            month.used, costs[before] = before + 1, call.gas_used
        assert costs[5] - costs[1] < 2_800
        assert costs[41] - costs[1] < 10 * 2_800
