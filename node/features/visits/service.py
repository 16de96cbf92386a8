"""Visits: register, diagnose, add and revoke fee lines, discharge, cancel (P37).

Nothing of a visit is on chain. A line gets its class, limit and ratio from the catalogue of the
place of care on the day of service, and the salted hash under which a claim will show it (P31).
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from node.db.repositories.catalogue import ItemRow, items_of_code
from node.db.repositories.identities import IdentityVault
from node.db.repositories.visits import LineRow, VisitRow, VisitsRepository
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.access import AccessDecision
from node.desk.callers import Caller
from node.desk.clock import Clock
from node.domain.days import day_of
from node.domain.errors import (
    InvalidAmount,
    ItemExpired,
    ItemNotListed,
    LineAmountMismatch,
    MalformedBody,
    MemberUnknown,
    ProviderUnknown,
    RequestInProgress,
    VisitUnknown,
)
from node.domain.ids import VisitId
from node.domain.kinds import ProviderType
from node.domain.money import MAX_AMOUNT_FEN, saturating_sub
from node.domain.said import said
from node.domain.visits import (
    VISIT_TRANSITIONS,
    Visit,
    VisitEvent,
    VisitState,
    next_visit_state,
    require_care_type,
    require_service_day,
)
from node.intents.encoding import hex_bytes
from node.readmodels.claims import claim as find_claim
from node.readmodels.members import find_member
from node.readmodels.organisations import find_organisation

MOST_LINES = 100
TOO_MANY_LINES = said("a visit has at most {count} lines", count=MOST_LINES)
NO_SUCH_LINE = "not the number of a line that is in force"
"""Lines of one claim (contracts/src/rules/ClaimSettlement.sol)."""


@dataclass(frozen=True, slots=True)
class LineRequest:
    """A fee line as the provider sends it; `gross_fen` None = price × quantity."""

    item_code: str
    quantity: int
    unit_price_fen: int
    gross_fen: int | None
    service_day: int | None


@dataclass(frozen=True, slots=True)
class VisitView:
    """A visit with its lines and diagnoses."""

    visit: VisitRow
    lines: list[LineRow]
    diagnoses: list[str]


class VisitsService:
    """Commands and questions about visits; every change is the provider's own."""

    def __init__(
        self,
        database: Database,
        *,
        visits: VisitsRepository,
        vault: IdentityVault,
        access: AccessDecision,
        clock: Clock,
    ) -> None:
        self._database = database
        self._visits = visits
        self._vault = vault
        self._access = access
        self._clock = clock

    async def register(
        self, caller: Caller, *, member: str, care_type: str, inpatient: bool, start_day: int
    ) -> VisitView:
        """Open a visit, or a stay for `inpatient`.

        Errors: MemberUnknown, ProviderUnknown, InvalidServiceDate (future), VisitStateInvalid
        (a pharmacy admits no stays), CareTypeNotCovered (nor gives inpatient care).
        """

        def work(unit: UnitOfWork) -> VisitView:
            if find_member(unit, member) is None:
                raise MemberUnknown(member, field="/member_id")
            provider = find_organisation(unit, caller.account)
            if provider is None:
                raise ProviderUnknown(caller.account)
            visit_id = str(uuid.uuid4())
            blank = Visit(VisitId(visit_id), VisitState.NONE, start_day)
            require_service_day(blank, service_day=start_day, today=self._today(), field="/start")
            event = VisitEvent.ADMIT if inpatient else VisitEvent.REGISTER
            kind = ProviderType[provider.provider_type]
            state = next_visit_state(blank, event, provider_type=kind)
            require_care_type(care_type, provider_type=kind, level=provider.level)
            row = VisitRow(
                visit_id=visit_id,
                provider=caller.account,
                member=member,
                care_type=care_type,
                state=state.value,
                start_day=start_day,
                end_day=None,
                claim_id=None,
                digest=None,
                version=1,
            )
            self._visits.add(unit, row, now_ms=self._clock.now_ms())
            return VisitView(row, [], [])

        return await self._database.write(work)

    async def find(self, caller: Caller, visit_id: str) -> VisitView:
        """Return a visit of the own care, as its provider or member. Errors: VisitUnknown."""

        def read(unit: UnitOfWork) -> VisitView:
            row = self._visits.find(unit, visit_id)
            if row is None or not self._access.sees_visit(caller, row):
                raise VisitUnknown(visit_id)
            return self._view(unit, row)

        return await self._database.read(read)

    async def diagnose(self, caller: Caller, visit_id: str, codes: Sequence[str]) -> VisitView:
        """Replace the diagnoses. Errors: VisitUnknown, VisitStateInvalid."""

        def work(unit: UnitOfWork, row: VisitRow) -> None:
            self._step(unit, row, VisitEvent.DIAGNOSE)
            kept = self._visits.keep_diagnoses(unit, row, list(codes), now_ms=self._clock.now_ms())
            _require_unchanged(kept)

        return await self._change(caller, visit_id, work)

    async def add_lines(
        self, caller: Caller, visit_id: str, requests: Sequence[LineRequest]
    ) -> VisitView:
        """Add fee lines, all or none.

        Errors, with the line's place: ItemNotListed, ItemExpired, LineAmountMismatch,
        InvalidAmount, InvalidServiceDate; MalformedBody for more lines than a visit may have;
        VisitUnknown, VisitStateInvalid.
        """

        def work(unit: UnitOfWork, row: VisitRow) -> None:
            self._step(unit, row, VisitEvent.ADD_LINES)
            known = self._visits.lines(unit, visit_id)
            first = 1 + max((line.number for line in known), default=0)
            if sum(not line.revoked for line in known) + len(requests) > MOST_LINES:
                raise MalformedBody(TOO_MANY_LINES, field="/lines")
            salt = self._salt(unit, row.member)
            lines = [
                self._line(unit, row, asked, number=first + place, salt=salt, place=place)
                for place, asked in enumerate(requests)
            ]
            self._visits.add_lines(unit, visit_id, lines, now_ms=self._clock.now_ms())
            _require_unchanged(self._visits.change(unit, row, now_ms=self._clock.now_ms()))

        return await self._change(caller, visit_id, work)

    async def revoke_lines(
        self, caller: Caller, visit_id: str, numbers: Sequence[int]
    ) -> VisitView:
        """Revoke lines, all or none. Errors: VisitUnknown, VisitStateInvalid, MalformedBody."""

        def work(unit: UnitOfWork, row: VisitRow) -> None:
            self._step(unit, row, VisitEvent.REVOKE_LINES)
            live = {line.number for line in self._visits.lines(unit, visit_id) if not line.revoked}
            for place, number in enumerate(numbers):
                if number not in live:
                    raise MalformedBody(NO_SUCH_LINE, field=f"/numbers/{place}")
            self._visits.revoke(unit, visit_id, list(numbers))
            _require_unchanged(self._visits.change(unit, row, now_ms=self._clock.now_ms()))

        return await self._change(caller, visit_id, work)

    async def discharge(self, caller: Caller, visit_id: str, *, end_day: int) -> VisitView:
        """End a stay. Errors: VisitUnknown, VisitStateInvalid, InvalidServiceDate."""

        def work(unit: UnitOfWork, row: VisitRow) -> None:
            visit = self._domain_visit(unit, row)
            require_service_day(visit, service_day=end_day, today=self._today(), field="/end")
            self._move(unit, row, VisitEvent.DISCHARGE, end_day=end_day)

        return await self._change(caller, visit_id, work)

    async def cancel(self, caller: Caller, visit_id: str) -> VisitView:
        """Cancel a visit whose lines are revoked. Errors: VisitUnknown, VisitStateInvalid."""
        return await self._change(
            caller, visit_id, lambda unit, row: self._move(unit, row, VisitEvent.CANCEL)
        )

    async def _change(
        self, caller: Caller, visit_id: str, work: Callable[[UnitOfWork, VisitRow], None]
    ) -> VisitView:
        def change(unit: UnitOfWork) -> VisitView:
            row = self._visits.find(unit, visit_id)
            if row is None or not self._access.keeps_visit(caller, row):
                raise VisitUnknown(visit_id)
            work(unit, row)
            changed = self._visits.find(unit, visit_id)
            assert changed is not None
            return self._view(unit, changed)

        return await self._database.write(change)

    def _view(self, unit: UnitOfWork, row: VisitRow) -> VisitView:
        shown = row._replace(state=state_of(unit, row).value)
        lines = self._visits.lines(unit, row.visit_id)
        return VisitView(shown, lines, self._visits.diagnoses(unit, row.visit_id))

    def _domain_visit(self, unit: UnitOfWork, row: VisitRow) -> Visit:
        live = sum(not line.revoked for line in self._visits.lines(unit, row.visit_id))
        visit_id = VisitId(row.visit_id)
        return Visit(visit_id, state_of(unit, row), row.start_day, row.end_day, live)

    def _step(self, unit: UnitOfWork, row: VisitRow, event: VisitEvent) -> VisitState:
        return next_visit_state(self._domain_visit(unit, row), event)

    def _move(
        self, unit: UnitOfWork, row: VisitRow, event: VisitEvent, *, end_day: int | None = None
    ) -> None:
        state = self._step(unit, row, event)
        changed = self._visits.change(
            unit,
            row,
            now_ms=self._clock.now_ms(),
            state=state.value,
            end_day=row.end_day if end_day is None else end_day,
        )
        _require_unchanged(changed)

    def _line(
        self,
        unit: UnitOfWork,
        row: VisitRow,
        asked: LineRequest,
        *,
        number: int,
        salt: str,
        place: int,
    ) -> LineRow:
        field = f"/lines/{place}"
        day = row.start_day if asked.service_day is None else asked.service_day
        visit = self._domain_visit(unit, row)
        place_of_day = f"{field}/service_date"
        require_service_day(visit, service_day=day, today=self._today(), field=place_of_day)
        item = _item_for(unit, row.provider, asked.item_code, day=day, number=number, field=field)
        gross = asked.quantity * asked.unit_price_fen
        if asked.gross_fen is not None and asked.gross_fen != gross:
            raise LineAmountMismatch(number, field=f"{field}/gross_fen")
        if gross > MAX_AMOUNT_FEN:
            raise InvalidAmount(gross, field=field)
        limit = item.price_limit_fen
        over = 0 if limit is None else saturating_sub(gross, limit * asked.quantity)
        return LineRow(
            number=number,
            item_code=asked.item_code,
            item_class=item.item_class,
            quantity=asked.quantity,
            unit_price_fen=asked.unit_price_fen,
            gross_fen=gross,
            over_fen=over,
            self_pay_bp=item.self_pay_bp if item.item_class == "B" else 0,
            line_hash=line_hash(salt, item, asked, day=day),
            revoked=False,
        )

    def _salt(self, unit: UnitOfWork, member: str) -> str:
        salt = self._vault.salt(unit, member)
        if salt is None:
            raise MemberUnknown(member)
        return salt

    def _today(self) -> int:
        return day_of(self._clock.network_s())


