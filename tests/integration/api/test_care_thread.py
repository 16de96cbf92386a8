"""Care from visit to receipt and reversal over HTTP, on a real chain (S03, S04, P31, P32, P37)."""

import secrets
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from node.cli.catalogue import REGION, demo_catalogue
from node.db.repositories.catalogue import replace_items
from node.devnet.seed.parties import Party, member_party
from node.domain.ids import NO_HASH
from node.domain.members import check_character
from node.domain.roles import Role
from node.intents.wire import intent_from_json
from tests.fixtures.actors import word
from tests.fixtures.gateway.live import LiveGateway, live
from tests.fixtures.intents.signing import signed_by_command

__all__ = ["live"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.any_engine]

TODAY = "2026-11-20"
CHECKED = {"item_code": "250101015", "quantity": 1, "unit_price_fen": 2_000}
OVER_LIMIT = {"item_code": "XA02BC", "quantity": 2, "unit_price_fen": 2_600}
OWN_PAY = {"item_code": "C00000001", "quantity": 1, "unit_price_fen": 3_000}
BED = {"item_code": "110900001", "quantity": 5, "unit_price_fen": 8_000}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def member(live: LiveGateway, tmp_path_factory: pytest.TempPathFactory) -> Party:
    """Register a member who is insured for this year and has cash."""
    await live.gateway.database.write(
        lambda unit: replace_items(unit, REGION, demo_catalogue(REGION))
    )
    first = f"11010119900307{secrets.randbelow(1000):03d}"
    number, key = first + check_character(first), member_party("PATIENT")
    asked = {
        "actor_id": live.parties["OPERATOR"].account,
        "number": number,
        "name": "李四",
        "signer": {"key": key.signer.key, "kind": "SECP256K1"},
        "categories": [],
    }
    prepared = await live.prepare("OPERATOR", "/v1/members", asked)
    folder = tmp_path_factory.mktemp("keys")
    body = signed_by_command(prepared, folder, live.parties["OPERATOR"])
    assert (await live.submit("OPERATOR", "/v1/members", body)).json()["state"] == "FINAL"
    patient = Party("PATIENT", prepared["member_id"], key.signer)
    await live.join(patient, Role.MEMBER)
    wallet = f"/v1/wallets/{patient.account}"
    await live.do("PATIENT", f"{wallet}/openings", {"terms_hash": word("terms")})
    cash = {"amount_fen": 1_000_000, "notice_hash": word("care notice")}
    await live.do("BANK", f"{wallet}/deposits", cash)
    await live.do("INSURER", "/v1/coverages", enrolment(live, patient))
    return patient


def enrolment(live: LiveGateway, patient: Party) -> dict[str, Any]:
    from node.chain.abi.plans import plan_id_hash

    return {
        "actor_id": live.parties["INSURER"].account,
        "member_id": patient.account,
        "scheme": "RESIDENT",
        "member_kind": "ADULT",
        "region": "110000",
        "start": "2026-01-01",
        "end": "2027-01-01",
        "bill_id": NO_HASH,
        "plan_id": plan_id_hash("resident-adult-premium"),
        "plan_version": 1,
    }


async def visit_with(
    live: LiveGateway,
    provider: str,
    patient: Party,
    *lines: dict[str, Any],
    care_type: str = "OUTPATIENT",
) -> dict[str, Any]:
    """Register a visit or stay and add its lines."""
    asked = {
        "member_id": patient.account,
        "care_type": care_type,
        "inpatient": care_type == "INPATIENT",
        "start": TODAY,
    }
    visit = await live.post(provider, "/v1/visits", asked)
    assert visit.status_code == 201, visit.text
    path = f"/v1/visits/{visit.json()['visit_id']}"
    answer = await live.post(provider, f"{path}/lines", {"lines": list(lines)})
    assert answer.status_code == 200, answer.text
    if care_type == "INPATIENT":
        done = await live.post(provider, f"{path}/discharge", {"end": TODAY})
        assert done.json()["state"] == "DISCHARGED", done.text
    found: dict[str, Any] = answer.json()
    return found


