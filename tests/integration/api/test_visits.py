"""Visit routes: items by the day of service, diagnoses of an open visit (P31, P37)."""

from __future__ import annotations

from typing import Any

import pytest

from node.db.models.claims import Claim
from node.db.repositories.identities import IdentityVault, NewIdentity
from node.db.repositories.visits import VisitsRepository
from node.db.sealing import Sealer
from node.db.unit_of_work import UnitOfWork
from tests.fixtures.actors import ANN, BEN, CLINIC, HOSPITAL, INSURER, Actor, word
from tests.fixtures.gateway.in_process import Api
from tests.fixtures.gateway.receipts import CLAIM_ID, claim_row

START, TODAY = "2026-02-20", "2026-03-02"
NUMBERS: dict[Actor, str] = {ANN: "11010119900307741X", BEN: "11010119821121007X"}
NAME = "张三丰"
ITEM = {
    "code": "X1",
    "name": "Drug X1",
    "item_class": "A",
    "valid_from": "2026-02-21",
    "valid_until": "2026-03-01",
}


async def open_visit(
    api: Api,
    *items: dict[str, Any],
    member: Actor = ANN,
    inpatient: bool = False,
    start: str = START,
) -> str:
    """Register a visit at a hospital whose catalogue has few items; return its path."""
    vault = IdentityVault(Sealer({1: b"\x11" * 32}, lookup_key=b"\x22" * 32))
    identity = NewIdentity(member.account, NUMBERS[member], NAME, word(f"salt of {member.name}"))
    await api.gateway.database.write(lambda unit: vault.add(unit, identity, now_ms=0))
    content = {"items": list(items or (ITEM,))}
    published = await api.send("PUT", INSURER, "/v1/catalogue/versions/v1", json=content)
    assert published.status_code == 200, published.text
    asked = {
        "member_id": member.account,
        "care_type": "INPATIENT" if inpatient else "OUTPATIENT",
        "inpatient": inpatient,
        "start": start,
    }
    visit = await api.post(HOSPITAL, "/v1/visits", asked)
    assert visit.status_code == 201, visit.text
    return f"/v1/visits/{visit.json()['visit_id']}"


class TestItems:
    async def add(self, api: Api, path: str, *days: str) -> Any:
        line = {"item_code": "X1", "quantity": 1, "unit_price_fen": 100}
        lines = [{**line, "service_date": day} for day in days]
        return await api.post(HOSPITAL, f"{path}/lines", {"lines": lines})

    @pytest.mark.parametrize("day", [START, "2026-03-01", TODAY])
    async def test_item_outside_its_dates__is_expired_and_nothing_is_added(
        self, sqlite_api: Api, day: str
    ) -> None:
        """P31.2: the day before its first, the day after its last, and today."""
        path = await open_visit(sqlite_api)
        answer = await self.add(sqlite_api, path, "2026-02-21", day)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "ItemExpired")
        assert problem["errors"][0]["pointer"] == "/lines/1/item_code"
        assert (await sqlite_api.get(HOSPITAL, path)).json()["lines"] == []

    async def test_first_and_last_day_of_an_item__are_listed(self, sqlite_api: Api) -> None:
        path = await open_visit(sqlite_api)
        answer = await self.add(sqlite_api, path, "2026-02-21", "2026-02-28")
        assert (answer.status_code, answer.json()["total_fen"]) == (200, 200)

    async def test_item_that_no_catalogue_lists__is_told_so(self, sqlite_api: Api) -> None:
        """S20.1: it never was one, so it did not end."""
        path = await open_visit(sqlite_api)
        line = {"item_code": "X2", "quantity": 1, "unit_price_fen": 100}
        answer = await sqlite_api.post(HOSPITAL, f"{path}/lines", {"lines": [line]})
        assert (answer.status_code, answer.json()["code"]) == (422, "ItemNotListed")

    async def test_line_without_a_day__is_of_the_first_day_of_the_visit(
        self, sqlite_api: Api
    ) -> None:
        """P31.2: an item that ended since was still listed then."""
        path = await open_visit(sqlite_api, start="2026-02-21")
        line = {"item_code": "X1", "quantity": 1, "unit_price_fen": 100}
        answer = await sqlite_api.post(HOSPITAL, f"{path}/lines", {"lines": [line]})
        assert answer.status_code == 200, answer.text


LIMITED = ITEM | {"item_class": "B", "self_pay_bp": 1_000, "price_limit_fen": 90}
OWN_PAY = ITEM | {"code": "X3", "item_class": "C", "self_pay_bp": 10_000}
DAYS = ("2026-02-21", "2026-02-22")


def fee(code: str = "X1", day: str = DAYS[0], **changes: Any) -> dict[str, Any]:
    return {
        "item_code": code, "quantity": 3, "unit_price_fen": 100, "service_date": day, **changes
    }  # fmt: skip


