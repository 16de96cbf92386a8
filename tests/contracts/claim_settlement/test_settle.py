"""Settling at the counter: the money, the record, the member-year (S04, P29, P30, M11)."""

from dataclasses import replace

import pytest
from eth_abi.abi import encode
from eth_hash.auto import keccak

from node.chain.abi.kinds import Purpose
from node.chain.abi.plans import plan_id_hash
from node.domain.claims import ClaimState
from node.domain.days import parse_day
from node.domain.kinds import CashMode, ItemClass, Pocket, Scheme
from tests.fixtures.actors import ANN, BEN, CARL, CLINIC, HOSPITAL, INSURER, REGION, word
from tests.fixtures.evm.claim_codec import EVIDENCE, evidence_values, figures, year_words
from tests.fixtures.evm.claims import (
    AID,
    BIG_ILLNESS,
    CAMPAIGN,
    DORA,
    INPATIENT,
    NO_ID,
    NOBODY,
    OUTPATIENT,
    POOLED,
    RECEIVABLE,
    RICH,
    TODAY,
    Claims,
    fee_line,
)
from tests.fixtures.evm.in_process import reverts

REF = word("the signed intent")
STAY = (
    fee_line(900_000, name="bed"),
    fee_line(600_000, ItemClass.B, self_pay_bp=500, over_fen=1_000, name="drug"),
    fee_line(20_000, ItemClass.C, name="television"),
    fee_line(500_000, name="operation"),
)


