"""Premium routes without a chain: look-up, lists, and what is refused before it is signed."""

from typing import Any

import pytest
from sqlalchemy import select

from node.db.base import table_of
from node.db.models.access import LookupAttempt
from node.db.models.bills import Bill
from node.db.models.members import FamilyLink
from node.db.models.outbox import IntentCounter, OutboxIntent
from node.db.models.parties import PlanVersion
from node.db.repositories.identities import IdentityVault, NewIdentity
from node.db.sealing import Sealer
from node.domain.days import day_of, parse_day
from tests.fixtures.actors import (
    ANN,
    BEN,
    CARL,
    EMPLOYER,
    INSURER,
    INSURER_2,
    OFFICER_A,
    OFFICER_B,
    STRANGER,
    word,
)
from tests.fixtures.gateway.in_process import AUDITOR, NOW_S, Api

NUMBER, OTHER_NUMBER, NAME = "110101199003078515", "11010119900307299X", "张三丰"
TODAY = day_of(NOW_S)
START, END = parse_day("2026-01-01"), parse_day("2027-01-01")
PLAN = word("resident plan")
LOOKUP = "/v1/premiums/lookup"
HOUR_MS = 3_600_000


def bill(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "bill_id": word(name), "member": ANN.account, "payer": ANN.account,
        "insurer": INSURER.account, "state": "OPEN", "scheme": "RESIDENT", "member_kind": "ADULT",
        "parts": 1, "paid_parts": 0, "revision": 1, "period_start": START, "period_end": END,
        "joined_day": START, "due_day": TODAY, "part_interval_days": 0, "grace_days": 30,
        "backpay_days": 90, "late_fee_bp_per_day": 0, "region": "110000", "personal_fen": 40_000,
        "employee_fen": 0, "subsidy_fen": 67_000, "paid_medical_fen": 0, "paid_cash_fen": 0,
        "paid_late_fee_fen": 0, "plan_id": PLAN, "plan_version": 1, "issued_at": NOW_S,
        "block_number": 2, **changes,
    }  # fmt: skip


def plan(**changes: Any) -> dict[str, Any]:
    return {
        "plan_id": PLAN, "version": 1, "kind": "PREMIUM", "status": "APPROVED",
        "region": "110000", "scheme": "RESIDENT", "member_kind": "ADULT", "care_type": "PREMIUM",
        "valid_from": START - 365, "valid_until": END + 365, "insurer": INSURER.account,
        "source_hash": word("source"), "catalogue_root": word("root"), "body_hash": word("body"),
        "proposer": OFFICER_A.account, "approver": OFFICER_B.account, "proposed_at": NOW_S,
        "approved_at": NOW_S, "block_number": 2, **changes,
    }  # fmt: skip


ISSUE: dict[str, Any] = {
    "member_id": ANN.account, "plan_id": PLAN, "plan_version": 1, "period_start": "2026-01-01",
    "period_end": "2027-01-01", "due": "2026-02-28",
}  # fmt: skip


async def counted(api: Api) -> list[int]:
    """Return how many nonces and outbox rows there are: a refusal changes neither."""
    return await api.gateway.database.read(
        lambda unit: [
            len(unit.execute(select(table_of(one))).all()) for one in (IntentCounter, OutboxIntent)
        ]
    )


async def bind(api: Api) -> None:
    """Put ANN into the identity table."""
    vault = IdentityVault(Sealer({1: b"\x11" * 32}, lookup_key=b"\x22" * 32))
    one = NewIdentity(ANN.account, NUMBER, NAME, word("salt"))
    await api.gateway.database.write(lambda unit: vault.add(unit, one, now_ms=0))