def state_of(unit: UnitOfWork, row: VisitRow) -> VisitState:
    """Return the state of a visit: settled while its claim is, for only the chain knows that."""
    state = VisitState(row.state)
    claim = None if row.claim_id is None else find_claim(unit, row.claim_id)
    settled = VISIT_TRANSITIONS.get((state, VisitEvent.SETTLE))
    return settled if claim is not None and claim.state == "SETTLED" and settled else state


def line_hash(salt: str, item: ItemRow, asked: LineRequest, *, day: int) -> str:
    """Return the hash that stands on chain for a line: it says nothing without the salt.

    The canonical line leaves its number out, so that the same thing charged twice is a duplicate.
    """
    line = "|".join(
        str(part) for part in (item.catalogue, item.code, day, asked.quantity, asked.unit_price_fen)
    )
    return "0x" + hashlib.sha3_256(hex_bytes(salt, 32) + line.encode()).hexdigest()


def _item_for(
    unit: UnitOfWork, provider: str, code: str, *, day: int, number: int, field: str
) -> ItemRow:
    """Return the item as the catalogue of the place of care lists it on a day."""
    organisation = find_organisation(unit, provider)
    catalogue = organisation.region if organisation is not None else ""
    periods = items_of_code(unit, catalogue=catalogue, code=code)
    if not periods:
        raise ItemNotListed(number, field=f"{field}/item_code")
    for item in periods:
        if item.is_valid_on(day):
            return item
    raise ItemExpired(number, field=f"{field}/item_code")


def _require_unchanged(done: bool) -> None:
    """Refuse when another request changed the visit meanwhile. Errors: RequestInProgress."""
    if not done:
        raise RequestInProgress("visit")
