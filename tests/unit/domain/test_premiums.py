"""Premium bills: shares, parts, proration, late fee, payable, quotes, refunds (S45, P45, P46)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.domain.days import parse_day
from node.domain.errors import (
    BillAlreadyPaid,
    BillStateInvalid,
    InvalidAmount,
    InvalidInstalment,
    InvalidPeriod,
    QuoteExpired,
    QuoteStale,
    RefundExceedsPayment,
    RefundNotAllowed,
)
from node.domain.ids import BillId
from node.domain.kinds import Proration
from node.domain.plans.plan import PremiumPlan
from node.domain.premiums import (
    BILL_TRANSITIONS,
    BillEvent,
    BillState,
    Offer,
    RefundReason,
    RefundRequest,
    employee_shares,
    instalment_due_day,
    instalment_fen,
    late_fee_fen,
    next_bill_state,
    prorate,
    require_fresh_quote,
    require_refund,
    state_on,
)

BILL = BillId("0x" + "b1" * 32)
EMPLOYEE = PremiumPlan(
    base_floor_fen=500_000, base_ceiling_fen=3_000_000, employer_bp=885, employee_bp=200
)


class TestEmployee:
    @pytest.mark.parametrize(
        ("wage", "base"),
        [(1, 500_000), (500_000, 500_000), (777_777, 777_777), (3_000_001, 3_000_000)],
    )
    def test_base__is_the_wage_within_its_bounds_p45(self, wage: int, base: int) -> None:
        assert employee_shares(EMPLOYEE, wage).base_fen == base

    def test_each_share__is_rounded_by_itself(self) -> None:
        shares = employee_shares(EMPLOYEE, 777_777)
        # 777,777 x 8.85 % = 68,833.2645; x 2 % = 15,555.54.
        assert (shares.employer_fen, shares.employee_fen) == (68_833, 15_556)
        assert shares.total_fen == 84_389

    def test_wage_of_nothing__is_refused(self) -> None:
        with pytest.raises(InvalidAmount):
            employee_shares(EMPLOYEE, 0)


class TestInstalments:
    @pytest.mark.parametrize("part", [0, 4, -1])
    def test_part_that_does_not_exist__is_refused(self, part: int) -> None:
        with pytest.raises(InvalidInstalment):
            instalment_fen(BILL, 100, parts=3, part=part)

    def test_first_parts__carry_one_fen_more(self) -> None:
        parts = [instalment_fen(BILL, 101, parts=3, part=part) for part in (1, 2, 3)]
        assert parts == [34, 34, 33]

    @given(st.integers(1, 10**13), st.integers(1, 60))
    def test_parts__add_up(self, amount: int, parts: int) -> None:
        each = [instalment_fen(BILL, amount, parts=parts, part=n + 1) for n in range(parts)]
        assert sum(each) == amount
        assert max(each) - min(each) <= 1

    def test_due_days__follow_the_interval(self) -> None:
        assert [instalment_due_day(100, interval_days=30, part=part) for part in (1, 2, 4)] == [
            100,
            130,
            190,
        ]


class TestProration:
    PERIOD = (parse_day("2025-01-01"), parse_day("2026-01-01"))

    @pytest.mark.parametrize(
        ("proration", "join", "amount"),
        [
            (Proration.NONE, "2025-12-31", 40_000),
            (Proration.MONTHS, "2025-12-31", 3_333),
            (Proration.MONTHS, "2025-07-31", 20_000),
            (Proration.MONTHS, "2024-05-01", 40_000),
            (Proration.DAYS, "2025-12-31", 110),
            (Proration.DAYS, "2025-01-01", 40_000),
            (Proration.DAYS, "2025-01-02", 39_890),
        ],
    )
    def test_amount__is_cut_once(self, proration: Proration, join: str, amount: int) -> None:
        found = prorate(40_000, proration, period=self.PERIOD, join_day=parse_day(join))
        assert found == amount

    @pytest.mark.parametrize("proration", Proration)
    def test_joining_at_the_end__is_refused(self, proration: Proration) -> None:
        with pytest.raises(InvalidPeriod):
            prorate(40_000, proration, period=self.PERIOD, join_day=self.PERIOD[1])


class TestLateFee:
    @pytest.mark.parametrize(
        ("day", "fee"),
        [(100, 0), (110, 0), (111, 550), (112, 600), (2_099, 99_950), (2_101, 100_000)],
    )
    def test_fee__counts_from_the_day_after_due_once_grace_has_passed_p45(
        self, day: int, fee: int
    ) -> None:
        found = late_fee_fen(100_000, bp_per_day=5, due_day=100, grace_days=10, day=day)
        assert found == fee

    def test_half_a_fen__goes_up(self) -> None:
        assert late_fee_fen(1_000, bp_per_day=5, due_day=0, grace_days=0, day=1) == 1

    def test_principal__is_the_most(self) -> None:
        assert late_fee_fen(100_000, bp_per_day=5, due_day=0, grace_days=0, day=9_999) == 100_000


class TestQuote:
    def test_quote__holds_until_its_last_second_s51(self) -> None:
        same = Offer(revision=2, payable_fen=400)
        require_fresh_quote(BILL, expires_at=100, now_s=100, quoted=same, due=same)
        with pytest.raises(QuoteExpired):
            require_fresh_quote(BILL, expires_at=100, now_s=101, quoted=same, due=same)

    @pytest.mark.parametrize("due", [Offer(3, 400), Offer(2, 401)])
    def test_changed_bill_or_amount__makes_it_stale(self, due: Offer) -> None:
        quoted = Offer(revision=2, payable_fen=400)
        with pytest.raises(QuoteStale):
            require_fresh_quote(BILL, expires_at=100, now_s=100, quoted=quoted, due=due)


class TestStates:
    @pytest.mark.parametrize("state", BillState)
    @pytest.mark.parametrize("event", BillEvent)
    def test_every_pair__follows_the_table(self, state: BillState, event: BillEvent) -> None:
        target = BILL_TRANSITIONS.get((state, event))
        if target is not None:
            assert next_bill_state(BILL, state, event) is target
            return
        with pytest.raises((BillStateInvalid, BillAlreadyPaid)):
            next_bill_state(BILL, state, event)

    def test_paid_bill__is_paid_once(self) -> None:
        with pytest.raises(BillAlreadyPaid):
            next_bill_state(BILL, BillState.PAID, BillEvent.PAY_LAST)

    @pytest.mark.parametrize(
        ("state", "day", "shown"),
        [
            (BillState.OPEN, 110, BillState.OPEN),
            (BillState.OPEN, 111, BillState.OVERDUE),
            (BillState.PARTLY_PAID, 111, BillState.OVERDUE),
            (BillState.PAID, 999, BillState.PAID),
            (BillState.CANCELLED, 999, BillState.CANCELLED),
        ],
    )
    def test_overdue__is_computed_from_dates_s45(
        self, state: BillState, day: int, shown: BillState
    ) -> None:
        assert state_on(state, due_day=100, grace_days=10, day=day) is shown


class TestRefund:
    def ask(
        self, reason: RefundReason, *, day: int = 50, amount: int = 100, death: int | None = None
    ) -> None:
        """Ask for a refund of a bill of 100 whose period starts on day 100."""
        request = RefundRequest(reason, amount, day, 100, death)
        require_refund(BILL, BillState.PAID, request, paid_fen=100)

    @pytest.mark.parametrize(
        ("reason", "day", "death"),
        [
            (RefundReason.BEFORE_START, 99, None),
            (RefundReason.DOUBLE_PAYMENT, 200, None),
            (RefundReason.TWO_SCHEMES, 200, None),
            (RefundReason.DEATH_BEFORE_START, 200, 99),
        ],
    )
    def test_named_reason__is_allowed_up_to_what_was_paid_p46(
        self, reason: RefundReason, day: int, death: int | None
    ) -> None:
        self.ask(reason, day=day, death=death)
        with pytest.raises(RefundExceedsPayment):
            self.ask(reason, day=day, death=death, amount=101)

    @pytest.mark.parametrize(
        ("reason", "day", "death"),
        [
            (RefundReason.NONE, 50, None),
            (RefundReason.BEFORE_START, 100, None),
            (RefundReason.DEATH_BEFORE_START, 50, None),
            (RefundReason.DEATH_BEFORE_START, 50, 100),
        ],
    )
    def test_other_reason__is_refused(
        self, reason: RefundReason, day: int, death: int | None
    ) -> None:
        with pytest.raises(RefundNotAllowed):
            self.ask(reason, day=day, death=death)

    @pytest.mark.parametrize(
        ("state", "error"),
        [(BillState.OPEN, BillStateInvalid), (BillState.REFUNDED, RefundExceedsPayment)],
    )
    def test_unpaid_or_refunded_bill__is_refused(
        self, state: BillState, error: type[Exception]
    ) -> None:
        request = RefundRequest(RefundReason.DOUBLE_PAYMENT, 100, 50, 100)
        with pytest.raises(error):
            require_refund(BILL, state, request, paid_fen=100)
