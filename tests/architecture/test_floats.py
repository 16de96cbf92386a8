"""No amount is ever a binary fraction: not in a schema, a table, a contract or a rule (S55)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from node.db import models
from node.db.base import Base
from scripts import tidy
from tests.fixtures.tools import ROOT


def fractions_in(part: Any, place: str = "#") -> Iterator[str]:
    """Yield the places of a description that take or show a number with a fraction."""
    if isinstance(part, dict):
        types = part.get("type")
        if "number" in (types if isinstance(types, list) else [types]):
            yield place
        for name, one in part.items():
            yield from fractions_in(one, f"{place}/{name}")
    elif isinstance(part, list):
        for number, one in enumerate(part):
            yield from fractions_in(one, f"{place}/{number}")
    elif isinstance(part, float):
        yield place


class TestFields:
    def test_api__takes_and_gives_whole_numbers(self) -> None:
        """S55.2: in no body, answer or example of the description."""
        described = json.loads((ROOT / "docs/openapi.json").read_text())
        assert list(fractions_in(described)) == []

    def test_tables__store_whole_numbers(self) -> None:
        """S55.2: no column of any table."""
        assert len(Base.metadata.tables) > 2 * len(models.__all__)
        found = [
            f"{table.name}.{column.name}"
            for table in Base.metadata.tables.values()
            for column in table.columns
            if isinstance(column.type, sa.Numeric)
        ]
        assert found == []

    def test_contracts__have_no_type_with_a_fraction(self) -> None:
        """S55.2: no argument, result, event or error of a contract."""
        paths = sorted((ROOT / "node/artifacts").glob("*.json"))
        assert len(paths) > 30
        found = [path.name for path in paths if re.search(r'"u?fixed[0-9x]*"', path.read_text())]
        assert found == []

    @pytest.mark.parametrize("folder", ["domain", "intents"])
    def test_rules_and_intents__compute_in_whole_numbers(self, folder: str) -> None:
        """S55.2: neither a constant nor a type nor a quotient."""
        paths = sorted((ROOT / "node" / folder).rglob("*.py"))
        assert len(paths) > 10
        files = [tidy.File(str(path.relative_to(ROOT)), path.read_text()) for path in paths]
        assert [str(one) for file in files for one in tidy.check_floats(file)] == []

    def test_number_with_a_fraction__would_be_found(self) -> None:
        schema = {"a": {"type": ["null", "number"]}, "b": {"type": "integer", "maximum": 1.5}}
        shown = {"examples": [{"amount_fen": 1.5, "parts": 2}]}
        assert list(fractions_in(schema)) == ["#/a", "#/b/maximum"]
        assert list(fractions_in(shown)) == ["#/examples/0/amount_fen"]
