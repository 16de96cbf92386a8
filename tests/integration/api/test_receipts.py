"""Receipts: numbered, kept, as JSON and as PDF, and a voided one says so (S53)."""

import io
import re
from typing import Any

import pytest
from pypdf import PdfReader

from node.features.receipts import document as receipt_document
from tests.fixtures.actors import ANN, BEN, CARL, CLINIC, EMPLOYER, HOSPITAL, INSURER, Actor, word
from tests.fixtures.gateway.in_process import AUDITOR, DOMAIN, NOW_S, Api
from tests.fixtures.gateway.receipts import (
    CARE,
    NAME,
    NO_NUMBER,
    OTHER,
    PAID,
    REFUNDED,
    TITLES,
    fill,
    know_name,
    know_titles,
)

PDF = {"Accept": "application/pdf"}


async def text_of(api: Api, actor: Actor, number: str, *, lang: str = "en") -> str:
    answer = await api.get(actor, f"/v1/receipts/{number}?lang={lang}", headers=PDF)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.headers["Content-Language"] == lang
    assert answer.headers["Vary"] == "Accept, Accept-Language"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    assert len(pages) == 1
    return pages[0].extract_text()


class TestList:
    """S53, P58: the own receipts, page by page."""

    async def test_account_of_a_stranger__is_not_owner(self, api: Api) -> None:
        """P16.1: also where there is no receipt."""
        answer = await api.get(BEN, f"/v1/receipts?account_id={ANN.account}")
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
        page = (await api.get(ANN, f"/v1/receipts?account_id={CARL.account}")).json()
        assert [one["number"] for one in page["items"]] == [OTHER]


class TestRead:
    """S53: one numbered receipt, for its parties only; a voided one says so."""

    @pytest.mark.parametrize("actor", [BEN, CLINIC, EMPLOYER])
    async def test_stranger__is_told_the_same_as_of_no_receipt(
        self, sqlite_api: Api, actor: Actor
    ) -> None:
        """P16.1: a receipt is for its parties."""
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
        """S53.1, S53.2, S53.3, S53.4: as JSON, with the transaction on the chain."""
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
        assert body["payer"] == {
            "account_id": f"{ANN.account[:6]}…{ANN.account[-4:]}",
            "name": NAME,
        }
        assert (body["chain_id"], body["tx_hash"], body["block_number"], body["timestamp"]) == (
            DOMAIN.chain_id, word(f"transaction of {PAID}"), 10, NOW_S,
        )  # fmt: skip
        assert answer.headers["Vary"] == "Accept, Accept-Language"

    async def test_refund__is_negative_and_names_the_voided_one(self, api: Api) -> None:
        """P46.2: the negative receipt names the first."""
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
        assert body["subject"]["provider_id"] == HOSPITAL.account

    async def test_qr__is_an_address_with_the_code_and_names_nobody(self, sqlite_api: Api) -> None:
        """S53.2: what the QR code holds."""
        await fill(sqlite_api)
        text = (await sqlite_api.get(ANN, f"/v1/receipts/{CARE}")).json()["qr_text"]
        assert re.fullmatch(f"http://gateway/check/{CARE}/[a-z2-7]{{26}}", text)
        assert ANN.account[2:] not in text


