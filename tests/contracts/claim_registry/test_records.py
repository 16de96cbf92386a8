"""ClaimRegistry by itself: what it refuses whatever a rule module asks for (S20, P29)."""

from typing import Any

import pytest
from eth_hash.auto import keccak

from node.domain.claims import ClaimState
from tests.fixtures.actors import ANN, BEN, HOSPITAL, INSURER, word
from tests.fixtures.evm.claims import NO_ID, Claims
from tests.fixtures.evm.in_process import Outcome, reverts

CLAIM, OTHER, THIRD = (word(name)[:48] + "0" * 18 for name in ("claim", "other", "third"))
PRINT, OTHER_PRINT, THIRD_PRINT = (word(name)[:18] for name in ("print", "other", "third"))
COMMITMENT = word("commitment")
ZERO = (0, 0, 0)
MOVED = (1 | 2 << 64 | 3 << 128 | 4 << 192, 5 | 6 << 64 | 7 << 128 | 8 << 192, 9 | 10 << 192)
MOVED_WORDS = (1, 5, 9, 2, 6, 0, 3, 7, 0, 4, 10, 8)
FURTHER = (11, 12, 13)
EXPIRES = 1_900_000_000


def terms(fingerprint: str = PRINT, *, year: int = 2026, month: int = 3) -> str:
    """Return the word that carries year, month and fingerprint; the rest is zero."""
    data = bytes(14) + year.to_bytes(2) + bytes(4) + bytes((month, 0, 0, 0))
    return "0x" + data.hex() + fingerprint[2:]


class Registry:
    """ClaimRegistry as a rule module writes it."""

    def __init__(self, claims: Claims) -> None:
        self.claims, self.world = claims, claims.world

    def write(self, function: str, *arguments: Any, sender: str = "") -> Outcome:
        return self.world.transact(
            "ClaimRegistry", function, *arguments, sender=sender or self.world.keeper
        )

    def read(self, function: str, *arguments: Any) -> Any:
        return self.world.call("ClaimRegistry", function, *arguments)

    def settle(self, claim_id: str = CLAIM, fingerprint: str = PRINT, **changes: Any) -> Outcome:
        when = {name: changes.pop(name) for name in ("year", "month") if name in changes}
        arguments = {
            "commitment": COMMITMENT,
            "member": ANN.account,
            "terms": terms(fingerprint, **when),
            "words": MOVED,
            **changes,
        }
        return self.write("recordSettled", claim_id, *arguments.values())

    def adjudicate(self, claim_id: str = CLAIM, fingerprint: str = PRINT) -> Outcome:
        pending = (ANN.account, 5, EXPIRES, terms(fingerprint))
        return self.write("recordAdjudicated", claim_id, COMMITMENT, pending)

    def end(self, state: ClaimState, claim_id: str = CLAIM, words: Any = ZERO) -> Outcome:
        return self.write("endPending", claim_id, int(state), words)

    def reverse(
        self,
        claim_id: str = CLAIM,
        fingerprint: str = PRINT,
        *,
        words: Any = ZERO,
        previous: str = NO_ID,
    ) -> Outcome:
        arguments = (HOSPITAL.account, ANN.account, terms(fingerprint), words, previous)
        return self.write("recordReversed", claim_id, *arguments)

    def stored(self, slot: int) -> int:
        address = self.world.contracts["ClaimRegistry"].address
        return int.from_bytes(self.world.w3.eth.get_storage_at(address, slot))

    def state(self, claim_id: str = CLAIM) -> ClaimState:
        return ClaimState(self.read("stateOf", claim_id))

    def opening(self, claim_id: str = CLAIM, fingerprint: str = PRINT) -> list[Any]:
        who = (ANN.account, terms(fingerprint), HOSPITAL.account, INSURER.account)
        answer: list[Any] = self.read("openingOf", claim_id, *who)
        return answer


@pytest.fixture
def registry(claims: Claims) -> Registry:
    return Registry(claims)


def masked(commitment: str) -> str:
    return commitment[:-2] + "00"


class TestRecordSettled:
    """A claim number, a fingerprint and a commitment are used once."""

    def test_known_claim__number_used(self, registry: Registry) -> None:
        registry.settle()
        with reverts("ClaimNumberUsed", CLAIM):
            registry.settle(CLAIM, OTHER_PRINT)

    def test_known_fingerprint__refused(self, registry: Registry) -> None:
        registry.settle()
        with reverts("DuplicateClaim", PRINT):
            registry.settle(OTHER)

    def test_pending_claim_of_the_year__blocks(self, registry: Registry) -> None:
        registry.adjudicate()
        with reverts("ClaimPending", CLAIM):
            registry.settle(OTHER, OTHER_PRINT)
        registry.settle(OTHER, OTHER_PRINT, year=2025)
        registry.settle(THIRD, THIRD_PRINT, member=BEN.account)

    def test_new_claim__moves_the_year(self, registry: Registry) -> None:
        registry.settle()
        assert registry.state() == ClaimState.SETTLED
        assert registry.read("commitmentOf", CLAIM) == masked(COMMITMENT)
        assert registry.read("lastClaimOf", ANN.account, 2026) == CLAIM
        assert registry.claims.accumulators() == MOVED_WORDS
        assert registry.read("yearWordsOf", ANN.account, 2026) == list(MOVED)
        assert registry.opening(OTHER) == [0, True, 0, CLAIM, NO_ID, *MOVED]

    def test_other_member_or_year__stays_at_zero(self, registry: Registry) -> None:
        registry.settle()
        assert registry.claims.accumulators(BEN) == (0,) * 12
        assert registry.claims.accumulators(year=2025) == (0,) * 12

    def test_lowest_byte_of_the_commitment__is_the_state(self, registry: Registry) -> None:
        registry.settle(commitment="0x" + "ff" * 32)
        assert registry.read("commitmentOf", CLAIM) == "0x" + "ff" * 31 + "00"
        assert registry.state() == ClaimState.SETTLED