class TestLookup:
    """S50: the right pair finds masked open bills, every wrong pair gets one answer, few tries."""

    async def test_wrong_pairs__get_one_answer_for_the_same_work(
        self, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """S50.2: wrong name and unknown number are told alike."""
        await bind(api)
        await api.write({Bill: [bill("open")]})
        opened: list[str] = []
        unseal = Sealer.unseal

        def noting(self: Sealer, sealed: bytes, **place: str) -> str:
            opened.append(place["column"])
            return unseal(self, sealed, **place)

        monkeypatch.setattr(Sealer, "unseal", noting)
        answers, work = [], []
        for number, name in ((NUMBER, "李四"), (OTHER_NUMBER, NAME), (OTHER_NUMBER, "")):
            opened.clear()
            body = {"number": number, "name": name or "x"}
            answer = await api.post(BEN, LOOKUP, body)
            answers.append((answer.status_code, answer.content))
            work.append(list(opened))
        assert answers == [answers[0]] * 3
        assert answers[0][0] == 422
        assert work == [["name_sealed"]] * 3

    async def test_number_that_cannot_be__has_its_own_reason_and_is_no_try(self, api: Api) -> None:
        answer = await api.post(BEN, LOOKUP, {"number": NUMBER[:-1] + "6", "name": NAME})
        assert answer.json()["code"] == "InvalidIdentityNumber"
        assert NUMBER[:-1] not in answer.text
        tries = await api.gateway.database.read(
            lambda unit: unit.execute(select(table_of(LookupAttempt))).all()
        )
        assert tries == []

    async def test_right_pair__finds_what_is_open_masked(self, api: Api) -> None:
        """S50.1: open bills only, and no name in full."""
        await bind(api)
        paid = bill("paid", state="PAID", paid_parts=1)
        await api.write({Bill: [bill("open", due_day=TODAY - 31), paid]})
        answer = await api.post(BEN, LOOKUP, {"number": NUMBER, "name": " 张三丰 "})
        body = answer.json()
        assert (answer.status_code, body["name"]) == (200, "张**")
        assert [(one["bill_id"], one["state"]) for one in body["bills"]] == [
            (word("open"), "OVERDUE")
        ]
        assert NUMBER not in answer.text
        assert ANN.account not in answer.text

    async def test_number__is_limited_over_all_callers_for_an_hour(self, api: Api) -> None:
        """S50.3: ten tries of one number."""
        await bind(api)
        wrong = {"number": NUMBER, "name": "李四"}
        for caller in [BEN, CARL] * 5:
            assert (await api.post(caller, LOOKUP, wrong)).json()["code"] == "NameMismatch"
        refused = await api.post(ANN, LOOKUP, {"number": NUMBER, "name": NAME})
        assert (refused.status_code, refused.json()["code"]) == (429, "RateLimited")
        assert refused.headers["Retry-After"] == "3600"
        api.gateway.clock.wall_ms = lambda: NOW_S * 1000 + HOUR_MS
        allowed = await api.post(ANN, LOOKUP, {"number": NUMBER, "name": NAME})
        assert allowed.status_code == 200

    async def test_caller__is_limited_over_all_numbers(self, api: Api) -> None:
        """S50.3: twenty tries of one caller."""
        numbers = [NUMBER, OTHER_NUMBER]
        for turn in range(20):
            wrong = {"number": numbers[turn % 2], "name": "李四"}
            assert (await api.post(BEN, LOOKUP, wrong)).status_code == 422
        third = {"number": "110101199003075197", "name": "李四"}
        codes = [(await api.post(who, LOOKUP, third)).json()["code"] for who in (BEN, ANN)]
        assert codes == ["RateLimited", "NameMismatch"]


class TestBills:
    """S45: lists by role, states of today, one bill."""

    async def test_reader__sees_own_guarded_linked_paid_and_issued_bills(self, api: Api) -> None:
        """P16.1: each reads and lists what it may pay for, paid or issued."""
        link = {
            "holder": BEN.account,
            "relative": ANN.account,
            "relation": "SPOUSE",
            "active": True,
            "linked_at": NOW_S,
            "ended_at": None,
            "block_number": 2,
        }
        rows = [
            bill("of ann"),
            bill("of carl", member=CARL.account, payer=CARL.account),
            bill("of ben", member=BEN.account, payer=EMPLOYER.account, scheme="EMPLOYEE"),
        ]
        await api.write({Bill: rows, FamilyLink: [link]})
        seen = {
            reader.name: {
                name
                for name in ("of ann", "of carl", "of ben")
                if (await api.get(reader, f"/v1/premiums/bills/{word(name)}")).status_code == 200
            }
            for reader in (ANN, BEN, CARL, EMPLOYER, INSURER, INSURER_2, AUDITOR)
        }
        assert seen == {
            "ANN": {"of ann", "of carl"},
            "BEN": {"of ann", "of ben"},
            "CARL": {"of carl"},
            "EMPLOYER": {"of ben"},
            "INSURER": {"of ann", "of carl", "of ben"},
            "INSURER_2": set(),
            "AUDITOR": {"of ann", "of carl", "of ben"},
        }
        listed = await api.get(ANN, f"/v1/premiums/bills?member_id={BEN.account}")
        assert listed.json()["code"] == "NotOwner"

    async def test_holder_of_a_link_that_ended__sees_no_bill_of_the_relative(
        self, sqlite_api: Api
    ) -> None:
        """P16.1: an ended link opens nothing."""
        link = {
            "holder": BEN.account,
            "relative": ANN.account,
            "relation": "SPOUSE",
            "active": False,
            "linked_at": NOW_S,
            "ended_at": NOW_S,
            "block_number": 2,
        }
        await sqlite_api.write({Bill: [bill("of ann")], FamilyLink: [link]})
        answer = await sqlite_api.get(BEN, f"/v1/premiums/bills/{word('of ann')}")
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")

    async def test_unknown_bill_filter_and_cursor__are_named(self, api: Api) -> None:
        """P58.2: an error, and no empty list."""
        path = "/v1/premiums/bills"
        asked = (f"{path}/{word('nothing')}", f"{path}?colour=red", f"{path}?cursor=WzEsIngiXQ")
        codes = [(await api.get(ANN, one)).json()["code"] for one in asked]
        assert codes == ["BillUnknown", "FilterUnknown", "MalformedBody"]

    async def test_states__are_those_of_today_in_filter_and_answer(self, api: Api) -> None:
        rows = [
            bill("grace", due_day=TODAY - 30),
            bill("late", due_day=TODAY - 31),
            bill("half", state="PARTLY_PAID", parts=2, paid_parts=1, part_interval_days=60,
                 due_day=TODAY - 60),
            bill("half late", state="PARTLY_PAID", parts=2, paid_parts=1, part_interval_days=10,
                 due_day=TODAY - 60),
            bill("paid", state="PAID", paid_parts=1),
        ]  # fmt: skip
        await api.write({Bill: rows})
        found = {
            state: sorted(
                one["bill_id"]
                for one in (await api.get(ANN, f"/v1/premiums/bills?state={state}")).json()["items"]
            )
            for state in ("OPEN", "OVERDUE", "PARTLY_PAID", "PAID")
        }
        assert found == {
            "OPEN": [word("grace")],
            "OVERDUE": sorted([word("late"), word("half late")]),
            "PARTLY_PAID": [word("half")],
            "PAID": [word("paid")],
        }


class TestRefusals:
    """S62: each wrong field has its own reason, and no nonce is used."""

    @pytest.mark.parametrize(
        ("change", "code", "pointer"),
        [
            ({"plan_id": word("no plan")}, "PlanUnknown", "/plan_id"),
            ({"plan_version": 9}, "PlanUnknown", "/plan_id"),
            ({"member_id": STRANGER.account}, "MemberUnknown", "/member_id"),
            ({"period_end": "2026-01-01"}, "InvalidPeriod", "/period_end"),
            ({"period_end": "2038-01-01"}, "InvalidPeriod", "/period_end"),
            ({"joined": "2027-01-01"}, "InvalidPeriod", "/joined"),
            ({"due": "2126-01-01"}, "InvalidPeriod", "/due"),
            ({"due": "2026-02-30"}, "MalformedBody", "/due"),
            ({"parts": 2}, "InvalidInstalment", "/part_interval_days"),
            ({"part_interval_days": 30}, "InvalidInstalment", "/part_interval_days"),
        ],
    )
    async def test_bill__is_refused_by_field(
        self, sqlite_api: Api, change: dict[str, Any], code: str, pointer: str
    ) -> None:
        """S45.1, S62.1, S62.2, S62.3: neither a nonce nor a row of the outbox is left."""
        await sqlite_api.write({PlanVersion: [plan()]})
        answer = await sqlite_api.post(INSURER, "/v1/premiums/bills/intents", ISSUE | change)
        problem = answer.json()
        assert (problem["code"], problem["errors"][0]["pointer"]) == (code, pointer)
        assert await counted(sqlite_api) == [0, 0]

    async def test_bill_of_another_insurers_plan__is_refused(self, sqlite_api: Api) -> None:
        await sqlite_api.write({PlanVersion: [plan()]})
        answer = await sqlite_api.post(INSURER_2, "/v1/premiums/bills/intents", ISSUE)
        assert (answer.status_code, answer.json()["code"]) == (403, "NotOwner")

    async def test_issue_and_cancellation__are_accepted(self, api: Api) -> None:
        await api.write({PlanVersion: [plan()], Bill: [bill("open")]})
        path = "/v1/premiums/bills"
        for key, asked in (("one", ISSUE), ("two", {"cancel_bill_id": word("open")})):
            prepared = (await api.post(INSURER, f"{path}/intents", asked)).json()
            assert prepared["bill_id"] == prepared["intent"]["body"]["bill_id"]
            body = api.signed(prepared["intent"], INSURER)
            assert (await api.submit(INSURER, path, body, key=key)).status_code == 202

    @pytest.mark.parametrize(
        ("state", "asked", "code"),
        [
            ({}, {"reason": "DOUBLE_PAYMENT"}, "BillStateInvalid"),
            ({"state": "REFUNDED"}, {"reason": "DOUBLE_PAYMENT"}, "RefundExceedsPayment"),
            ({"state": "PAID"}, {"reason": "BEFORE_START"}, "RefundNotAllowed"),
            ({"state": "PAID"}, {"reason": "DEATH_BEFORE_START"}, "RefundNotAllowed"),
            (
                {"state": "PAID"},
                {"reason": "DEATH_BEFORE_START", "died_on": "2026-01-01"},
                "RefundNotAllowed",
            ),
        ],
    )
    async def test_refund__needs_a_paid_bill_and_a_reason_that_serves_today(
        self, sqlite_api: Api, state: dict[str, Any], asked: dict[str, Any], code: str
    ) -> None:
        """P46.1: and the insurer that issued it."""
        await sqlite_api.write({Bill: [bill("one", **state)]})
        body = {"bill_id": word("one"), **asked}
        answer = await sqlite_api.post(INSURER, "/v1/premiums/refunds/intents", body)
        assert answer.json()["code"] == code
        other = await sqlite_api.post(INSURER_2, "/v1/premiums/refunds/intents", body)
        assert other.json()["code"] == "NotOwner"
        assert await counted(sqlite_api) == [0, 0]

    async def test_refund__is_prepared_for_each_reason_that_serves(self, sqlite_api: Api) -> None:
        """P46.1: also where the subsidy alone paid."""
        await sqlite_api.write({Bill: [bill("one", state="PAID", paid_parts=1)]})
        body: dict[str, Any] = {"bill_id": word("one")}
        for asked in (
            {"reason": "DOUBLE_PAYMENT"},
            {"reason": "TWO_SCHEMES"},
            {"reason": "DEATH_BEFORE_START", "died_on": "2025-12-31"},
        ):
            answer = await sqlite_api.post(INSURER, "/v1/premiums/refunds/intents", body | asked)
            assert answer.status_code == 200, answer.text

    async def test_payment_of_a_bill_that_is_not_ones_own__is_refused(
        self, sqlite_api: Api
    ) -> None:
        """P45.4: what an employer declared nobody else pays."""
        declared = bill("declared", payer=EMPLOYER.account, scheme="EMPLOYEE")
        await sqlite_api.write({Bill: [bill("of ann"), declared]})
        path = "/v1/premiums/payments/intents"
        tried = [
            (BEN, {"bill_id": word("of ann")}, "NotOwner"),
            (BEN, {"bill_id": word("of ann"), "payer_id": ANN.account}, "NotOwner"),
            (ANN, {"bill_id": word("declared")}, "NotOwner"),
            (EMPLOYER, {"bill_id": word("of ann")}, "NotOwner"),
            (EMPLOYER, {"bill_id": word("declared"), "medical_fen": 1}, "PocketNotAllowed"),
            (ANN, {"bill_id": word("nothing")}, "BillUnknown"),
        ]
        found = [(await sqlite_api.post(who, path, body)).json()["code"] for who, body, _ in tried]
        assert found == [code for *_, code in tried]
        assert await counted(sqlite_api) == [0, 0]
