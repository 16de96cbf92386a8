"""What quote, settle and submit refuse, one broken condition at a time (S44, S20, P35)."""

from dataclasses import replace
from typing import Any

import pytest

from node.chain.abi.plans import plan_id_hash
from node.domain.claims import ClaimState
from node.domain.days import parse_day
from node.domain.kinds import CashMode, ItemClass, MemberKind, Pocket, Scheme
from node.domain.money import MAX_AMOUNT_FEN
from node.intents.bodies import ContractProvider
from node.intents.encoding import short_text
from tests.fixtures.actors import (
    ANN,
    BEN,
    CARL,
    CLINIC,
    HOSPITAL,
    INSURER,
    INSURER_2,
    STRANGER,
    word,
)
from tests.fixtures.evm.claim_codec import as_call
from tests.fixtures.evm.claims import (
    BIG_ILLNESS,
    CAMPAIGN,
    INPATIENT,
    NO_ID,
    OUTPATIENT,
    POOLED,
    RICH,
    TODAY,
    YEAR_END,
    YEAR_START,
    Claims,
    Settled,
    fee_line,
)
from tests.fixtures.evm.in_process import Revert, reverts

NO_LEVEL = "0x" + "0" * 32
CLASS_A, CLASS_B, CLASS_C = ItemClass.A, ItemClass.B, ItemClass.C


def fingerprint(claim: Settled) -> str:
    """Return the fingerprint of a claim: the last eight bytes of its terms."""
    return "0x" + claim.evidence["terms"][-16:]


def refused_alike(claims: Claims, body: Any, error: str, *values: Any, **options: Any) -> None:
    """Expect the same refusal from quote, settle and submit (M11)."""
    with reverts(error, *values):
        claims.quote(body, **options)
    provider = options.get("provider", HOSPITAL)
    for function in ("settle", "submit"):
        with reverts(error, *values):
            claims.handle(function, provider, body)


class TestServiceDays:
    """Care lies in the past or ends today; the service day is the last one."""

    def test_end_before_start__refused(self, claims: Claims) -> None:
        body = claims.body(service_start=TODAY, service_end=TODAY - 1)
        refused_alike(claims, body, "InvalidServiceDate", TODAY, TODAY - 1)

    def test_end_tomorrow__refused(self, claims: Claims) -> None:
        body = claims.body(service_end=TODAY + 1)
        refused_alike(claims, body, "InvalidServiceDate", TODAY, TODAY + 1)

    def test_before_the_year_one__refused(self, claims: Claims) -> None:
        day = parse_day("0001-01-01") - 1
        body = claims.body(service_start=day, service_end=day)
        refused_alike(claims, body, "InvalidServiceDate", day, day)

    def test_last_second_of_today__is_today(self, claims: Claims) -> None:
        body = claims.body()
        claims.on("2026-03-02", second=86_399)
        assert claims.settle(body).claim_id

    def test_long_stay__counts_for_the_year_it_ends_in(self, claims: Claims) -> None:
        body = claims.stay(service_start=parse_day("2025-12-01"), service_end=YEAR_START)
        assert claims.quote(body)["year"] == 2026


