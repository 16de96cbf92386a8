"""Premium bills as they are shown: with what happened to them and where they stand on a day."""

from __future__ import annotations

from dataclasses import dataclass

from node.db.pages import PageOf
from node.domain.coverage_standing import CoverageStanding
from node.domain.days import Day
from node.readmodels.premiums import BillRow, GapRow, PaymentRow, RefundRow


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill with all that happened to it; `day` is the policy day its state is of."""

    bill: BillRow
    day: Day
    standing: CoverageStanding
    payments: list[PaymentRow]
    refund: RefundRow | None
    gaps: list[GapRow]


@dataclass(frozen=True, slots=True)
class BillPage:
    """Bills with where each stands, by id; `day` is the policy day of both."""

    day: Day
    bills: PageOf[BillRow]
    standings: dict[str, CoverageStanding]
