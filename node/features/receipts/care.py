"""What a receipt for care explains: its lines, the deductible, and why each fen was refused."""

from __future__ import annotations

from dataclasses import dataclass

from node.db.repositories.catalogue import items_of_code
from node.db.repositories.visits import LineRow
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller
from node.domain.adjudication.trace import LineTrace, RefusedPart
from node.domain.errors import ClaimNotSettled, ClaimUnknown
from node.domain.roles import Role
from node.features.claims.traces import ClaimTrace, TracesService
from node.readmodels.claims import ClaimRow
from node.readmodels.organisations import find_organisation


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One fee line; `name` is None for an item that its catalogue no longer lists."""

    row: LineRow
    name: str | None
    share: LineTrace


@dataclass(frozen=True, slots=True)
class Care:
    """The decision behind a receipt for care.

    `refused` adds up to the total without the funds, and is None where this gateway cannot prove
    the sum: another gateway keeps the visit, or its lines changed after a reversal. `lines` add up
    to the total, and are None also for whoever may not see the lines of the claim.
    """

    deductible_fen: int
    refused: tuple[RefusedPart, ...] | None = None
    lines: tuple[ReceiptLine, ...] | None = None


class CareExplainer:
    """Explains the claims behind receipts."""

    def __init__(self, database: Database, *, traces: TracesService) -> None:
        self._database = database
        self._traces = traces

    async def care_of(self, caller: Caller, claim: ClaimRow) -> Care:
        """Return what a receipt of a claim shows this caller. Errors: ChainUnavailable."""
        deductible_fen = claim.deductible_fen or 0
        try:
            trace = await self._traces.explain(caller, claim.claim_id)
        except (ClaimUnknown, ClaimNotSettled):
            return Care(deductible_fen)
        if not trace.verified:
            return Care(deductible_fen)
        lines = None
        if may_see_lines(caller):
            lines = await self._database.read(lambda unit: _named_lines(unit, trace))
        return Care(deductible_fen, trace.adjudication.trace.refused, lines)


def may_see_lines(caller: Caller) -> bool:
    """Whether somebody who sees a claim sees what was bought: patients and who treated them.

    As for `GET /v1/claims/{claim_id}/lines`.
    """
    return caller.is_person or caller.role is Role.PROVIDER


def _named_lines(unit: UnitOfWork, trace: ClaimTrace) -> tuple[ReceiptLine, ...]:
    provider = find_organisation(unit, trace.claim.provider)
    catalogue = "" if provider is None else provider.region
    codes = {row.item_code for row in trace.lines}
    found = {code: items_of_code(unit, catalogue=catalogue, code=code) for code in codes}
    # The newest period gives the name: one item is called the same in all of them.
    names = {code: periods[0].name for code, periods in found.items() if periods}
    shares = trace.adjudication.trace.lines
    return tuple(
        ReceiptLine(row, names.get(row.item_code), share)
        for row, share in zip(trace.lines, shares, strict=True)
    )
