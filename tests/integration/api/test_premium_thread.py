"""A premium from bill to refund over HTTP, on a real chain (S50, S51, S53, P46, P50)."""

import json
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OKPKey

from node.chain.abi.plans import plan_id_hash
from node.devnet.seed.parties import Party, member_party
from node.domain.roles import Role
from node.intents.wire import intent_from_json
from tests.fixtures.actors import word
from tests.fixtures.gateway.live import LiveGateway, live
from tests.fixtures.tools import ROOT

__all__ = ["live"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.any_engine]

NUMBER, NAME = "110101199003078515", "张三丰"
PLAN = plan_id_hash("resident-adult-premium")
TERMS = {
    "plan_id": PLAN,
    "plan_version": 1,
    "period_start": "2027-01-01",
    "period_end": "2028-01-01",
    "due": "2027-02-28",
}
PERSONAL_FEN, SUBSIDY_FEN = 40_000, 67_000


async def new_member(live: LiveGateway) -> Party:
    """Register a member with an identity and an open wallet with money."""
    party = member_party("NEWCOMER")
    operator = live.parties["OPERATOR"]
    asked = {
        "actor_id": operator.account,
        "number": NUMBER,
        "name": NAME,
        "signer": {"key": party.signer.key, "kind": "SECP256K1"},
        "categories": [],
    }
    prepared = await live.prepare("OPERATOR", "/v1/members", asked)
    body = live.signed(intent_from_json(prepared["intent"]), "OPERATOR")
    body["identity"] = {"number": NUMBER, "name": NAME, "salt": prepared["salt"]}
    answer = await live.submit("OPERATOR", "/v1/members", body)
    assert answer.json()["state"] == "FINAL", answer.text
    member = Party("NEWCOMER", prepared["member_id"], party.signer)
    await live.join(member, Role.MEMBER)
    wallet = f"/v1/wallets/{member.account}"
    await live.do("NEWCOMER", f"{wallet}/openings", {"terms_hash": word("terms")})
    deposit = {"amount_fen": 100_000, "notice_hash": word("premium notice")}
    await live.do("BANK", f"{wallet}/deposits", deposit)
    return member


async def cash_fen(live: LiveGateway, member: Party) -> int:
    answer = await live.get(member.name, f"/v1/wallets/{member.account}/balance")
    return int(answer.json()["pockets"]["CASH"]["available_fen"])


async def look_up(live: LiveGateway, **changes: str) -> dict[str, Any]:
    answer = await live.post("NEWCOMER", "/v1/premiums/lookup", {"number": NUMBER, "name": NAME}
                             | changes)  # fmt: skip
    return {"status": answer.status_code, **answer.json()}


