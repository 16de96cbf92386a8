"""Receipts: what was paid, by whom and from which sources, and where the chain says so (S53).

A receipt follows from an event of the chain; nothing here makes or changes one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from node.db.pages import PageOf, PageRequest
from node.db.repositories.identities import IdentityVault
from node.db.repositories.visits import VisitsRepository
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.access import AccessDecision
from node.desk.callers import Caller
from node.desk.clock import Clock
from node.domain.days import day_of, year_start
from node.domain.errors import ReceiptCodeWrong, ReceiptUnknown
from node.domain.language import Language
from node.features.receipts.care import Care, CareExplainer
from node.features.receipts.codes import ReceiptCodes
from node.features.receipts.names import NameReader, Party
from node.readmodels import claims, premiums, receipts
from node.readmodels.claims import ClaimRow
from node.readmodels.premiums import BillRow, PaymentRow, RefundRow
from node.readmodels.receipts import ReceiptRow

CLAIM_SOURCES = (
    *("pooled", "big_illness", "aid", "supplementary"),
    *("provider", "medical", "family", "cash"),
)
"""Who bore a claim: columns `<source>_fen` of the read model, in the order shown."""
OF_CARE = frozenset({"CLAIM", "CLAIM_REVERSAL"})
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
    member: Party
    insurer: Party | None
    provider: Party | None
    family_holder: Party | None = None
    scheme: str | None
    region: str | None
    start_day: int | None
    end_day: int | None
    part: int | None = None
    parts: int | None = None
    subsidy_fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """A receipt for one reader in one language; the amounts add up to the receipt's amount."""

    row: ReceiptRow
    language: Language
    chain_id: int
    code: str
    payer: Party
    subject: Subject | None
    amounts: tuple[SourceAmount, ...]
    care: Care | None = None


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """What anybody who holds the paper may compare with it; nothing says whose it is."""

    row: ReceiptRow
    chain_id: int
    amounts: tuple[SourceAmount, ...]


class ReceiptsService:
    """Questions about receipts; `receipt_document` prints what `find` returns."""

    def __init__(
        self,
        database: Database,
        *,
        access: AccessDecision,
        visits: VisitsRepository,
        vault: IdentityVault,
        care: CareExplainer,
        codes: ReceiptCodes,
        clock: Clock,
    ) -> None:
        self._database = database
        self._access = access
        self._visits = visits
        self._vault = vault
        self._care = care
        self._codes = codes
        self._clock = clock

    async def page(
        self, caller: Caller, request: PageRequest, *, account: str | None = None
    ) -> PageOf[ReceiptRow]:
        """Return the receipts of an account, by default the caller's own, newest first.

        Errors: NotOwner for an account whose money the caller may not see.
        """
        whose = account or caller.account

        def read(unit: UnitOfWork) -> PageOf[ReceiptRow]:
            self._access.require_account(unit, caller, whose, day=self._today())
            return receipts.receipts(unit, whose, request)

        return await self._database.read(read)

    async def find(self, caller: Caller, number: str, *, language: Language) -> ReceiptView:
        """Return a receipt the caller may see.

        Errors: ReceiptUnknown, also for a receipt of other people; ChainUnavailable for a receipt
        of care, because a paper that leaves its reasons out is not the same receipt.
        """
        names = NameReader(self._vault, reader=caller.account, language=language)

        def read(unit: UnitOfWork) -> tuple[ReceiptView, ClaimRow | None]:
            row = receipts.receipt(unit, number)
            if row is None:
                raise ReceiptUnknown(number)
            source = self._source(unit, row)
            today = self._today()
            if not self._access.sees_receipt(unit, caller, row, source=source, day=today):
                raise ReceiptUnknown(number)
            names.learn(unit, _accounts(row, source))
            view = ReceiptView(
                row=row,
                language=language,
                chain_id=self._codes.chain_id,
                code=self._codes.code(number),
                payer=names.party(row.account),
                subject=self._subject(unit, row, source, names=names),
                amounts=_amounts(unit, row, source),
            )
            return view, source if isinstance(source, ClaimRow) else None

        view, claim = await self._database.read(read)
        if claim is None or view.row.kind in REVERSALS:
            return view
        return replace(view, care=await self._care.care_of(caller, claim))

    async def check(self, number: str, code: str) -> CheckedReceipt | None:
        """Return what a paper must agree with, to whoever has its number and code.

        None for a right code whose receipt was not read from the chain, or is gone from it.
        Errors: ReceiptCodeWrong, the same for every wrong pair: nothing is looked up for it.
        """
        if not self._codes.opens(number, code):
            raise ReceiptCodeWrong

        def read(unit: UnitOfWork) -> CheckedReceipt | None:
            row = receipts.receipt(unit, number)
            if row is None:
                return None
            amounts = _amounts(unit, row, self._source(unit, row))
            return CheckedReceipt(row, self._codes.chain_id, amounts)

        return await self._database.read(read)

    def _today(self) -> int:
        return day_of(self._clock.network_s())

    def _source(self, unit: UnitOfWork, row: ReceiptRow) -> ClaimRow | BillRow | None:
        """Return the claim or bill behind a receipt."""
        if row.kind in OF_CARE:
            return claims.claim(unit, row.subject)
        return premiums.bill(unit, row.subject)

    def _subject(
        self,
        unit: UnitOfWork,
        row: ReceiptRow,
        source: ClaimRow | BillRow | None,
        *,
        names: NameReader,
    ) -> Subject | None:
        if source is None:
            return None
        if isinstance(source, BillRow):
            return _premium(source, _movement(unit, row, source), names)
        start, end = self._days(unit, source)
        return Subject(
            kind="CLAIM",
            id=source.claim_id,
            member=names.party(source.member),
            insurer=names.optional(source.insurer),
            provider=names.party(source.provider),
            family_holder=names.optional(source.family_holder) if source.family_fen else None,
            scheme=source.scheme,
            region=source.region,
            start_day=start,
            end_day=end,
        )

    def _days(self, unit: UnitOfWork, claim: ClaimRow) -> tuple[int | None, int | None]:
        """Return the days of care where this gateway kept the visit, else the policy year."""
        visit = self._visits.of_claim(unit, claim.claim_id)
        if visit is not None:
            last = visit.start_day if visit.end_day is None else visit.end_day
            return visit.start_day, last + 1
        if claim.year is None:
            return None, None
        return year_start(claim.year), year_start(claim.year + 1)