class TestLines:
    async def add(self, api: Api, *lines: dict[str, Any], member: Actor = ANN) -> Any:
        path = await open_visit(api, LIMITED, OWN_PAY, member=member)
        return await api.post(HOSPITAL, f"{path}/lines", {"lines": list(lines)})

    async def test_price_above_the_limit_of_one__is_over_it_for_each(self, sqlite_api: Api) -> None:
        """P31.1, S03.4: three times ten fen, and a first self-pay share of class B alone."""
        lines = (await self.add(sqlite_api, fee(), fee("X3"))).json()["lines"]
        assert [(one["over_fen"], one["self_pay_bp"]) for one in lines] == [(30, 1_000), (0, 0)]

    @pytest.mark.parametrize("gross_fen", [299, 301])
    async def test_sum_that_is_not_price_times_quantity__is_refused(
        self, sqlite_api: Api, gross_fen: int
    ) -> None:
        """S03.5: neither less nor more."""
        problem = (await self.add(sqlite_api, fee(gross_fen=gross_fen))).json()
        assert problem["code"] == "LineAmountMismatch"
        assert problem["errors"][0]["pointer"] == "/lines/0/gross_fen"

    async def test_hash_of_a_line__is_anothers_on_another_day_or_for_another_person(
        self, sqlite_api: Api
    ) -> None:
        """M06.1, S20.2: a duplicate is the same thing of the same person on the same day."""
        answer = await self.add(sqlite_api, fee(), fee(), fee(day=DAYS[1]))
        first, same, later = (one["line_hash"] for one in answer.json()["lines"])
        assert first == same != later
        bens = (await self.add(sqlite_api, fee(), member=BEN)).json()["lines"]
        assert bens[0]["line_hash"] != first

    async def test_line_that_was_revoked__is_not_revoked_again(self, sqlite_api: Api) -> None:
        """P37.3: nor is one that never was."""
        path = f"/v1/visits/{(await self.add(sqlite_api, fee())).json()['visit_id']}/lines/revoke"
        asked = [{"numbers": numbers} for numbers in ([1], [1], [2])]
        found = [await sqlite_api.post(HOSPITAL, path, body) for body in asked]
        assert [one.status_code for one in found] == [200, 400, 400]
        assert found[2].json()["errors"][0]["pointer"] == "/numbers/0"


class TestStays:
    async def test_visit_of_tomorrow__is_not_registered(self, sqlite_api: Api) -> None:
        """P37.1: nobody was treated yet."""
        asked = {"member_id": ANN.account, "care_type": "OUTPATIENT", "start": "2026-03-03"}
        answer = await sqlite_api.post(HOSPITAL, "/v1/visits", asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "InvalidServiceDate")

    async def test_discharge__is_from_the_first_day_to_today(self, sqlite_api: Api) -> None:
        """P37.5: the day before and tomorrow are refused, and the stay goes on."""
        path = f"{await open_visit(sqlite_api, inpatient=True)}/discharge"
        for end in ("2026-02-19", "2026-03-03"):
            answer = await sqlite_api.post(HOSPITAL, path, {"end": end})
            assert (answer.status_code, answer.json()["code"]) == (422, "InvalidServiceDate")
        done = await sqlite_api.post(HOSPITAL, path, {"end": START})
        assert (done.status_code, done.json()["state"]) == (200, "DISCHARGED")

    async def test_another_provider__changes_nothing(self, sqlite_api: Api) -> None:
        """P37.7: to anybody but its provider there is no such visit."""
        path = await open_visit(sqlite_api)
        for step, body in (
            ("cancel", {}),
            ("discharge", {"end": START}),
            ("lines", {"lines": [fee()]}),
        ):
            answer = await sqlite_api.post(CLINIC, f"{path}/{step}", body)
            assert (answer.status_code, answer.json()["code"]) == (404, "VisitUnknown")
        assert (await sqlite_api.get(HOSPITAL, path)).json()["state"] == "REGISTERED"

    @pytest.mark.parametrize(
        ("claim", "visit"), [("SETTLED", "SETTLED_VISIT"), ("REVERSED", "REGISTERED")]
    )
    async def test_visit_of_a_claim__is_settled_while_the_claim_is(
        self, sqlite_api: Api, claim: str, visit: str
    ) -> None:
        """P37.7: a reversed claim leaves the visit open again."""
        path = await open_visit(sqlite_api)
        visits = VisitsRepository(sqlite_api.gateway.kernel.sealer)

        def tie(unit: UnitOfWork) -> None:
            row = visits.find(unit, path.rsplit("/", 1)[1])
            assert row is not None
            assert visits.change(unit, row, now_ms=1, claim_id=CLAIM_ID)

        await sqlite_api.gateway.database.write(tie)
        await sqlite_api.write({Claim: [claim_row() | {"state": claim}]})
        assert (await sqlite_api.get(HOSPITAL, path)).json()["state"] == visit


class TestDiagnoses:
    async def test_open_visit__keeps_the_newest_ones(self, api: Api) -> None:
        """P37.2: they take the place of those before, for the provider of the visit."""
        path = await open_visit(api)
        for codes in (["J06.9", "I10"], ["E11.9"]):
            answer = await api.send("PUT", HOSPITAL, f"{path}/diagnoses", json={"codes": codes})
            assert (answer.status_code, answer.json()["diagnoses"]) == (200, codes)
            assert (await api.get(HOSPITAL, path)).json()["diagnoses"] == codes

    async def test_cancelled_visit__takes_none(self, sqlite_api: Api) -> None:
        """P37.2, P37.7: by name, and those it has stay."""
        path = await open_visit(sqlite_api)
        diagnoses = f"{path}/diagnoses"
        await sqlite_api.send("PUT", HOSPITAL, diagnoses, json={"codes": ["I10"]})
        assert (await sqlite_api.post(HOSPITAL, f"{path}/cancel", {})).status_code == 200
        answer = await sqlite_api.send("PUT", HOSPITAL, diagnoses, json={"codes": ["E11.9"]})
        assert (answer.status_code, answer.json()["code"]) == (409, "VisitStateInvalid")
        assert (await sqlite_api.get(HOSPITAL, path)).json()["diagnoses"] == ["I10"]