class TestPremiumThread:
    async def test_bill_found_quoted_paid_and_refunded__leaves_both_receipts(
        self, live: LiveGateway
    ) -> None:
        """P46.2, P46.3, P50.1, P50.2, S51.1, S51.2, S53.1, S53.4: one story, from the bill to both
        receipts.
        """
        member = await new_member(live)
        await live.do("INSURER", "/v1/premiums/bills", {"member_id": member.account, **TERMS})

        found = await look_up(live)
        assert (found["status"], found["name"]) == (200, "张**")
        (open_bill,) = found["bills"]
        assert member.account not in json.dumps(found)
        bill_id = open_bill["bill_id"]

        quote = (await live.post("NEWCOMER", "/v1/premiums/quotes", {"bill_id": bill_id})).json()
        assert [quote[f"{name}_fen"] for name in ("gross", "subsidy", "discount", "payable")] == [
            PERSONAL_FEN + SUBSIDY_FEN,
            SUBSIDY_FEN,
            0,
            PERSONAL_FEN,
        ]
        await self._require_signature(live, quote)

        asked = {
            "bill_id": bill_id,
            "quote": {name: quote[name] for name in ("revision", "payable_fen", "expires_at")},
        }
        prepared = await live.prepare("NEWCOMER", "/v1/premiums/payments", asked)
        assert prepared["quote"]["expires_at"] == quote["expires_at"]
        body = live.signed(intent_from_json(prepared["intent"]), "NEWCOMER")
        paid = await live.submit("NEWCOMER", "/v1/premiums/payments", body, key="pay-once")
        assert (paid.status_code, paid.json()["state"]) == (200, "FINAL")
        assert await cash_fen(live, member) == 100_000 - PERSONAL_FEN

        view = (await live.get("NEWCOMER", f"/v1/premiums/bills/{bill_id}")).json()
        (payment,) = view["payments"]
        assert (view["state"], payment["cash_fen"]) == ("PAID", PERSONAL_FEN)
        assert payment["digest"] == prepared["digest"]
        mine = (await live.get("NEWCOMER", "/v1/receipts")).json()["items"]
        assert [one["number"] for one in mine] == [payment["receipt_number"]]

        replay = await live.submit("NEWCOMER", "/v1/premiums/payments", body, key="pay-once")
        assert replay.headers["Idempotency-Replayed"] == "true"
        assert (replay.status_code, replay.json()) == (paid.status_code, paid.json())
        stale = await live.post("NEWCOMER", "/v1/premiums/payments/intents", asked)
        assert (stale.status_code, stale.json()["code"]) == (409, "BillAlreadyPaid")

        refund = {"bill_id": bill_id, "reason": "BEFORE_START"}
        await live.do("INSURER", "/v1/premiums/refunds", refund)
        view = (await live.get("NEWCOMER", f"/v1/premiums/bills/{bill_id}")).json()
        assert (view["state"], view["refund"]["reason"]) == ("REFUNDED", "BEFORE_START")
        assert view["refund"]["receipt_number"] not in ("", payment["receipt_number"])
        assert view["payments"][0]["refunded"]
        await self._require_receipts(live, view)
        assert await cash_fen(live, member) == 100_000

        again = await live.post("INSURER", "/v1/premiums/refunds/intents", refund)
        assert (again.status_code, again.json()["code"]) == (409, "RefundExceedsPayment")

    @staticmethod
    async def _require_receipts(live: LiveGateway, view: dict[str, Any]) -> None:
        """S53, P46: the first receipt says it is void, the negative one names it."""
        numbers = [view["payments"][0]["receipt_number"], view["refund"]["receipt_number"]]
        first, negative = [
            (await live.get("NEWCOMER", f"/v1/receipts/{number}")).json() for number in numbers
        ]
        assert (first["state"], negative["voids"]) == ("VOIDED", numbers[0])

    @staticmethod
    async def _require_signature(live: LiveGateway, quote: dict[str, Any]) -> None:
        network = (await live.http.get("/v1/network")).json()
        key = OKPKey.import_key(network["quote_key"])
        content = jws.deserialize_compact(quote["jws"], key, algorithms=["Ed25519"])
        assert content.headers()["kid"] == network["quote_key"]["kid"]
        shown = {name: value for name, value in quote.items() if name != "jws"}
        assert json.loads(content.payload) == shown


