"""The routes played in the order in which a newcomer meets them, by the people of the sandbox."""

from __future__ import annotations

import datetime
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from node.chain.abi.plans import plan_id_hash
from node.devnet.seed.parties import Party, member_party, organisation_party
from node.domain.roles import Role
from node.wire.hashing import keccak
from scripts.examples.recorder import Document, Recorder, Request

NUMBER, NAME = "110101199003078515", "张三丰"
CHILD_NUMBER, CHILD_NAME = "110101201903070017", "张小丰"
Join = Callable[[Party, Role], Awaitable[None]]
ADULT_PREMIUM = {"plan_id": plan_id_hash("resident-adult-premium"), "plan_version": 1}
REGION = "110000"
CHECK = {"item_code": "250101015", "quantity": 1, "unit_price_fen": 2_000}
DRUG = {"item_code": "XA02BC", "quantity": 6, "unit_price_fen": 2_600}
SUPPLEMENT = {"item_code": "C00000001", "quantity": 1, "unit_price_fen": 3_000}
BED = {"item_code": "110900001", "quantity": 2, "unit_price_fen": 8_000}
DAN, KIT = "DAN", "KIT"
TAKEN = "Propose an id that is taken: the chain refuses"


def word(text: str) -> str:
    """Return a made-up hash."""
    return "0x" + keccak(f"example {text}".encode()).hex()


