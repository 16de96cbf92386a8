"""Receipts: numbered, kept, as JSON and as PDF, and a voided one says so (S53)."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from node.db.models.bills import Bill, BillPayment, PremiumPayment, PremiumRefund, Receipt
from node.db.models.claims import Claim
from node.db.unit_of_work import Transaction
from node.domain.days import parse_day
from node.services import receipt_document
from tests.fixtures.actors import ANN, BEN, CARL, CLINIC, EMPLOYER, HOSPITAL, INSURER, Actor, word
from tests.fixtures.gateway import AUDITOR, DOMAIN, NOW_S, Api

PAID, REFUNDED, CARE = "0000000010-00003", "0000000020-00001", "0000000015-00002"
OTHER = "0000000040-00000"
PDF = {"Accept": "application/pdf"}
NAME = "安某某"
BILL_ID, CLAIM_ID = word("bill"), word("claim")
NO_NUMBER = "9999999999-00000"


def receipt_row(number: str, **changes: Any) -> dict[str, Any]:
    return {
        "number": number,
        "kind": "PREMIUM",
        "state": "ISSUED",
        "digest": word(f"digest of {number}"),
        "subject": BILL_ID,
        "account": ANN.account,
        "amount_fen": 41_035,
        "voids": None,
        "voided_by": None,
        "tx_hash": word(f"transaction of {number}"),
        "block_number": int(number[:10]),
        "log_index": int(number[11:]),
        "timestamp": NOW_S,
        **changes,
    }


def bill_row() -> dict[str, Any]:
    return {
        "bill_id": BILL_ID, "member": ANN.account, "payer": ANN.account,
        "insurer": INSURER.account, "state": "PAID", "scheme": "RESIDENT",
        "member_kind": "ADULT", "parts": 2, "paid_parts": 1, "revision": 2,
        "period_start": parse_day("2026-01-01"), "period_end": parse_day("2027-01-01"),
        "joined_day": parse_day("2026-01-01"), "due_day": parse_day("2026-02-28"),
        "part_interval_days": 90, "grace_days": 30, "backpay_days": 90,
        "late_fee_bp_per_day": 5, "region": "0x" + b"110000".ljust(12, b"\0").hex(),
        "personal_fen": 82_000, "employee_fen": 0, "subsidy_fen": 67_000,
        "paid_medical_fen": 30_000, "paid_cash_fen": 11_000, "paid_late_fee_fen": 35,
        "plan_id": word("plan"), "plan_version": 1, "issued_at": NOW_S, "block_number": 5,
    }  # fmt: skip


def payment_row() -> dict[str, Any]:
    return {
        "digest": word(f"digest of {PAID}"), "bill_id": BILL_ID, "payer": ANN.account, "part": 1,
        "medical_fen": 30_000, "cash_fen": 11_035, "employee_fen": 0, "subsidy_fen": 33_500,
        "late_fee_fen": 35, "refunded": False, "receipt_number": PAID, "block_number": 10,
        "timestamp": NOW_S,
    }  # fmt: skip


def claim_row() -> dict[str, Any]:
    return {
        "claim_id": CLAIM_ID, "digest": word(f"digest of {CARE}"), "position": 1,
        "state": "REVERSED", "provider": HOSPITAL.account, "member": ANN.account,
        "insurer": INSURER.account, "family_holder": BEN.account, "scheme": "RESIDENT",
        "region": "0x" + b"110000".ljust(12, b"\0").hex(), "year": 2026,
        "total_fen": 2_163_972, "own_fen": 0, "over_fen": 0, "pre_self_fen": 0,
        "in_scope_fen": 2_163_972, "deductible_fen": 0, "pooled_fen": 123_456,
        "big_illness_fen": 2_000_000, "aid_fen": 0, "supplementary_fen": 0, "provider_fen": 0,
        "member_fen": 40_516, "medical_fen": 30_011, "family_fen": 500, "cash_fen": 10_005,
        "receipt_number": CARE, "submitted_at": NOW_S, "settled_at": NOW_S, "block_number": 15,
    }  # fmt: skip


async def fill(api: Api) -> None:
    """Write a paid and refunded premium, a reversed claim, and a receipt of somebody else."""
    payment = payment_row()
    refund = {name: payment[name] for name in payment if name not in ("part", "payer", "refunded")}
    refund |= {"digest": word(f"digest of {REFUNDED}"), "receipt_number": REFUNDED,
               "reason": "DOUBLE_PAYMENT"}  # fmt: skip
    claim = {"subject": CLAIM_ID, "amount_fen": 2_163_972}
    await api.write(
        {
            Bill: [bill_row()],
            PremiumPayment: [payment],
            BillPayment: [{"bill_id": BILL_ID, "part": 1, "digest": payment["digest"]}],
            PremiumRefund: [refund],
            Claim: [claim_row()],
            Receipt: [
                receipt_row(PAID, state="VOIDED", voided_by=REFUNDED),
                receipt_row(REFUNDED, kind="PREMIUM_REFUND", amount_fen=-41_035, voids=PAID),
                receipt_row(CARE, kind="CLAIM", **claim),
                receipt_row(OTHER, account=CARL.account),
            ],
        }
    )


async def know_name(api: Api, actor: Actor) -> None:
    vault = api.gateway.services.receipts._vault

    def add(tx: Transaction) -> None:
        from node.db.repositories.identities import NewIdentity

        identity = NewIdentity(actor.account, "11010519491231002X", NAME, "0x" + "22" * 32)
        vault.add(tx, identity, now_ms=NOW_S * 1000)

    await api.gateway.database.write(add)


async def text_of(api: Api, actor: Actor, number: str) -> str:
    answer = await api.get(actor, f"/v1/receipts/{number}", headers=PDF)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Vary"] == "Accept"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert len(pages) == 1
    return pages[0].extract_text()


class TestList:
    """S53, P58: the own receipts, page by page."""

    async def test_account_of_a_stranger__is_not_owner(self, api: Api) -> None:
        answer = await api.get(BEN, f"/v1/receipts?account={ANN.account}")
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")

    async def test_foreign_cursor__is_malformed(self, api: Api) -> None:
        answer = await api.get(ANN, "/v1/receipts?cursor=WzFd")
        assert (answer.status_code, answer.json()["code"]) == (400, "MalformedBody")

    async def test_own__come_newest_first_page_by_page(self, api: Api) -> None:
        await fill(api)
        first = (await api.get(ANN, "/v1/receipts?limit=2")).json()
        second = (await api.get(ANN, f"/v1/receipts?limit=2&cursor={first['next']}")).json()
        pages = [[one["number"] for one in page["items"]] for page in (first, second)]
        assert (pages, second["next"]) == ([[REFUNDED, CARE], [PAID]], None)

    async def test_guardian__reads_those_of_the_minor(self, api: Api) -> None:
        await fill(api)
        page = (await api.get(ANN, f"/v1/receipts?account={CARL.account}")).json()
        assert [one["number"] for one in page["items"]] == [OTHER]


class TestRead:
    """S53: one numbered receipt, for its parties only; a voided one says so."""

    @pytest.mark.parametrize("actor", [BEN, CLINIC, EMPLOYER])
    async def test_stranger__is_told_the_same_as_of_no_receipt(
        self, sqlite_api: Api, actor: Actor
    ) -> None:
        await fill(sqlite_api)
        for number in (CARE, PAID, NO_NUMBER):
            for headers in ({}, PDF):
                answer = await sqlite_api.get(actor, f"/v1/receipts/{number}", headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (404, "ReceiptUnknown")

    async def test_number_of_another_form__is_malformed(self, sqlite_api: Api) -> None:
        answer = await sqlite_api.get(ANN, "/v1/receipts/1")
        assert (answer.status_code, answer.json()["code"]) == (422, "MalformedBody")

    @pytest.mark.parametrize(
        ("actor", "number"),
        [(HOSPITAL, CARE), (INSURER, CARE), (INSURER, PAID), (AUDITOR, CARE), (ANN, OTHER)],
    )
    async def test_party_guardian_auditor__may_read(
        self, sqlite_api: Api, actor: Actor, number: str
    ) -> None:
        await fill(sqlite_api)
        answer = await sqlite_api.get(actor, f"/v1/receipts/{number}")
        assert answer.status_code == 200

    async def test_voided_premium__names_sources_period_chain_and_the_negative_one(
        self, api: Api
    ) -> None:
        await fill(api)
        await know_name(api, ANN)
        answer = await api.get(ANN, f"/v1/receipts/{PAID}")
        body = answer.json()
        assert (body["state"], body["voided_by"], body["voids"]) == ("VOIDED", REFUNDED, None)
        assert body["amounts"] == [
            {"source": "MEDICAL", "amount_fen": 30_000},
            {"source": "CASH", "amount_fen": 11_000},
            {"source": "LATE_FEE", "amount_fen": 35},
        ]
        assert sum(one["amount_fen"] for one in body["amounts"]) == body["amount_fen"]
        subject = body["subject"]
        assert (subject["kind"], subject["start"], subject["end"]) == (
            "BILL", "2026-01-01", "2027-01-01",
        )  # fmt: skip
        assert (subject["part"], subject["parts"], subject["subsidy_fen"]) == (1, 2, 33_500)
        assert body["payer"] == {"account": f"{ANN.account[:6]}…{ANN.account[-4:]}", "name": "安**"}
        assert (body["chain_id"], body["tx_hash"], body["block_number"], body["timestamp"]) == (
            DOMAIN.chain_id, word(f"transaction of {PAID}"), 10, NOW_S,
        )  # fmt: skip
        assert answer.headers["Vary"] == "Accept"

    async def test_refund__is_negative_and_names_the_voided_one(self, api: Api) -> None:
        await fill(api)
        body = (await api.get(ANN, f"/v1/receipts/{REFUNDED}")).json()
        assert (body["state"], body["voids"], body["amount_fen"]) == ("ISSUED", PAID, -41_035)
        assert sum(one["amount_fen"] for one in body["amounts"]) == -41_035

    async def test_claim__adds_up_over_funds_and_pockets(self, api: Api) -> None:
        await fill(api)
        body = (await api.get(ANN, f"/v1/receipts/{CARE}")).json()
        sources = [one["source"] for one in body["amounts"]]
        assert sources == ["POOLED", "BIG_ILLNESS", "MEDICAL", "FAMILY", "CASH"]
        assert sum(one["amount_fen"] for one in body["amounts"]) == body["amount_fen"]
        assert body["subject"]["provider"] == HOSPITAL.account

    async def test_qr__holds_number_chain_and_transaction_only(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        body = (await sqlite_api.get(ANN, f"/v1/receipts/{CARE}")).json()
        assert body["qr_text"] == f"yibao:receipt:{DOMAIN.chain_id}:{CARE}:{body['tx_hash']}"
        assert ANN.account[2:] not in body["qr_text"]


class TestPdf:
    """S53: the same receipt as a document for people."""

    async def test_issued__shows_amounts_state_and_place_on_the_chain(self, api: Api) -> None:
        await fill(api)
        await know_name(api, ANN)
        text = await text_of(api, ANN, CARE)
        for amount in ("1,234.56", "20,000.00", "300.11", "5.00", "100.05", "21,639.72"):
            assert amount in text
        assert "贰万壹仟陆佰叁拾玖元柒角贰分" in text
        for shown in (CARE, "ISSUED", "已开具", "安**", "2026-01-01", str(DOMAIN.chain_id)):
            assert shown in text
        assert word(f"transaction of {CARE}") in text.replace("\n", "")
        assert "VOIDED" not in text
        assert NAME not in text
        assert ANN.account not in text

    async def test_voided__says_so_and_names_the_negative_one(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        text = await text_of(sqlite_api, ANN, PAID)
        assert "VOIDED" in text
        assert "已作废" in text
        assert REFUNDED in text
        assert "ISSUED" not in text
        assert "410.35" in text

    async def test_negative__shows_the_minus_and_the_voided_one(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        text = await text_of(sqlite_api, ANN, REFUNDED)
        assert "-410.35" in text
        assert PAID in text

    async def test_sandbox__says_test_money(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        assert "Test network" in await text_of(sqlite_api, ANN, CARE)

    async def test_without_the_extra__is_not_acceptable_and_json_still_is(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await fill(sqlite_api)

        def missing() -> Any:
            raise receipt_document.PdfNotInstalled("install the extra")

        monkeypatch.setattr(receipt_document, "_typesetter", missing)
        refused = await sqlite_api.get(ANN, f"/v1/receipts/{CARE}", headers=PDF)
        plain = await sqlite_api.get(ANN, f"/v1/receipts/{CARE}")
        assert (refused.status_code, plain.status_code) == (406, 200)
        assert refused.headers["Content-Type"] == "application/problem+json"