class TestEmployerFile:
    """P45: both shares per person, each bad row by name, everything good paid in one request."""

    async def test_file_with_bad_rows__reports_them_and_pays_the_others(
        self, live: LiveGateway
    ) -> None:
        """P45.1, P45.2, P45.3: faults by row, the good in one request."""
        employer, ben, ann = (live.parties[name] for name in ("EMPLOYER", "BEN", "ANN"))
        path = f"/v1/employers/{employer.account}/declarations"
        table = "\n".join(
            (
                "member_id,wage_fen,joined",
                f"{ben.account},1000000,",
                f"{ann.account},12.5,2026-13-01",
                f"{ben.account},1000000,",
                f"0x1{'9' * 39},1000000,",
                f"{ann.account},700000,2026-12-20",
            )
        )
        terms = {
            "month": "2026-12",
            "plan_id": plan_id_hash("employee-adult-premium"),
            "plan_version": 1,
        }
        prepared = (await live.post("EMPLOYER", f"{path}/intents", {**terms, "csv": table})).json()
        assert [(one["row"], one["field"], one["code"]) for one in prepared["bad_rows"]] == [
            (2, "wage_fen", "InvalidAmount"),
            (2, "joined", "MalformedBody"),
            (3, "member_id", "AlreadyExists"),
            (4, "member_id", "MemberUnknown"),
        ]
        assert [(one["row"], one["employer_fen"], one["employee_fen"]) for one in prepared["rows"]
                ] == [(1, 90_000, 20_000), (5, 63_000, 14_000)]  # fmt: skip
        assert prepared["payable_fen"] == 90_000 + 20_000 + 63_000 + 14_000

        items = [
            live.signed(intent_from_json(one[part]["intent"]), "EMPLOYER")
            for one in prepared["rows"]
            for part in ("declare", "pay")
        ]
        # One signature of somebody else: that item alone is refused.
        items[3] = live.signed(intent_from_json(items[3]["intent"]), "ANN")
        headers = {"Idempotency_Key": "december"}
        answer = await live.post("EMPLOYER", path, {"items": items}, **headers)
        found = answer.json()
        assert (answer.status_code, found["accepted"], found["refused"]) == (202, 3, 1)
        assert found["items"][3]["code"] == "SignatureInvalid"
        for one in found["items"][:3]:
            status = await live.gateway.kernel.desk.wait(one["digest"], timeout_s=180)
            assert status is not None
            assert status.state == "FINAL"

        replay = await live.post("EMPLOYER", path, {"items": items}, **headers)
        assert replay.headers["Idempotency-Replayed"] == "true"
        assert replay.json() == found
        changed = await live.post("EMPLOYER", path, {"items": items[:2]}, **headers)
        assert changed.json()["code"] == "IdempotencyKeyReused"

        page = (await live.get("EMPLOYER", "/v1/premiums/bills?limit=1")).json()
        rest = (await live.get("EMPLOYER", f"/v1/premiums/bills?cursor={page['next']}")).json()
        states = {one["member_id"]: one["state"] for one in page["items"] + rest["items"]}
        assert states == {ben.account: "PAID", ann.account: "OPEN"}
        await self._pay_what_is_left(live, prepared["rows"][1]["bill_id"])

    @staticmethod
    async def _pay_what_is_left(live: LiveGateway, bill_id: str) -> None:
        asked = {"bill_id": bill_id}
        await live.do("EMPLOYER", "/v1/premiums/payments", asked)
        view = (await live.get("ANN", f"/v1/premiums/bills/{bill_id}")).json()
        assert view["state"] == "PAID"
        assert view["payments"][0]["cash_fen"] == 63_000 + 14_000


def second_version(name: str, **changes: Any) -> dict[str, Any]:
    """Return the document of a demo plan as its second version, from 2029 on."""
    first = json.loads((ROOT / f"node/devnet/plans/{name}.json").read_text())
    return {**first, "version": 2, "valid": ["2029-01-01", "2031-01-01"], **changes}


class TestPlans:
    """S16: a change is a new version, published by two officers, with dates and source hash."""

    async def test_new_version__is_published_by_two_officers_and_read_with_its_rules(
        self, live: LiveGateway
    ) -> None:
        document = second_version("resident-adult-premium", personal={"ADULT": 42_000})
        officers = [live.parties[name].account for name in ("OFFICER_A", "OFFICER_B")]
        proposal = {"officer_id": officers[0], "document": document}
        await live.do("INSURER", "/v1/plans", proposal, "OFFICER_A")
        path = f"/v1/plans/{PLAN}/versions/2"
        proposed = (await live.get("ANN", path)).json()
        assert (proposed["status"], proposed["rules"]["personal_fen"]) == (
            "PROPOSED",
            {"ADULT": 42_000},
        )

        same = {"officer_id": officers[0], "approve": {"plan_id": PLAN, "version": 2}}
        refused = await live.post("INSURER", "/v1/plans/intents", same)
        assert (refused.status_code, refused.json()["code"]) == (403, "SameApprover")
        again = await live.post("INSURER", "/v1/plans/intents", proposal)
        assert (again.status_code, again.json()["code"]) == (409, "PlanVersionFrozen")

        await live.do("INSURER", "/v1/plans", {**same, "officer_id": officers[1]}, "OFFICER_B")
        approved = (await live.get("ANN", path)).json()
        assert approved["status"] == "APPROVED"
        assert approved["rules"] == proposed["rules"]
        assert approved["document_hash"] == proposed["document_hash"]
        first = (await live.get("ANN", f"/v1/plans/{PLAN}/versions/1")).json()
        assert (first["valid_until"], first["rules"]["personal_fen"]) == (
            "2029-01-01",
            {"ADULT": 40_000},
        )

    async def test_list__pages_over_all_versions(self, live: LiveGateway) -> None:
        plan_id = await self._publish(live, "resident-child-premium", personal={"CHILD": 42_000})
        found, cursor = [], ""
        while True:
            page = (await live.get("ANN", f"/v1/plans?kind=PREMIUM&limit=2{cursor}")).json()
            found += [(one["plan_id"], one["version"]) for one in page["items"]]
            if page["next"] is None:
                break
            cursor = f"&cursor={page['next']}"
        assert found == sorted(set(found))
        assert {(plan_id, 1), (plan_id, 2), (PLAN, 1)} <= set(found)

    async def _publish(self, live: LiveGateway, name: str, **changes: Any) -> str:
        """Publish the second version of a demo plan and return the plan's id."""
        plan_id, first = plan_id_hash(name), live.parties["OFFICER_A"].account
        proposal = {"officer_id": first, "document": second_version(name, **changes)}
        await live.do("INSURER", "/v1/plans", proposal, "OFFICER_A")
        approval = {
            "officer_id": live.parties["OFFICER_B"].account,
            "approve": {"plan_id": plan_id, "version": 2},
        }
        await live.do("INSURER", "/v1/plans", approval, "OFFICER_B")
        return plan_id