class Story:
    """What the parties do on one day; every step leaves an example of its route."""

    def __init__(self, recorder: Recorder, *, today: datetime.date, join: Join) -> None:
        self.told, self._today, self._join = recorder, today, join
        self.day = today.isoformat()
        self.next_year = {
            "period_start": f"{today.year + 1}-01-01",
            "period_end": f"{today.year + 2}-01-01",
        }

    async def play(self) -> None:
        """Play all groups in order. Errors: UnexpectedAnswer."""
        for path in ("/healthz", "/readyz", "/metrics", "/v1/network", "/problems"):
            await self.told.get(None, path)
        await self.told.get(None, "/problems/InsufficientBalance")
        await self.told.refused("RouteUnknown", Request(None, "GET", "/problems/NoSuchCode"))
        await self._registrations()
        await self._wallets()
        await self._family()
        await self._organisations()
        await self._premiums()
        await self._coverages()
        await self._declarations()
        await self._visits()
        await self._claims()
        await self._plans()
        await self._reads()

    async def _registrations(self) -> None:
        told, operator = self.told, self.told.account("OPERATOR")
        key = member_party(DAN)
        asked = {"actor_id": operator, "number": NUMBER, "name": NAME, "categories": [],
                "signer": {"key": key.signer.key, "kind": key.signer.kind.name}}  # fmt: skip
        dan = await self._register(asked, "With a key of its own")
        await self._join(Party(DAN, dan, key.signer), Role.MEMBER)
        child = {"actor_id": operator, "number": CHILD_NUMBER, "name": CHILD_NAME, "categories": []}
        kit = await self._register(child, "A child, who acts through guardians")
        told.join(Party(KIT, kit, key.signer))
        named = {"actor_id": operator, "guardian_id": dan, "until": f"{self._today.year + 9}-03-07"}
        await told.do("OPERATOR", f"/v1/members/{kit}/guardians", named)
        path = "/v1/members/intents"
        again = Request("OPERATOR", "POST", path, asked)
        await told.refused("IdentityAlreadyBound", again)
        spoilt = Request("OPERATOR", "POST", path, {**asked, "number": NUMBER[:-1] + "4"})
        await told.refused("InvalidIdentityNumber", spoilt)

    async def _register(self, asked: Document, title: str) -> str:
        told = self.told
        prepared = await told.prepare("OPERATOR", "/v1/members", asked, title)
        identity = {"number": asked["number"], "name": asked["name"], "salt": prepared["salt"]}
        body = {**told.signed(prepared, "OPERATOR"), "identity": identity}
        await told.hand_in("OPERATOR", "/v1/members", body, title=title)
        return str(prepared["member_id"])

    async def _wallets(self) -> None:
        told = self.told
        ann, ben, dan = (f"/v1/wallets/{told.account(name)}" for name in ("ANN", "BEN", DAN))
        dan_id = told.account(DAN)
        await told.do(DAN, f"{dan}/openings", {"terms_hash": word("terms of use")})
        top_up = {"amount_fen": 80_000, "notice_hash": word("notice of the bank")}
        await told.do("BANK", f"{dan}/deposits", top_up)
        out = {"channel_id": told.account("BANK"), "amount_fen": 5_000,
               "destination_hash": word("bank account")}  # fmt: skip
        paid_out = await told.do("ANN", f"{ann}/withdrawals", out)
        await told.get("ANN", f"/v1/transactions/{paid_out['digest']}")
        sent = {"receiver_id": told.account("ANN"), "amount_fen": 12_345}
        await told.do("BEN", f"{ben}/transfers", sent, title="Send")
        accepted = {"sender_id": told.account("BEN"), "amount_fen": 12_345}
        await told.do("ANN", f"{ann}/transfers", accepted, title="Accept")
        for who, path, body, code in (
            ("BANK", f"{ann}/deposits", {**top_up, "amount_fen": 0}, "InvalidAmount"),
            ("BEN", f"{ben}/transfers", {**sent, "amount_fen": 0}, "InvalidAmount"),
            ("ANN", f"{ann}/withdrawals", {**out, "amount_fen": -1}, "InvalidAmount"),
            ("ANN", f"{ann}/withdrawals", {**out, "amount_fen": 900_000}, "InsufficientBalance"),
            ("BEN", f"{ben}/transfers", {**sent, "receiver_id": dan_id}, "NotNearRelative"),
        ):
            await told.refused(code, Request(who, "POST", f"{path}/intents", body))
        await told.get("ANN", f"{ann}/balance")
        await told.get("ANN", f"{ann}/entries", purpose="TRANSFER_ACCEPTED", limit="2")

    async def _family(self) -> None:
        told, ann = self.told, self.told.account("ANN")
        path = f"/v1/members/{ann}"
        link = {"relative_id": told.account("BEN"), "relation": "SPOUSE"}
        await told.do("ANN", f"{path}/family-links", link, "ANN", "BEN", title="Link")
        ending = {"relative_id": told.account("BEN"), "relation": None}
        await told.do("ANN", f"{path}/family-links", ending, title="End")
        unknown = {"relative_id": told.account("ANN")[:-4] + "0000", "relation": "SPOUSE"}
        request = Request("ANN", "POST", f"{path}/family-links/intents", unknown)
        await told.refused("MemberUnknown", request)
        for tail in ("", "/benefits", "/accumulators", "/family-links"):
            await told.get("ANN", f"{path}{tail}")

    async def _organisations(self) -> None:
        told = self.told
        key = organisation_party("COUNTRY CLINIC").signer
        asked = {"actor_id": told.account("OPERATOR"), "kind": "PROVIDER",
                "provider_type": "CLINIC", "level": "community", "region": REGION,
                "signer": {"key": key.key, "kind": key.kind.name}}  # fmt: skip
        prepared = await told.do("OPERATOR", "/v1/providers", asked, title="Register")
        new = prepared["intent"]["body"]["organisation"]
        contract = {"actor_id": told.account("INSURER"), "provider_id": new, "contracted": True}
        await told.do("INSURER", "/v1/providers", contract, title="Contract")
        await told.get("ANN", "/v1/providers", type="CLINIC", region=REGION)
        await told.get("ANN", f"/v1/providers/{told.account('CLINIC')}")

    async def _premiums(self) -> None:
        told, bills = self.told, "/v1/premiums/bills"
        due = (self._today + datetime.timedelta(days=30)).isoformat()
        asked = {"member_id": told.account(DAN), **ADULT_PREMIUM, **self.next_year, "due": due}
        issued = await told.do("INSURER", bills, asked, title="Issue")
        bill_id = issued["bill_id"]
        year = self._today.year
        later = {"period_start": f"{year + 2}-01-01", "period_end": f"{year + 3}-01-01"}
        other = await told.do("INSURER", bills, {**asked, **later}, title="Issue")
        await told.do("INSURER", bills, {"cancel_bill_id": other["bill_id"]}, title="Cancel")
        await told.post(DAN, "/v1/premiums/lookup", {"number": NUMBER, "name": NAME})
        wrong = {"number": NUMBER, "name": "王五"}
        await told.refused("NameMismatch", Request(DAN, "POST", "/v1/premiums/lookup", wrong))
        quote = await told.post(DAN, "/v1/premiums/quotes", {"bill_id": bill_id})
        promised = {name: quote[name] for name in ("revision", "payable_fen", "expires_at")}
        payment = {"bill_id": bill_id, "quote": promised}
        await told.do(DAN, "/v1/premiums/payments", payment)
        for tail in ("payments/intents", "quotes"):
            again = Request(DAN, "POST", f"/v1/premiums/{tail}", {"bill_id": bill_id})
            await told.refused("BillAlreadyPaid", again)
            unknown = Request(DAN, "POST", f"/v1/premiums/{tail}", {"bill_id": word("no bill")})
            await told.refused("BillUnknown", unknown)
        await told.get(DAN, bills, state="PAID")
        await told.get(DAN, f"{bills}/{bill_id}")
        await self._enrol(bill_id)
        refund = {"bill_id": bill_id, "reason": "BEFORE_START"}
        await told.do("INSURER", "/v1/premiums/refunds", refund)
        twice = Request("INSURER", "POST", "/v1/premiums/refunds/intents", refund)
        await told.refused("RefundExceedsPayment", twice)
        mended = Request("INSURER", "POST", f"{bills}/intents", {"cancel_bill_id": bill_id})
        await told.refused("BillStateInvalid", mended)

    async def _enrol(self, bill_id: str) -> None:
        told, start = self.told, self.next_year["period_start"]
        period = {"start": start, "end": self.next_year["period_end"]}
        common = {"actor_id": told.account("INSURER"), "member_id": told.account(DAN),
                  "scheme": "RESIDENT"}  # fmt: skip
        asked = {**common, "member_kind": "ADULT", "region": REGION, **period, "bill_id": bill_id,
                **ADULT_PREMIUM}  # fmt: skip
        await told.do("INSURER", "/v1/coverages", asked, title="Enrol")
        ending = {**common, "start": start, "new_end": start, "reason": "DOUBLE_PAYMENT"}
        await told.do("INSURER", "/v1/coverages", ending, title="End")

    async def _coverages(self) -> None:
        told = self.told
        await told.get("ANN", "/v1/coverages", scheme="RESIDENT", day=self.day)
        bill = (await told.get("ANN", "/v1/premiums/bills", state="OPEN"))["items"][0]
        await told.do("ANN", "/v1/premiums/payments", {"bill_id": bill["bill_id"]})

    async def _declarations(self) -> None:
        told, ben = self.told, self.told.account("BEN")
        path = f"/v1/employers/{told.account('EMPLOYER')}/declarations"
        terms = {"month": f"{self._today:%Y-%m}", "plan_id": plan_id_hash("employee-adult-premium"),
                 "plan_version": 1}  # fmt: skip
        table = {**terms, "csv": f"member_id,wage_fen\n{ben},1000000\n{ben},12.5\n"}
        await told.prepare("EMPLOYER", path, table, "As CSV, with one bad row")
        rows = {**terms, "rows": [{"member_id": ben, "wage_fen": 1_000_000}]}
        prepared = await told.prepare("EMPLOYER", path, rows, "As rows")
        items = [told.signed(row[part], "EMPLOYER") for row in prepared["rows"]
                 for part in ("declare", "pay")]  # fmt: skip
        headers = {"Idempotency-Key": "staff-file-1"}
        request = Request("EMPLOYER", "POST", path, {"items": items}, headers=headers)
        answer = await told.try_(request)
        told.keep(request, answer)

    async def _visits(self) -> None:
        told = self.told
        asked = {"member_id": told.account("ANN"), "care_type": "OUTPATIENT", "start": self.day}
        stay = {**asked, "care_type": "INPATIENT", "inpatient": True}
        admitted = await told.post("HOSPITAL", "/v1/visits", stay, title="Admission")
        path = f"/v1/visits/{admitted['visit_id']}"
        await told.post("HOSPITAL", f"{path}/lines", {"lines": [BED]})
        await told.post("HOSPITAL", f"{path}/discharge", {"end": self.day})
        late = Request("HOSPITAL", "POST", f"{path}/discharge", {"end": self.day})
        await told.refused("VisitStateInvalid", late)
        mistaken = await told.post("CLINIC", "/v1/visits", asked, title="Visit")
        path = f"/v1/visits/{mistaken['visit_id']}"
        await told.post("CLINIC", f"{path}/lines", {"lines": [CHECK]})
        await told.send("CLINIC", "PUT", f"{path}/diagnoses", {"codes": ["J06.900"]})
        await told.get("CLINIC", path)
        await told.post("CLINIC", f"{path}/lines/revoke", {"numbers": [1]})
        await told.post("CLINIC", f"{path}/cancel")
        for method, tail, body in (
            ("POST", "cancel", None),
            ("POST", "lines", {"lines": [CHECK]}),
            ("POST", "lines/revoke", {"numbers": [1]}),
            ("PUT", "diagnoses", {"codes": ["J06.900"]}),
        ):
            ended = Request("CLINIC", method, f"{path}/{tail}", body)
            await told.refused("VisitStateInvalid", ended)

    async def _claims(self) -> None:
        told = self.told
        asked = {"member_id": told.account("ANN"), "care_type": "OUTPATIENT", "start": self.day}
        visit = await told.post("CLINIC", "/v1/visits", asked, title="Visit")
        path = f"/v1/visits/{visit['visit_id']}/lines"
        bad = {"lines": [{**CHECK, "item_code": "NOPE"}]}
        await told.refused("ItemNotListed", Request("CLINIC", "POST", path, bad))
        await told.post("CLINIC", path, {"lines": [CHECK, DRUG, SUPPLEMENT]})
        claim = {"visit_id": visit["visit_id"], "claim_number": f"{self._today.year}-000123"}
        await told.post("CLINIC", "/v1/claims/quotes", claim)
        prepared = await told.prepare("CLINIC", "/v1/claims", claim)
        body = {**told.signed(prepared, "CLINIC", "ANN"), "visit_id": visit["visit_id"]}
        await told.hand_in("CLINIC", "/v1/claims", body)
        unknown = {**claim, "visit_id": "01890a5d-ac96-774b-bcce-b302099a8057"}
        for tail in ("quotes", "intents"):
            request = Request("CLINIC", "POST", f"/v1/claims/{tail}", unknown)
            await told.refused("VisitUnknown", request)
        await self._look_at_claim(prepared["quote"]["claim_id"])

    async def _look_at_claim(self, claim_id: str) -> None:
        told, path = self.told, f"/v1/claims/{claim_id}"
        await told.get("ANN", "/v1/claims", state="SETTLED")
        claim = await told.get("ANN", path)
        await told.get("ANN", f"{path}/lines")
        await told.get("ANN", f"{path}/trace")
        await told.get("ANN", "/v1/receipts")
        receipt = await told.get("ANN", f"/v1/receipts/{claim['receipt_number']}")
        await self._check_receipt(urlsplit(receipt["qr_text"]).path)
        asked = {"actor_id": told.account("CLINIC"), "reason_code": "WRONG_LINES"}
        await told.do("CLINIC", f"{path}/reversals", asked)
        again = Request("CLINIC", "POST", f"{path}/reversals/intents", asked)
        await told.refused("ClaimNotSettled", again)

    async def _check_receipt(self, path: str) -> None:
        """Follow the code on a receipt without a token, then another code."""
        await self.told.get(None, path)
        other = path[:-26] + "a" * 26
        await self.told.refused("ReceiptCodeWrong", Request(None, "GET", other))

    async def _plans(self) -> None:
        told = self.told
        first, second = (told.account(f"OFFICER_{letter}") for letter in "AB")
        document = {"kind": "premium", "plan_id": "flexible-adult-premium", "version": 1,
                    "valid": [f"{self._today.year + 1}-01-01", "2041-01-01"], "region": REGION,
                    "scheme": "FLEXIBLE", "member_kind": "ADULT", "care_type": "PREMIUM",
                    "personal": {"ADULT": 42_000}, "subsidy": {"ADULT": 70_000},
                    "grace_days": 30, "backpay_days": 90}  # fmt: skip
        proposal = {"officer_id": first, "document": document}
        proposed = await told.prepare("INSURER", "/v1/plans", proposal, "Propose")
        body = told.signed(proposed, "OFFICER_A")
        await told.hand_in("INSURER", "/v1/plans", body, title="Propose")
        other = {"plan_id": "resident-adult-premium", "version": 2}
        taken = {"officer_id": first, "document": {**document, **other}}
        refused = await told.prepare("INSURER", "/v1/plans", taken, TAKEN)
        body = told.signed(refused, "OFFICER_A")
        await told.hand_in("INSURER", "/v1/plans", body, title=TAKEN, end="REFUSED")
        version = {"plan_id": proposed["intent"]["body"]["plan_id"], "version": 1}
        approval = {"officer_id": second, "approve": version}
        approved = await told.prepare("INSURER", "/v1/plans", approval, "Approve")
        body = told.signed(approved, "OFFICER_B")
        await told.hand_in("INSURER", "/v1/plans", body, title="Approve")
        unknown = {**approval, "approve": {**version, "version": 9}}
        await told.refused("PlanUnknown", Request("INSURER", "POST", "/v1/plans/intents", unknown))
        await told.get("ANN", "/v1/plans", kind="PREMIUM", limit="2")
        plan_id = ADULT_PREMIUM["plan_id"]
        await told.get("ANN", f"/v1/plans/{plan_id}/versions/1")
        await told.refused("PlanUnknown", Request("ANN", "GET", f"/v1/plans/{plan_id}/versions/9"))

    async def _reads(self) -> None:
        """Ask who one is, sign with a test key, look items up, publish a catalogue."""
        told, ann = self.told, self.told.account("ANN")
        await told.succeed(Request("ANN", "GET", "/v1/me"), title="A member")
        await told.succeed(Request("CLINIC", "GET", "/v1/me"), title="An organisation")
        asked = {"receiver_id": told.account("BEN"), "amount_fen": 100}
        prepared = await told.prepare("ANN", f"/v1/wallets/{ann}/transfers", asked, "Send")
        await told.post("ANN", "/v1/sandbox/signatures", {"intent": prepared["intent"]})
        await told.get("ANN", "/v1/catalogue/items", region=REGION, day=self.day, limit="2")
        item = {"code": "XN02BE", "name": "对乙酰氨基酚片", "item_class": "B",
                "self_pay_bp": 1_000, "price_limit_fen": 850, "limits": {"quantity_a_day": 8},
                "valid_from": f"{self._today.year}-01-01"}  # fmt: skip
        path = f"/v1/catalogue/versions/{self._today:%Y-%m}"
        await told.send("INSURER", "PUT", path, {"items": [item]})


async def prepare_cancellation(told: Recorder) -> tuple[str, Document]:
    """Queue a transfer where nobody sends it, cancel it, and return how that was handed in."""
    ann = told.account("ANN")
    path = f"/v1/wallets/{ann}/withdrawals"
    asked = {
        "channel_id": told.account("BANK"),
        "amount_fen": 100,
        "destination_hash": word("bank"),
    }
    prepared = await told.prepare("ANN", path, asked)
    headers = {"Idempotency-Key": "example-withdrawal"}
    body = told.signed(prepared, "ANN")
    await told.try_(Request("ANN", "POST", path, body, headers=headers))
    path = f"/v1/transactions/{prepared['digest']}/cancellations"
    cancelling = await told.prepare("ANN", path, None)
    body = told.signed(cancelling, "ANN")
    headers = {"Idempotency-Key": "example-cancellation"}
    request = Request("ANN", "POST", path, body, headers=headers)
    told.keep(request, await told.try_(request))
    return path, body