class TestLines:
    """Sums and classes of fee lines."""

    def test_no_lines__refused(self, claims: Claims) -> None:
        body = replace(claims.body(), lines=(), total_fen=0)
        refused_alike(claims, body, "InvalidAmount", 0)

    def test_101_lines__refused(self, claims: Claims) -> None:
        lines = tuple(fee_line(1, name=str(i)) for i in range(101))
        refused_alike(claims, claims.body(*lines), "TooMany", 101, 100)

    def test_100_lines__accepted(self, claims: Claims) -> None:
        lines = tuple(fee_line(1_000, name=str(i)) for i in range(100))
        assert claims.quote(claims.body(*lines))["settlement"]["totalFen"] == 100_000

    @pytest.mark.parametrize("gross", [0, MAX_AMOUNT_FEN + 1])
    def test_gross_out_of_range__refused(self, claims: Claims, gross: int) -> None:
        refused_alike(claims, claims.body(fee_line(gross)), "InvalidAmount", gross)

    def test_over_limit_part_above_gross__refused(self, claims: Claims) -> None:
        body = claims.body(fee_line(100, over_fen=101))
        refused_alike(claims, body, "InvalidAmount", 101)

    def test_whole_line_over_the_limit__accepted(self, claims: Claims) -> None:
        s = claims.quote(claims.body(fee_line(100, over_fen=100)))["settlement"]
        assert (s["overFen"], s["inScopeFen"], s["memberFen"]) == (100, 0, 100)

    def test_ratio_over_one__refused(self, claims: Claims) -> None:
        body = claims.body(fee_line(100, CLASS_B, self_pay_bp=10_001))
        refused_alike(claims, body, "InvalidRatio", 10_001)

    @pytest.mark.parametrize("item_class", [CLASS_A, CLASS_C])
    def test_ratio_on_another_class__refused(self, claims: Claims, item_class: ItemClass) -> None:
        lines = (fee_line(100, item_class, self_pay_bp=1), fee_line(100, CLASS_B))
        refused_alike(claims, claims.body(*lines), "InvalidRatio", 1)

    def test_unknown_class__refused(self, claims: Claims) -> None:
        line = replace(fee_line(100), item_class=3)
        refused_alike(claims, claims.body(line), "KindUnknown", 3)

    def test_total_over_the_largest__refused(self, claims: Claims) -> None:
        lines = (fee_line(MAX_AMOUNT_FEN), fee_line(1))
        body = claims.body(*lines)
        refused_alike(claims, body, "InvalidAmount", MAX_AMOUNT_FEN + 1)

    @pytest.mark.parametrize("stated", [99_999, 100_001])
    def test_stated_total_differs__refused(self, claims: Claims, stated: int) -> None:
        body = claims.body(fee_line(60_000), fee_line(40_000), total_fen=stated)
        refused_alike(claims, body, "LineSumMismatch", stated, 100_000)


