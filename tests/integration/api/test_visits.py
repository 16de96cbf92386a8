"""Visit routes: items by the day of service, diagnoses of an open visit (P31, P37)."""

from __future__ import annotations

from typing import Any

import pytest

from node.db.repositories.identities import IdentityVault, NewIdentity
from node.db.sealing import Sealer
from tests.fixtures.actors import ANN, HOSPITAL, INSURER, word
from tests.fixtures.gateway.in_process import Api

START, TODAY = "2026-02-20", "2026-03-02"
NUMBER, NAME = "11010119900307741X", "张三丰"
ITEM = {
    "code": "X1",
    "name": "Drug X1",
    "item_class": "A",
    "valid_from": "2026-02-21",
    "valid_until": "2026-03-01",
}


async def open_visit(api: Api) -> str:
    """Register ANN's visit at a hospital whose catalogue has one item; return its path."""
    vault = IdentityVault(Sealer({1: b"\x11" * 32}, lookup_key=b"\x22" * 32))
    identity = NewIdentity(ANN.account, NUMBER, NAME, word("salt"))
    await api.gateway.database.write(lambda unit: vault.add(unit, identity, now_ms=0))
    version = "/v1/catalogue/versions/v1"
    published = await api.send("PUT", INSURER, version, json={"items": [ITEM]})
    assert published.status_code == 200, published.text
    asked = {
        "member_id": ANN.account,
        "care_type": "OUTPATIENT",
        "inpatient": False,
        "start": START,
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
