"""Reversal: last in, first out; every fen back where it came from (P29, domain.md §7)."""

from dataclasses import replace
from typing import Any

import pytest

from node.chain.abi.kinds import Purpose
from node.chain.abi.plans import plan_id_hash
from node.domain.claims import ClaimState
from node.domain.days import parse_day
from node.domain.kinds import CashMode, ItemClass, Pocket
from tests.fixtures.actors import ANN, BEN, CARL, CLINIC, HOSPITAL, INSURER, INSURER_2, word
from tests.fixtures.evm.claim_codec import figures
from tests.fixtures.evm.claims import (
    AID,
    BIG_ILLNESS,
    CAMPAIGN,
    INPATIENT,
    MINT,
    POOLED,
    RECEIVABLE,
    RETENTION,
    RICH,
    Claims,
    Settled,
    fee_line,
)
from tests.fixtures.evm.in_process import reverts

ACCOUNTS = (POOLED, BIG_ILLNESS, AID, CAMPAIGN, RECEIVABLE, RETENTION, HOSPITAL.account)


def money(claims: Claims) -> dict[Any, int]:
    """Return every balance a claim can touch."""
    members = [(m.account, p) for m in (ANN, BEN, CARL) for p in (Pocket.CASH, Pocket.MEDICAL)]
    return {leg: claims.balance(*leg) for leg in (*((a, Pocket.CASH) for a in ACCOUNTS), *members)}


def pay_out(claims: Claims, account: str) -> int:
    """Take everything out of an account, as clearing and withdrawals do."""
    amount = claims.balance(account)
    if amount:
        claims.take(account, amount)
    return amount