class TestNames:
    """Hospital and insurer by name; people masked, but for the reader's own name."""

    async def test_organisations__are_named_in_the_language_asked_for(self, api: Api) -> None:
        await fill(api)
        await know_titles(api)
        for lang, place in (("zh", 0), ("en", 1)):
            path = f"/v1/receipts/{CARE}?lang={lang}"
            subject = (await api.get(ANN, path)).json()["subject"]
            assert subject["provider_name"] == TITLES[HOSPITAL][place]
            assert subject["insurer_name"] == TITLES[INSURER][place]
            assert (subject["provider_id"], subject["insurer_id"]) == (
                HOSPITAL.account,
                INSURER.account,
            )
            text = (await text_of(api, ANN, CARE, lang=lang)).replace("\n", " ")
            assert TITLES[HOSPITAL][place] in text
            assert TITLES[INSURER][place] in text

    async def test_unnamed_organisation__is_shown_by_its_short_id(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        subject = (await sqlite_api.get(ANN, f"/v1/receipts/{CARE}")).json()["subject"]
        assert (subject["provider_name"], subject["insurer_name"]) == (None, None)
        assert HOSPITAL.account[:6] in await text_of(sqlite_api, ANN, CARE)

    async def test_payer__has_the_own_name_in_full_and_everybody_else_masked(
        self, api: Api
    ) -> None:
        await fill(api)
        await know_name(api, ANN)
        await know_name(api, BEN, "白大奔")
        body = (await api.get(ANN, f"/v1/receipts/{CARE}")).json()
        assert body["payer"]["name"] == body["subject"]["member_name"] == NAME
        assert body["subject"]["family_holder_name"] == "白**"
        text = await text_of(api, ANN, CARE, lang="zh")
        assert NAME in text
        assert "白**" in text
        assert "大奔" not in text

    @pytest.mark.parametrize("actor", [HOSPITAL, INSURER, AUDITOR])
    async def test_anybody_else__sees_masked_names_only(
        self, sqlite_api: Api, actor: Actor
    ) -> None:
        """P21.1: in JSON and in print."""
        await fill(sqlite_api)
        await know_name(sqlite_api, ANN)
        answer = await sqlite_api.get(actor, f"/v1/receipts/{CARE}")
        assert answer.json()["payer"]["name"] == "安**"
        assert NAME[1:] not in answer.text
        if actor is not HOSPITAL:
            return
        assert NAME[1:] not in await text_of(sqlite_api, actor, CARE)


class TestPdf:
    """S53: the same receipt as a document for people, in one language."""

    async def test_issued__shows_amounts_state_and_place_on_the_chain(self, api: Api) -> None:
        """S53.2, S53.3: as PDF, with the transaction on the chain."""
        await fill(api)
        text = await text_of(api, ANN, CARE)
        for amount in ("¥1,234.56", "¥20,000.00", "¥300.11", "¥5.00", "¥100.05", "¥21,639.72"):
            assert amount in text
        for shown in (CARE, "Issued", "2026-01-01", str(DOMAIN.chain_id), "Scan to check"):
            assert shown in text
        assert word(f"transaction of {CARE}") in text.replace("\n", "")
        assert "VOIDED" not in text
        assert ANN.account not in text

    async def test_language__is_asked_for_or_accepted_and_else_english(
        self, sqlite_api: Api
    ) -> None:
        await fill(sqlite_api)
        path = f"/v1/receipts/{CARE}"
        english = {**PDF, "Accept-Language": "fr, en;q=0.8, zh;q=0.5"}
        chinese = {**PDF, "Accept-Language": "fr, en;q=0.5, zh-CN;q=0.8"}
        languages = [
            (await sqlite_api.get(ANN, where, headers=headers)).headers["Content-Language"]
            for where, headers in (
                (path, PDF),
                (path, chinese),
                (f"{path}?lang=zh", english),
                (f"{path}?lang=en", {**PDF, "Accept-Language": "zh"}),
            )
        ]
        assert languages == ["en", "zh", "zh", "en"]
        refused = await sqlite_api.get(ANN, f"{path}?lang=fr", headers=PDF)
        assert (refused.status_code, refused.json()["code"]) == (422, "MalformedBody")

    async def test_each_language__holds_nothing_of_the_other(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        english = await text_of(sqlite_api, ANN, CARE, lang="en")
        chinese = await text_of(sqlite_api, ANN, CARE, lang="zh")
        assert not re.search(r"[\u3400-\u9fff]", english)
        # Hashes are all that a Chinese page has in letters: none beyond f.
        assert not re.search(r"[G-Zg-wyz]", chinese)
        assert "贰万壹仟陆佰叁拾玖元柒角贰分" in chinese

    async def test_same_receipt__is_the_same_bytes(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        path = f"/v1/receipts/{CARE}?lang=zh"
        first, second = [(await sqlite_api.get(ANN, path, headers=PDF)).content for _ in range(2)]
        assert first == second

    async def test_voided__says_so_and_names_the_negative_one(self, sqlite_api: Api) -> None:
        """S53.4: in both languages, and never as issued."""
        await fill(sqlite_api)
        english = await text_of(sqlite_api, ANN, PAID)
        # Once in front of everything, and in the box of the state.
        assert english.count("VOIDED") == 1
        assert english.count("Voided") == 1
        assert REFUNDED in english
        assert "Issued" not in english
        assert "¥410.35" in english
        chinese = await text_of(sqlite_api, ANN, PAID, lang="zh")
        assert chinese.count("已作废") == 3
        assert "已开具" not in chinese

    async def test_negative__is_shown_as_taking_back_and_not_as_issued(
        self, sqlite_api: Api
    ) -> None:
        await fill(sqlite_api)
        for lang, state, issued in (("en", "Negative", "Issued"), ("zh", "红字", "已开具")):
            text = await text_of(sqlite_api, ANN, REFUNDED, lang=lang)
            assert "\u2212¥410.35" in text
            assert not re.search(r"-\s*¥|-4", text)
            assert PAID in text
            assert state in text
            assert issued not in text
            assert "VOIDED" not in text

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
