"""Where bills and coverages stand: paid is not covered (P35, P47, P48)."""

import pytest

from node.domain.coverage import FOREVER, Coverage
from node.domain.coverage_standing import (
    BillCover,
    CoverageStanding,
    Enrolment,
    standing_of_bill,
    standing_on,
    uncovered_by,
)
from node.domain.days import Day
from node.domain.premiums import BillState

START, END, DUE, GRACE = 100, 200, 110, 5
PAYABLE = (BillState.OPEN, BillState.PARTLY_PAID)
UNDONE = (BillState.CANCELLED, BillState.REFUNDED)


def bill(state: BillState, **changes: int) -> BillCover:
    terms = {"first_day": START, "end_day": END, "next_due_day": DUE, "grace_days": GRACE}
    return BillCover(state, **{**terms, **changes})


def enrolled(
    start: int = START,
    end: int = END,
    *,
    care_from: int = 0,
    gaps: tuple[tuple[int, int], ...] = (),
) -> Enrolment:
    return Enrolment(Coverage(Day(start), Day(end), Day(max(start, care_from))), gaps)


class TestBill:
    @pytest.mark.parametrize("state", PAYABLE)
    @pytest.mark.parametrize("day", [START - 1, START, END])
    def test_open__is_unpaid(self, state: BillState, day: int) -> None:
        assert standing_of_bill(bill(state), [], day=day) is CoverageStanding.UNPAID

    @pytest.mark.parametrize("day", [START - 50, START, END - 1, END])
    def test_paid_without_enrolment__is_pending(self, day: int) -> None:
        found = standing_of_bill(bill(BillState.PAID), [], day=day)
        assert found is CoverageStanding.PENDING_ENROLMENT

    @pytest.mark.parametrize("state", UNDONE)
    def test_undone__is_none_whatever_stands(self, state: BillState) -> None:
        assert standing_of_bill(bill(state), [enrolled()], day=START) is CoverageStanding.NONE

    @pytest.mark.parametrize("period", [(START - 50, START), (END, END + 50), (START, START)])
    def test_coverage_of_other_days__leaves_it_pending(self, period: tuple[int, int]) -> None:
        found = standing_of_bill(bill(BillState.PAID), [enrolled(*period)], day=START)
        assert found is CoverageStanding.PENDING_ENROLMENT

    @pytest.mark.parametrize(
        ("day", "standing"),
        [
            (START - 1, CoverageStanding.UPCOMING),
            (START, CoverageStanding.WAITING),
            (START + 9, CoverageStanding.WAITING),
            (START + 10, CoverageStanding.ACTIVE),
            (END - 1, CoverageStanding.ACTIVE),
            (END, CoverageStanding.ENDED),
        ],
    )
    def test_enrolled__stands_as_its_coverage(self, day: int, standing: CoverageStanding) -> None:
        found = standing_of_bill(bill(BillState.PAID), [enrolled(care_from=START + 10)], day=day)
        assert found is standing

    def test_unpaid_and_enrolled__is_active_within_grace(self) -> None:
        found = standing_of_bill(bill(BillState.OPEN), [enrolled()], day=START)
        assert found is CoverageStanding.ACTIVE

    @pytest.mark.parametrize(
        ("day", "standing"),
        [
            (START + 5, CoverageStanding.ACTIVE),
            (START + 15, CoverageStanding.UPCOMING),
            (START + 25, CoverageStanding.ACTIVE),
            (END + 1, CoverageStanding.ENDED),
        ],
    )
    def test_several_coverages__the_one_of_the_day_counts(
        self, day: int, standing: CoverageStanding
    ) -> None:
        two = [enrolled(START + 20, END), enrolled(START, START + 10)]
        assert standing_of_bill(bill(BillState.PAID), two, day=day) is standing


class TestCoverage:
    def test_day_in_a_gap__is_suspended_and_hides_waiting(self) -> None:
        one = enrolled(care_from=START + 50, gaps=((START + 3, START + 5),))
        found = [standing_on(one, START + day) for day in (2, 3, 4, 5)]
        assert [each.name for each in found] == ["WAITING", "SUSPENDED", "SUSPENDED", "WAITING"]


class TestUncovered:
    """As BillRegistry.coversDay: the view and the refusal of a claim say the same."""

    def test_paid__leaves_what_late_payments_left(self) -> None:
        assert uncovered_by(bill(BillState.PAID), [(3, 5)]) == ((3, 5),)

    @pytest.mark.parametrize("state", [*PAYABLE, BillState.OVERDUE])
    def test_unpaid__ends_with_the_grace_of_the_next_part(self, state: BillState) -> None:
        assert uncovered_by(bill(state), [(3, 5)]) == ((3, 5), (DUE + GRACE + 1, FOREVER))

    @pytest.mark.parametrize("state", UNDONE)
    def test_undone__covers_no_day(self, state: BillState) -> None:
        (gap,) = uncovered_by(bill(state), [(3, 5)])
        assert gap[0] < -(10**6)
        assert gap[1] == FOREVER