class TestPending:
    """One ADJUDICATED claim per member and policy year; it ends once."""

    def test_known_claim__number_used(self, registry: Registry) -> None:
        registry.settle()
        with reverts("ClaimNumberUsed", CLAIM):
            registry.adjudicate(CLAIM, OTHER_PRINT)

    def test_known_fingerprint__duplicate(self, registry: Registry) -> None:
        registry.settle()
        with reverts("DuplicateClaim", PRINT):
            registry.adjudicate(OTHER)

    def test_second_pending_claim__blocked(self, registry: Registry) -> None:
        registry.adjudicate()
        with reverts("ClaimPending", CLAIM):
            registry.adjudicate(OTHER, OTHER_PRINT)

    def test_pending_claim__leaves_the_year_unmoved(self, registry: Registry) -> None:
        registry.settle(OTHER, OTHER_PRINT)
        registry.adjudicate()
        assert registry.state() == ClaimState.ADJUDICATED
        assert registry.read("pendingOf", ANN.account, 2026) == CLAIM
        assert registry.read("pendingClaimOf", CLAIM) == [ANN.account, 5, EXPIRES, terms()]
        assert registry.read("lastClaimOf", ANN.account, 2026) == OTHER
        assert registry.claims.accumulators() == MOVED_WORDS
        assert registry.read("yearWordsOf", ANN.account, 2026) == list(MOVED)
        expected = [int(ClaimState.ADJUDICATED), True, 0, OTHER, CLAIM, *MOVED]
        assert registry.opening() == expected

    @pytest.mark.parametrize("state", [ClaimState.CANCELLED, ClaimState.EXPIRED])
    def test_released__frees_the_fingerprint(self, registry: Registry, state: ClaimState) -> None:
        registry.adjudicate()
        registry.end(state, words=FURTHER)
        assert registry.state() == state
        assert registry.claims.accumulators() == (0,) * 12
        assert registry.read("pendingOf", ANN.account, 2026) == NO_ID
        assert registry.read("pendingClaimOf", CLAIM)[2] == 0
        registry.settle(OTHER)

    def test_settled__moves_the_year_and_keeps_the_fingerprint(self, registry: Registry) -> None:
        registry.adjudicate()
        registry.end(ClaimState.SETTLED, words=MOVED)
        assert registry.state() == ClaimState.SETTLED
        assert registry.read("commitmentOf", CLAIM) == masked(COMMITMENT)
        assert registry.claims.accumulators() == MOVED_WORDS
        assert registry.read("lastClaimOf", ANN.account, 2026) == CLAIM
        with reverts("DuplicateClaim", PRINT):
            registry.settle(OTHER)

    @pytest.mark.parametrize(
        "state",
        [state for state in ClaimState if state.name not in {"SETTLED", "CANCELLED", "EXPIRED"}],
        ids=lambda state: state.name,
    )
    def test_other_end__refused(self, registry: Registry, state: ClaimState) -> None:
        registry.adjudicate()
        with reverts("ClaimStateInvalid", CLAIM, int(state)):
            registry.end(state)

    def test_ended_claim__never_changes(self, registry: Registry) -> None:
        registry.adjudicate()
        registry.end(ClaimState.CANCELLED)
        for state in (ClaimState.SETTLED, ClaimState.EXPIRED):
            with reverts("ClaimStateInvalid", CLAIM, int(ClaimState.CANCELLED)):
                registry.end(state)

    def test_unknown_claim__refused(self, registry: Registry) -> None:
        with reverts("ClaimStateInvalid", CLAIM, int(ClaimState.NONE)):
            registry.end(ClaimState.SETTLED)

    def test_settled_claim__cannot_expire(self, registry: Registry) -> None:
        registry.settle()
        with reverts("ClaimStateInvalid", CLAIM, int(ClaimState.SETTLED)):
            registry.end(ClaimState.EXPIRED)


