"""A member pays a RESIDENT or FLEXIBLE bill (S45, S51): each refusal, then where the money goes."""

from dataclasses import replace
from typing import Any

import pytest

from node.domain.kinds import Pocket, Scheme
from node.intents.bodies import PayPremium
from tests.fixtures.actors import ANN, BEN, CARL, EMPLOYER, STRANGER, Actor, word
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.premiums import (
    BILL,
    DUE,
    LAST_GRACE,
    LAST_RESTORING,
    LATER,
    PERSONAL,
    POOLED,
    POOLED_FLEXIBLE,
    RESIDENT_PLAN,
    START,
    SUBSIDIES,
    SUBSIDY,
    Premiums,
)

OPEN, PARTLY_PAID, PAID = 1, 2, 3
PREMIUM = 6
IN_PARTS = {"parts": 4, "part_interval_days": 91}
PARTS = (10_001, 10_001, 10_001, 10_000)
SUBSIDY_PARTS = (16_751, 16_751, 16_750, 16_750)

BARE_PLAN = replace(RESIDENT_PLAN, subsidy_fen=(0,) * 6)
FREE_PLAN = replace(RESIDENT_PLAN, personal_fen=(0,) * 6, subsidy_fen=(0, 5_000, 0, 0, 0, 0))


class TestPayRefusals:
    def test_stranger_to_the_router__is_refused(self, premiums: Premiums) -> None:
        premiums.issue()
        body = (BILL, 1, 1, 0, PERSONAL, LATER)
        with reverts("AccessManagedUnauthorized", premiums.world.nobody):
            premiums.world.transact(
                *("PremiumCollector", "pay", ANN.account, word("ref"), body),
                sender=premiums.world.nobody,
            )

    def test_unknown_bill__is_unknown(self, premiums: Premiums) -> None:
        premiums.issue()
        other = word("other")
        with reverts("BillUnknown", other):
            premiums.collect("pay", ANN, _body(bill_id=other))

    @pytest.mark.parametrize("scheme", [Scheme.FLEXIBLE, Scheme.EMPLOYEE])
    def test_medical_for_another_scheme_than_resident__is_not_allowed(
        self, premiums: Premiums, scheme: Scheme
    ) -> None:
        if scheme is Scheme.EMPLOYEE:
            premiums.declare()
            bill_id = premiums.declared_id()
        else:
            premiums.issue(scheme=int(scheme))
            bill_id = BILL
        with reverts("PocketNotAllowed", int(Pocket.MEDICAL), PREMIUM):
            premiums.collect("pay", ANN, _body(bill_id=bill_id, medical_fen=1))

    def test_declared_bill__is_the_employers_alone(self, premiums: Premiums) -> None:
        premiums.declare()
        bill_id = premiums.declared_id()
        for actor in (ANN, EMPLOYER):
            with reverts("NotOwner", actor.account, bill_id):
                premiums.collect("pay", actor, _body(bill_id=bill_id))

    @pytest.mark.parametrize("actor", [BEN, STRANGER, EMPLOYER])
    def test_payer_without_a_link__is_not_owner(self, premiums: Premiums, actor: Actor) -> None:
        premiums.issue()
        with reverts("NotOwner", actor.account, BILL):
            premiums.collect("pay", actor, _body())

    def test_link_in_the_other_direction__does_not_let_pay(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.link(ANN, BEN)
        with reverts("NotOwner", BEN.account, BILL):
            premiums.collect("pay", BEN, _body())

    def test_link_to_another_member__does_not_let_pay(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.link(BEN, CARL)
        with reverts("NotOwner", BEN.account, BILL):
            premiums.collect("pay", BEN, _body())

    def test_paid_bill__is_already_paid(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay()
        with reverts("BillAlreadyPaid", BILL):
            premiums.collect("pay", ANN, _body(part=2, revision=2))

    def test_cancelled_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.cancel()
        with reverts("BillStateInvalid", BILL, 4):
            premiums.collect("pay", ANN, _body(revision=2))

    def test_refunded_bill__is_in_the_wrong_state(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay()
        premiums.refund(reason=1)
        with reverts("BillStateInvalid", BILL, 5):
            premiums.collect("pay", ANN, _body(revision=3))

    @pytest.mark.parametrize("part", [0, 2, 4, 5])
    def test_part_before_the_parts_before_it__is_invalid(
        self, premiums: Premiums, part: int
    ) -> None:
        premiums.issue(**IN_PARTS)
        with reverts("InvalidInstalment", BILL, part):
            premiums.collect("pay", ANN, _body(part=part, cash_fen=PARTS[0]))

    def test_part_paid_before__is_invalid(self, premiums: Premiums) -> None:
        premiums.issue(**IN_PARTS)
        premiums.pay()
        with reverts("InvalidInstalment", BILL, 1):
            premiums.collect("pay", ANN, _body(part=1, revision=2, cash_fen=PARTS[0]))

    def test_second_after_expiry__is_expired(self, premiums: Premiums) -> None:
        """S51.3: the quote is refused after expiry."""
        premiums.issue()
        expiry = premiums.world.now + 900
        premiums.world.travel(expiry + 1)
        with reverts("QuoteExpired", expiry):
            premiums.collect("pay", ANN, _body(quote_expires_at=expiry))

    @pytest.mark.parametrize("revision", [0, 2])
    def test_other_revision__is_stale(self, premiums: Premiums, revision: int) -> None:
        """S51.4: the quote is refused after a bill change."""
        premiums.issue()
        with reverts("QuoteStale", BILL):
            premiums.collect("pay", ANN, _body(revision=revision))

    @pytest.mark.parametrize(
        ("medical_fen", "cash_fen"),
        [(0, PERSONAL - 1), (0, PERSONAL + 1), (1, PERSONAL), (PERSONAL, 1), (0, 0)],
    )
    def test_other_amount__is_stale(
        self, premiums: Premiums, medical_fen: int, cash_fen: int
    ) -> None:
        premiums.issue()
        with reverts("QuoteStale", BILL):
            premiums.collect("pay", ANN, _body(medical_fen=medical_fen, cash_fen=cash_fen))

    def test_amounts_whose_sum_wraps__are_stale(self, premiums: Premiums) -> None:
        premiums.issue()
        wrapping = 2**64 - 1
        with reverts("QuoteStale", BILL):
            premiums.collect("pay", ANN, _body(medical_fen=wrapping, cash_fen=PERSONAL + 1))

    def test_fund_one_fen_short__pays_nothing(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.take_all(SUBSIDIES)
        premiums.give(SUBSIDIES, SUBSIDY - 1)
        with reverts("FundInsufficient", SUBSIDIES, SUBSIDY - 1, SUBSIDY):
            premiums.pay()
        assert premiums.bill()["state"] == OPEN

    @pytest.mark.parametrize(
        ("pocket", "medical_fen"), [(Pocket.CASH, 0), (Pocket.MEDICAL, PERSONAL)]
    )
    def test_pocket_one_fen_short__pays_nothing(
        self, premiums: Premiums, pocket: Pocket, medical_fen: int
    ) -> None:
        premiums.issue()
        premiums.take_all(ANN.account, pocket)
        premiums.give(ANN.account, PERSONAL - 1, pocket)
        with reverts(*("InsufficientBalance", ANN.account, int(pocket), PERSONAL - 1, PERSONAL)):
            premiums.pay(medical_fen=medical_fen)
        assert premiums.bill()["state"] == OPEN
        assert premiums.balance(POOLED) == 0

    def test_frozen_payer__pays_nothing(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.ledger("setFrozen", ANN.account, True, word("COURT"))
        with reverts("AccountFrozen", ANN.account):
            premiums.pay()


class TestRefusalOrder:
    def test_refusals__come_in_the_documented_order(self, premiums: Premiums) -> None:
        premiums.issue(scheme=int(Scheme.FLEXIBLE), **IN_PARTS)
        body = {"part": 2, "revision": 9, "quote_expires_at": 1, "medical_fen": 1}
        with reverts("PocketNotAllowed"):
            premiums.collect("pay", BEN, _body(**body))
        body["medical_fen"] = 0
        with reverts("NotOwner"):
            premiums.collect("pay", BEN, _body(**body))
        with reverts("InvalidInstalment"):
            premiums.collect("pay", ANN, _body(**body))
        body["part"] = 1
        with reverts("QuoteExpired"):
            premiums.collect("pay", ANN, _body(**body))
        body["quote_expires_at"] = LATER
        with reverts("QuoteStale"):
            premiums.collect("pay", ANN, _body(**body))
        premiums.cancel()
        body |= {"part": 2, "quote_expires_at": 1, "medical_fen": 1}
        with reverts("BillStateInvalid"):
            premiums.collect("pay", BEN, _body(**body))


class TestPay:
    def test_open_bill_from_cash__is_paid(self, premiums: Premiums) -> None:
        """S45: the yearly premium; POOLED receives the gross."""
        premiums.issue()
        outcome = premiums.pay(ref=word("digest"))
        assert outcome.one("PremiumPaid").args == {
            "digest": word("digest"),
            "billId": BILL,
            "payer": ANN.account,
            "part": 1,
            "medicalFen": 0,
            "cashFen": PERSONAL,
            "employeeFen": 0,
            "subsidyFen": SUBSIDY,
            "lateFeeFen": 0,
        }
        moved = outcome.one("Moved")
        assert (moved["ref"], moved["purpose"], moved["postings"]) == (word("digest"), PREMIUM, 2)
        assert premiums.balance(ANN.account) == 1_000_000 - PERSONAL
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 500_000
        assert premiums.balance(SUBSIDIES) == 10_000_000 - SUBSIDY
        assert premiums.balance(POOLED) == PERSONAL + SUBSIDY
        bill = premiums.bill()
        assert (bill["state"], bill["paidParts"], bill["revision"]) == (PAID, 1, 2)
        assert (bill["paidCashFen"], bill["paidMedicalFen"]) == (PERSONAL, 0)
        assert bill["paidLateFeeFen"] == 0

    def test_open_bill_from_both_pockets__is_paid(self, premiums: Premiums) -> None:
        premiums.issue()
        outcome = premiums.pay(medical_fen=40_000)
        paid = outcome.one("PremiumPaid")
        assert (paid["medicalFen"], paid["cashFen"]) == (40_000, 3)
        assert premiums.balance(ANN.account) == 1_000_000 - 3
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 460_000
        assert premiums.balance(POOLED) == PERSONAL + SUBSIDY
        bill = premiums.bill()
        assert (bill["paidCashFen"], bill["paidMedicalFen"]) == (3, 40_000)

    def test_open_bill_from_medical_alone__is_paid(self, premiums: Premiums) -> None:
        premiums.issue()
        outcome = premiums.pay(medical_fen=PERSONAL)
        assert outcome.one("Moved")["postings"] == 2
        assert premiums.balance(ANN.account) == 1_000_000
        assert premiums.balance(ANN.account, Pocket.MEDICAL) == 500_000 - PERSONAL

    def test_flexible_bill_from_cash__reaches_its_own_fund(self, premiums: Premiums) -> None:
        premiums.put_plan(
            BARE_PLAN,
            scheme=Scheme.FLEXIBLE,
            plan_id=word("bare"),
            version=7,
        )
        premiums.issue(scheme=int(Scheme.FLEXIBLE), plan_id=word("bare"), plan_version=7)
        outcome = premiums.pay()
        assert outcome.one("Moved")["postings"] == 1
        assert premiums.balance(POOLED_FLEXIBLE) == PERSONAL
        assert premiums.balance(POOLED) == 0

    def test_member_who_owes_nothing__is_paid_by_the_subsidy_alone(
        self, premiums: Premiums
    ) -> None:
        premiums.put_plan(FREE_PLAN, plan_id=word("free"))
        premiums.issue(plan_id=word("free"))
        paid = premiums.pay().one("PremiumPaid")
        assert (paid["cashFen"], paid["subsidyFen"]) == (0, 5_000)
        assert premiums.bill()["state"] == PAID
        assert premiums.balance(POOLED) == 5_000

    def test_last_second_of_the_quote__is_paid(self, premiums: Premiums) -> None:
        """S51: the quote holds until its expiry, included."""
        premiums.issue()
        expiry = premiums.world.now + 900
        body = _body(quote_expires_at=expiry)
        premiums.world.travel(expiry)
        assert premiums.collect("pay", ANN, body).one("PremiumPaid")["part"] == 1

    def test_holder_of_a_link__pays_from_the_own_pockets(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.link(BEN, ANN)
        premiums.give(BEN.account, 30_000)
        premiums.give(BEN.account, 20_000, Pocket.MEDICAL)
        outcome = premiums.pay(actor=BEN, medical_fen=20_000)
        assert outcome.one("PremiumPaid")["payer"] == BEN.account
        assert premiums.balance(BEN.account) == 30_000 - (PERSONAL - 20_000)
        assert premiums.balance(BEN.account, Pocket.MEDICAL) == 0
        assert premiums.balance(ANN.account) == 1_000_000
        sponsor = premiums.world.call("BillRegistry", "sponsorOf", BILL, 1)
        assert sponsor == [BEN.account, 20_000]

    def test_holder_of_a_link__may_pay_a_flexible_bill_from_cash(self, premiums: Premiums) -> None:
        premiums.put_plan(BARE_PLAN, scheme=Scheme.FLEXIBLE, version=2)
        premiums.issue(scheme=int(Scheme.FLEXIBLE), plan_version=2)
        premiums.link(BEN, ANN)
        premiums.give(BEN.account, PERSONAL)
        assert premiums.pay(actor=BEN).one("PremiumPaid")["part"] == 1
        assert premiums.balance(BEN.account) == 0

    def test_own_payment__names_no_sponsor(self, premiums: Premiums) -> None:
        premiums.issue()
        premiums.pay(medical_fen=10)
        sponsor = premiums.world.call("BillRegistry", "sponsorOf", BILL, 1)
        assert sponsor == ["0x" + "0" * 40, 0]


class TestInstalments:
    def test_parts__are_paid_in_order_to_the_fen(self, premiums: Premiums) -> None:
        """S45.3: instalments; the first parts carry one fen more."""
        premiums.issue(**IN_PARTS)
        for number, (part_fen, subsidy_fen) in enumerate(
            zip(PARTS, SUBSIDY_PARTS, strict=True), start=1
        ):
            paid = premiums.pay(medical_fen=number).one("PremiumPaid")
            state = PAID if number == 4 else PARTLY_PAID
            assert paid["part"] == number
            assert (paid["medicalFen"], paid["cashFen"]) == (number, part_fen - number)
            assert paid["subsidyFen"] == subsidy_fen
            bill = premiums.bill()
            assert (bill["state"], bill["paidParts"]) == (state, number)
            assert bill["revision"] == number + 1
            assert bill["paidCashFen"] + bill["paidMedicalFen"] == sum(PARTS[:number])
        assert premiums.balance(POOLED) == PERSONAL + SUBSIDY

    def test_late_parts__cost_no_late_fee(self, premiums: Premiums) -> None:
        """P45.4: a late fee runs for employers only."""
        premiums.issue(**IN_PARTS)
        premiums.on(LAST_RESTORING + 100)
        assert premiums.pay().one("PremiumPaid")["lateFeeFen"] == 0


class TestGap:
    @pytest.mark.parametrize("day", [DUE, LAST_GRACE, LAST_GRACE + 1, LAST_RESTORING])
    def test_payment_in_time__leaves_no_gap(self, premiums: Premiums, day: int) -> None:
        """P47.2: paid by the last back-pay day, coverage is restored from the gap's first day."""
        premiums.issue()
        premiums.on(day)
        assert premiums.pay().names == ["Transfer", "Transfer", "Moved", "PremiumPaid"]
        assert premiums.covers(LAST_GRACE + 1)

    def test_payment_after_backpay_days__leaves_a_gap(self, premiums: Premiums) -> None:
        """P47.2: paid later, coverage returns on the payment day."""
        premiums.issue()
        day = LAST_RESTORING + 1
        premiums.on(day)
        gap = premiums.pay().one("CoverageGapRecorded")
        assert (gap["part"], gap["gapStart"], gap["gapEnd"]) == (1, LAST_GRACE + 1, day)
        assert premiums.covers(LAST_GRACE)
        assert not premiums.covers(LAST_GRACE + 1)
        assert not premiums.covers(day - 1)
        assert premiums.covers(day)

    def test_gap__begins_with_the_period_if_grace_ended_before(self, premiums: Premiums) -> None:
        premiums.issue(due_day=START - 30)
        day = START + 40
        premiums.on(day)
        gap = premiums.pay().one("CoverageGapRecorded")
        assert (gap["gapStart"], gap["gapEnd"]) == (START, day)

    def test_late_payment_before_the_period__leaves_no_gap(self, premiums: Premiums) -> None:
        premiums.issue(due_day=START - 60 - 365 // 12)
        premiums.on(START)
        assert "CoverageGapRecorded" not in premiums.pay().names
        assert premiums.covers(START)


def _body(**changes: Any) -> PayPremium:
    values = {
        "bill_id": BILL,
        "part": 1,
        "revision": 1,
        "medical_fen": 0,
        "cash_fen": PERSONAL,
        "quote_expires_at": LATER,
    }
    return PayPremium(**{**values, **changes})