class TestEntitlement:
    """Coverage, contract and plan belong together on the service day."""

    def test_stranger__no_coverage(self, claims: Claims) -> None:
        body = claims.body(member=STRANGER.account)
        refused_alike(claims, body, "CoverageUnknown", STRANGER.account, YEAR_START)

    def test_other_period_named__unknown(self, claims: Claims) -> None:
        body = claims.body(coverage_start=YEAR_START + 1)
        refused_alike(claims, body, "CoverageUnknown", ANN.account, YEAR_START + 1)

    def test_day_before_the_period__inactive(self, claims: Claims) -> None:
        day = YEAR_START - 1
        body = claims.body(service_start=day, service_end=day)
        refused_alike(claims, body, "CoverageInactive", ANN.account, day)

    def test_first_and_last_day__covered(self, claims: Claims) -> None:
        claims.arrive("2027-01-05")
        for day in (YEAR_START, YEAR_END - 1):
            claims.settle(claims.body(service_start=day, service_end=day))
        body = claims.body(service_start=YEAR_END, service_end=YEAR_END)
        with reverts("CoverageInactive", ANN.account, YEAR_END):
            claims.quote(body)

    def test_provider_without_contract__refused(self, claims: Claims) -> None:
        """S44.2: nobody is paid whom no contract names."""
        body = ContractProvider(HOSPITAL.account, False)
        claims.world.handle("ProviderRegistry", "contractProvider", INSURER, body)
        values = (HOSPITAL.account, INSURER.account)
        refused_alike(claims, claims.body(), "ProviderNotContracted", *values)

    def test_contract_with_another_insurer__does_not_help(self, claims: Claims) -> None:
        for insurer, contracted in ((INSURER, False), (INSURER_2, True)):
            body = ContractProvider(HOSPITAL.account, contracted)
            claims.world.handle("ProviderRegistry", "contractProvider", insurer, body)
        values = (HOSPITAL.account, INSURER.account)
        refused_alike(claims, claims.body(), "ProviderNotContracted", *values)

    @pytest.mark.parametrize("suspended", [HOSPITAL, INSURER], ids=lambda actor: actor.name)
    def test_suspended_party__refused(self, claims: Claims, suspended: Any) -> None:
        """S44.2: neither is who is suspended."""
        claims.suspend(suspended)
        values = (HOSPITAL.account, INSURER.account)
        refused_alike(claims, claims.body(), "ProviderNotContracted", *values)

    def test_member_as_provider__refused(self, claims: Claims) -> None:
        values = (BEN.account, INSURER.account)
        refused_alike(claims, claims.body(), "ProviderNotContracted", *values, provider=BEN)

    def test_unknown_plan__refused(self, claims: Claims) -> None:
        body = claims.body(plan_id=word("none"))
        refused_alike(claims, body, "PlanUnknown", word("none"), 1)

    def test_unknown_version__refused(self, claims: Claims) -> None:
        body = claims.body(plan_version=2)
        refused_alike(claims, body, "PlanUnknown", body.plan_id, 2)

    def test_version_that_begins_tomorrow__refused_today(self, claims: Claims) -> None:
        """S16.2: care of the old period is still settled by the old version."""
        claims.publish("outpatient", OUTPATIENT, version=2, valid_from=TODAY + 1)
        body = claims.body(plan_version=2)
        refused_alike(claims, body, "PlanUnknown", body.plan_id, 2)
        claims.arrive("2026-03-03")
        tomorrow = {"service_start": TODAY + 1, "service_end": TODAY + 1}
        claims.settle(claims.body(plan_version=2, **tomorrow))
        with reverts("PlanUnknown", body.plan_id, 1):
            claims.quote(claims.body(**tomorrow))
        claims.settle(claims.body())

    def test_plan_of_another_member_kind__not_covered(self, claims: Claims) -> None:
        body = claims.body(plan_id=plan_id_hash("needy inpatient"))
        values = (short_text("INPATIENT", 16), NO_LEVEL)
        refused_alike(claims, body, "CareTypeNotCovered", *values)

    def test_plan_of_another_scheme__not_covered(self, claims: Claims) -> None:
        claims.publish("employee", OUTPATIENT, scheme=int(Scheme.EMPLOYEE))
        body = claims.body(plan_id=plan_id_hash("employee"))
        values = (short_text("EMPLOYEE", 16), NO_LEVEL)
        refused_alike(claims, body, "CareTypeNotCovered", *values)

    def test_level_without_a_rule__not_covered(self, claims: Claims) -> None:
        values = (short_text("INPATIENT", 16), short_text("community", 16))
        refused_alike(claims, claims.stay(), "CareTypeNotCovered", *values, provider=CLINIC)

    def test_needy_member__has_the_own_plan(self, claims: Claims) -> None:
        body = claims.body(
            fee_line(5_000_000), member=CARL.account, plan_id=plan_id_hash("needy inpatient")
        )
        assert claims.quote(body)["settlement"]["aidFen"] > 0

    def test_category_mask__is_the_members(self, claims: Claims) -> None:
        kind = {"member_kind": int(MemberKind.ADULT)}
        layers = tuple(replace(layer, categories=2) for layer in INPATIENT.layers)
        claims.publish("other", replace(INPATIENT, layers=layers), **kind)
        body = claims.body(fee_line(5_000_000), plan_id=plan_id_hash("other"))
        assert claims.quote(body)["settlement"]["aidFen"] == 0


