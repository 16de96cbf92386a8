"""What receipts say came from whom, line by line and in print (S03, S53, P32)."""

from typing import Any

import pytest

from node.db.models.bills import Bill, PremiumPayment, PremiumRefund, Receipt
from node.db.models.claims import Claim
from node.db.models.visits import Visit
from node.domain.days import parse_day
from node.domain.language import Language
from node.domain.money import yuan
from node.domain.wording import reason_text
from tests.fixtures.actors import ANN, EMPLOYER, HOSPITAL, word
from tests.fixtures.gateway.in_process import Api
from tests.fixtures.gateway.receipts import (
    CARE,
    CLAIM_ID,
    PAID,
    REFUNDED,
    bill_row,
    claim_row,
    fill,
    payment_row,
    receipt_row,
)
from tests.integration.api.test_receipt_care import explained, text_of, with_care
from tests.integration.api.test_receipts import text_of as text_of_receipt

REVERSAL, DECLARED = "0000000016-00000", "0000000017-00000"


async def amounts_of(api: Api, number: str, actor: Any = ANN) -> dict[str, int]:
    """Return the amounts of a receipt by source, which add up to it."""
    body = (await api.get(actor, f"/v1/receipts/{number}")).json()
    found = {one["source"]: one["amount_fen"] for one in body["amounts"]}
    assert sum(found.values()) == body["amount_fen"]
    return found


class TestSources:
    async def test_care_that_everybody_paid_for__names_each(self, sqlite_api: Api) -> None:
        """S03.5: every source is there, and together they are the payment."""
        await fill(sqlite_api)
        more = {"aid_fen": 7, "supplementary_fen": 11, "provider_fen": 13}
        total_fen = 2_163_972 + sum(more.values())
        care = receipt_row(CARE, kind="CLAIM", subject=CLAIM_ID, amount_fen=total_fen)
        rows = {Claim: [claim_row() | more | {"total_fen": total_fen}], Receipt: [care]}
        await sqlite_api.write(rows)
        found = await amounts_of(sqlite_api, CARE)
        assert found == {
            "POOLED": 123_456, "BIG_ILLNESS": 2_000_000, "AID": 7, "SUPPLEMENTARY": 11,
            "PROVIDER": 13, "MEDICAL": 30_011, "FAMILY": 500, "CASH": 10_005,
        }  # fmt: skip

    async def test_reversal_of_care__takes_back_what_each_gave(self, sqlite_api: Api) -> None:
        """S03.5: negative, as its own amount."""
        await fill(sqlite_api)
        given = await amounts_of(sqlite_api, CARE)
        changes = {"kind": "CLAIM_REVERSAL", "subject": CLAIM_ID, "amount_fen": -2_163_972}
        await sqlite_api.write({Receipt: [receipt_row(REVERSAL, voids=CARE, **changes)]})
        assert await amounts_of(sqlite_api, REVERSAL) == {
            source: -amount_fen for source, amount_fen in given.items()
        }

    async def test_declared_premium__tells_both_shares_and_the_late_fee_apart(
        self, sqlite_api: Api
    ) -> None:
        """S03.5, P45.1: the employee's share is not counted as the employer's cash too."""
        await fill(sqlite_api)
        declared = word("declared")
        payment = payment_row() | {
            "digest": word(f"digest of {DECLARED}"), "bill_id": declared, "medical_fen": 0,
            "payer": EMPLOYER.account, "cash_fen": 110_035, "employee_fen": 20_000,
            "receipt_number": DECLARED,
        }  # fmt: skip
        bill = bill_row() | {"bill_id": declared, "payer": EMPLOYER.account, "scheme": "EMPLOYEE"}
        receipt = receipt_row(
            DECLARED, subject=declared, account=EMPLOYER.account, amount_fen=110_035
        )
        rows = {Bill: [bill], PremiumPayment: [payment], Receipt: [receipt]}
        await sqlite_api.write(rows)
        found = await amounts_of(sqlite_api, DECLARED, EMPLOYER)
        assert found == {"CASH": 90_000, "EMPLOYEE": 20_000, "LATE_FEE": 35}

    async def test_refund_of_two_parts__is_that_of_both(self, sqlite_api: Api) -> None:
        """P46.1, P46.2: what both parts paid goes back, pocket by pocket."""
        await fill(sqlite_api)
        dropped = ("part", "payer", "refunded")
        refund = {name: value for name, value in payment_row().items() if name not in dropped}
        refund |= {
            "digest": word(f"digest of {REFUNDED}"), "receipt_number": REFUNDED,
            "reason": "DOUBLE_PAYMENT", "medical_fen": 45_000, "cash_fen": 37_035,
        }  # fmt: skip
        receipt = receipt_row(
            REFUNDED, kind="PREMIUM_REFUND", amount_fen=-(45_000 + 37_035), voids=PAID
        )
        await sqlite_api.write({PremiumRefund: [refund], Receipt: [receipt]})
        found = await amounts_of(sqlite_api, REFUNDED)
        assert found == {"MEDICAL": -45_000, "CASH": -37_000, "LATE_FEE": -35}