def _accounts(row: ReceiptRow, source: ClaimRow | BillRow | None) -> set[str]:
    """Return everybody a receipt names."""
    named = [row.account]
    if source is not None:
        named += [source.member, source.insurer or ""]
    if isinstance(source, ClaimRow):
        named += [source.provider, source.family_holder or ""]
    return {account for account in named if account}


def _movement(unit: UnitOfWork, row: ReceiptRow, bill: BillRow) -> PaymentRow | RefundRow | None:
    """Return the payment or refund that a receipt of a bill proves."""
    if row.kind == "PREMIUM_REFUND":
        return premiums.refund_of(unit, bill.bill_id)
    return premiums.payment(unit, row.digest)


def _premium(bill: BillRow, paid: PaymentRow | RefundRow | None, names: NameReader) -> Subject:
    return Subject(
        kind="BILL",
        id=bill.bill_id,
        member=names.party(bill.member),
        insurer=names.optional(bill.insurer),
        provider=None,
        scheme=bill.scheme,
        region=bill.region,
        start_day=bill.period_start,
        end_day=bill.period_end,
        part=paid.part if isinstance(paid, PaymentRow) else None,
        parts=bill.parts,
        subsidy_fen=0 if paid is None else paid.subsidy_fen,
    )


def _amounts(
    unit: UnitOfWork, row: ReceiptRow, source: ClaimRow | BillRow | None
) -> tuple[SourceAmount, ...]:
    """Return what came from which source; what went back is negative."""
    found: list[tuple[str, int | None]] = []
    if isinstance(source, ClaimRow):
        found = [(name.upper(), getattr(source, f"{name}_fen")) for name in CLAIM_SOURCES]
    elif source is not None and (paid := _movement(unit, row, source)) is not None:
        # `cash_fen` includes the employee's share and the late fee.
        found = [
            ("MEDICAL", paid.medical_fen),
            ("CASH", paid.cash_fen - paid.employee_fen - paid.late_fee_fen),
            ("EMPLOYEE", paid.employee_fen),
            ("LATE_FEE", paid.late_fee_fen),
        ]
    sign = -1 if row.kind in REVERSALS else 1
    return tuple(SourceAmount(name, sign * amount) for name, amount in found if amount)