async def settle(live: LiveGateway, provider: str, visit: dict[str, Any]) -> dict[str, Any]:
    """Quote, sign by both and settle; return the claim."""
    asked = {"visit_id": visit["visit_id"], "claim_number": secrets.token_hex(6)}
    prepared = await live.prepare(provider, "/v1/claims", asked)
    body = live.signed(intent_from_json(prepared["intent"]), provider, "PATIENT")
    answer = await live.submit(provider, "/v1/claims", body | {"visit_id": visit["visit_id"]})
    assert answer.json().get("state") == "FINAL", answer.text
    claim = await live.get("PATIENT", f"/v1/claims/{prepared['quote']['claim_id']}")
    found: dict[str, Any] = claim.json()
    assert found["settlement"] == prepared["quote"]["settlement"]
    return found


class TestCare:
    @pytest.mark.parametrize(
        ("provider", "care_type", "lines"),
        [
            ("CLINIC", "OUTPATIENT", [{**CHECKED, "item_code": "110200001"}]),
            ("HOSPITAL", "OUTPATIENT", [CHECKED, OVER_LIMIT, OWN_PAY]),
            ("HOSPITAL", "INPATIENT", [BED, OVER_LIMIT]),
            ("PHARMACY", "PHARMACY", [OVER_LIMIT]),
            ("CLINIC", "ONLINE", [CHECKED]),
        ],
        ids=["registration", "outpatient", "inpatient", "pharmacy", "online"],
    )
    async def test_each_kind_of_care__goes_from_quote_to_receipt(
        self,
        live: LiveGateway,
        member: Party,
        *,
        provider: str,
        care_type: str,
        lines: list[dict[str, Any]],
    ) -> None:
        """P37.1, P37.4, P37.5, S04.1, S04.2, S04.3, S04.4, S04.5: up to the receipt."""
        visit = await visit_with(live, provider, member, *lines, care_type=care_type)
        claim = await settle(live, provider, visit)
        assert claim["state"] == "SETTLED"
        assert claim["settlement"]["total_fen"] == visit["total_fen"]
        receipt = await live.get("PATIENT", f"/v1/receipts/{claim['receipt_number']}")
        assert (receipt.status_code, receipt.json()["state"]) == (200, "ISSUED"), receipt.text

    async def test_claim_signed_by_both_with_key_files__is_posted_as_it_stands(
        self, live: LiveGateway, member: Party, tmp_path: Path
    ) -> None:
        """S04: the output of the second `yibao sign` is the body of the `POST`."""
        visit = await visit_with(live, "CLINIC", member, OVER_LIMIT)
        asked = {"visit_id": visit["visit_id"], "claim_number": secrets.token_hex(6)}
        prepared = await live.prepare("CLINIC", "/v1/claims", asked)
        half = signed_by_command(prepared, tmp_path, live.parties["CLINIC"])
        refused = await live.submit("CLINIC", "/v1/claims", half)
        assert (refused.status_code, refused.json()["code"]) == (401, "SignatureMissing")
        assert refused.json()["values"] == {"signer": member.account, "party": "member"}
        body = signed_by_command(prepared, tmp_path, live.parties["CLINIC"], member)
        answer = await live.submit("CLINIC", "/v1/claims", body)
        assert (answer.status_code, answer.json()["state"]) == (200, "FINAL"), answer.text

    async def test_settled_claim__explains_every_fen(
        self, live: LiveGateway, member: Party
    ) -> None:
        """P31.1, P32.1, P32.2, S03.1, S03.2, S03.3, S03.4, S03.5: line by line."""
        visit = await visit_with(live, "CLINIC", member, CHECKED, OVER_LIMIT, OWN_PAY)
        claim = await settle(live, "CLINIC", visit)
        figures = claim["settlement"]
        over_fen = 2 * (2_600 - 2_350)
        assert figures["over_fen"] == over_fen
        lines = (await live.get("PATIENT", f"/v1/claims/{claim['claim_id']}/lines")).json()
        assert [line["item_class"] for line in lines["lines"]] == ["A", "B", "C"]
        assert [line["unit_price_fen"] for line in lines["lines"]] == [2_000, 2_600, 3_000]
        assert [line["gross_fen"] - line["fund_fen"] for line in lines["lines"]] == [
            line["self_fen"] for line in lines["lines"]
        ]
        assert sum(line["self_fen"] for line in lines["lines"]) == figures["member_fen"]
        assert sum(line["gross_fen"] for line in lines["lines"]) == figures["total_fen"]
        fund_fen = sum(line["fund_fen"] for line in lines["lines"])
        assert fund_fen == lines["fund_fen"] == figures["pooled_fen"]
        trace = (await live.get("PATIENT", f"/v1/claims/{claim['claim_id']}/trace")).json()
        refused = [part for line in trace["lines"] for part in line["refused"]]
        for line in trace["lines"]:
            unpaid_fen = sum(part["amount_fen"] for part in line["refused"])
            assert unpaid_fen == line["gross_fen"] - line["fund_fen"]
        assert sum(part["amount_fen"] for part in refused) == figures["total_fen"] - fund_fen
        assert {"over-limit", "own-pay"} <= {part["code"] for part in refused}
        assert {part["label"] for part in refused} >= {"Over-limit", "Own-pay"}
        assert all(part["text"] and part["text"] != part["code"] for part in refused)
        assert all(step["label"] not in ("", step["rule"]) for step in trace["steps"])
        assert trace["verified"] is True
        assert trace["trace_hash"] == claim["trace_hash"]
        path = f"/v1/receipts/{claim['receipt_number']}"
        care = (await live.get("PATIENT", path)).json()["care"]
        assert [line["gross_fen"] for line in care["lines"]] == [2_000, 5_200, 3_000]
        assert all(line["item_name"] for line in care["lines"])
        unpaid_fen = sum(part["amount_fen"] for part in care["refused"])
        assert unpaid_fen == figures["total_fen"] - fund_fen
        insurers = (await live.get("INSURER", path)).json()["care"]
        assert (insurers["lines"], insurers["refused"]) == (None, care["refused"])

    async def test_reversed_claim__gives_everything_back_and_can_be_corrected(
        self, live: LiveGateway, member: Party
    ) -> None:
        """P37: the visit is open again after the reversal, and a corrected claim replaces it."""
        before = await cash_of(live, member)
        visit = await visit_with(live, "CLINIC", member, CHECKED, OWN_PAY)
        claim = await settle(live, "CLINIC", visit)
        path = f"/v1/claims/{claim['claim_id']}/reversals"
        asked = {"actor_id": live.parties["CLINIC"].account, "reason_code": "WRONG_LINES"}
        await live.do("CLINIC", path, asked)
        assert await cash_of(live, member) == before
        again = await live.get("CLINIC", f"/v1/visits/{visit['visit_id']}")
        assert again.json()["state"] == "REGISTERED"
        corrected = await settle(live, "CLINIC", visit)
        assert corrected["state"] == "SETTLED"


