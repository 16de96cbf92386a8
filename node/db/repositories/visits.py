"""Visits and their fee lines: what a provider recorded, with everything medical sealed.

A claim's lines are read from here by whoever may see the claim; the chain holds their hashes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import select, update

from node.db.models.visits import Visit, VisitLine
from node.db.sealing import Sealer
from node.db.unit_of_work import UnitOfWork

VISITS, LINES = "visits", "visit_lines"


class VisitRow(NamedTuple):
    """A visit without its sealed parts; days are policy days, `version` rises with each change."""

    visit_id: str
    provider: str
    member: str
    care_type: str
    state: str
    start_day: int
    end_day: int | None
    claim_id: str | None
    digest: str | None
    version: int


class LineRow(NamedTuple):
    """One fee line, opened; amounts in fen."""

    number: int
    item_code: str
    item_class: str
    quantity: int
    unit_price_fen: int
    gross_fen: int
    over_fen: int
    self_pay_bp: int
    line_hash: str
    revoked: bool


_COLUMNS = (
    *(Visit.visit_id, Visit.provider, Visit.member, Visit.care_type, Visit.state),
    *(Visit.start_day, Visit.end_day, Visit.claim_id, Visit.digest, Visit.version),
)
_LINE_NAMES = tuple(name for name in LineRow._fields if name != "item_code")
_LINE_COLUMNS = (
    *(VisitLine.visit_id, VisitLine.item_sealed),
    *(getattr(VisitLine, name) for name in _LINE_NAMES),
)


class VisitsRepository:
    """Reads and writes visits; `sealer` opens and closes what is medical."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def add(self, unit: UnitOfWork, row: VisitRow, *, now_ms: int) -> None:
        """Store a new visit."""
        times = {"created_at_ms": now_ms, "updated_at_ms": now_ms}
        unit.insert_many(Visit, [row._asdict() | times])

    def find(self, unit: UnitOfWork, visit_id: str) -> VisitRow | None:
        """Return a visit, None if there is none."""
        row = unit.execute(select(*_COLUMNS).where(Visit.visit_id == visit_id)).first()
        return None if row is None else VisitRow._make(row)

    def of_claim(self, unit: UnitOfWork, claim_id: str) -> VisitRow | None:
        """Return the visit that was settled as a claim."""
        row = unit.execute(select(*_COLUMNS).where(Visit.claim_id == claim_id)).first()
        return None if row is None else VisitRow._make(row)

    def change(self, unit: UnitOfWork, row: VisitRow, *, now_ms: int, **values: Any) -> bool:
        """Change a visit if nobody did since it was read; return whether it was changed."""
        done = unit.execute(
            update(Visit)
            .where(Visit.visit_id == row.visit_id, Visit.version == row.version)
            .values(version=row.version + 1, updated_at_ms=now_ms, **values)
        )
        return done.rowcount == 1

    def keep_diagnoses(
        self, unit: UnitOfWork, row: VisitRow, codes: list[str], *, now_ms: int
    ) -> bool:
        """Replace the diagnoses of a visit; return whether nobody changed it meanwhile."""
        text = "\n".join(codes)
        sealed = self._sealer.seal(
            text, table=VISITS, column="diagnoses_sealed", row_id=row.visit_id
        )
        return self.change(unit, row, now_ms=now_ms, diagnoses_sealed=sealed)

    def diagnoses(self, unit: UnitOfWork, visit_id: str) -> list[str]:
        """Return the diagnosis codes of a visit."""
        sealed = unit.execute(
            select(Visit.diagnoses_sealed).where(Visit.visit_id == visit_id)
        ).scalar_one_or_none()
        if sealed is None:
            return []
        text = self._sealer.unseal(
            bytes(sealed), table=VISITS, column="diagnoses_sealed", row_id=visit_id
        )
        return text.split("\n") if text else []

    def add_lines(
        self, unit: UnitOfWork, visit_id: str, lines: list[LineRow], *, now_ms: int
    ) -> None:
        """Store fee lines with their item codes sealed."""
        unit.insert_many(VisitLine, [self._stored(visit_id, line, now_ms) for line in lines])

    def lines(self, unit: UnitOfWork, visit_id: str) -> list[LineRow]:
        """Return all lines of a visit in order, revoked ones too."""
        query = select(*_LINE_COLUMNS).where(VisitLine.visit_id == visit_id)
        return [self._opened(row) for row in unit.execute(query.order_by(VisitLine.number))]

    def revoke(self, unit: UnitOfWork, visit_id: str, numbers: list[int]) -> int:
        """Revoke lines; return how many were live before."""
        done = unit.execute(
            update(VisitLine)
            .where(
                VisitLine.visit_id == visit_id,
                VisitLine.number.in_(numbers),
                VisitLine.revoked.is_(False),
            )
            .values(revoked=True)
        )
        return done.rowcount

    def _stored(self, visit_id: str, line: LineRow, now_ms: int) -> dict[str, Any]:
        values = line._asdict()
        place = f"{visit_id}/{line.number}"
        code = values.pop("item_code")
        sealed = self._sealer.seal(code, table=LINES, column="item_sealed", row_id=place)
        return values | {"visit_id": visit_id, "item_sealed": sealed, "created_at_ms": now_ms}

    def _opened(self, row: Any) -> LineRow:
        place = f"{row.visit_id}/{row.number}"
        code = self._sealer.unseal(
            bytes(row.item_sealed), table=LINES, column="item_sealed", row_id=place
        )
        values = {name: getattr(row, name) for name in _LINE_NAMES}
        return LineRow(item_code=code, **values)
