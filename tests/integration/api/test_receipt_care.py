"""What a receipt for care explains: lines, deductible, and each refused fen in words (S53, P32)."""

import io
from dataclasses import replace
from typing import Any

import pytest
from pypdf import PdfReader

from node.db.models.claims import Claim
from node.db.repositories.catalogue import ItemRow, replace_items
from node.db.repositories.visits import LineRow
from node.desk.callers import Caller
from node.domain.adjudication.engine import AdjudicationContext, ClaimLine, adjudicate
from node.domain.adjudication.trace import Reason
from node.domain.errors import ClaimUnknown
from node.domain.ids import Level
from node.domain.kinds import ItemClass
from node.domain.language import Language
from node.domain.plans.documents import read_plan
from node.domain.plans.plan import BenefitPlan
from node.domain.wording import reason_text
from node.features.claims.traces import ClaimTrace, TracesService
from node.features.receipts.document import PdfNotInstalled, pictures
from scripts.receipt_pictures import CHECK_URL, samples
from tests.fixtures.actors import ANN, BEN, CARL, HOSPITAL, INSURER, Actor, word
from tests.fixtures.gateway.in_process import AUDITOR, Api
from tests.fixtures.gateway.receipts import CARE, claim_row, fill
from tests.fixtures.tools import ROOT

PLAN = ROOT / "node" / "devnet" / "plans" / "employee-adult-outpatient.json"
LINES = (
    ("250101015", ItemClass.A, 400_000, 0, 0),
    ("XA02BC", ItemClass.B, 52_000, 5_000, 1_000),
    ("C00000001", ItemClass.C, 30_000, 0, 0),
)
ITEM = "血常规检查"


def explained(*, verified: bool = True, **changes: Any) -> ClaimTrace:
    """Return a decided claim of three lines, as the sandbox's plan decides it, with changes."""
    found = read_plan(PLAN.read_bytes()).body
    assert isinstance(found, BenefitPlan)
    plan = replace(found, **changes)
    lines = [ClaimLine(kind, gross, over, bp) for _, kind, gross, over, bp in LINES]
    decided = adjudicate(plan, lines, AdjudicationContext(level=Level("3")))
    rows = [
        LineRow(
            number=number,
            item_code=code,
            item_class=kind.name,
            quantity=2,
            unit_price_fen=gross // 2,
            gross_fen=gross,
            over_fen=over,
            self_pay_bp=bp,
            line_hash=word(code),
            revoked=False,
        )
        for number, (code, kind, gross, over, bp) in enumerate(LINES, 1)
    ]
    claim: Any = type("Claim", (), {"provider": HOSPITAL.account})
    return ClaimTrace(claim, rows, decided, verified)


async def with_care(
    api: Api, monkeypatch: pytest.MonkeyPatch, answer: ClaimTrace | Exception
) -> None:
    """Fill in receipts whose claim is explained so."""
    await fill(api)
    item = ItemRow("110000", LINES[0][0], 0, None, ITEM, "A", 0, None, None)
    await api.gateway.database.write(lambda unit: replace_items(unit, "110000", [item]))

    async def explain(_traces: TracesService, _caller: Caller, _claim_id: str) -> ClaimTrace:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(TracesService, "explain", explain)


