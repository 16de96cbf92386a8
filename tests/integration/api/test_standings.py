"""Paid and not covered yet: bills, coverages, benefits and refusals say what is missing (P35)."""

from typing import Any

import pytest

from node.bootstrap import open_sealer
from node.db.models.bills import Bill, CoverageGap
from node.db.models.members import Coverage
from node.db.models.visits import Visit
from node.db.repositories.visits import LineRow, VisitsRepository
from node.domain.days import iso
from tests.fixtures.actors import ANN, BEN, CLINIC, INSURER, PHARMACY, word
from tests.fixtures.gateway.in_process import Api
from tests.integration.api.test_members import TODAY, coverage
from tests.integration.api.test_premiums import bill

VISIT = "01890a5d-ac96-774b-bcce-b302099a8057"
PAID = {"state": "PAID", "paid_parts": 1, "paid_cash_fen": 40_000}


def visit(**changes: Any) -> dict[str, Any]:
    return {
        "visit_id": VISIT, "provider": CLINIC.account, "member": ANN.account,
        "care_type": "OUTPATIENT", "state": "REGISTERED", "start_day": TODAY, "version": 1,
        "created_at_ms": 1, "updated_at_ms": 1, **changes,
    }  # fmt: skip


async def in_care(api: Api, **changes: Any) -> None:
    """Put ANN into a visit of the clinic with one line, beside a bill."""
    one = LineRow(
        *(1, "A01", "A", 1, 500, 500, 0, 0),
        line_hash=word("line"),
        revoked=False,
    )
    await api.write({Visit: [visit()], Bill: [bill("one", **changes)]})
    visits = VisitsRepository(open_sealer(api.gateway.settings))
    await api.gateway.database.write(lambda unit: visits.add_lines(unit, VISIT, [one], now_ms=1))


async def standing(api: Api, name: str = "one") -> str:
    """Return where ANN's bill stands, which the list and the single bill must agree on."""
    single = (await api.get(ANN, f"/v1/premiums/bills/{word(name)}")).json()
    (row,) = (
        one
        for one in (await api.get(ANN, "/v1/premiums/bills")).json()["items"]
        if one["bill_id"] == word(name)
    )
    assert row["coverage"] == single["coverage"]
    found: str = row["coverage"]
    return found


class TestBills:
    async def test_story_of_a_bill__from_unpaid_to_covered_and_paid_back(self, api: Api) -> None:
        await api.write({Bill: [bill("one")]})
        assert await standing(api) == "UNPAID"
        await api.write({Bill: [bill("one", **PAID)]})
        assert await standing(api) == "PENDING_ENROLMENT"
        await api.write({Coverage: [coverage(bill_id=word("one"), care_from_day=TODAY + 5)]})
        assert await standing(api) == "WAITING"
        await api.write({Coverage: [coverage(bill_id=word("one"))]})
        assert await standing(api) == "ACTIVE"
        gap = {"bill_id": word("one"), "part": 1, "gap_start": TODAY, "gap_end": TODAY + 1,
               "block_number": 1}  # fmt: skip
        await api.write({CoverageGap: [gap]})
        assert await standing(api) == "SUSPENDED"
        await api.write({Bill: [bill("one", **PAID | {"state": "REFUNDED"})]})
        assert await standing(api) == "NONE"

    async def test_enrolment_of_another_member_or_scheme__covers_nothing(self, api: Api) -> None:
        others = [coverage(member=BEN.account), coverage(scheme="EMPLOYEE")]
        await api.write({Bill: [bill("one", **PAID)], Coverage: others})
        assert await standing(api) == "PENDING_ENROLMENT"

    async def test_enrolment_without_the_bill__counts(self, api: Api) -> None:
        """A declared month is covered by the enrolment of the year, which names no bill."""
        await api.write({Bill: [bill("one", **PAID)], Coverage: [coverage(bill_id=word("other"))]})
        assert await standing(api) == "ACTIVE"