class TestSettle:
    """S04: from quote to final receipt in one call."""

    def test_outpatient_claim__pays_every_part(self, claims: Claims) -> None:
        settled = claims.settle(ref=REF)
        assert figures(settled.evidence) == {
            **dict.fromkeys(("ownFen", "overFen", "preSelfFen", "aidFen", "familyFen"), 0),
            **dict.fromkeys(("bigIllnessFen", "supplementaryFen", "providerFen"), 0),
            "totalFen": 100_000,
            "inScopeFen": 100_000,
            "deductibleFen": 20_000,
            "pooledFen": 40_000,
            "memberFen": 60_000,
            "medicalFen": 30_000,
            "cashFen": 30_000,
        }
        assert claims.balance(POOLED) == RICH - 40_000
        assert claims.balance(RECEIVABLE) == 40_000
        assert claims.balance(HOSPITAL.account) == 60_000
        assert claims.balance(ANN.account, Pocket.MEDICAL) == 0
        assert claims.balance(ANN.account) == 10_000_000 - 30_000
        assert claims.state(settled.claim_id) == ClaimState.SETTLED
        assert claims.last_claim() == settled.claim_id
        assert claims.accumulators() == (
            *(200_000_000, 0, 0, 800_000_000, 0, 0, 40_000, 0, 0),
            *(60_000, 0, 0),
        )

    def test_money_and_claim__carry_the_intents_digest(self, claims: Claims) -> None:
        outcome = claims.settle(ref=REF).outcome
        moved = outcome.one("Moved")
        assert (moved["ref"], moved["purpose"], moved["postings"]) == (REF, Purpose.CLAIM, 3)
        assert outcome.one("ClaimSettled")["digest"] == REF
        assert outcome.names[-1] == "ClaimSettled"

    def test_stay_of_a_needy_member__uses_every_layer(self, claims: Claims) -> None:
        lines = (fee_line(4_000_000), *STAY)
        plan_id = plan_id_hash("needy inpatient")
        body = claims.body(*lines, member=CARL.account, plan_id=plan_id)
        s = figures(claims.settle(body).evidence)
        assert all(s[f"{name}Fen"] for name in ("pooled", "bigIllness", "aid", "supplementary"))
        for account, name in (
            (POOLED, "pooled"),
            (BIG_ILLNESS, "bigIllness"),
            (AID, "aid"),
            (CAMPAIGN, "supplementary"),
        ):
            assert claims.balance(account) == RICH - s[f"{name}Fen"]
        funds = s["totalFen"] - s["memberFen"]
        assert claims.balance(RECEIVABLE) == funds
        assert claims.balance(CARL.account) == 10_000_000 - s["memberFen"]
        assert claims.balance(HOSPITAL.account) == s["memberFen"]
        assert claims.accumulators(CARL)[10] == s["aidFen"]

    def test_stays_climb_down_the_ladder(self, claims: Claims) -> None:
        for ordinal, deductible in enumerate((40_000, 28_000, 20_000, 20_000), start=1):
            body = claims.stay(fee_line(1_000_000, name=f"stay {ordinal}"))
            assert figures(claims.settle(body).evidence)["deductibleFen"] == deductible
            assert claims.accumulators()[11] == ordinal

    def test_scopes_and_members__are_kept_apart(self, claims: Claims) -> None:
        claims.settle(claims.stay(*STAY))
        claims.settle(claims.stay(*STAY, member=BEN.account))
        claims.settle()
        words = claims.accumulators()
        assert words[0] == 200_000_000
        assert words[1] == 400_000_000
        assert words[2] == 0

    def test_yearly_deductible__is_paid_once(self, claims: Claims) -> None:
        assert figures(claims.settle().evidence)["deductibleFen"] == 20_000
        assert figures(claims.settle().evidence)["deductibleFen"] == 0

    def test_new_policy_year__starts_at_zero(self, claims: Claims) -> None:
        claims.settle()
        claims.enrol_year(ANN, 2027)
        claims.arrive("2027-01-05")
        day = parse_day("2027-01-01")
        settled = claims.settle(service_start=day, service_end=day, coverage_start=day)
        assert figures(settled.evidence)["deductibleFen"] == 20_000
        assert claims.accumulators(year=2027)[0] == 200_000_000
        assert claims.accumulators()[0] == 200_000_000
        assert settled.evidence["previousClaim"] == NO_ID

    @pytest.mark.parametrize(
        ("text", "year"),
        [
            ("1969-12-31", 1969),
            ("1970-01-01", 1970),
            ("1968-02-29", 1968),
            ("1999-12-31", 1999),
            ("2000-02-29", 2000),
            ("2000-12-31", 2000),
            ("1960-01-01", 1960),
            ("1961-02-28", 1961),
            ("1961-03-01", 1961),
            ("2026-03-02", 2026),
        ],
    )
    def test_policy_year__is_the_calendar_year_of_the_last_day(
        self, claims: Claims, text: str, year: int
    ) -> None:
        """Histories may begin before 1970: policy days are signed."""
        day, start = parse_day(text), parse_day("1955-01-01")
        claims.enrol(DORA, start_day=start, end_day=TODAY + 1)
        old = {"service_start": day, "service_end": day, "coverage_start": start}
        settled = claims.settle(member=DORA.account, **old)
        assert claims.last_claim(DORA, year) == settled.claim_id
        assert claims.quote(claims.body(member=DORA.account, **old))["year"] == year

    def test_amount_of_nothing__needs_no_posting(self, claims: Claims) -> None:
        body = claims.body(
            fee_line(500, ItemClass.C), cash_mode=int(CashMode.COUNTER), member=BEN.account
        )
        outcome = claims.settle(body).outcome
        assert outcome.names == ["ClaimSettled"]

    def test_over_limit_part_the_provider_bears__is_not_paid(self, claims: Claims) -> None:
        claims.publish("generous", replace(OUTPATIENT, provider_bears_over_limit=True))
        line = fee_line(100_000, over_fen=30_000)
        s = figures(claims.settle(claims.body(line, plan_id=plan_id_hash("generous"))).evidence)
        assert (s["providerFen"], s["pooledFen"], s["memberFen"]) == (30_000, 25_000, 45_000)
        assert claims.balance(HOSPITAL.account) + claims.balance(RECEIVABLE) == 70_000