class TestWhoAndWhen:
    """Only settled claims, by their provider or insurer, newest first, all or none."""

    def test_empty_list__refused(self, claims: Claims) -> None:
        with reverts("TooMany", 0, 20):
            claims.reverse()

    def test_21_claims__refused(self, claims: Claims) -> None:
        settled = claims.settle()
        with reverts("TooMany", 21, 20):
            claims.reverse(*[settled] * 21)

    def test_unknown_claim__refused(self, claims: Claims) -> None:
        settled = claims.settle()
        with reverts("ClaimUnknown", word("none")):
            claims.reverse({**settled.evidence, "claimId": word("none")})

    def test_pending_claim__not_settled(self, claims: Claims) -> None:
        pending = claims.submit()
        with reverts("ClaimNotSettled", pending.claim_id):
            claims.reverse(pending)

    def test_reversed_claim__not_settled(self, claims: Claims) -> None:
        settled = claims.settle()
        claims.reverse(settled)
        with reverts("ClaimNotSettled", settled.claim_id):
            claims.reverse(settled)

    @pytest.mark.parametrize(
        "field",
        [
            *("previousClaim", "traceHash", "planId", "terms", "member", "provider"),
            *("familyHolder", "insurer", "supplementaryPayer", "amounts"),
            *("before", "afterwards"),
        ],
    )
    def test_any_field_changed__mismatch(self, claims: Claims, field: str) -> None:
        evidence = claims.settle().evidence
        old = evidence[field]
        changed: Any = word("other")
        if isinstance(old, dict):
            changed = {**old, "first": old["first"] ^ 1}
        elif isinstance(old, list):
            changed = [old[0] ^ 1, *old[1:]]
        elif len(old) == 42:
            changed = CLINIC.account
        with reverts("EvidenceMismatch", evidence["claimId"]):
            claims.reverse({**evidence, field: changed}, actor=CLINIC)

    @pytest.mark.parametrize("actor", [ANN, CLINIC, INSURER_2], ids=lambda actor: actor.name)
    def test_somebody_else__refused(self, claims: Claims, actor: Any) -> None:
        settled = claims.settle()
        with reverts("NotOwner", actor.account, settled.claim_id):
            claims.reverse(settled, actor=actor)

    @pytest.mark.parametrize("actor", [HOSPITAL, INSURER], ids=lambda actor: actor.name)
    def test_suspended_actor__refused(self, claims: Claims, actor: Any) -> None:
        settled = claims.settle()
        claims.suspend(actor)
        with reverts("RoleMissing"):
            claims.reverse(settled, actor=actor)

    def test_insurer__may_reverse(self, claims: Claims) -> None:
        settled = claims.settle()
        claims.reverse(settled, actor=INSURER)
        assert claims.state(settled.claim_id) == ClaimState.REVERSED

    def test_later_claim_of_the_year__blocks_by_name(self, claims: Claims) -> None:
        """P29.2: the claim in the way is named."""
        first, second = claims.settle(), claims.settle(claims.stay())
        with reverts("LaterSettlementExists", second.claim_id):
            claims.reverse(first)

    def test_later_claim_of_another_year_or_member__does_not_block(self, claims: Claims) -> None:
        claims.enrol_year(ANN, 2027)
        claims.arrive("2027-01-05")
        first = claims.settle()
        day = parse_day("2027-01-01")
        claims.settle(service_start=day, service_end=day, coverage_start=day)
        claims.settle(member=BEN.account)
        claims.reverse(first)

    def test_list_newest_first__undoes_all(self, claims: Claims) -> None:
        before = money(claims)
        first, second, third = claims.settle(), claims.settle(claims.stay()), claims.settle()
        outcome = claims.reverse(third, second, first)
        order = [event["claimId"] for event in outcome.all("ClaimReversed")]
        assert order == [third.claim_id, second.claim_id, first.claim_id]
        assert money(claims) == before
        assert claims.accumulators() == (0,) * 12

    def test_list_oldest_first__undoes_none(self, claims: Claims) -> None:
        """P29.2: nor in one list."""
        first, second = claims.settle(), claims.settle()
        before = money(claims)
        with reverts("LaterSettlementExists", second.claim_id):
            claims.reverse(first, second)
        with reverts("NotOwner"):
            claims.reverse(second, {**first.evidence}, actor=CLINIC)
        assert money(claims) == before
        assert claims.state(second.claim_id) == ClaimState.SETTLED

    def test_year_changed_by_another_writer__mismatch(self, claims: Claims) -> None:
        """The current words must be those after the claim, whatever the last claim says."""
        settled = claims.settle()
        packed = {**settled.evidence["afterwards"]}
        packed["third"] += 1
        ghost_terms = settled.evidence["terms"][:-16] + word("ghost")[-16:]
        claims.world.transact(
            *("ClaimRegistry", "recordSettled", word("ghost"), word("x"), ANN.account),
            *(ghost_terms, tuple(packed.values())),
            sender=claims.world.keeper,
        )
        claims.world.transact(
            *("ClaimRegistry", "recordReversed", word("ghost"), HOSPITAL.account),
            *(ANN.account, ghost_terms, tuple(packed.values()), settled.claim_id),
            sender=claims.world.keeper,
        )
        assert claims.last_claim() == settled.claim_id
        with reverts("EvidenceMismatch", settled.claim_id):
            claims.reverse(settled)