class TestUsedOnce:
    """Claim numbers and fee lines are settled once."""

    def test_number_used__refused(self, claims: Claims) -> None:
        first = claims.settle()
        body = claims.body(claim_number_hash=first.body.claim_number_hash)
        refused_alike(claims, body, "ClaimNumberUsed", first.claim_id)

    def test_number_of_another_provider__is_free(self, claims: Claims) -> None:
        first = claims.settle()
        body = claims.body(claim_number_hash=first.body.claim_number_hash)
        assert claims.settle(body, provider=CLINIC).claim_id != first.claim_id

    def test_same_lines_again__duplicate(self, claims: Claims) -> None:
        lines = (fee_line(5_000), fee_line(6_000, CLASS_C))
        first = claims.settle(claims.body(*lines))
        refused_alike(claims, claims.body(*lines), "DuplicateClaim", fingerprint(first))

    def test_same_lines_turned_round__duplicate(self, claims: Claims) -> None:
        lines = (fee_line(5_000), fee_line(6_000, CLASS_C))
        first = claims.settle(claims.body(*lines))
        refused_alike(claims, claims.body(*lines[::-1]), "DuplicateClaim", fingerprint(first))

    @pytest.mark.parametrize("other", ["member", "provider", "day", "line", "fewer"])
    def test_one_thing_different__is_another_claim(self, claims: Claims, other: str) -> None:
        lines = (fee_line(5_000), fee_line(6_000, CLASS_C))
        claims.settle(claims.body(*lines))
        if other == "line":
            lines = (lines[0], fee_line(6_000, CLASS_C, name="another"))
        if other == "fewer":
            lines = lines[:1]
        changes = {
            "member": {"member": BEN.account},
            "day": {"service_start": TODAY - 1, "service_end": TODAY - 1},
        }.get(other, {})
        provider = CLINIC if other == "provider" else HOSPITAL
        claims.settle(claims.body(*lines, **changes), provider=provider)

    def test_replacing_an_unknown_claim__refused(self, claims: Claims) -> None:
        body = claims.body(replaces=word("none"))
        values = (word("none"), int(ClaimState.NONE))
        refused_alike(claims, body, "ClaimStateInvalid", *values)

    def test_replacing_a_settled_claim__refused(self, claims: Claims) -> None:
        first = claims.settle()
        body = claims.body(replaces=first.claim_id)
        values = (first.claim_id, int(ClaimState.SETTLED))
        refused_alike(claims, body, "ClaimStateInvalid", *values)

    def test_replacing_a_claim_of_another_provider__refused(self, claims: Claims) -> None:
        first = claims.settle()
        claims.reverse(first)
        body = claims.body(replaces=first.claim_id)
        values = (CLINIC.account, first.claim_id)
        refused_alike(claims, body, "NotOwner", *values, provider=CLINIC)

    def test_replacing_an_own_reversed_claim__is_told(self, claims: Claims) -> None:
        first = claims.settle()
        claims.reverse(first)
        corrected = claims.settle(claims.body(*first.body.lines, replaces=first.claim_id))
        event = corrected.outcome.one("ClaimReplaced")
        assert event.args == {"claimId": corrected.claim_id, "replaced": first.claim_id}
        assert "ClaimReplaced" not in claims.settle().outcome.names

    def test_pending_claim_of_the_year__blocks(self, claims: Claims) -> None:
        first = claims.submit()
        refused_alike(claims, claims.body(), "ClaimPending", first.claim_id)
        claims.settle(claims.body(member=BEN.account))


