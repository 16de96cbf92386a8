"""Which plan a bill may follow, who lists bills, and which pocket pays (S16, S45, S62)."""

from typing import Any

import pytest

from node.db.models.bills import Bill
from node.db.models.parties import PlanVersion
from tests.fixtures.actors import ANN, INSURER, INSURER_2, word
from tests.fixtures.gateway.in_process import Api
from tests.integration.api.test_premiums import ISSUE, START, TODAY, bill, plan


class TestPlan:
    @pytest.mark.parametrize(
        "changes",
        [
            {"status": "PROPOSED"},
            {"scheme": "EMPLOYEE"},
            {"valid_until": START},
            {"valid_from": START + 1},
        ],
        ids=["one approver", "of employees", "that ended", "that did not begin"],
    )
    async def test_plan_that_does_not_serve__is_unknown(
        self, sqlite_api: Api, changes: dict[str, Any]
    ) -> None:
        """P16.2, S16.1, S45.1: of no use before its second approver or on the day of its end."""
        await sqlite_api.write({PlanVersion: [plan(**changes)]})
        answer = await sqlite_api.post(INSURER, "/v1/premiums/bills/intents", ISSUE)
        assert answer.json()["code"] == "PlanUnknown"


class TestBills:
    async def test_insurer__lists_what_it_issued(self, sqlite_api: Api) -> None:
        """M16.2: and nothing of another."""
        await sqlite_api.write({Bill: [bill("one")]})
        found = [
            len((await sqlite_api.get(insurer, "/v1/premiums/bills")).json()["items"])
            for insurer in (INSURER, INSURER_2)
        ]
        assert found == [1, 0]

    async def test_bill_paid_whole__shows_the_day_of_its_last_part(self, sqlite_api: Api) -> None:
        """S45.2: there is no part after the last."""
        parts = {"parts": 2, "paid_parts": 2, "part_interval_days": 1, "due_day": TODAY}
        await sqlite_api.write({Bill: [bill("one", state="PAID", **parts)]})
        found = (await sqlite_api.get(ANN, f"/v1/premiums/bills/{word('one')}")).json()
        assert found["due"] == "2026-03-03"

    async def test_medical_money__pays_residents_premiums_only(self, sqlite_api: Api) -> None:
        """S62.1: the field is named."""
        await sqlite_api.write({Bill: [bill("one", scheme="FLEXIBLE")]})
        body = {"bill_id": word("one"), "medical_fen": 1}
        answer = await sqlite_api.post(ANN, "/v1/premiums/payments/intents", body)
        problem = answer.json()
        assert problem["code"] == "PocketNotAllowed"
        assert problem["errors"][0]["pointer"] == "/medical_fen"