class TestWhatComesBack:
    """Each part returns to its source account."""

    def needy_stay(self, claims: Claims, **changes: Any) -> Settled:
        body = claims.body(
            fee_line(4_000_000),
            fee_line(50_000, ItemClass.C),
            member=CARL.account,
            plan_id=plan_id_hash("needy inpatient"),
            **changes,
        )
        return claims.settle(body)

    def test_every_layer_and_pocket__is_restored(self, claims: Claims) -> None:
        claims.link(BEN, CARL)
        claims.give(CARL.account, 1_000, Pocket.MEDICAL)
        claims.give(BEN.account, 2_000, Pocket.MEDICAL)
        before = money(claims)
        settled = self.needy_stay(claims, family_holder=BEN.account)
        s = figures(settled.evidence)
        assert all(s[f"{name}Fen"] for name in ("aid", "supplementary", "medical", "family"))
        assert s["cashFen"]
        outcome = claims.reverse(settled)
        assert money(claims) == before
        event = outcome.one("ClaimReversed")
        assert event["shortfallFen"] == 0
        assert event["reasonCode"] == word("WRONG PERSON")
        assert outcome.one("Moved")["purpose"] == Purpose.CLAIM_REVERSAL
        assert outcome.one("Moved")["postings"] == 7

    def test_stay_counter_and_year__go_back(self, claims: Claims) -> None:
        claims.settle(claims.stay())
        before = claims.accumulators()
        last = claims.last_claim()
        second = claims.settle(claims.stay(fee_line(700_000)))
        assert claims.accumulators()[11] == 2
        claims.reverse(second)
        assert claims.accumulators() == before
        assert claims.last_claim() == last

    def test_lines__may_be_claimed_again_under_a_new_number(self, claims: Claims) -> None:
        settled = claims.settle()
        claims.reverse(settled)
        with reverts("ClaimNumberUsed", settled.claim_id):
            claims.quote(settled.body)
        claims.settle(claims.claim_with(settled.body.lines))

    def test_notes_at_the_counter__are_not_paid_back_here(self, claims: Claims) -> None:
        settled = claims.settle(cash_mode=int(CashMode.COUNTER))
        before = claims.balance(ANN.account)
        claims.reverse(settled)
        assert claims.balance(ANN.account) == before
        assert claims.balance(ANN.account, Pocket.MEDICAL) == 30_000
        assert claims.balance(HOSPITAL.account) == 0

    def test_claim_without_money__moves_nothing(self, claims: Claims) -> None:
        body = claims.body(fee_line(500), cash_mode=int(CashMode.COUNTER), member=BEN.account)
        settled = claims.settle(body)
        assert claims.reverse(settled).names == ["ClaimReversed"]