async def care_of(api: Api, actor: Actor, lang: str = "en") -> dict[str, Any]:
    answer = await api.get(actor, f"/v1/receipts/{CARE}?lang={lang}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["care"]
    return found


async def text_of(api: Api, actor: Actor, lang: str) -> str:
    headers = {"Accept": "application/pdf"}
    answer = await api.get(actor, f"/v1/receipts/{CARE}?lang={lang}", headers=headers)
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join(page.extract_text() for page in pages)


class TestCare:
    """Each line and each refused fen, and the sums."""

    async def test_lines__carry_item_price_class_and_shares_that_add_up(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trace = explained()
        await with_care(api, monkeypatch, trace)
        care = await care_of(api, ANN)
        settlement = trace.adjudication.settlement
        first = care["lines"][0]
        assert (first["item_code"], first["item_name"]) == (LINES[0][0], ITEM)
        assert care["lines"][1]["item_name"] is None
        assert [one["item_class"] for one in care["lines"]] == ["A", "B", "C"]
        assert sum(one["gross_fen"] for one in care["lines"]) == settlement.total_fen
        assert sum(one["fund_fen"] for one in care["lines"]) == settlement.fund_fen > 0
        for line in care["lines"]:
            assert line["quantity"] * line["unit_price_fen"] == line["gross_fen"]
            refused_fen = sum(part["amount_fen"] for part in line["refused"])
            assert line["fund_fen"] + refused_fen == line["gross_fen"]
            shares = line["fund_fen"] + line["provider_fen"] + line["self_fen"]
            assert shares == line["gross_fen"]

    async def test_reasons__add_up_by_claim_and_by_line_to_what_no_fund_paid(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        trace = explained()
        await with_care(sqlite_api, monkeypatch, trace)
        care = await care_of(sqlite_api, ANN)
        settlement = trace.adjudication.settlement
        whole = {part["code"]: part["amount_fen"] for part in care["refused"]}
        assert sum(whole.values()) == settlement.total_fen - settlement.fund_fen
        by_line: dict[str, int] = {}
        for part in [part for line in care["lines"] for part in line["refused"]]:
            by_line[part["code"]] = by_line.get(part["code"], 0) + part["amount_fen"]
        assert by_line == whole
        assert {"deductible", "own-pay", "over-limit", "pre-self-pay"} <= set(whole)

    @pytest.mark.parametrize("lang", list(Language))
    async def test_reasons__are_in_words_of_the_language(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch, lang: Language
    ) -> None:
        await with_care(sqlite_api, monkeypatch, explained())
        care = await care_of(sqlite_api, ANN, lang.value)
        texts = {part["code"]: part["text"] for part in care["refused"]}
        assert texts["deductible"] == reason_text(Reason.DEDUCTIBLE, lang).meaning
        text = (await text_of(sqlite_api, ANN, lang.value)).replace("\n", "")
        for code in texts:
            found = reason_text(Reason(code), lang)
            assert found.label.replace(" ", "") in text.replace(" ", "")
            assert found.meaning.replace(" ", "") in text.replace(" ", "")
        assert "own-pay" not in text
        assert ITEM in text
        assert "¥4,000.00" in text

    async def test_deductible__is_that_of_the_claim(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """P32.1: in JSON and in print."""
        await with_care(sqlite_api, monkeypatch, explained())
        await sqlite_api.write({Claim: [claim_row() | {"deductible_fen": 12_345}]})
        assert (await care_of(sqlite_api, ANN))["deductible_fen"] == 12_345
        assert "¥123.45" in await text_of(sqlite_api, ANN, "en")


class TestPrivacy:
    """Lines are for patient, guardian and provider; a payer sees why, not what was bought."""

    @pytest.mark.parametrize("actor", [ANN, HOSPITAL])
    async def test_patient_and_provider__see_the_lines(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch, actor: Actor
    ) -> None:
        await with_care(sqlite_api, monkeypatch, explained())
        assert len((await care_of(sqlite_api, actor))["lines"]) == len(LINES)

    @pytest.mark.parametrize("actor", [INSURER, AUDITOR])
    async def test_insurer_and_auditor__see_reasons_and_no_lines(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch, actor: Actor
    ) -> None:
        """S14.1: what was bought needs a consent."""
        await with_care(sqlite_api, monkeypatch, explained())
        answer = await sqlite_api.get(actor, f"/v1/receipts/{CARE}")
        assert answer.json()["care"]["lines"] is None
        assert answer.json()["care"]["refused"]
        text = answer.text + await text_of(sqlite_api, actor, "zh")
        assert ITEM not in text
        assert not any(code in text for code, *_ in LINES)

    @pytest.mark.parametrize("actor", [BEN, CARL])
    async def test_family_holder_and_others__see_no_receipt(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch, actor: Actor
    ) -> None:
        await with_care(sqlite_api, monkeypatch, explained())
        assert (await sqlite_api.get(actor, f"/v1/receipts/{CARE}")).status_code == 404


class TestUnproved:
    """What cannot be proved is left out, never guessed."""

    @pytest.mark.parametrize(
        "answer",
        [ClaimUnknown(word("claim")), explained(verified=False)],
        ids=["elsewhere", "changed"],
    )
    async def test_lines_kept_elsewhere_or_changed__are_left_out(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch, answer: ClaimTrace | Exception
    ) -> None:
        """P32.2: no reasons rather than some that do not add up."""
        await with_care(sqlite_api, monkeypatch, answer)
        assert await care_of(sqlite_api, ANN) == {
            "deductible_fen": 0, "refused": None, "lines": None,
        }  # fmt: skip
        assert ITEM not in await text_of(sqlite_api, ANN, "zh")


class TestPictures:
    """Every kind in both languages can be drawn; scripts/receipt_pictures.py shows them."""

    @pytest.mark.parametrize("language", list(Language))
    def test_every_kind__is_drawn_on_the_expected_pages(self, language: Language) -> None:
        pages = {}
        try:
            for name, view in samples(language):
                assert sum(one.amount_fen for one in view.amounts) in (view.row.amount_fen, 0)
                drawn = pictures(view, sandbox=True, check_url=CHECK_URL)
                assert all(picture.startswith(b"\x89PNG") for picture in drawn)
                pages[name] = len(drawn)
        except PdfNotInstalled as error:
            pytest.skip(str(error))
        assert pages.pop("care-many-lines") == 3
        assert {name for name, count in pages.items() if count > 1} <= {"care-voided", "long-names"}
        assert len(pages) == 15
