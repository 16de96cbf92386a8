"""Receipts: what was paid, by whom and from which sources, and where the chain says so (S53).

A receipt follows from an event of the chain; nothing here makes or changes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from node.db.pages import PageOf, PageRequest
from node.db.repositories.identities import IdentityVault
from node.db.repositories.visits import VisitsRepository
from node.db.unit_of_work import Database, Transaction
from node.domain.days import day_of, year_start
from node.domain.errors import NotOwner, ReceiptUnknown
from node.domain.members import mask_name
from node.domain.roles import Role
from node.readmodels import claims, premiums, receipts
from node.readmodels.claims import ClaimRow
from node.readmodels.premiums import BillRow, PaymentRow, RefundRow
from node.readmodels.receipts import ReceiptRow
from node.services.callers import Caller
from node.services.clock import Clock
from node.services.visibility import Visibility

CLAIM_SOURCES = (
    *("pooled", "big_illness", "aid", "supplementary"),
    *("provider", "medical", "family", "cash"),
)
"""Who bore a claim: columns `<source>_fen` of the read model, in the order shown."""
REVERSALS = frozenset({"PREMIUM_REFUND", "CLAIM_REVERSAL"})


@dataclass(frozen=True, slots=True)
class SourceAmount:
    """What came from one source; negative where it went back."""

    source: str
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The bill or claim a receipt is for. Policy days [start, end): covered, or days of care."""

    kind: str
    id: str
    member: str
    insurer: str | None
    provider: str | None
    scheme: str | None
    region: str | None
    start_day: int | None
    end_day: int | None
    part: int | None = None
    parts: int | None = None
    subsidy_fen: int = 0


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A receipt with its subject; the amounts by source add up to the receipt's amount."""

    row: ReceiptRow
    chain_id: int
    payer_name: str | None
    subject: Subject | None
    amounts: tuple[SourceAmount, ...]

    @property
    def qr_text(self) -> str:
        """What the code on paper says: where to look, and nothing about a person."""
        return f"yibao:receipt:{self.chain_id}:{self.row.number}:{self.row.tx_hash}"


class ReceiptsService:
    """Questions about receipts; `receipt_document` prints what `find` returns."""

    def __init__(
        self,
        database: Database,
        *,
        visibility: Visibility,
        visits: VisitsRepository,
        vault: IdentityVault,
        clock: Clock,
        chain_id: int,
    ) -> None:
        self._database = database
        self._visibility = visibility
        self._visits = visits
        self._vault = vault
        self._clock = clock
        self._chain_id = chain_id

    async def page(
        self, caller: Caller, request: PageRequest, *, account: str | None = None
    ) -> PageOf[ReceiptRow]:
        """Return the receipts of an account, by default the caller's own, newest first.

        Errors: NotOwner for an account whose money the caller may not see.
        """
        whose = account or caller.account

        def read(tx: Transaction) -> PageOf[ReceiptRow]:
            self._visibility.require_account(tx, caller, whose, day=self._today())
            return receipts.receipts(tx, whose, request)

        return await self._database.read(read)

    async def find(self, caller: Caller, number: str) -> ReceiptView:
        """Return a receipt the caller may see. Errors: ReceiptUnknown, also for others'."""

        def read(tx: Transaction) -> ReceiptView:
            row = receipts.receipt(tx, number)
            if row is None:
                raise ReceiptUnknown(number)
            subject, amounts = self._details(tx, row)
            if not self._sees(tx, caller, row, subject):
                raise ReceiptUnknown(number)
            return ReceiptView(
                row=row,
                chain_id=self._chain_id,
                payer_name=self._masked_name(tx, row.account),
                subject=subject,
                amounts=amounts,
            )

        return await self._database.read(read)

    def _today(self) -> int:
        return day_of(self._clock.network_s())

    def _sees(
        self, tx: Transaction, caller: Caller, row: ReceiptRow, subject: Subject | None
    ) -> bool:
        parties = {row.account}
        if subject is not None:
            parties |= {subject.member, subject.insurer or "", subject.provider or ""}
        if caller.role is Role.AUDITOR or caller.account in parties:
            return True
        try:
            self._visibility.require_account(tx, caller, row.account, day=self._today())
        except NotOwner:
            return False
        return True

    def _masked_name(self, tx: Transaction, account: str) -> str | None:
        name = self._vault.name(tx, account)
        return None if name is None else mask_name(name)

    def _details(
        self, tx: Transaction, row: ReceiptRow
    ) -> tuple[Subject | None, tuple[SourceAmount, ...]]:
        if row.kind in {"CLAIM", "CLAIM_REVERSAL"}:
            claim = claims.claim(tx, row.subject)
            return (None, ()) if claim is None else self._claim(tx, row, claim)
        bill = premiums.bill(tx, row.subject)
        return (None, ()) if bill is None else _premium(tx, row, bill)

    def _claim(
        self, tx: Transaction, row: ReceiptRow, claim: ClaimRow
    ) -> tuple[Subject, tuple[SourceAmount, ...]]:
        start, end = self._days(tx, claim)
        subject = Subject(
            kind="CLAIM",
            id=claim.claim_id,
            member=claim.member,
            insurer=claim.insurer,
            provider=claim.provider,
            scheme=claim.scheme,
            region=claim.region,
            start_day=start,
            end_day=end,
        )
        found = [(source.upper(), getattr(claim, f"{source}_fen")) for source in CLAIM_SOURCES]
        return subject, _amounts(row, found)

    def _days(self, tx: Transaction, claim: ClaimRow) -> tuple[int | None, int | None]:
        """Return the days of care where this gateway kept the visit, else the policy year."""
        visit = self._visits.of_claim(tx, claim.claim_id)
        if visit is not None:
            last = visit.start_day if visit.end_day is None else visit.end_day
            return visit.start_day, last + 1
        if claim.year is None:
            return None, None
        return year_start(claim.year), year_start(claim.year + 1)


def _premium(
    tx: Transaction, row: ReceiptRow, bill: BillRow
) -> tuple[Subject, tuple[SourceAmount, ...]]:
    paid: PaymentRow | RefundRow | None
    if row.kind == "PREMIUM_REFUND":
        paid, part = premiums.refund_of(tx, bill.bill_id), None
    else:
        paid = premiums.payment(tx, row.digest)
        part = None if paid is None else paid.part
    subject = Subject(
        kind="BILL",
        id=bill.bill_id,
        member=bill.member,
        insurer=bill.insurer,
        provider=None,
        scheme=bill.scheme,
        region=bill.region,
        start_day=bill.period_start,
        end_day=bill.period_end,
        part=part,
        parts=bill.parts,
        subsidy_fen=0 if paid is None else paid.subsidy_fen,
    )
    if paid is None:
        return subject, ()
    # `cash_fen` includes the employee's share and the late fee.
    cash_fen = paid.cash_fen - paid.employee_fen - paid.late_fee_fen
    found = [
        ("MEDICAL", paid.medical_fen),
        ("CASH", cash_fen),
        ("EMPLOYEE", paid.employee_fen),
        ("LATE_FEE", paid.late_fee_fen),
    ]
    return subject, _amounts(row, found)


def _amounts(row: ReceiptRow, found: Iterable[tuple[str, int | None]]) -> tuple[SourceAmount, ...]:
    sign = -1 if row.kind in REVERSALS else 1
    return tuple(SourceAmount(source, sign * amount) for source, amount in found if amount)