class TestPayments:
    """S51, S62: a payment rests on a quote that still holds; a refused asked uses no nonce."""

    async def _bill(self, live: LiveGateway, member: str, *, plan: str, parts: int = 1) -> str:
        asked = {
            **TERMS,
            "member_id": live.parties[member].account,
            "plan_id": plan_id_hash(plan),
            "parts": parts,
            "part_interval_days": 30 if parts > 1 else 0,
        }
        prepared = await live.prepare("INSURER", "/v1/premiums/bills", asked)
        body = live.signed(intent_from_json(prepared["intent"]), "INSURER")
        answer = await live.submit("INSURER", "/v1/premiums/bills", body)
        assert answer.json()["state"] == "FINAL", answer.text
        return str(prepared["bill_id"])

    async def test_request_that_cannot_be_paid__is_refused_by_name_and_uses_no_nonce(
        self, live: LiveGateway
    ) -> None:
        """S62.1, S62.3: the next intent has the next nonce."""
        bill_id = await self._bill(live, "ANN", plan="resident-adult-premium")
        child = await self._bill(live, "CARL", plan="resident-child-premium")
        path = "/v1/premiums/payments"
        quote = (await live.post("ANN", "/v1/premiums/quotes", {"bill_id": bill_id})).json()
        kept = {name: quote[name] for name in ("revision", "payable_fen", "expires_at")}
        before = await live.prepare("ANN", path, {"bill_id": bill_id, "quote": kept})
        tried: dict[str, dict[str, Any]] = {
            "QuoteExpired": {"quote": {**kept, "expires_at": quote["expires_at"] - 901}},
            "MalformedBody": {"quote": {**kept, "expires_at": quote["expires_at"] + 901}},
            "QuoteStale": {"quote": {**kept, "payable_fen": 39_999}},
            "InvalidAmount": {"medical_fen": 40_001},
            "InsufficientBalance": {
                "bill_id": child,
                "payer_id": live.parties["CARL"].account,
            },
        }
        for code, changes in tried.items():
            answer = await live.post("ANN", f"{path}/intents", {"bill_id": bill_id} | changes)
            assert answer.json()["code"] == code, answer.text
        after = await live.prepare("ANN", path, {"bill_id": bill_id, "quote": kept})
        nonces = [int(one["intent"]["nonce"]) for one in (before, after)]
        assert nonces[1] == nonces[0] + 1

    async def test_relative_and_member__pay_parts_from_both_pockets(
        self, live: LiveGateway
    ) -> None:
        """BEN holds a family link to ANN and pays a part for her."""
        bill_id = await self._bill(live, "ANN", plan="resident-adult-premium", parts=2)
        path = "/v1/premiums/payments"
        await live.do("BEN", path, {"bill_id": bill_id, "medical_fen": 15_000})
        half = (await live.get("ANN", f"/v1/premiums/bills/{bill_id}")).json()
        assert (half["state"], half["paid_parts"], half["due"]) == (
            "PARTLY_PAID",
            1,
            "2027-03-30",
        )
        await live.do("ANN", path, {"bill_id": bill_id})
        paid = (await live.get("BEN", f"/v1/premiums/bills/{bill_id}")).json()
        assert paid["state"] == "PAID"
        assert [
            (one["payer_id"], one["medical_fen"], one["cash_fen"]) for one in paid["payments"]
        ] == [
            (live.parties["BEN"].account, 15_000, 5_000),
            (live.parties["ANN"].account, 0, 20_000),
        ]
