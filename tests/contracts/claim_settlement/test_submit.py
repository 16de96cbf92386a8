"""Submit, confirm, cancel, expire: holds on every payer, each ended once (domain.md §8)."""

from dataclasses import replace
from typing import Any

import pytest

from node.chain.abi.kinds import Purpose
from node.domain.claims import ClaimState
from node.domain.kinds import CashMode, Pocket
from tests.fixtures.actors import ANN, BEN, CLINIC, HOSPITAL, word
from tests.fixtures.evm.claim_codec import figures
from tests.fixtures.evm.claims import (
    BIG_ILLNESS,
    CAMPAIGN,
    NO_ID,
    POOLED,
    RECEIVABLE,
    RICH,
    Claims,
    Settled,
    fee_line,
)
from tests.fixtures.evm.in_process import reverts

DAY = 86_400


def stay(claims: Claims, **changes: Any) -> Settled:
    """Submit a stay that all of POOLED, BIG_ILLNESS, CAMPAIGN, MEDICAL and CASH pay for."""
    return claims.submit(claims.stay(fee_line(5_000_000), **changes))


def legs_of(claim: Settled) -> dict[tuple[str, Pocket], int]:
    s = figures(claim.evidence)
    return {
        (POOLED, Pocket.CASH): s["pooledFen"],
        (BIG_ILLNESS, Pocket.CASH): s["bigIllnessFen"],
        (CAMPAIGN, Pocket.CASH): s["supplementaryFen"],
        (ANN.account, Pocket.MEDICAL): s["medicalFen"],
        (ANN.account, Pocket.CASH): s["cashFen"],
    }


class TestSubmit:
    """SUBMITTED → ADJUDICATED: money is held, nothing moves."""

    def test_hold_of_each_leg__lowers_what_is_available(self, claims: Claims) -> None:
        before = {
            leg: claims.balance(*leg)
            for leg in (
                *((POOLED, Pocket.CASH), (BIG_ILLNESS, Pocket.CASH), (CAMPAIGN, Pocket.CASH)),
                *((ANN.account, Pocket.MEDICAL), (ANN.account, Pocket.CASH)),
            )
        }
        claim = stay(claims)
        for leg, amount in legs_of(claim).items():
            assert amount > 0
            assert claims.held(*leg) == amount
            assert claims.balance(*leg) == before[leg] - amount
        assert claims.balance(RECEIVABLE) == claims.balance(HOSPITAL.account) == 0
        assert claims.state(claim.claim_id) == ClaimState.ADJUDICATED
        assert claims.accumulators() == (0,) * 12
        assert claims.last_claim() == NO_ID

    def test_holds__end_a_day_later(self, claims: Claims) -> None:
        claim = stay(claims)
        expires = claim.outcome.timestamp + DAY
        placed = claim.outcome.all("HoldPlaced")
        assert len(placed) == 5
        assert {event["expiresAt"] for event in placed} == {expires}
        assert claim.outcome.one("ClaimAdjudicated")["expiresAt"] == expires
        event = claim.outcome.one("ClaimSubmitted")
        assert (event["provider"], event["member"]) == (HOSPITAL.account, ANN.account)
        assert claims.pending(claim.claim_id)[1] == 0b1011011

    def test_cash_at_the_counter__is_not_held(self, claims: Claims) -> None:
        stay(claims, cash_mode=int(CashMode.COUNTER))
        assert claims.held(ANN.account) == 0

    def test_replaced_claim__is_told(self, claims: Claims) -> None:
        first = claims.settle()
        claims.reverse(first)
        second = claims.submit(replaces=first.claim_id)
        assert second.outcome.one("ClaimReplaced")["replaced"] == first.claim_id