class TestDays:
    async def test_stay__ends_the_day_after_its_last(self, sqlite_api: Api) -> None:
        """S53.3: in JSON the end is the first day that is no more part of it."""
        await fill(sqlite_api)
        stay = {
            "visit_id": "01890a5d-ac96-774b-bcce-b302099a8057", "provider": HOSPITAL.account,
            "member": ANN.account, "care_type": "INPATIENT", "state": "DISCHARGED",
            "start_day": parse_day("2026-02-01"), "end_day": parse_day("2026-02-03"),
            "claim_id": CLAIM_ID, "version": 2, "created_at_ms": 1, "updated_at_ms": 1,
        }  # fmt: skip
        await sqlite_api.write({Visit: [stay]})
        subject = (await sqlite_api.get(ANN, f"/v1/receipts/{CARE}")).json()["subject"]
        assert (subject["start"], subject["end"]) == ("2026-02-01", "2026-02-04")
        assert "2026-02-01 – 2026-02-03" in await text_of_receipt(sqlite_api, ANN, CARE)

    async def test_printed_period__ends_on_its_last_day(self, sqlite_api: Api) -> None:
        """S53.3: on paper both days are covered."""
        await fill(sqlite_api)
        text = await text_of_receipt(sqlite_api, ANN, PAID)
        assert "2026-01-01 – 2026-12-31" in text
        assert "2027-01-01" not in text


class TestLines:
    async def test_part_that_the_provider_bears__is_neither_funds_nor_own(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """S03.3, S03.4, S03.5, P32.1, P32.2: not the patient's, but refused."""
        await with_care(sqlite_api, monkeypatch, explained(provider_bears_over_limit=True))
        care = (await sqlite_api.get(ANN, f"/v1/receipts/{CARE}")).json()["care"]
        assert [line["provider_fen"] for line in care["lines"]] == [0, 5_000, 0]
        for line in care["lines"]:
            shares = line["fund_fen"] + line["provider_fen"] + line["self_fen"]
            assert shares == line["gross_fen"]
            refused_fen = sum(part["amount_fen"] for part in line["refused"])
            assert line["fund_fen"] + refused_fen == line["gross_fen"]

    async def test_printed_lines__show_price_shares_and_reasons(
        self, sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """S03.1, S03.2, S03.3, P32.1, P32.2, S53.3: each line as JSON has it."""
        trace = explained()
        await with_care(sqlite_api, monkeypatch, trace)
        text = await text_of(sqlite_api, ANN, "en")
        decided = trace.adjudication.trace
        for row, share in zip(trace.lines, decided.lines, strict=True):
            for amount_fen in (row.unit_price_fen, row.gross_fen, share.fund_fen):
                assert yuan(amount_fen) in text
        labels = [reason_text(part.reason, Language.EN).label for part in decided.refused]
        on_lines = [
            reason_text(part.reason, Language.EN).label
            for share in decided.lines
            for part in share.refused
        ]
        for label in labels:
            assert text.count(label) >= 1 + on_lines.count(label), label
        assert yuan(sum(part.amount_fen for part in decided.refused)) in text
