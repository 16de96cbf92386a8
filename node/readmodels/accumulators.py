"""What a member-year has used, as settled claims left it (P29)."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from node.db.models.claims import MemberYear
from node.db.unit_of_work import UnitOfWork
from node.domain.adjudication.accumulators import Accumulators


class YearRow(NamedTuple):
    """The accumulators of a policy year and the block that changed them last."""

    accumulators: Accumulators
    last_claim: str | None
    block_number: int


def find_year(unit: UnitOfWork, *, member: str, year: int) -> YearRow:
    """Return the accumulators of a member-year; a year without claims is all zeros."""
    columns = list(MemberYear.__table__.columns)
    row = unit.execute(
        select(*columns).where(MemberYear.member == member, MemberYear.year == year)
    ).first()
    if row is None:
        return YearRow(Accumulators(), None, 0)
    values = Accumulators(
        deductible_used_e4=tuple(row.deductible_used_e4),
        in_bands_e4=tuple(row.in_bands_e4),
        fund_paid_fen=tuple(row.fund_paid_fen),
        compliant_self_pay_fen=row.compliant_self_pay_fen,
        aid_paid_fen=row.aid_paid_fen,
        stays=row.stays,
    )
    return YearRow(values, row.last_claim, row.block_number)