class TestConfirm:
    """ADJUDICATED → SETTLED: the member's signature posts the holds."""

    def test_unknown_claim__refused(self, claims: Claims) -> None:
        claim = replace(claims.submit(), claim_id=word("none"))
        with reverts("ClaimUnknown", word("none")):
            claims.confirm(claim)

    def test_settled_claim__refused(self, claims: Claims) -> None:
        claim = claims.settle()
        with reverts("ClaimStateInvalid", claim.claim_id, int(ClaimState.SETTLED)):
            claims.confirm(claim)

    @pytest.mark.parametrize("field", ["member", "traceHash", "terms", "amounts"])
    def test_other_evidence__refused(self, claims: Claims, field: str) -> None:
        claim = claims.submit()
        changed = {"member": BEN.account, "amounts": [1, 2, 3, 4]}.get(field, word("other"))
        forged = replace(claim, evidence={**claim.evidence, field: changed})
        with reverts("EvidenceMismatch", claim.claim_id):
            claims.confirm(forged)

    def test_evidence_of_another_claim__refused(self, claims: Claims) -> None:
        claim, other = claims.submit(), claims.submit(member=BEN.account)
        forged = replace(claim, evidence=other.evidence)
        with reverts("EvidenceMismatch", claim.claim_id):
            claims.confirm(forged, actor=BEN)

    def test_somebody_else__refused(self, claims: Claims) -> None:
        claim = claims.submit()
        for actor in (BEN, HOSPITAL):
            with reverts("NotOwner", actor.account, claim.claim_id):
                claims.confirm(claim, actor=actor)

    def test_lapsed__refused(self, claims: Claims) -> None:
        claim = claims.submit()
        claims.world.travel(claim.outcome.timestamp + DAY)
        with reverts("HoldEnded", claims.hold_id(claim, 0)):
            claims.confirm(claim)

    def test_lapsed_without_any_hold__refused(self, claims: Claims) -> None:
        claim = self.without_holds(claims)
        claims.world.travel(claim.outcome.timestamp + DAY)
        with reverts("HoldEnded"):
            claims.confirm(claim, actor=BEN)

    def test_without_any_hold__settles(self, claims: Claims) -> None:
        claim = self.without_holds(claims)
        assert claims.confirm(claim, actor=BEN).names == ["ClaimSettled"]

    def without_holds(self, claims: Claims) -> Settled:
        mode = int(CashMode.COUNTER)
        body = claims.body(fee_line(5_000), member=BEN.account, cash_mode=mode)
        return claims.submit(body)

    @pytest.mark.parametrize("change", [-1, 1])
    def test_other_member_share__stale(self, claims: Claims, change: int) -> None:
        claim = claims.submit()
        with reverts("QuoteStale", claim.claim_id):
            claims.confirm(claim, member_fen=60_000 + change)

    def test_reversal_meanwhile__stale(self, claims: Claims) -> None:
        first = claims.settle()
        claim = claims.submit()
        claims.reverse(first)
        with reverts("QuoteStale", claim.claim_id):
            claims.confirm(claim)
        claims.cancel(claim)

    def test_frozen_since__refused(self, claims: Claims) -> None:
        claim = claims.submit()
        claims.freeze(ANN.account)
        with reverts("AccountFrozen", ANN.account):
            claims.confirm(claim)

    def test_in_the_last_second__settles(self, claims: Claims) -> None:
        claim = claims.submit()
        claims.world.travel(claim.outcome.timestamp + DAY - 1)
        claims.confirm(claim)
        assert claims.state(claim.claim_id) == ClaimState.SETTLED

    def test_confirmed__is_the_same_as_settled(self, claims: Claims) -> None:
        """One step or two: money, record and year are the same."""
        back = claims.world.snapshot()
        claim = stay(claims)
        outcome = claims.confirm(claim)
        assert outcome.one("ClaimSettled")["evidence"] == claim.evidence
        for event in outcome.all("Moved"):
            assert event["purpose"] == Purpose.CLAIM
        two_steps = self.picture(claims, claim.claim_id)
        back()
        settled = claims.settle(claims.stay(fee_line(5_000_000)), **self.same(claim))
        assert self.picture(claims, settled.claim_id) == two_steps

    def same(self, claim: Settled) -> dict[str, Any]:
        return {"claim_number_hash": claim.body.claim_number_hash}

    def picture(self, claims: Claims, claim_id: str) -> list[Any]:
        accounts = (POOLED, BIG_ILLNESS, CAMPAIGN, RECEIVABLE, HOSPITAL.account, ANN.account)
        return [
            *(claims.balance(account) for account in accounts),
            *(claims.held(account) for account in accounts),
            claims.balance(ANN.account, Pocket.MEDICAL),
            *(claims.accumulators(), claims.last_claim(), claims.state(claim_id)),
            claims.world.call("ClaimRegistry", "commitmentOf", claim_id),
        ]

    def test_confirmed_twice__refused(self, claims: Claims) -> None:
        claim = claims.submit()
        claims.confirm(claim)
        with reverts("ClaimStateInvalid", claim.claim_id, int(ClaimState.SETTLED)):
            claims.confirm(claim)

    def test_confirmed__can_be_reversed(self, claims: Claims) -> None:
        claim = stay(claims)
        claims.confirm(claim)
        claims.reverse(claim)
        assert claims.accumulators() == (0,) * 12
        assert claims.balance(POOLED) == claims.balance(CAMPAIGN) == RICH


