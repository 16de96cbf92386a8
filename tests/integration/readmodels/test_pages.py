"""Cursor pages under concurrent inserts show each row exactly once (P58)."""

import pytest

from node.db.models.bills import Receipt
from node.db.pages import PageRequest
from node.db.unit_of_work import Database, UnitOfWork
from node.domain.errors import MalformedBody
from node.readmodels.claims import claims
from node.readmodels.receipts import receipt, receipts

ANN = "0x1" + "a" * 39


def put(unit: UnitOfWork, numbers: range) -> None:
    rows = [
        {
            "number": f"{number:010d}-00000",
            "kind": "PREMIUM",
            "state": "ISSUED",
            "digest": f"0x{number:064x}",
            "subject": f"0x{number:064x}",
            "account": ANN,
            "amount_fen": number,
            "voids": None,
            "voided_by": None,
            "tx_hash": f"0x{number:064x}",
            "block_number": number,
            "log_index": 0,
            "timestamp": number,
        }
        for number in numbers
    ]
    unit.insert_many(Receipt, rows)


class TestPages:
    async def test_rows_that_arrive_between_pages__neither_repeat_nor_hide_any(
        self, database: Database
    ):
        """P58.1: each row exactly once."""
        await database.write(lambda unit: put(unit, range(100, 125)))
        seen: list[int] = []
        request, newer = PageRequest(limit=10), 200
        while True:
            page = await database.read(lambda unit, r=request: receipts(unit, ANN, r))
            seen += [row.amount_fen for row in page.items]
            if page.next is None:
                break
            request = PageRequest(limit=10, after=page.next)
            await database.write(lambda unit, n=newer: put(unit, range(n, n + 5)))
            newer += 5
        assert seen == list(range(124, 99, -1))

    async def test_page_that_ends_with_the_last_row__has_no_next(self, database: Database):
        await database.write(lambda unit: put(unit, range(10)))
        page = await database.read(lambda unit: receipts(unit, ANN, PageRequest(limit=10)))
        assert (len(page.items), page.next) == (10, None)

    async def test_cursor_of_another_list__is_refused(self, database: Database):
        with pytest.raises(MalformedBody):
            await database.read(lambda unit: receipts(unit, ANN, PageRequest(after=(5,))))
        with pytest.raises(MalformedBody):
            await database.read(lambda unit: claims(unit, PageRequest(after=("text",))))

    async def test_receipt__is_found_by_its_number_only(self, database: Database):
        await database.write(lambda unit: put(unit, range(1)))
        found = await database.read(lambda unit: receipt(unit, "0000000000-00000"))
        assert found is not None
        assert await database.read(lambda unit: receipt(unit, "unknown")) is None
