"""Every list there is: a filter that it does not have is an error (P58)."""

import json

import pytest

from tests.fixtures.actors import ANN
from tests.fixtures.gateway.in_process import AUDITOR, Api
from tests.fixtures.tools import ROOT

LISTS = sorted(
    path
    for path, operations in json.loads((ROOT / "docs/openapi.json").read_text())["paths"].items()
    if "limit" in {one["name"] for one in operations.get("get", {}).get("parameters", ())}
)


class TestLists:
    def test_lists__are_all_there(self) -> None:
        assert len(LISTS) >= 8

    @pytest.mark.parametrize("path", LISTS)
    @pytest.mark.parametrize("query", ["colour=red", "Limit=2", "page=1", "member_Id=x"])
    async def test_unknown_filter__is_an_error_by_name(
        self, sqlite_api: Api, path: str, query: str
    ) -> None:
        """P58.2: never an empty answer, and never all rows."""
        place = path.replace("{account_id}", ANN.account)
        must = "region=110000&" if "catalogue" in path else ""
        answer = await sqlite_api.get(AUDITOR, f"{place}?{must}{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "FilterUnknown")
        assert query.partition("=")[0] in answer.text
