"""Checking a paper without signing in: number and code together, or one fixed answer (S53)."""

import re
from dataclasses import replace
from typing import Any

import httpx
import pytest

from node.config import Settings
from node.db.models.bills import Receipt
from node.db.sealing import Sealer
from node.domain.language import Language
from node.features.receipts.check_page import PAGE
from node.features.receipts.codes import ReceiptCodes
from node.features.receipts.words import KINDS, SOURCES, STATES, words
from node.keys import open_sealer
from tests.fixtures.actors import ANN, BEN, HOSPITAL, INSURER
from tests.fixtures.gateway.in_process import Api, started_api
from tests.fixtures.gateway.receipts import (
    CARE,
    NAME,
    NO_NUMBER,
    PAID,
    REFUNDED,
    fill,
    know_name,
    know_titles,
    receipt_row,
)

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
JSON = {"Accept": "application/json"}
WRONG = "a" * 26


async def address_of(api: Api, number: str) -> str:
    """Return where the code of a receipt leads, without the host."""
    body = (await api.get(ANN, f"/v1/receipts/{number}")).json()
    found: str = body["qr_text"].removeprefix("http://gateway")
    return found


def code_of(api: Api, number: str) -> str:
    """Return the code that a number has or would have."""
    sealer = open_sealer(api.gateway.settings)
    return ReceiptCodes(sealer, chain_id=api.gateway.chain.domain.chain_id).code(number)


def codes_of(*keys: bytes, chain_id: int = 1) -> ReceiptCodes:
    """Return the codes by keys that repeat one byte, the key of now first."""
    now, *former = [key * 32 for key in keys]
    sealer = Sealer({1: b"s" * 32}, lookup_key=now, former_lookup_keys=former)
    return ReceiptCodes(sealer, chain_id=chain_id)


def seen(answer: httpx.Response) -> tuple[Any, ...]:
    """Return everything of an answer that could tell two cases apart."""
    headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
    return answer.status_code, headers, answer.content