class TestCoverages:
    @pytest.mark.parametrize(
        ("state", "due_day", "shown"),
        [("OPEN", TODAY, "ACTIVE"), ("OPEN", TODAY - 31, "SUSPENDED"), ("PAID", 0, "ACTIVE"),
         ("REFUNDED", TODAY, "SUSPENDED"), ("CANCELLED", TODAY, "SUSPENDED")],
    )  # fmt: skip
    async def test_its_bill__decides_as_the_contract_does(
        self, sqlite_api: Api, state: str, due_day: int, shown: str
    ) -> None:
        one = bill("bill", state=state, due_day=due_day)
        await sqlite_api.write({Bill: [one], Coverage: [coverage()]})
        (row,) = (await sqlite_api.get(ANN, "/v1/coverages")).json()["items"]
        assert row["coverage"] == shown
        path = f"/v1/members/{ANN.account}/benefits"
        (benefit,) = (await sqlite_api.get(ANN, path)).json()["items"]
        assert benefit["status"] == shown

    async def test_before_and_after__are_told_apart(self, sqlite_api: Api) -> None:
        rows = [
            coverage(start_day=TODAY - 20, end_day=TODAY, care_from_day=TODAY - 20),
            coverage(start_day=TODAY + 1, care_from_day=TODAY + 1),
        ]
        await sqlite_api.write({Coverage: rows})
        items = (await sqlite_api.get(INSURER, "/v1/coverages")).json()["items"]
        assert [one["coverage"] for one in items] == ["ENDED", "UPCOMING"]


class TestPending:
    async def test_benefits__name_the_paid_bill(self, api: Api) -> None:
        await api.write({Bill: [bill("one", **PAID), bill("two")], Visit: [visit()]})
        for actor in (ANN, CLINIC):
            found = (await api.get(actor, f"/v1/members/{ANN.account}/benefits")).json()
            assert found["items"] == []
            assert found["pending"] == [
                {"bill_id": word("one"), "coverage": "PENDING_ENROLMENT", "scheme": "RESIDENT",
                 "insurer_id": INSURER.account, "start": "2026-01-01", "end": "2027-01-01"}
            ]  # fmt: skip
        later = f"/v1/members/{ANN.account}/benefits?day=2027-01-01"
        assert (await api.get(ANN, later)).json()["pending"] == []

    @pytest.mark.parametrize("uncovered", [TODAY, TODAY + 9])
    async def test_enrolled_bill__is_not_pending(self, sqlite_api: Api, uncovered: int) -> None:
        """Neither where the enrolment covers the day, nor where it leaves the day out."""
        gap = {"bill_id": word("one"), "part": 1, "gap_start": uncovered,
               "gap_end": uncovered + 1, "block_number": 1}  # fmt: skip
        covered = [coverage(bill_id=word("one"))]
        rows = {Bill: [bill("one", **PAID)], Coverage: covered, CoverageGap: [gap]}
        await sqlite_api.write(rows)
        found = (await sqlite_api.get(ANN, f"/v1/members/{ANN.account}/benefits")).json()
        assert found["pending"] == []

    async def _refusal(self, api: Api, path: str = "quotes") -> dict[str, Any]:
        asked = {"visit_id": VISIT, "claim_number": "7"}
        answer = await api.post(CLINIC, f"/v1/claims/{path}", asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "CoverageInactive")
        values: dict[str, Any] = answer.json()["values"]
        assert (values.pop("member"), values.pop("day")) == (ANN.account, iso(TODAY))
        return values

    @pytest.mark.parametrize("path", ["quotes", "intents"])
    async def test_refused_claim__names_the_paid_bill(self, api: Api, path: str) -> None:
        await in_care(api, **PAID)
        named = {"bill_id": word("one"), "coverage": "PENDING_ENROLMENT"}
        assert await self._refusal(api, path) == named

    @pytest.mark.parametrize(
        "changes",
        [
            {}, {"state": "REFUNDED"}, {"member": BEN.account, **PAID},
            {"period_end": TODAY, **PAID}, {"joined_day": TODAY + 1, **PAID},
        ],
        ids=["unpaid", "refunded", "of another", "of other days", "of a later joiner"],
    )  # fmt: skip
    async def test_other_bills__are_not_named(
        self, sqlite_api: Api, changes: dict[str, Any]
    ) -> None:
        await in_care(sqlite_api, **changes)
        assert await self._refusal(sqlite_api) == {}

    async def test_visit_of_another_provider__tells_nothing(self, sqlite_api: Api) -> None:
        await in_care(sqlite_api, **PAID)
        asked = {"visit_id": VISIT, "claim_number": "7"}
        answer = await sqlite_api.post(PHARMACY, "/v1/claims/quotes", asked)
        assert answer.json()["code"] == "VisitUnknown"
        assert word("one") not in answer.text
