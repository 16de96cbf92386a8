"""Employers' staff files: two shares per person, one answer to sign, one request to pay (P45).

Each good row becomes a declaration and its payment; bad rows are reported and keep nobody else's
premium from being paid. Late fees run on the employer only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from node.db.unit_of_work import Database, UnitOfWork
from node.desk.bulk import BulkAccepted, BulkDesk, BulkSubmission
from node.desk.callers import Caller
from node.desk.intents import IntentDesk
from node.desk.readers import PlanBook
from node.domain.days import QUOTE_LIFETIME_S, day_of
from node.domain.declarations import BadRow, Month, Shares, StaffRow, read_rows, shares_of
from node.domain.errors import (
    AlreadyExists,
    DomainError,
    MemberUnknown,
    NotOwner,
    PlanUnknown,
    RequiredRelation,
)
from node.domain.kinds import Pocket, Scheme
from node.domain.plans.plan import PremiumPlan
from node.features.wallets.service import require_available
from node.intents.bodies import DeclareWage, IntentBody, PayDeclared
from node.intents.encoding import short_text
from node.intents.messages import Intent, IntentKind
from node.intents.typed_data import digest, typed_data_json
from node.intents.wire import intent_to_json
from node.readmodels.members import known_members
from node.readmodels.plans import PlanRow, plan
from node.readmodels.premiums import known_bills

ALLOWED = (IntentKind.DECLARE_WAGE, IntentKind.PAY_DECLARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationTerms:
    """What all rows of a file share."""

    plan_id: str
    plan_version: int
    month: Month


@dataclass(frozen=True, slots=True)
class DeclaredRow:
    """A good row with its bill and what it costs today."""

    row: StaffRow
    bill_id: str
    shares: Shares


@dataclass(frozen=True, slots=True)
class PreparedDeclarations:
    """What is to be signed: for each good row its declaration and its payment."""

    rows: list[DeclaredRow]
    bad: list[BadRow]
    intents: list[Intent]
    quote_expires_at: int


class DeclarationsService:
    """Prepares and accepts the files of one employer."""

    def __init__(
        self, database: Database, *, desk: IntentDesk, bulk: BulkDesk, plans: PlanBook
    ) -> None:
        self._database = database
        self._desk = desk
        self._bulk = bulk
        self._plans = plans

    async def prepare(
        self, caller: Caller, *, employer: str, terms: DeclarationTerms, rows: Iterable[Any]
    ) -> PreparedDeclarations:
        """Compute both shares of every row and prepare what declares and pays them.

        Errors: NotOwner, PlanUnknown, MalformedBody (too many rows),
        InsufficientBalance (CASH of the employer for all good rows together).
        """
        caller.require_own(employer, relation=RequiredRelation.EMPLOYER)
        file = read_rows(rows, terms.month)
        head = await self._database.read(lambda unit: _require_plan(unit, terms))
        rules = await self._plans.premium_plan(terms.plan_id, terms.plan_version)
        good, bad = await self._judged(employer, terms, rules=rules, rows=file.rows)
        needed_fen = sum(one.shares.payable_fen for one in good)
        balance = await self._database.hot.balance(employer)
        require_available(balance, employer, pocket=Pocket.CASH, needed_fen=needed_fen)
        expires_at = self._desk.now_s + QUOTE_LIFETIME_S
        bodies = list(_bodies(good, terms, region=head.region, expires_at=expires_at))
        intents = await self._bulk.prepare(caller, actor=employer, bodies=bodies)
        all_bad = sorted([*file.bad, *bad], key=lambda one: one.number)
        return PreparedDeclarations(good, all_bad, intents, expires_at)

    async def submit(
        self, caller: Caller, submission: BulkSubmission, *, employer: str
    ) -> BulkAccepted:
        """Accept signed declarations and payments, each by itself. Errors: NotOwner."""
        if caller.account != employer:
            raise NotOwner(caller.account, employer, RequiredRelation.EMPLOYER)
        return await self._bulk.submit(caller, submission, actor=employer, allowed=ALLOWED)

    def show(self, intent: Intent) -> dict[str, Any]:
        """Return the wire form and the digest of an intent."""
        return {"intent": intent_to_json(intent), "digest": digest(intent, self._desk.domain)}

    def typed_data(self, intents: Sequence[Intent]) -> dict[str, Any]:
        """Return the typed data of the first intent of each kind, without its message.

        The message of an intent is its actor, nonce, deadline and body.
        """
        found: dict[str, Any] = {}
        for intent in intents[: len(ALLOWED)]:
            document = typed_data_json(intent, self._desk.domain)
            found[intent.kind.name] = {
                name: value for name, value in document.items() if name != "message"
            }
        return found

    async def _judged(
        self,
        employer: str,
        terms: DeclarationTerms,
        *,
        rules: PremiumPlan,
        rows: Sequence[StaffRow],
    ) -> tuple[list[DeclaredRow], list[BadRow]]:
        start, today = terms.month.start, day_of(self._desk.now_s)
        bill_ids = {
            row.number: self._plans.declared_bill_id(employer, row.member, start) for row in rows
        }
        members, taken = await self._database.read(
            lambda unit: (
                known_members(unit, {row.member for row in rows}),
                known_bills(unit, set(bill_ids.values())),
            )
        )
        good: list[DeclaredRow] = []
        bad: list[BadRow] = []
        for row in rows:
            bill_id = bill_ids[row.number]
            try:
                if row.member not in members:
                    raise MemberUnknown(row.member, field="member_id")
                if bill_id in taken:
                    raise AlreadyExists(bill_id, field="member_id")
                shares = shares_of(rules, row, month=terms.month, today=today)
            except DomainError as error:
                bad.append(BadRow(row.number, error))
                continue
            # A second row of the same person would be a second bill for the month.
            taken.add(bill_id)
            good.append(DeclaredRow(row, bill_id, shares))
        return good, bad


def _require_plan(unit: UnitOfWork, terms: DeclarationTerms) -> PlanRow:
    """Return the approved EMPLOYEE premium version that a file follows."""
    head = plan(unit, plan_id=terms.plan_id, version=terms.plan_version)
    serves = (
        head is not None
        and (head.kind, head.status) == ("PREMIUM", "APPROVED")
        and head.scheme == Scheme.EMPLOYEE.name
        and head.valid_from <= terms.month.start < head.valid_until
    )
    if head is None or not serves:
        raise PlanUnknown(terms.plan_id, terms.plan_version, field="/plan_id")
    return head


def _bodies(
    rows: Sequence[DeclaredRow], terms: DeclarationTerms, *, region: str, expires_at: int
) -> Iterable[tuple[IntentKind, IntentBody]]:
    month = terms.month
    for one in rows:
        joined = one.row.joined_day
        yield (
            IntentKind.DECLARE_WAGE,
            DeclareWage(
                member=one.row.member,
                region=short_text(region, 12),
                plan_id=terms.plan_id,
                plan_version=terms.plan_version,
                period_start=month.start,
                period_end=month.end,
                joined_day=month.start if joined is None else joined,
                wage_fen=one.row.wage_fen,
            ),
        )
        yield (
            IntentKind.PAY_DECLARED,
            PayDeclared(one.bill_id, 1, one.shares.payable_fen, expires_at),
        )