class TestAfterClearing:
    """The member is repaid at once; the provider's accounts, then POOLED, then debt."""

    def test_receivable_paid_out__retention_pays(self, claims: Claims) -> None:
        settled = claims.settle()
        claims.move(RECEIVABLE, RETENTION, 40_000)
        outcome = claims.reverse(settled)
        assert outcome.one("ClaimReversed")["shortfallFen"] == 0
        assert claims.balance(RETENTION) == 0
        assert claims.balance(POOLED) == RICH

    def test_receivable__is_debited_before_retention(self, claims: Claims) -> None:
        settled = claims.settle()
        claims.give(RETENTION, 40_000)
        claims.reverse(settled)
        assert (claims.balance(RECEIVABLE), claims.balance(RETENTION)) == (0, 40_000)

    def test_member_part_gone__receivable_then_retention_pay_it(self, claims: Claims) -> None:
        settled = claims.settle()
        claims.give(RECEIVABLE, 50_000)
        claims.give(RETENTION, 10_000)
        pay_out(claims, HOSPITAL.account)
        outcome = claims.reverse(settled)
        assert outcome.one("ClaimReversed")["shortfallFen"] == 0
        assert claims.balance(ANN.account) == 10_000_000
        assert claims.balance(ANN.account, Pocket.MEDICAL) == 30_000
        assert (claims.balance(RECEIVABLE), claims.balance(RETENTION)) == (0, 0)
        assert claims.balance(POOLED) == RICH

    def test_everything_gone__pooled_fronts_and_debt_remains(self, claims: Claims) -> None:
        settled = claims.settle(claims.stay(fee_line(5_000_000)))
        s = figures(settled.evidence)
        pay_out(claims, HOSPITAL.account)
        pay_out(claims, RECEIVABLE)
        outcome = claims.reverse(settled)
        total = s["totalFen"]
        assert claims.balance(ANN.account) == 10_000_000
        assert claims.balance(ANN.account, Pocket.MEDICAL) == 30_000
        assert claims.balance(BIG_ILLNESS) == claims.balance(CAMPAIGN) == RICH
        assert claims.balance(POOLED) == RICH - total
        assert outcome.one("ClaimReversed")["shortfallFen"] == total
        assert outcome.one("ProviderDebtSet")["debtFen"] == total
        assert claims.debt() == total

    def test_part_gone__others_are_whole_before_pooled(self, claims: Claims) -> None:
        settled = claims.settle(claims.stay(fee_line(5_000_000)))
        s = figures(settled.evidence)
        claims.take(RECEIVABLE, s["pooledFen"] + 7)
        outcome = claims.reverse(settled)
        assert claims.balance(BIG_ILLNESS) == claims.balance(CAMPAIGN) == RICH
        assert claims.balance(POOLED) == RICH - s["pooledFen"] - 7
        assert outcome.one("ClaimReversed")["shortfallFen"] == s["pooledFen"] + 7

    def test_debts__add_up_and_are_netted_later(self, claims: Claims) -> None:
        first, second = claims.settle(), claims.settle()
        pay_out(claims, HOSPITAL.account)
        pay_out(claims, RECEIVABLE)
        claims.reverse(second)
        owed = claims.debt()
        claims.reverse(first)
        assert claims.debt() == owed + 100_000
        claims.settle()
        assert claims.debt() == owed + 60_000
        assert claims.balance(RECEIVABLE) == 0

    def test_netted_claim_reversed__owes_again(self, claims: Claims) -> None:
        first = claims.settle()
        pay_out(claims, HOSPITAL.account)
        pay_out(claims, RECEIVABLE)
        claims.reverse(first)
        assert (claims.debt(), claims.balance(POOLED)) == (100_000, RICH - 100_000)
        second = claims.settle()
        assert claims.debt() == 60_000
        claims.reverse(second)
        assert claims.debt() == 100_000
        assert claims.balance(POOLED) == RICH - 100_000

    def test_member_share__never_comes_out_of_settlement_money_for_funds(
        self, claims: Claims
    ) -> None:
        """The settlement account received member parts only; it pays nothing back to funds."""
        settled = claims.settle()
        claims.give(HOSPITAL.account, 40_000)
        pay_out(claims, RECEIVABLE)
        claims.reverse(settled)
        assert claims.balance(HOSPITAL.account) == 40_000
        assert claims.debt() == 40_000

    def test_frozen_provider_accounts__count_as_empty(self, claims: Claims) -> None:
        settled = claims.settle()
        for account in (HOSPITAL.account, RECEIVABLE):
            claims.freeze(account)
        claims.reverse(settled)
        assert claims.balance(HOSPITAL.account) == 60_000
        assert claims.balance(RECEIVABLE) == 40_000
        assert claims.balance(ANN.account) == 10_000_000
        assert claims.debt() == 100_000

    @pytest.mark.parametrize("short", [0, 1])
    def test_pooled_cannot_front__refused(self, claims: Claims, short: int) -> None:
        settled = claims.settle()
        pay_out(claims, HOSPITAL.account)
        pay_out(claims, RECEIVABLE)
        claims.take(POOLED, claims.balance(POOLED) - 60_000 + short)
        if short:
            with reverts("FundInsufficient", POOLED, 59_999, 60_000):
                claims.reverse(settled)
            assert claims.state(settled.claim_id) == ClaimState.SETTLED
        else:
            claims.reverse(settled)
            assert claims.balance(POOLED) == 0
            assert claims.debt() == 100_000

    def test_fund_that_paid_two_legs__gets_both_parts_back(self, claims: Claims) -> None:
        layers = (*INPATIENT.layers[:1], replace(INPATIENT.layers[2], payer=BIG_ILLNESS))
        claims.publish("two legs", replace(INPATIENT, layers=layers))
        body = claims.body(fee_line(5_000_000), plan_id=plan_id_hash("two legs"))
        settled = claims.settle(body)
        s = figures(settled.evidence)
        pay_out(claims, RECEIVABLE)
        pay_out(claims, HOSPITAL.account)
        rest = s["memberFen"] + s["bigIllnessFen"] + s["supplementaryFen"]
        claims.take(POOLED, claims.balance(POOLED) - rest)
        claims.reverse(settled)
        assert claims.balance(POOLED) == 0
        assert claims.balance(BIG_ILLNESS) == RICH
        assert claims.debt() == s["totalFen"]

    def test_nothing_is_made_or_lost(self, claims: Claims) -> None:
        before = claims.world.call("WalletLedger", "counterOf", MINT)
        settled = claims.settle()
        taken = pay_out(claims, HOSPITAL.account)
        claims.reverse(settled)
        assert claims.world.call("WalletLedger", "counterOf", MINT) == before + taken