class TestEvidence:
    """The commitment covers everything that reversal needs, and the event carries it whole."""

    def test_commitment__is_the_hash_of_the_event(self, claims: Claims) -> None:
        settled = claims.settle(claims.stay(*STAY))
        packed = encode([EVIDENCE], [evidence_values(settled.evidence)])
        expected = "0x" + keccak(packed).hex()[:62] + "00"
        assert claims.world.call("ClaimRegistry", "commitmentOf", settled.claim_id) == expected

    def test_fields__name_the_parties_and_the_year(self, claims: Claims) -> None:
        claims.link(BEN, ANN)
        first = claims.settle()
        body = claims.stay(*STAY, family_holder=BEN.account, cash_mode=int(CashMode.COUNTER))
        settled = claims.settle(body)
        evidence = settled.evidence
        region = bytes.fromhex(REGION[2:])
        terms = region + bytes([Scheme.RESIDENT, CashMode.COUNTER, 2026 >> 8, 2026 & 255])
        hashes = sum(int(line.line_hash, 16) for line in STAY) % 2**256
        fields = ("address", "address", "int32", "uint256", "uint256")
        values = (ANN.account, HOSPITAL.account, TODAY, hashes, len(STAY))
        terms += (1).to_bytes(4) + bytes([3, 0, 0, 0]) + keccak(encode(fields, values))[:8]
        assert evidence["terms"] == "0x" + terms.hex()
        assert evidence["claimId"] == settled.claim_id == claims.claim_id(body)
        assert evidence["previousClaim"] == first.claim_id
        assert evidence["planId"] == plan_id_hash("inpatient")
        assert evidence["member"] == ANN.account
        assert evidence["provider"] == HOSPITAL.account
        assert evidence["familyHolder"] == BEN.account
        assert evidence["insurer"] == INSURER.account
        assert evidence["supplementaryPayer"] == CAMPAIGN
        assert year_words(evidence["before"]) == year_words(first.evidence["afterwards"])
        assert year_words(evidence["afterwards"]) == claims.accumulators()

    def test_no_supplementary_part__no_payer(self, claims: Claims) -> None:
        assert claims.settle().evidence["supplementaryPayer"] == NOBODY

    def test_trace_hash__covers_39_words(self, claims: Claims) -> None:
        settled = claims.settle(claims.stay(*STAY))
        evidence = settled.evidence
        words = (
            *figures(evidence).values(),
            *year_words(evidence["before"]),
            *year_words(evidence["afterwards"]),
        )
        assert len(words) == 39
        packed = b"".join(word_.to_bytes(32) for word_ in words)
        assert evidence["traceHash"] == "0x" + keccak(packed).hex()

    def test_accumulators_hash__covers_the_packed_year(self, claims: Claims) -> None:
        claims.settle()
        words = claims.world.call("ClaimRegistry", "yearWordsOf", ANN.account, 2026)
        expected = keccak(encode(["uint256[3]"], [words]))
        assert claims.quote(claims.body())["accumulatorsHash"] == "0x" + expected.hex()