class TestQuoteOfTheBody:
    """QuoteExpired and QuoteStale: the figures that both parties signed."""

    def test_after_expiry__expired(self, claims: Claims) -> None:
        moment = claims.world.now + 10
        body = claims.quoted(claims.body(quote_expires_at=moment))
        claims.world.travel(moment + 1)
        for function in ("settle", "submit"):
            with reverts("QuoteExpired", moment):
                claims.handle(function, HOSPITAL, body)
            claims.world.travel(claims.world.now + 1)

    def test_at_the_moment_of_expiry__accepted(self, claims: Claims) -> None:
        moment = claims.world.now + 10
        body = claims.quoted(claims.body(quote_expires_at=moment))
        claims.world.travel(moment)
        claims.handle("settle", HOSPITAL, body)

    @pytest.mark.parametrize("function", ["settle", "submit"])
    @pytest.mark.parametrize(
        "field",
        [
            *("expected_fund_fen", "expected_medical_fen"),
            *("expected_family_fen", "expected_cash_fen", "accumulators_hash"),
        ],
    )
    def test_other_expectation__stale(self, claims: Claims, field: str, function: str) -> None:
        """M11.2: a gateway's figure that is not the contract's settles nothing."""
        body = claims.quoted(claims.body())
        value = getattr(body, field)
        changed = word("other") if isinstance(value, str) else value + 1
        with reverts("QuoteStale", claims.claim_id(body)):
            claims.handle(function, HOSPITAL, replace(body, **{field: changed}))

    def test_claim_between_quote_and_settlement__stale(self, claims: Claims) -> None:
        body = claims.quoted(claims.body())
        claims.settle()
        with reverts("QuoteStale", claims.claim_id(body)):
            claims.handle("settle", HOSPITAL, body)

    def test_claim_in_another_year__not_stale(self, claims: Claims) -> None:
        claims.enrol_year(ANN, 2027)
        claims.arrive("2027-01-05")
        body = claims.quoted(claims.body())
        day = parse_day("2027-01-02")
        claims.settle(
            claims.body(service_start=day, service_end=day, coverage_start=YEAR_END),
        )
        with reverts("QuoteStale"):
            # MEDICAL money went to the other claim.
            claims.handle("settle", HOSPITAL, body)
        claims.handle("settle", HOSPITAL, claims.quoted(body))

    @pytest.mark.parametrize("function", ["settle", "submit", "confirm", "cancel", "reverse"])
    def test_caller_without_role__refused(self, claims: Claims, function: str) -> None:
        nobody = claims.world.nobody
        body: Any = as_call(claims.quoted(claims.body()))
        if function in {"confirm", "cancel", "reverse"}:
            body = {
                "confirm": (NO_ID, 0, b""),
                "cancel": (NO_ID,),
                "reverse": (NO_ID, b""),
            }[function]
        with reverts("AccessManagedUnauthorized", nobody):
            claims.world.transact(
                "ClaimSettlement", function, HOSPITAL.account, NO_ID, body, sender=nobody
            )


class TestPayers:
    """A fund or pocket that is short refuses the whole claim."""

    def test_cash_short__named_with_figures(self, claims: Claims) -> None:
        claims.take(ANN.account, 10_000_000 - 29_999)
        values = (ANN.account, int(Pocket.CASH), 29_999, 30_000)
        body = claims.body()
        with reverts("InsufficientBalance", *values):
            claims.quote(body)
        claims.give(ANN.account, 1)
        body = claims.quoted(body)
        claims.take(ANN.account, 1)
        for function in ("settle", "submit"):
            with reverts("InsufficientBalance", *values):
                claims.handle(function, HOSPITAL, body)

    def test_cash_at_the_counter__needs_no_balance(self, claims: Claims) -> None:
        claims.take(ANN.account, 10_000_000)
        settled = claims.settle(claims.body(cash_mode=int(CashMode.COUNTER)))
        assert claims.balance(HOSPITAL.account) == 30_000
        assert settled.body.expected_cash_fen == 30_000

    @pytest.mark.parametrize("fund", [POOLED, BIG_ILLNESS, CAMPAIGN])
    def test_fund_short__nothing_is_part_paid(self, claims: Claims, fund: str) -> None:
        body = claims.quoted(claims.stay(fee_line(5_000_000)))
        s = claims.quote(body)["settlement"]
        fields = {POOLED: "pooledFen", BIG_ILLNESS: "bigIllnessFen", CAMPAIGN: "supplementaryFen"}
        needed = s[fields[fund]]
        claims.take(fund, RICH - needed + 1)
        refused_alike(claims, body, "FundInsufficient", fund, needed - 1, needed)
        assert claims.balance(POOLED) == (needed - 1 if fund == POOLED else RICH)
        claims.give(fund, 1)
        claims.settle(body)

    def test_fund_that_pays_two_legs__counts_both(self, claims: Claims) -> None:
        layers = (*INPATIENT.layers[:1], replace(INPATIENT.layers[2], payer=BIG_ILLNESS))
        claims.publish("two legs", replace(INPATIENT, layers=layers))
        body = claims.quoted(claims.body(fee_line(5_000_000), plan_id=plan_id_hash("two legs")))
        s = claims.quote(body)["settlement"]
        needed = s["bigIllnessFen"] + s["supplementaryFen"]
        claims.take(BIG_ILLNESS, RICH - needed + 1)
        refused_alike(claims, body, "FundInsufficient", BIG_ILLNESS, needed - 1, needed)
        claims.give(BIG_ILLNESS, 1)
        claims.settle(body)
        assert claims.balance(BIG_ILLNESS) == 0

    @pytest.mark.parametrize("account", [POOLED, ANN.account])
    def test_frozen_payer__refused(self, claims: Claims, account: str) -> None:
        body = claims.quoted(claims.body())
        claims.freeze(account)
        refused_alike(claims, body, "AccountFrozen", account)

    def test_frozen_provider__is_still_paid(self, claims: Claims) -> None:
        claims.freeze(HOSPITAL.account)
        claims.settle()
        assert claims.balance(HOSPITAL.account) == 60_000


