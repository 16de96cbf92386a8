"""Staff files: rows, CSV and the two shares (P45)."""

from typing import Any

import pytest

from node.domain import declarations
from node.domain.days import parse_day
from node.domain.declarations import Shares, StaffRow, read_month, read_rows, read_table, shares_of
from node.domain.errors import InvalidAmount, MalformedBody
from node.domain.kinds import Proration
from node.domain.plans.plan import PremiumPlan
from node.domain.premiums import employee_shares, late_fee_fen

MEMBER = "0x1" + "2" * 39
MARCH = read_month("2026-03", field="/month")
PLAN = PremiumPlan(
    base_floor_fen=640_000,
    base_ceiling_fen=3_500_000,
    employer_bp=900,
    employee_bp=200,
    personal_fen=(0,) * 6,
    subsidy_fen=(0,) * 6,
    proration=Proration.MONTHS,
    due_days=40,
    grace_days=10,
    backpay_days=60,
    late_fee_bp_per_day=5,
    waiting_fixed_months=0,
    waiting_months_per_missed_year=0,
    waiting_floor_months=0,
    waiting_floor_after_years=0,
)


def faults(**row: Any) -> list[tuple[str, str | None]]:
    file = read_rows([{"member_id": MEMBER, "wage_fen": 1, **row}], MARCH)
    assert bool(file.rows) is not bool(file.bad)
    return [(one.error.code, one.error.field) for one in file.bad]


class TestReadRows:
    @pytest.mark.parametrize("wage", [0, -1, 1.5, "5", True, None, 10_000_000_000_001, 2**80])
    def test_wrong_wage__is_named(self, wage: Any) -> None:
        assert faults(wage_fen=wage) == [("InvalidAmount", "wage_fen")]

    @pytest.mark.parametrize("member", ["", 5, None, MEMBER.upper(), MEMBER[:-1]])
    def test_wrong_member__is_named(self, member: Any) -> None:
        assert faults(member_id=member) == [("MalformedBody", "member_id")]

    @pytest.mark.parametrize(
        ("joined", "code"),
        [
            ("2026-02-28", "InvalidPeriod"),
            ("2026-04-01", "InvalidPeriod"),
            ("2026-02-30", "MalformedBody"),
            (20_260_301, "MalformedBody"),
        ],
    )
    def test_wrong_day__is_named(self, joined: Any, code: str) -> None:
        assert faults(joined=joined) == [(code, "joined")]

    def test_every_fault_of_a_row__is_reported_and_the_others_are_kept(self) -> None:
        rows: list[Any] = [
            {"member_id": "x", "wage_fen": 0},
            {"member_id": MEMBER, "wage_fen": 7, "joined": "2026-03-31"},
            {"member_id": MEMBER, "wage": 7},
            "not a row",
        ]
        file = read_rows(rows, MARCH)
        assert [(one.number, one.error.field) for one in file.bad] == [
            (1, "member_id"),
            (1, "wage_fen"),
            (3, None),
            (4, None),
        ]
        assert file.rows == [StaffRow(2, MEMBER, 7, parse_day("2026-03-31"))]

    def test_too_many_rows__are_refused_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(declarations, "MOST_ROWS", 2)
        with pytest.raises(MalformedBody):
            read_rows([{}] * 3, MARCH)


class TestReadTable:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "member_id\n",
            "member_id,wage_fen,name\n",
            "member_id,member_id,wage_fen\n",
            '"member_id',
        ],
    )
    def test_other_columns__are_refused_whole(self, text: str) -> None:
        with pytest.raises(MalformedBody) as refused:
            read_table(text, field="/csv")
        assert refused.value.field == "/csv"

    def test_columns_in_any_order__are_read_and_bad_cells_kept_for_their_row(self) -> None:
        lines = (
            "\ufeffwage_fen, joined,member_id",
            f"700,,{MEMBER}",
            "",
            f"7.5,2026-03-02,{MEMBER}",
            "1",
        )
        text = "\r\n".join(lines)
        rows = read_table(text, field="/csv")
        assert rows[:2] == [
            {"wage_fen": 700, "joined": None, "member_id": MEMBER},
            {"wage_fen": "7.5", "joined": "2026-03-02", "member_id": MEMBER},
        ]
        bad = read_rows(rows, MARCH).bad
        assert [(one.number, one.error.code) for one in bad] == [
            (2, "InvalidAmount"),
            (3, "MalformedBody"),
        ]


class TestMonth:
    @pytest.mark.parametrize("text", ["2026-13", "2026-3", "0000-01", "9999-12", "march"])
    def test_no_month__is_refused(self, text: str) -> None:
        with pytest.raises(MalformedBody):
            read_month(text, field="/month")

    def test_month__ends_with_the_first_day_of_the_next(self) -> None:
        assert MARCH.start == parse_day("2026-03-01")
        assert MARCH.end == parse_day("2026-04-01")


class TestShares:
    def test_shares__are_those_of_the_premium_rules(self) -> None:
        row = StaffRow(1, MEMBER, 1_000_033, parse_day("2026-03-20"))
        due = parse_day("2026-04-10")
        found = shares_of(PLAN, row, month=MARCH, today=due + 10)
        whole = employee_shares(PLAN, row.wage_fen)
        assert found == Shares(whole.employer_fen, whole.employee_fen, 0)

    def test_late_file__charges_the_employer_for_every_day_since_due(self) -> None:
        row, due = StaffRow(1, MEMBER, 1_000_000, None), parse_day("2026-04-10")
        found = shares_of(PLAN, row, month=MARCH, today=due + 11)
        fee = late_fee_fen(110_000, bp_per_day=5, due_day=due, grace_days=10, day=due + 11)
        assert (found.employer_fen, found.employee_fen) == (90_000, 20_000)
        assert (found.late_fee_fen, found.payable_fen) == (605, 110_605)
        assert fee == 605

    def test_nothing_to_pay__is_refused(self) -> None:
        free = PremiumPlan(**{**vars(PLAN), "employer_bp": 0, "employee_bp": 0})
        with pytest.raises(InvalidAmount):
            shares_of(free, StaffRow(1, MEMBER, 5, None), month=MARCH, today=0)
