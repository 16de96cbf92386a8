"""Care between a paid premium and its enrolment, on a real chain: who is told what, and that the
same visit is quoted once the insurer has enrolled (S50, P37).
"""

from typing import Any

import pytest
import pytest_asyncio

from node.chain.abi.plans import plan_id_hash
from node.cli.catalogue import REGION, demo_catalogue
from node.db.repositories.catalogue import replace_items
from node.devnet.seed.parties import Party, member_party
from node.domain.roles import Role
from node.intents.wire import intent_from_json
from tests.fixtures.actors import word
from tests.fixtures.gateway.live import LiveGateway, live

__all__ = ["live"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.any_engine]

CARE_DAY, YEAR = "2026-11-20", ("2026-01-01", "2027-01-01")
CHECKED = {"item_code": "250101015", "quantity": 1, "unit_price_fen": 2_000}
PATHS = ("quotes", "intents")
NUMBER, NAME = "110101199003078515", "欧阳娜娜"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def patient(live: LiveGateway) -> Party:
    """Register a member with cash who is enrolled nowhere."""
    await live.gateway.database.write(
        lambda unit: replace_items(unit, REGION, demo_catalogue(REGION))
    )
    key = member_party("LATE_PAYER")
    asked = {
        "actor_id": live.parties["OPERATOR"].account,
        "number": NUMBER,
        "name": NAME,
        "signer": {"key": key.signer.key, "kind": "SECP256K1"},
        "categories": [],
    }
    prepared = await live.prepare("OPERATOR", "/v1/members", asked)
    body = live.signed(intent_from_json(prepared["intent"]), "OPERATOR")
    body["identity"] = prepared["identity"]
    answer = await live.submit("OPERATOR", "/v1/members", body)
    assert answer.json()["state"] == "FINAL", answer.text
    found = Party("LATE_PAYER", prepared["member_id"], key.signer)
    await live.join(found, Role.MEMBER)
    wallet = f"/v1/wallets/{found.account}"
    await live.do("LATE_PAYER", f"{wallet}/openings", {"terms_hash": word("terms")})
    cash = {"amount_fen": 100_000, "notice_hash": word("pending notice")}
    await live.do("BANK", f"{wallet}/deposits", cash)
    return found


def terms(member: Party) -> dict[str, Any]:
    """Return what bill and enrolment have in common."""
    return {
        "member_id": member.account,
        "plan_id": plan_id_hash("resident-adult-premium"),
        "plan_version": 1,
    }


async def billed(live: LiveGateway, member: Party) -> str:
    """Return the id of an open bill for the year of care."""
    start, end = YEAR
    asked = {**terms(member), "period_start": start, "period_end": end, "due": "2026-12-31"}
    prepared = await live.prepare("INSURER", "/v1/premiums/bills", asked)
    body = live.signed(intent_from_json(prepared["intent"]), "INSURER")
    answer = await live.submit("INSURER", "/v1/premiums/bills", body)
    assert answer.json()["state"] == "FINAL", answer.text
    return str(prepared["bill_id"])


async def enrol(live: LiveGateway, member: Party, bill_id: str) -> None:
    start, end = YEAR
    asked = {
        **terms(member),
        "actor_id": live.parties["INSURER"].account,
        "scheme": "RESIDENT",
        "member_kind": "ADULT",
        "region": REGION,
        "start": start,
        "end": end,
        "bill_id": bill_id,
    }
    await live.do("INSURER", "/v1/coverages", asked)


async def in_care(live: LiveGateway, member: Party) -> dict[str, str]:
    """Register a visit with a line and return the asked to settle it."""
    asked = {"member_id": member.account, "care_type": "OUTPATIENT", "start": CARE_DAY}
    visit = (await live.post("CLINIC", "/v1/visits", asked)).json()
    path = f"/v1/visits/{visit['visit_id']}/lines"
    lines = await live.post("CLINIC", path, {"lines": [CHECKED]})
    assert lines.status_code == 200, lines.text
    return {"visit_id": visit["visit_id"], "claim_number": "PENDING-1"}


async def cash_fen(live: LiveGateway) -> int:
    answer = await live.get(
        "LATE_PAYER", f"/v1/wallets/{live.parties['LATE_PAYER'].account}/balance"
    )
    return int(answer.json()["pockets"]["CASH"]["available_fen"])


class TestCareBetweenPaymentAndEnrolment:
    async def test_paid_bill__is_named_until_the_insurer_enrols_then_the_visit_is_quoted(
        self, live: LiveGateway, patient: Party
    ) -> None:
        """The refusal names nothing before payment, the bill after it, and moves no money."""
        asked = await in_care(live, patient)
        bill_id = await billed(live, patient)
        unpaid = await self._refused(live, patient, asked)
        assert unpaid == {}

        await live.do("LATE_PAYER", "/v1/premiums/payments", {"bill_id": bill_id})
        paid_fen = await cash_fen(live)
        named = {"bill_id": bill_id, "coverage": "PENDING_ENROLMENT"}
        assert await self._refused(live, patient, asked) == named
        benefits = f"/v1/members/{patient.account}/benefits?day={CARE_DAY}"
        (pending,) = (await live.get("CLINIC", benefits)).json()["pending"]
        assert (pending["bill_id"], pending["insurer_id"]) == (
            bill_id,
            live.parties["INSURER"].account,
        )
        assert await cash_fen(live) == paid_fen

        await enrol(live, patient, bill_id)
        quoted = await live.post("CLINIC", "/v1/claims/quotes", asked)
        assert quoted.status_code == 200, quoted.text
        assert quoted.json()["settlement"]["total_fen"] == 2_000
        found = (await live.get("CLINIC", benefits)).json()
        assert (found["pending"], [one["status"] for one in found["items"]]) == ([], ["ACTIVE"])

    @staticmethod
    async def _refused(live: LiveGateway, member: Party, asked: dict[str, str]) -> dict[str, Any]:
        """Return what quote and claim, refused alike, say beside member and day."""
        answers = [await live.post("CLINIC", f"/v1/claims/{one}", asked) for one in PATHS]
        for answer in answers:
            assert (answer.status_code, answer.json()["code"]) == (422, "CoverageInactive")
            assert "not pay twice" in answer.json()["next_step"]
        values: list[dict[str, Any]] = [answer.json()["values"] for answer in answers]
        assert values[0] == values[1]
        assert (values[0].pop("member"), values[0].pop("day")) == (member.account, CARE_DAY)
        return values[0]
