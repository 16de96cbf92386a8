"""A coverage is shortened, never lengthened (P48)."""

import pytest

from node.domain.days import parse_day
from node.domain.kinds import Scheme
from tests.fixtures.actors import ANN, BEN, EMPLOYER, INSURER, INSURER_2, Actor, left, word
from tests.fixtures.evm.in_process import reverts
from tests.fixtures.evm.premiums import END, NO_BILL, START, Premiums

OCTOBER = parse_day("2026-10-01")


class TestEndRefusals:
    def test_stranger_to_the_router__is_refused(self, premiums: Premiums) -> None:
        nobody = premiums.world.nobody
        premiums.enrol()
        with reverts("AccessManagedUnauthorized", nobody):
            body = (ANN.account, 2, START, OCTOBER, NO_BILL)
            premiums.world.transact(
                *("CoverageRegistry", "end", INSURER.account, NO_BILL, body), sender=nobody
            )

    @pytest.mark.parametrize("actor", [EMPLOYER, ANN])
    def test_other_kinds_of_actor__miss_the_role(self, premiums: Premiums, actor: Actor) -> None:
        premiums.enrol()
        with reverts("RoleMissing", actor.account, left("INSURER")):
            premiums.end(actor=actor)

    @pytest.mark.parametrize(
        "changes",
        [
            {"member": BEN.account},
            {"scheme": int(Scheme.FLEXIBLE)},
            {"start_day": START + 1},
        ],
    )
    def test_other_coverage__is_unknown(
        self, premiums: Premiums, changes: dict[str, object]
    ) -> None:
        premiums.enrol()
        member = changes.get("member", ANN.account)
        with reverts("CoverageUnknown", member, changes.get("start_day", START)):
            premiums.end(**changes)

    def test_another_insurer__is_not_owner(self, premiums: Premiums) -> None:
        premiums.enrol()
        subject = "0x" + ANN.account[2:].rjust(64, "0")
        with reverts("NotOwner", INSURER_2.account, subject):
            premiums.end(actor=INSURER_2)

    def test_period_before_the_last__is_closed(self, premiums: Premiums) -> None:
        premiums.enrol()
        premiums.enrol(start_day=END, end_day=END + 365)
        with reverts("CoverageUnknown", ANN.account, START):
            premiums.end()

    @pytest.mark.parametrize("end", [START - 1, END, END + 1])
    def test_day_outside_the_coverage__is_invalid(self, premiums: Premiums, end: int) -> None:
        premiums.enrol()
        with reverts("InvalidPeriod", START, end):
            premiums.end(end_day=end)

    def test_later_end_after_an_earlier_one__is_invalid(self, premiums: Premiums) -> None:
        premiums.enrol()
        premiums.end()
        for end in (OCTOBER, OCTOBER + 1):
            with reverts("InvalidPeriod", START, end):
                premiums.end(end_day=end)


class TestEnd:
    def test_active_coverage__ends_on_the_day_before(self, premiums: Premiums) -> None:
        """P48.3: covered until the day before and not on it."""
        premiums.enrol()
        outcome = premiums.end()
        assert outcome.names == ["CoverageEnded"]
        assert outcome.one("CoverageEnded").args == {
            "member": ANN.account,
            "scheme": int(Scheme.RESIDENT),
            "startDay": START,
            "endDay": OCTOBER,
            "reasonCode": word("MOVED"),
        }
        assert premiums.active(OCTOBER - 1)["endDay"] == OCTOBER
        with reverts("CoverageInactive", ANN.account, OCTOBER):
            premiums.active(OCTOBER)

    def test_last_day__can_be_taken_away(self, premiums: Premiums) -> None:
        premiums.enrol()
        premiums.end(end_day=END - 1)
        with reverts("CoverageInactive", ANN.account, END - 1):
            premiums.active(END - 1)

    def test_end_on_the_first_day__voids_the_coverage(self, premiums: Premiums) -> None:
        premiums.enrol()
        premiums.end(end_day=START)
        with reverts("CoverageInactive", ANN.account, START):
            premiums.active(START)

    def test_voided_coverage__can_be_enrolled_again(self, premiums: Premiums) -> None:
        premiums.enrol(late=True)
        premiums.end(end_day=START)
        premiums.enrol()
        assert premiums.active(START)["careFromDay"] == START

    def test_days_after_the_end__are_free(self, premiums: Premiums) -> None:
        """P48: what was cut off can be enrolled anew."""
        premiums.enrol()
        premiums.end()
        premiums.enrol(start_day=OCTOBER)
        assert premiums.active(OCTOBER, start=OCTOBER)["tenureYears"] == 1
        last = premiums.world.call("CoverageRegistry", "lastPeriodOf", ANN.account, 2)
        assert last == [OCTOBER, END, START]