class TestProviderDebt:
    """What a provider owes after a reversal is taken from its next fund parts."""

    def owing(self, claims: Claims, debt: int) -> None:
        claims.world.transact(
            *("ClaimRegistry", "setProviderDebt", HOSPITAL.account, INSURER.account, debt),
            sender=claims.world.keeper,
        )

    @pytest.mark.parametrize(("debt", "left"), [(1, 0), (39_999, 0), (40_000, 0), (40_001, 1)])
    def test_debt__is_taken_first(self, claims: Claims, debt: int, left: int) -> None:
        self.owing(claims, debt)
        outcome = claims.settle().outcome
        taken = debt - left
        assert claims.debt() == left
        assert outcome.one("ProviderDebtSet")["debtFen"] == left
        assert claims.balance(RECEIVABLE) == 40_000 - taken
        assert claims.balance(POOLED) == RICH - 40_000 + taken
        # The member's part is never touched.
        assert claims.balance(HOSPITAL.account) == 60_000

    def test_all_fund_parts__pay_it(self, claims: Claims) -> None:
        self.owing(claims, RICH)
        s = figures(claims.settle(claims.stay(*STAY)).evidence)
        funds = s["pooledFen"] + s["bigIllnessFen"] + s["supplementaryFen"]
        assert claims.debt() == RICH - funds
        assert claims.balance(RECEIVABLE) == 0
        assert claims.balance(POOLED) == RICH - s["pooledFen"] + funds

    def test_no_fund_part__pays_nothing(self, claims: Claims) -> None:
        self.owing(claims, 5)
        outcome = claims.settle(claims.body(fee_line(1_000, ItemClass.C))).outcome
        assert "ProviderDebtSet" not in outcome.names
        assert claims.debt() == 5

    def test_frozen_receivable__cannot_pay_it(self, claims: Claims) -> None:
        self.owing(claims, 5)
        body = claims.quoted(claims.body())
        claims.freeze(RECEIVABLE)
        with reverts("AccountFrozen", RECEIVABLE):
            claims.quote(body)
        with reverts("AccountFrozen", RECEIVABLE):
            claims.handle("settle", HOSPITAL, body)
        self.owing(claims, 0)
        claims.handle("settle", HOSPITAL, body)

    def test_debt_of_another_provider__is_left_alone(self, claims: Claims) -> None:
        self.owing(claims, 5)
        claims.settle(provider=CLINIC)
        assert claims.debt() == 5

    def test_confirmed_claim__pays_it_too(self, claims: Claims) -> None:
        claim = claims.submit()
        self.owing(claims, 1_000)
        claims.confirm(claim)
        assert claims.debt() == 0
        assert claims.balance(RECEIVABLE) == 39_000
        assert claims.balance(POOLED) == RICH - 39_000


class TestQuote:
    """M11: a quote is the contract's own answer."""

    def test_quote__changes_nothing_and_equals_settlement(self, claims: Claims) -> None:
        claims.settle(claims.stay(*STAY))
        body = claims.stay(fee_line(3_000_000), *STAY)
        decision = claims.quote(body)
        settled = claims.settle(body)
        evidence = settled.evidence
        assert decision["settlement"] == figures(evidence)
        assert flat(decision["before"]) == year_words(evidence["before"])
        assert flat(decision["afterwards"]) == year_words(evidence["afterwards"])
        assert decision["traceHash"] == evidence["traceHash"]
        assert decision["insurer"] == INSURER.account
        assert decision["supplementaryPayer"] == CAMPAIGN
        assert decision["year"] == 2026

    def test_expectations_of_the_body__are_ignored(self, claims: Claims) -> None:
        """M11.2: a quote takes none of the body's figures."""
        body = claims.body()
        other = replace(
            body,
            expected_fund_fen=1,
            expected_cash_fen=2,
            accumulators_hash=word("other"),
            quote_expires_at=0,
        )
        assert claims.quote(other) == claims.quote(body)

    def test_inpatient_plan__is_priced_by_the_providers_level(self, claims: Claims) -> None:
        rules = (
            *INPATIENT.levels,
            replace(INPATIENT.levels[0], level="community", deductible_by_stay_fen=(1,)),
        )
        claims.publish("levels", replace(INPATIENT, levels=rules))
        body = claims.body(fee_line(500_000), plan_id=plan_id_hash("levels"))
        assert claims.quote(body)["settlement"]["deductibleFen"] == 40_000
        assert claims.quote(body, provider=CLINIC)["settlement"]["deductibleFen"] == 1


def flat(year: dict[str, object]) -> tuple[object, ...]:
    """Return the twelve words of a decoded member-year."""
    used, bands, fund, *rest = year.values()
    return (*used, *bands, *fund, *rest)  # type: ignore[misc]