class TestCheck:
    """The paper's number, amounts and state, for whoever holds it; nobody is named."""

    async def test_right_code__gives_number_amounts_and_state(self, api: Api) -> None:
        await fill(api)
        answer = await api.get(None, await address_of(api, CARE))
        body = answer.json()
        assert (answer.status_code, body["number"], body["state"]) == (200, CARE, "ISSUED")
        assert body["amount_fen"] == 2_163_972 == sum(one["amount_fen"] for one in body["amounts"])
        assert body["sandbox"] is True
        assert (answer.headers["Cache-Control"], answer.headers["Vary"]) == ("no-store", "Accept")

    async def test_voided_and_negative__say_so_and_name_each_other(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        voided = (await sqlite_api.get(None, await address_of(sqlite_api, PAID))).json()
        negative = (await sqlite_api.get(None, await address_of(sqlite_api, REFUNDED))).json()
        assert (voided["state"], voided["voided_by"]) == ("VOIDED", REFUNDED)
        assert (negative["amount_fen"], negative["voids"]) == (-41_035, PAID)

    async def test_nobody__is_named_or_can_be_recognised(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        await know_name(sqlite_api, ANN)
        await know_titles(sqlite_api)
        text = (await sqlite_api.get(None, await address_of(sqlite_api, CARE))).text
        for actor in (ANN, BEN, HOSPITAL, INSURER):
            assert actor.account[2:] not in text
            assert actor.account[-4:] not in re.sub(r"0x[0-9a-f]{64}", "", text)
        assert NAME[:1] not in text
        assert "医" not in text

    async def test_every_wrong_pair__gets_one_and_the_same_answer(self, api: Api) -> None:
        """S53.2: nothing but the whole pair opens."""
        await fill(api)
        code = (await address_of(api, CARE)).rsplit("/", 1)[1]
        paths = [
            *(f"/check/{CARE}", f"/check/{NO_NUMBER}", f"/check/{CARE}/{WRONG}"),
            *(f"/check/{NO_NUMBER}/{WRONG}", f"/check/{PAID}/{code}", f"/check/{CARE}/{code[:-1]}"),
            *(f"/check/{NO_NUMBER}/{code}", f"/check/nonsense/{code}", f"/check/{CARE}/%E7%A0%81"),
            *(f"/check/{CARE}/{CARE}", f"/check/{CARE} /{code}", f"/check/{CARE}/{code}x"),
        ]
        answers = {seen(await api.get(None, path))[2] for path in paths}
        whole = [seen(await api.get(None, path)) for path in paths]
        assert len(answers) == 1
        assert all(one == whole[0] for one in whole)
        assert whole[0][0] == 404
        # A cache may keep a 404 that does not forbid it, and the receipt may come later.
        assert whole[0][1]["cache-control"] == "no-store"
        body = (await api.get(None, paths[0])).json()
        assert (body["code"], body["values"]) == ("ReceiptCodeWrong", {})

    async def test_wrong_code__is_never_looked_up(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The time of the answer cannot depend on the number: no read happens before the code."""
        await fill(sqlite_api)
        right = await address_of(sqlite_api, CARE)
        reads: list[str] = []
        database = sqlite_api.gateway.database
        read = database.read

        async def counted(work: Any) -> Any:
            reads.append("read")
            return await read(work)

        monkeypatch.setattr(database, "read", counted)
        for path in (f"/check/{CARE}", f"/check/{CARE}/{WRONG}", f"/check/{NO_NUMBER}/{WRONG}"):
            await sqlite_api.get(None, path)
        assert reads == []
        await sqlite_api.get(None, right)
        assert reads == ["read"]

    async def test_right_code_of_a_receipt_that_is_gone__gets_the_same_answer(
        self, sqlite_api: Api
    ) -> None:
        await fill(sqlite_api)
        path = f"/check/{NO_NUMBER}/{code_of(sqlite_api, NO_NUMBER)}"
        gone, wrong = [
            seen(await sqlite_api.get(None, one)) for one in (path, f"/check/{CARE}/{WRONG}")
        ]
        assert gone == wrong

    async def test_upper_case_code__opens_too(self, sqlite_api: Api) -> None:
        """What is typed from paper need not mind its case."""
        await fill(sqlite_api)
        head, code = (await address_of(sqlite_api, CARE)).rsplit("/", 1)
        assert (await sqlite_api.get(None, f"{head}/{code.upper()}")).status_code == 200

    async def test_gateway_that_has_not_caught_up__says_so_to_who_has_the_code(
        self, sqlite_url: str
    ) -> None:
        async with started_api(sqlite_url, read_to=1) as api:
            behind = await api.get(None, f"/check/{CARE}/{code_of(api, CARE)}")
            assert (behind.status_code, behind.json()["code"]) == (503, "ChainLagging")
            assert (await api.get(None, f"/check/{CARE}/{WRONG}")).status_code == 404


class TestPage:
    """One static page: what it shows comes from the JSON of its own address."""

    async def test_browser__gets_the_same_bytes_at_every_address(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        paths = ["/check", f"/check/{CARE}", f"/check/{NO_NUMBER}/{WRONG}"]
        paths.append(await address_of(sqlite_api, CARE))
        pages = [seen(await sqlite_api.get(None, path, headers=BROWSER)) for path in paths]
        assert all(page == pages[0] for page in pages)
        assert pages[0][0] == 200
        assert pages[0][1]["content-type"].startswith("text/html")

    async def test_policy__lets_nothing_run_or_load_but_the_page_itself(
        self, sqlite_api: Api
    ) -> None:
        answer = await sqlite_api.get(None, "/check", headers=BROWSER)
        policy = dict(
            part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
        )
        assert policy["default-src"] == "'none'"
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/=]{44}'", policy["script-src"])
        assert re.fullmatch(r"'sha256-[A-Za-z0-9+/=]{44}'", policy["style-src"])
        assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        page = answer.text
        assert not re.search(r"https?://|\bsrc=|<link|<img|@import|url\(|\bon\w+=|style=", page)
        assert "innerHTML" not in page

    async def test_words__are_there_in_both_languages(self, sqlite_api: Api) -> None:
        page = (await sqlite_api.get(None, "/check", headers=BROWSER)).text
        for language in Language:
            for text in words(language)["sources"].values():
                assert text in page
        # Each label that the script asks for exists.
        for name in re.findall(r"labels?\.(\w+)", PAGE.read_text()):
            assert name in words(Language.EN)["labels"], name


class TestCodes:
    """128 bits that nobody can tell from the number, and that no rebuilding changes."""

    def test_code__differs_by_number_chain_and_key(self) -> None:
        """P27.4: a paper of one chain opens nothing on another."""
        codes = {
            codes_of(b"k").code(CARE),
            codes_of(b"k").code(PAID),
            codes_of(b"k", chain_id=2).code(CARE),
            codes_of(b"o").code(CARE),
        }
        assert len(codes) == 4
        assert all(re.fullmatch("[a-z2-7]{26}", code) for code in codes)

    def test_changed_key__still_opens_papers_of_before(self) -> None:
        before, after = codes_of(b"k"), codes_of(b"n", b"k")
        assert after.code(CARE) != before.code(CARE)
        assert after.opens(CARE, before.code(CARE))
        assert after.opens(CARE, after.code(CARE))
        assert not before.opens(CARE, after.code(CARE))

    def test_former_keys__come_from_the_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("YIBAO_FORMER_LOOKUP_KEYS", f"{'33' * 32}, {'44' * 32}")
        settings = Settings(seal_key="11" * 32, lookup_key="22" * 32)
        codes = ReceiptCodes(open_sealer(settings), chain_id=1)
        assert [
            codes.opens(CARE, codes_of(key).code(CARE)) for key in (b"\x33", b"\x44", b"\x55")
        ] == [*(True, True, False)]
        assert "33" * 32 not in repr(settings)

    async def test_rebuilt_read_models__leave_the_paper_valid(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        path = await address_of(sqlite_api, CARE)
        await sqlite_api.gateway.database.write(
            lambda unit: unit.execute(Receipt.__table__.delete())
        )
        assert (await sqlite_api.get(None, path)).status_code == 404
        await sqlite_api.write({Receipt: [receipt_row(CARE, kind="CLAIM")]})
        assert (await sqlite_api.get(None, path)).status_code == 200

    async def test_public_address__stands_in_the_code(self, sqlite_api: Api) -> None:
        await fill(sqlite_api)
        gateway = sqlite_api.gateway
        network = replace(gateway.kernel.network, public_url="https://yibao.example/gateway/")
        gateway.kernel = replace(gateway.kernel, network=network)
        text = (await sqlite_api.get(ANN, f"/v1/receipts/{CARE}")).json()["qr_text"]
        assert text.startswith(f"https://yibao.example/gateway/check/{CARE}/")


class TestWords:
    @pytest.mark.parametrize("language", list(Language))
    def test_every_code_of_a_receipt__has_a_word(self, language: Language) -> None:
        found = words(language)
        assert set(found["titles"]) == set(KINDS)
        assert set(found["states"]) == {*STATES, "NEGATIVE"}
        assert set(found["sources"]) == set(SOURCES)
        for group, entries in found.items():
            for code, text in entries.items():
                if (group, code) != ("labels", "in_words"):
                    assert text, (group, code)
                    assert text != code, (group, code)