class TestFamily:
    """P11: a linked holder's MEDICAL money pays what the own one does not."""

    def test_no_link__refused(self, claims: Claims) -> None:
        values = (BEN.account, ANN.account)
        body = claims.body(family_holder=BEN.account)
        refused_alike(claims, body, "FamilyLinkInactive", *values)

    def test_link_the_other_way__refused(self, claims: Claims) -> None:
        claims.link(ANN, BEN)
        values = (BEN.account, ANN.account)
        body = claims.body(family_holder=BEN.account)
        refused_alike(claims, body, "FamilyLinkInactive", *values)

    def test_member_as_own_holder__refused(self, claims: Claims) -> None:
        body = claims.body(family_holder=ANN.account)
        refused_alike(claims, body, "FamilyLinkInactive", ANN.account, ANN.account)

    def test_link__pays_after_the_own_account(self, claims: Claims) -> None:
        """P11.1: own MEDICAL, then the holder's, then CASH, each to the fen."""
        claims.link(BEN, ANN)
        claims.give(BEN.account, 20_000, Pocket.MEDICAL)
        body = claims.body(family_holder=BEN.account)
        settled = claims.settle(body)
        assert settled.body.expected_medical_fen == 30_000
        assert settled.body.expected_family_fen == 20_000
        assert settled.body.expected_cash_fen == 10_000
        assert claims.balance(BEN.account, Pocket.MEDICAL) == 0
        assert claims.balance(BEN.account) == 10_000_000
        # The holder's money does not count toward the yearly outpatient deductible.
        assert claims.accumulators()[0] == 0
        claims.reverse(settled)
        assert claims.balance(BEN.account, Pocket.MEDICAL) == 20_000
        assert claims.balance(ANN.account, Pocket.MEDICAL) == 30_000

    def test_holder_not_named__is_not_charged(self, claims: Claims) -> None:
        claims.link(BEN, ANN)
        claims.give(BEN.account, 20_000, Pocket.MEDICAL)
        assert claims.settle().body.expected_family_fen == 0

    def test_order_of_checks__as_documented(self, claims: Claims) -> None:
        """One body that breaks everything is refused for the first thing first."""
        broken: dict[str, Any] = {
            "quote_expires_at": claims.world.now - 1,
            "service_end": TODAY + 1,
            "total_fen": 1,
            "member": STRANGER.account,
            "plan_id": word("none"),
            "family_holder": BEN.account,
        }
        fixes: list[tuple[str, dict[str, Any]]] = [
            ("QuoteExpired", {"quote_expires_at": 2**40}),
            ("InvalidServiceDate", {"service_end": TODAY}),
            ("LineSumMismatch", {"total_fen": 100_000}),
            ("CoverageUnknown", {"member": ANN.account}),
            ("PlanUnknown", {"plan_id": plan_id_hash("outpatient")}),
            ("FamilyLinkInactive", {"family_holder": "0x" + "0" * 40}),
            ("QuoteStale", {}),
        ]
        body = replace(claims.body(), **broken)
        for error, fix in fixes:
            with pytest.raises(Revert) as caught:
                claims.handle("settle", HOSPITAL, body)
            assert caught.value.name == error
            body = replace(body, **fix)