class TestCancel:
    """The submitter takes it back: everything is released."""

    def test_unknown_claim__refused(self, claims: Claims) -> None:
        claim = claims.submit()
        with reverts("ClaimUnknown"):
            claims.cancel(claim, provider=CLINIC)

    def test_settled_claim__refused(self, claims: Claims) -> None:
        claim = claims.settle()
        with reverts("ClaimStateInvalid", claim.claim_id, int(ClaimState.SETTLED)):
            claims.cancel(claim)

    def test_pending_claim__is_released(self, claims: Claims) -> None:
        claim = stay(claims)
        outcome = claims.cancel(claim)
        assert outcome.one("ClaimCancelled")["claimId"] == claim.claim_id
        for leg in legs_of(claim):
            assert claims.held(*leg) == 0
        assert claims.balance(POOLED) == RICH
        assert claims.state(claim.claim_id) == ClaimState.CANCELLED
        again = claims.claim_with(claim.body.lines, plan_id=claim.body.plan_id)
        claims.settle(again)

    def test_lapsed_claim__can_still_be_cancelled(self, claims: Claims) -> None:
        claim = claims.submit()
        claims.world.travel(claim.outcome.timestamp + DAY + 5)
        claims.cancel(claim)
        assert claims.held(POOLED) == 0


class TestExpire:
    """A lapsed claim is swept by anybody, once, or by the next adjudication."""

    def test_unknown_settled_or_fresh_claim__nothing_happens(self, claims: Claims) -> None:
        settled = claims.settle()
        fresh = claims.submit()
        for claim_id in (word("none"), settled.claim_id, fresh.claim_id):
            assert claims.expire(claim_id).names == []
        assert claims.state(fresh.claim_id) == ClaimState.ADJUDICATED

    def test_last_second__nothing_happens(self, claims: Claims) -> None:
        claim = claims.submit()
        claims.world.travel(claim.outcome.timestamp + DAY - 1)
        assert claims.expire(claim.claim_id).names == []

    def test_lapsed__is_released_once(self, claims: Claims) -> None:
        claim = stay(claims)
        claims.world.travel(claim.outcome.timestamp + DAY)
        outcome = claims.expire(claim.claim_id)
        assert outcome.names == ["HoldFinished"] * 5 + ["ClaimExpired"]
        assert outcome.one("ClaimExpired")["claimId"] == claim.claim_id
        assert claims.state(claim.claim_id) == ClaimState.EXPIRED
        assert claims.held(ANN.account) == claims.held(POOLED) == 0
        assert claims.expire(claim.claim_id).names == []
        with reverts("ClaimStateInvalid", claim.claim_id, int(ClaimState.EXPIRED)):
            claims.confirm(claim)

    @pytest.mark.parametrize("function", ["settle", "submit"])
    def test_next_adjudication__sweeps_it(self, claims: Claims, function: str) -> None:
        claim = claims.submit()
        claims.world.travel(claim.outcome.timestamp + DAY)
        claims.world.tester.mine_block()
        # What the lapsed claim holds counts as available: quote and settlement agree.
        body = claims.quoted(claims.claim_with(claim.body.lines))
        assert body.expected_medical_fen == 30_000
        outcome = claims.handle(function, HOSPITAL, body)
        assert outcome.one("ClaimExpired")["claimId"] == claim.claim_id
        assert claims.state(claim.claim_id) == ClaimState.EXPIRED

    def test_lapsed_claim_of_another_year__is_left(self, claims: Claims) -> None:
        claim = claims.submit()
        claims.world.travel(claim.outcome.timestamp + DAY)
        claims.settle(member=BEN.account)
        assert claims.state(claim.claim_id) == ClaimState.ADJUDICATED

    def test_lapsed_holds_on_cash_and_funds__count_as_available(self, claims: Claims) -> None:
        claims.take(POOLED, RICH - 40_000)
        claims.take(ANN.account, 10_000_000 - 30_000)
        claim = claims.submit()
        assert claims.balance(POOLED) == claims.balance(ANN.account) == 0
        claims.world.travel(claim.outcome.timestamp + DAY)
        claims.world.tester.mine_block()
        claims.settle(claims.claim_with(claim.body.lines))
        assert claims.balance(RECEIVABLE) == 40_000

    def test_lapsed_claims_number__stays_used(self, claims: Claims) -> None:
        claim = claims.submit()
        claims.world.travel(claim.outcome.timestamp + DAY)
        claims.world.tester.mine_block()
        with reverts("ClaimNumberUsed", claim.claim_id):
            claims.quote(claim.body)