class TestRecordReversed:
    """REVERSED is final; the year is restored; the number stays used."""

    @pytest.mark.parametrize("state", ["NONE", "ADJUDICATED", "CANCELLED", "REVERSED"])
    def test_not_settled__refused(self, registry: Registry, state: str) -> None:
        if state in {"ADJUDICATED", "CANCELLED"}:
            registry.adjudicate()
        if state == "CANCELLED":
            registry.end(ClaimState.CANCELLED)
        if state == "REVERSED":
            registry.settle()
            registry.reverse()
        with reverts("ClaimNotSettled", CLAIM):
            registry.reverse()

    def test_settled__restores_the_year(self, registry: Registry) -> None:
        registry.settle(OTHER, OTHER_PRINT, words=FURTHER)
        registry.settle()
        registry.reverse(words=FURTHER, previous=OTHER)
        assert registry.state() == ClaimState.REVERSED
        assert registry.read("yearWordsOf", ANN.account, 2026) == list(FURTHER)
        assert registry.read("lastClaimOf", ANN.account, 2026) == OTHER
        assert registry.read("reversedProviderOf", CLAIM) == HOSPITAL.account
        with reverts("ClaimNumberUsed", CLAIM):
            registry.settle(CLAIM, THIRD_PRINT)
        registry.settle(THIRD, PRINT)

    def test_reversal_beside_a_pending_claim__keeps_it(self, registry: Registry) -> None:
        registry.settle()
        registry.adjudicate(OTHER, OTHER_PRINT)
        registry.reverse()
        assert registry.read("pendingOf", ANN.account, 2026) == OTHER
        with reverts("ClaimPending", OTHER):
            registry.settle(THIRD, THIRD_PRINT)

    def test_provider_of_a_claim_not_reversed__is_zero(self, registry: Registry) -> None:
        registry.settle()
        assert int(registry.read("reversedProviderOf", CLAIM), 16) == 0
        assert int(registry.read("reversedProviderOf", OTHER), 16) == 0


class TestDebtAndAccess:
    """Provider debt is a number; only claim writers write."""

    def test_debt__is_kept_per_provider_and_insurer(self, registry: Registry) -> None:
        event = registry.write("setProviderDebt", HOSPITAL.account, INSURER.account, 7).one(
            "ProviderDebtSet"
        )
        assert event.args == {
            "provider": HOSPITAL.account,
            "insurer": INSURER.account,
            "debtFen": 7,
        }
        assert registry.read("providerDebtOf", HOSPITAL.account, INSURER.account) == 7
        assert registry.read("providerDebtOf", INSURER.account, HOSPITAL.account) == 0
        assert registry.opening()[2] == 7

    @pytest.mark.parametrize("function", ["settle", "adjudicate", "end", "reverse", "debt"])
    def test_caller_without_role__refused(self, registry: Registry, function: str) -> None:
        nobody = registry.world.nobody
        pending = (ANN.account, 0, EXPIRES, terms())
        calls = {
            "settle": ("recordSettled", CLAIM, COMMITMENT, ANN.account, terms(), MOVED),
            "adjudicate": ("recordAdjudicated", CLAIM, COMMITMENT, pending),
            "end": ("endPending", CLAIM, int(ClaimState.EXPIRED), ZERO),
            "reverse": (
                *("recordReversed", CLAIM, HOSPITAL.account, ANN.account, terms(), ZERO),
                NO_ID,
            ),
            "debt": ("setProviderDebt", HOSPITAL.account, INSURER.account, 1),
        }
        with reverts("AccessManagedUnauthorized", nobody):
            registry.write(*calls[function], sender=nobody)

    def test_slots_of_a_year__are_documented(self, registry: Registry) -> None:
        registry.settle()
        key = int(ANN.account, 16) << 16 | 2026
        slot = int.from_bytes(keccak(key.to_bytes(32) + (3).to_bytes(32)))
        low, (first, second, third) = 2**192 - 1, MOVED
        flags = 0b110 << 64
        expected = [
            first & low | third >> 192 << 192,
            second,
            third & low,
            int(CLAIM, 16) | flags | first >> 192,
            0,
        ]
        assert [registry.stored(slot + number) for number in range(5)] == expected

    @pytest.mark.parametrize("scope", [1, 2], ids=["inpatient", "chronic"])
    def test_word_that_fills_and_empties__is_read_as_it_is(
        self, registry: Registry, scope: int
    ) -> None:
        words = [7, 0, 0]
        registry.settle(words=words)
        assert registry.read("yearWordsOf", ANN.account, 2026) == words
        words[scope] = 5
        registry.settle(OTHER, OTHER_PRINT, words=words)
        assert registry.read("yearWordsOf", ANN.account, 2026) == words
        assert registry.opening()[-3:] == words
        words[scope] = 0
        registry.reverse(OTHER, OTHER_PRINT, words=words, previous=CLAIM)
        assert registry.read("yearWordsOf", ANN.account, 2026) == words
        words[scope] = 6
        registry.settle(THIRD, THIRD_PRINT, words=words)
        assert registry.read("yearWordsOf", ANN.account, 2026) == words

    def test_rest_of_an_id__does_not_touch_the_figure_beside_it(self, registry: Registry) -> None:
        registry.settle("0x" + "ff" * 32, words=ZERO)
        assert registry.claims.accumulators() == (0,) * 12
