"""Catalogue routes: items by code and day, versions with a Merkle root (P31)."""

from typing import Any

import pytest
from eth_hash.auto import keccak

from node.domain.documents import canonical_json
from tests.fixtures.actors import ANN, INSURER
from tests.fixtures.gateway.in_process import Api

VERSIONS = "/v1/catalogue/versions"
ITEMS = "/v1/catalogue/items?region=110000"


def item(code: str, **changes: Any) -> dict[str, Any]:
    return {"code": code, "name": f"Drug {code}", "item_class": "A",
            "valid_from": "2026-01-01", **changes}  # fmt: skip


FIVE = [
    item("X1", valid_until="2026-06-01", price_limit_fen=850),
    item("X1", valid_from="2026-06-01", item_class="B", self_pay_bp=1_000),
    item("X2", limits={"quantity_a_day": 8}),
    item("X3", item_class="C"),
    item("X4"),
]


async def put(api: Api, version: str, items: list[dict[str, Any]]) -> Any:
    return await api.send("PUT", INSURER, f"{VERSIONS}/{version}", json={"items": items})


def root_by_path(items: list[dict[str, Any]], at: int) -> str:
    """Return the root that the item at a place leads to, up its own path."""
    leaves = [bytes(keccak(canonical_json(one))) for one in items]
    row, node = sorted(leaves), leaves[at]
    while len(row) > 1:
        place = row.index(node)
        neighbour = place ^ 1
        if neighbour < len(row):
            node = bytes(keccak(b"".join(sorted((node, row[neighbour])))))
        pairs = [row[start : start + 2] for start in range(0, len(row), 2)]
        row = [bytes(keccak(b"".join(sorted(one)))) if one[1:] else one[0] for one in pairs]
    return "0x" + node.hex()


class TestPublish:
    @pytest.mark.parametrize(
        ("items", "code", "pointer"),
        [
            ([item("X", valid_until="2026-01-01")], "InvalidPeriod", "/items/0/valid_until"),
            ([item("X"), item("X")], "InvalidPeriod", "/items/0/valid_from"),
            ([item("X", valid_from="2026-05-01"), item("X")], "InvalidPeriod",
             "/items/0/valid_from"),
            ([item("X", self_pay_bp=1)], "InvalidRatio", "/items/0/self_pay_bp"),
            ([item("X", self_pay_bp=10_001)], "MalformedBody", "/items/0/self_pay_bp"),
            ([item("X", price_limit_fen=0)], "InvalidAmount", "/items/0/price_limit_fen"),
            ([item("X\0")], "MalformedBody", "/items/0/code"),
            ([item("X\u202e")], "MalformedBody", "/items/0/code"),
            ([item("X", name="Drug\u2066x")], "MalformedBody", "/items/0/name"),
            ([item("X", valid_from="2026-02-30")], "MalformedBody", "/items/0/valid_from"),
        ],
    )  # fmt: skip
    async def test_wrong_item__is_refused_by_place_and_changes_nothing(
        self, sqlite_api: Api, items: list[dict[str, Any]], code: str, pointer: str
    ) -> None:
        await put(sqlite_api, "v1", [item("KEPT")])
        problem = (await put(sqlite_api, "v2", items)).json()
        assert (problem["code"], problem["errors"][0]["pointer"]) == (code, pointer)
        found = (await sqlite_api.get(ANN, ITEMS)).json()["items"]
        assert [one["code"] for one in found] == ["KEPT"]

    async def test_version__takes_the_place_of_the_one_before_and_never_changes(
        self, api: Api
    ) -> None:
        first = await put(api, "v1", FIVE)
        assert first.json() | {"root": ""} == {
            "region": "110000", "version": "v1", "items": 5, "root": ""
        }  # fmt: skip
        second = (await put(api, "v2", [item("Y")])).json()
        assert second["root"] != first.json()["root"]
        changed = await put(api, "v1", FIVE[:2])
        assert (changed.status_code, changed.json()["code"]) == (409, "AlreadyExists")
        again = await put(api, "v1", list(reversed(FIVE)))
        assert again.json() == first.json()
        assert len((await api.get(ANN, ITEMS)).json()["items"]) == 5

    async def test_root__is_reached_from_every_item_by_its_path(self, sqlite_api: Api) -> None:
        for size in range(1, 6):
            root = (await put(sqlite_api, f"v{size}", FIVE[:size])).json()["root"]
            shown = (await sqlite_api.get(ANN, ITEMS)).json()["items"]
            leaves = [
                {name: value for name, value in one.items() if name != "region"}
                | {"catalogue": one["region"]}
                for one in shown
            ]
            assert {root_by_path(leaves, at) for at in range(size)} == {root}
        assert (await put(sqlite_api, "none", [])).json()["root"] == "0x" + "0" * 64


class TestItems:
    async def test_code_day_and_pages__find_what_is_listed(self, api: Api) -> None:
        await put(api, "v1", FIVE)

        async def codes(query: str) -> list[tuple[str, str]]:
            found = (await api.get(ANN, ITEMS + query)).json()["items"]
            return [(one["code"], one["item_class"]) for one in found]

        assert await codes("&code=X1") == [("X1", "A"), ("X1", "B")]
        assert await codes("&code=X1&day=2026-05-31") == [("X1", "A")]
        assert await codes("&code=X1&day=2026-06-01") == [("X1", "B")]
        assert await codes("&day=2025-12-31") == []
        pages, cursor = [], ""
        for _ in range(3):
            page = (await api.get(ANN, f"{ITEMS}&limit=2{cursor}")).json()
            pages.append([one["code"] for one in page["items"]])
            cursor = f"&cursor={page['next']}"
        assert (pages, cursor) == ([["X1", "X1"], ["X2", "X3"], ["X4"]], "&cursor=None")

    async def test_missing_region_and_unknown_filter__are_named(self, sqlite_api: Api) -> None:
        missing = await sqlite_api.get(ANN, "/v1/catalogue/items")
        unknown = await sqlite_api.get(ANN, f"{ITEMS}&colour=red")
        found = (missing.json()["errors"][0]["pointer"], unknown.json()["code"])
        assert found == ("/query/region", "FilterUnknown")
