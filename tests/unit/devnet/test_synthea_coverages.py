"""Which coverage holds which day of a Synthea history: by examples, and for any history (M13)."""

import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.devnet.synthea.coverages import CoveragePlan, plan_coverages
from node.devnet.synthea.folder import HistoryRow, Line

FIRST = datetime.date(2000, 1, 1)
A, B, C = "A", "B", "C"
ANN, BEN = "ANN", "BEN"


def day(number: int) -> datetime.date:
    return FIRST + datetime.timedelta(days=number)


def history(*rows: tuple[str, int, int]) -> list[HistoryRow]:
    """Return rows of ANN: payer, first day, end."""
    return [
        HistoryRow(ANN, payer, day(start), day(end), number)
        for number, (payer, start, end) in enumerate(rows, start=2)
    ]


def line(charge_id: int, payer: str, on: int, *, patient: str = ANN) -> Line:
    return Line(
        charge_id=charge_id,
        claim_id="claim",
        patient=patient,
        payer=payer,
        secondary_payer="",
        organisation="clinic",
        service_day=day(on),
        charge=100,
        place=f"claims_transactions.csv row {charge_id}",
        insurer_payments=[100],
    )


def shown(plan: CoveragePlan) -> list[tuple[str, int, int]]:
    """Return coverages as payer, first day, end."""
    return [(one.payer, (one.start - FIRST).days, (one.end - FIRST).days) for one in plan.coverages]


class TestHistory:
    @pytest.mark.parametrize(
        ("rows", "covered"),
        [
            ([], []),
            ([(A, 0, 9)], [(A, 0, 9)]),
            ([(A, 3, 3)], [(A, 3, 4)]),
            ([(A, 0, 3), (B, 3, 3), (C, 3, 9)], [(A, 0, 3), (C, 3, 9)]),
            ([(A, 0, 5), (B, 3, 9)], [(A, 0, 3), (B, 3, 9)]),
            ([(A, 0, 9), (B, 3, 5)], [(A, 0, 3), (B, 3, 5), (A, 5, 9)]),
            ([(A, 0, 3), (B, 6, 9)], [(A, 0, 3), (B, 6, 9)]),
            ([(A, 0, 3), (A, 0, 3)], [(A, 0, 3)]),
            ([(B, 6, 9), (A, 0, 3)], [(A, 0, 3), (B, 6, 9)]),
        ],
        ids=[
            *("none", "a row", "one day", "one day between two", "an overlap", "nested"),
            *("a gap", "a repeated row", "not in order"),
        ],
    )
    def test_rows__are_cut_into_coverages(
        self, rows: list[tuple[str, int, int]], covered: list[tuple[str, int, int]]
    ) -> None:
        assert shown(plan_coverages(history(*rows), [])) == covered


class TestPaidDay:
    def test_row_of_one_day__covers_the_line_of_that_day(self) -> None:
        plan = plan_coverages(history((A, 0, 3), (B, 3, 3), (C, 3, 9)), [line(1, B, 3)])
        assert shown(plan) == [(A, 0, 3), (B, 3, 4), (C, 4, 9)]
        assert not plan.unsettled

    def test_payer_changed_within_the_day__the_one_who_paid_has_it(self) -> None:
        plan = plan_coverages(history((A, 0, 3), (B, 3, 9)), [line(1, A, 3)])
        assert shown(plan) == [(A, 0, 4), (B, 4, 9)]

    def test_two_insurers_paid_on_one_day__the_later_line_is_named(self) -> None:
        plan = plan_coverages(history((A, 0, 3), (B, 3, 9)), [line(1, A, 3), line(2, B, 3)])
        (found,) = plan.unsettled
        assert (found.charge_id, found.place) == (2, "claims_transactions.csv row 2")
        assert "another insurer paid" in found.reason

    @pytest.mark.parametrize("paid", [line(1, A, 5), line(1, B, 1), line(1, A, 1, patient=BEN)])
    def test_line_that_no_row_holds__is_named(self, paid: Line) -> None:
        """A gap, another payer's days, a patient without a history."""
        plan = plan_coverages(history((A, 0, 3), (B, 6, 9)), [paid])
        (found,) = plan.unsettled
        assert "no payer history row" in found.reason
        assert shown(plan) == [(A, 0, 3), (B, 6, 9)]


PAYERS, PATIENTS, DAYS = st.sampled_from([A, B, C]), st.sampled_from([ANN, BEN]), st.integers(0, 12)


@st.composite
def histories(draw: st.DrawFn) -> list[HistoryRow]:
    """Any rows: overlaps, gaps, days, repetitions, in any order."""
    rows = draw(st.lists(st.tuples(PATIENTS, PAYERS, DAYS, DAYS), max_size=8))
    return [
        HistoryRow(patient, payer, day(min(one, two)), day(max(one, two)), number)
        for number, (patient, payer, one, two) in enumerate(rows, start=2)
    ]


@st.composite
def paid_lines(draw: st.DrawFn) -> list[Line]:
    found = draw(st.lists(st.tuples(PATIENTS, PAYERS, DAYS), max_size=8))
    return [
        line(number, payer, on, patient=patient)
        for number, (patient, payer, on) in enumerate(found, start=1)
    ]


class TestAnyHistory:
    @given(histories(), paid_lines())
    def test_every_paid_line__is_covered_once_or_named(
        self, rows: list[HistoryRow], lines: list[Line]
    ) -> None:
        plan = plan_coverages(rows, lines)
        named = {one.key for one in plan.unsettled}
        assert named | set(plan.of_line) == {one.key for one in lines}
        assert not named & set(plan.of_line)
        for one in lines:
            holding = [
                coverage
                for coverage in plan.coverages
                if coverage.patient == one.patient
                and coverage.start <= one.service_day < coverage.end
            ]
            if one.key in plan.of_line:
                assert holding == [plan.of_line[one.key]]
                assert holding[0].payer == one.payer

    @given(histories(), paid_lines())
    def test_a_line_is_named__only_without_a_row_or_beside_another_insurer(
        self, rows: list[HistoryRow], lines: list[Line]
    ) -> None:
        plan = plan_coverages(rows, lines)
        for named in plan.unsettled:
            one = next(paid for paid in lines if paid.key == named.key)
            has_row = any(
                (row.patient, row.payer) == (one.patient, one.payer)
                and row.start <= one.service_day <= row.end
                for row in rows
            )
            has_rival = any(
                (other.patient, other.service_day) == (one.patient, one.service_day)
                and other.payer != one.payer
                for other in lines
            )
            assert has_rival or not has_row

    @given(histories(), paid_lines())
    def test_coverages_of_a_member__follow_each_other_as_the_contract_asks(
        self, rows: list[HistoryRow], lines: list[Line]
    ) -> None:
        found = plan_coverages(rows, lines).coverages
        assert all(one.start < one.end for one in found)
        for one, following in pairwise(found):
            assert one.patient < following.patient or one.end <= following.start

    @given(histories())
    def test_every_day_of_a_row__is_covered_by_a_row_of_that_day(
        self, rows: list[HistoryRow]
    ) -> None:
        plan = plan_coverages(rows, [])
        for row in rows:
            days = (row.covered_until - row.start).days
            for on in (row.start + datetime.timedelta(days=n) for n in range(days)):
                (holding,) = [
                    one
                    for one in plan.coverages
                    if one.patient == row.patient and one.start <= on < one.end
                ]
                assert any(
                    (other.patient, other.payer) == (row.patient, holding.payer)
                    and other.start <= on < other.covered_until
                    for other in rows
                )