async def cash_of(live: LiveGateway, member: Party) -> int:
    answer = await live.get("PATIENT", f"/v1/wallets/{member.account}/balance")
    found: int = answer.json()["pockets"]["CASH"]["total_fen"]
    return found


class TestVisitStates:
    async def test_anything_not_in_the_table__is_refused(
        self, live: LiveGateway, member: Party
    ) -> None:
        """P37.3, P37.6, P37.7: by name, in each state."""
        visit = await visit_with(live, "CLINIC", member, CHECKED)
        path = f"/v1/visits/{visit['visit_id']}"
        refusals = [
            await live.post("CLINIC", f"{path}/discharge", {"end": TODAY}),
            await live.post("CLINIC", f"{path}/cancel", {}),
        ]
        assert {one.json()["code"] for one in refusals} == {"VisitStateInvalid"}
        revoked = await live.post("CLINIC", f"{path}/lines/revoke", {"numbers": [1]})
        assert revoked.json()["total_fen"] == 0
        cancelled = await live.post("CLINIC", f"{path}/cancel", {})
        assert cancelled.json()["state"] == "CANCELLED"
        late = await live.post("CLINIC", f"{path}/lines", {"lines": [CHECKED]})
        assert (late.status_code, late.json()["code"]) == (409, "VisitStateInvalid")

    async def test_pharmacy__admits_no_stays(self, live: LiveGateway, member: Party) -> None:
        """P37.7: a pharmacy sells, it has no beds."""
        asked = {
            "member_id": member.account,
            "care_type": "INPATIENT",
            "inpatient": True,
            "start": TODAY,
        }
        answer = await live.post("PHARMACY", "/v1/visits", asked)
        assert answer.json()["code"] == "VisitStateInvalid"

    @pytest.mark.parametrize(
        ("line", "code", "pointer"),
        [
            ({**CHECKED, "item_code": "NOPE"}, "ItemNotListed", "/lines/1/item_code"),
            ({**CHECKED, "gross_fen": 1_999}, "LineAmountMismatch", "/lines/1/gross_fen"),
            (
                {**CHECKED, "service_date": "2026-11-01"},
                "InvalidServiceDate",
                "/lines/1/service_date",
            ),
        ],
    )
    async def test_bad_line__is_named_and_nothing_is_added(
        self,
        live: LiveGateway,
        member: Party,
        *,
        line: dict[str, Any],
        code: str,
        pointer: str,
    ) -> None:
        """P31 S62: the good line beside a bad one is not stored either."""
        visit = await visit_with(live, "CLINIC", member, CHECKED)
        path = f"/v1/visits/{visit['visit_id']}"
        answer = await live.post("CLINIC", f"{path}/lines", {"lines": [CHECKED, line]})
        problem = answer.json()
        assert problem["code"] == code
        assert problem["errors"][0]["pointer"] == pointer
        after = await live.get("CLINIC", path)
        assert len(after.json()["lines"]) == 1

    async def test_what_no_visit_can_have__is_refused_in_true_words(
        self, live: LiveGateway, member: Party
    ) -> None:
        """A hundred and one lines are no amount, a line's number no item, one day no period."""
        visit = await visit_with(live, "CLINIC", member, CHECKED)
        path = f"/v1/visits/{visit['visit_id']}"
        tried = [
            (f"{path}/lines", {"lines": [CHECKED] * 100}, "/lines", "at most 100 lines"),
            (f"{path}/lines/revoke", {"numbers": [7]}, "/numbers/0", "a line that is in force"),
            ("/v1/visits", {"member_id": member.account, "care_type": "OUTPATIENT",
                            "start": "2099-01-01"}, "/start", "2099-01-01 to 2099-01-01"),
            (f"{path}/lines", {"lines": [{**CHECKED, "unit_price_fen": "2000"}]},
             "/lines/0/unit_price_fen", "in quotation marks it is a text"),
        ]  # fmt: skip
        for where, body, pointer, words in tried:
            problem = (await live.post("CLINIC", where, body)).json()
            assert problem["errors"][0]["pointer"] == pointer, problem
            assert words in problem["detail"], problem

    async def test_another_providers_visit__does_not_exist(
        self, live: LiveGateway, member: Party
    ) -> None:
        """P37: nobody learns of visits elsewhere."""
        visit = await visit_with(live, "CLINIC", member, CHECKED)
        answer = await live.get("HOSPITAL", f"/v1/visits/{visit['visit_id']}")
        assert (answer.status_code, answer.json()["code"]) == (404, "VisitUnknown")
