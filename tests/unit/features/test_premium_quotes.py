"""Quotes of premiums: what is signed, and how long a promise holds (S51, S45)."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from node.desk.clock import Clock
from node.desk.quote_evidence import QuoteSigner
from node.domain.days import QUOTE_LIFETIME_S, parse_day
from node.domain.errors import DomainError
from node.features.premiums.quotes import Promised, QuoteDesk
from node.readmodels.premiums import BillRow

NOW_S = 1_772_416_800
BLOCK = SimpleNamespace(number=7, block_hash="0x07", timestamp=NOW_S)
DUE = SimpleNamespace(
    part=1,
    revision=3,
    gross_fen=107_000,
    subsidy_fen=67_000,
    employee_fen=0,
    late_fee_fen=35,
    total_fen=40_035,
)
BILL = cast(
    "BillRow",
    SimpleNamespace(
        bill_id="0x" + "b1" * 32,
        scheme="RESIDENT",
        plan_id="0x" + "01" * 32,
        plan_version=1,
        period_start=parse_day("2026-01-01"),
        period_end=parse_day("2027-01-01"),
        parts=2,
        due_day=parse_day("2026-02-28"),
        part_interval_days=90,
    ),
)


class Chain:
    """A contract that quotes one part."""

    def __init__(self, due: Any = DUE) -> None:
        self._due = due

    async def premium_quote(self, _bill_id: str) -> tuple[Any, Any]:
        """Return what is due."""
        return self._due, BLOCK


def desk(due: Any = DUE) -> QuoteDesk:
    """Return a desk at a fixed moment."""
    clock = Clock(wall_ms=lambda: NOW_S * 1000)
    return QuoteDesk(Chain(due), chain_id=31337, clock=clock, signer=QuoteSigner(b"\x01" * 32))


class TestDocument:
    async def test_amounts__are_gross_subsidy_and_what_is_payable(self) -> None:
        """S51.1, S51.2: the late fee is part of it, and the end is signed with it."""
        quote = await desk().quote(BILL)
        names = ("gross_fen", "subsidy_fen", "discount_fen", "late_fee_fen", "payable_fen")
        assert [quote.document[name] for name in names] == [107_000, 67_000, 0, 35, 40_035]
        assert quote.document["expires_at"] == quote.expires_at == NOW_S + QUOTE_LIFETIME_S

    @pytest.mark.parametrize(("part", "day"), [(1, "2026-02-28"), (2, "2026-05-29")])
    async def test_each_part__is_due_on_its_own_day(self, part: int, day: str) -> None:
        """S45.2: the first on the bill's day, the next an interval later."""
        due = SimpleNamespace(**vars(DUE) | {"part": part})
        assert (await desk(due).quote(BILL)).document["due"] == day


class TestPromise:
    async def code(self, **changes: int) -> str:
        kept = {"revision": 3, "payable_fen": 40_035, "expires_at": NOW_S + 60, **changes}
        try:
            await desk().quote(BILL, promised=Promised(**kept))
        except DomainError as error:
            return error.code
        return ""

    async def test_kept_promise__ends_when_it_said(self) -> None:
        """S51.3: showing a quote again does not prolong it."""
        promised = Promised(3, 40_035, NOW_S + 60)
        quote = await desk().quote(BILL, promised=promised)
        assert quote.document["expires_at"] == quote.expires_at == NOW_S + 60

    async def test_promise_longer_than_a_quote__is_refused(self) -> None:
        """S51.3: nobody promised that."""
        assert await self.code(expires_at=NOW_S + QUOTE_LIFETIME_S) == ""
        assert await self.code(expires_at=NOW_S + QUOTE_LIFETIME_S + 1) == "MalformedBody"

    async def test_promise_that_is_over__is_refused(self) -> None:
        """S51.3: it holds in its last second."""
        assert await self.code(expires_at=NOW_S) == ""
        assert await self.code(expires_at=NOW_S - 1) == "QuoteExpired"

    @pytest.mark.parametrize("change", [{"revision": 2}, {"payable_fen": 40_000}])
    async def test_changed_bill_or_amount__is_stale(self, change: dict[str, int]) -> None:
        """S51.4: the client quotes again."""
        assert await self.code(**change) == "QuoteStale"
