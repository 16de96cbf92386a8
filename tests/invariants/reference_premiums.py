"""The premium rules once more, in memory: bills, payments, coverages and the money they move.

Amounts and dates come from node/domain; refusals are raised in the order the contracts document.
"""

from dataclasses import dataclass, field

from node.domain.coverage import Coverage, CoverageStatus, PartDue, gaps_of, status_on
from node.domain.days import Day
from node.domain.errors import (
    BillAlreadyPaid,
    BillStateInvalid,
    FundInsufficient,
    InsufficientBalance,
    InvalidInstalment,
    InvalidPeriod,
    NotOwner,
    PocketNotAllowed,
    QuoteExpired,
    QuoteStale,
    RefundExceedsPayment,
    RefundNotAllowed,
)
from node.domain.ids import BillId
from node.domain.kinds import Pocket, Scheme
from node.domain.plans.plan import PremiumPlan
from node.domain.premiums import (
    BillState,
    RefundReason,
    instalment_due_day,
    instalment_fen,
    late_fee_fen,
    state_on,
)

Posting = tuple[str, Pocket, str, Pocket, int]


@dataclass(frozen=True)
class Payment:
    """One paid part: who paid what from which pocket, and when."""

    payer: str
    medical_fen: int
    cash_fen: int
    late_fee_fen: int
    day: int


@dataclass(frozen=True)
class Offer:
    """What a payer signs."""

    actor: str
    part: int
    revision: int
    medical_fen: int
    cash_fen: int
    expired: bool = False


@dataclass
class Bill:
    """A bill and its payments. `second_fen` is the subsidy, or the employee share of EMPLOYEE."""

    id: str
    member: str
    payer: str
    scheme: Scheme
    plan: PremiumPlan
    personal_fen: int
    second_fen: int
    period: tuple[int, int]
    due_day: int
    parts: int = 1
    interval_days: int = 0
    state: BillState = BillState.OPEN
    payments: list[Payment] = field(default_factory=list)

    @property
    def revision(self) -> int:
        """1, and one more for each payment and for the end of the bill."""
        closed = self.state in (BillState.CANCELLED, BillState.REFUNDED)
        return 1 + len(self.payments) + int(closed)

    def part_fen(self, amount_fen: int, part: int) -> int:
        """Return one part of an amount of the bill."""
        return instalment_fen(BillId(self.id), amount_fen, parts=self.parts, part=part)

    def due_of(self, part: int) -> int:
        """Return the due day of a part."""
        return instalment_due_day(self.due_day, interval_days=self.interval_days, part=part)

    def state_on(self, day: int) -> BillState:
        """Return the state on a day."""
        part = min(len(self.payments) + 1, self.parts)
        grace = self.plan.grace_days
        return state_on(self.state, due_day=self.due_of(part), grace_days=grace, day=day)

    def covers(self, day: int) -> bool:
        """Return whether the bill covers a day, judged with what is paid now."""
        if self.state in (BillState.CANCELLED, BillState.REFUNDED):
            return False
        parts = [PartDue(self.due_of(number + 1)) for number in range(self.parts)]
        for number, payment in enumerate(self.payments):
            parts[number] = PartDue(self.due_of(number + 1), payment.day)
        gaps = gaps_of(parts, grace_days=self.plan.grace_days, backpay_days=self.plan.backpay_days)
        start, end = map(Day, self.period)
        return status_on(Coverage(start, end, start), gaps, day) is CoverageStatus.ACTIVE

    def late_fee(self, day: int) -> int:
        """Return the late fee of a payment on a day."""
        if self.scheme is not Scheme.EMPLOYEE:
            return 0
        return late_fee_fen(
            self.personal_fen + self.second_fen,
            bp_per_day=self.plan.late_fee_bp_per_day,
            due_day=self.due_day,
            grace_days=self.plan.grace_days,
            day=day,
        )

    def require_payable(self) -> None:
        """Make sure a part is left. Errors: BillAlreadyPaid, BillStateInvalid."""
        if self.state is BillState.PAID:
            raise BillAlreadyPaid(self.id)
        if self.state not in (BillState.OPEN, BillState.PARTLY_PAID):
            raise BillStateInvalid(self.id, self.state.name)


class ReferencePremiums:
    """Bills, links, coverages and balances of one network."""

    def __init__(self, *, pooled: dict[Scheme, str], subsidies: dict[Scheme, str]) -> None:
        self.pooled, self.subsidies = pooled, subsidies
        self.balances: dict[tuple[str, Pocket], int] = {}
        self.bills: dict[str, Bill] = {}
        self.links: set[tuple[str, str]] = set()
        self.coverages: dict[tuple[str, Scheme], list[tuple[int, int, str]]] = {}
        self.paid_fen = 0
        self.refunded_fen = 0

    def balance(self, account: str, pocket: Pocket = Pocket.CASH) -> int:
        """Return what an account has in a pocket."""
        return self.balances.get((account, pocket), 0)

    def give(self, account: str, fen: int, pocket: Pocket = Pocket.CASH) -> None:
        """Put money into a pocket."""
        self.balances[account, pocket] = self.balance(account, pocket) + fen

    def post(self, postings: list[Posting]) -> None:
        """Apply all postings or none. Errors: FundInsufficient, InsufficientBalance."""
        before = dict(self.balances)
        for source, source_pocket, target, target_pocket, fen in postings:
            available = self.balance(source, source_pocket)
            if fen > available:
                self.balances = before
                if source in (*self.pooled.values(), *self.subsidies.values()):
                    raise FundInsufficient(source, available, fen)
                raise InsufficientBalance(source, source_pocket.name, available, fen)
            self.balances[source, source_pocket] = available - fen
            self.give(target, fen, target_pocket)

    def pay(self, bill: Bill, offer: Offer, *, day: int) -> None:
        """A member pays the next part."""
        bill.require_payable()
        if offer.medical_fen and bill.scheme is not Scheme.RESIDENT:
            raise PocketNotAllowed("MEDICAL", "PREMIUM")
        linked = (offer.actor, bill.member) in self.links
        if bill.scheme is Scheme.EMPLOYEE or not (offer.actor == bill.member or linked):
            raise NotOwner(offer.actor, bill.id)
        part = len(bill.payments) + 1
        if offer.part != part:
            raise InvalidInstalment(bill.id, offer.part)
        owed = bill.part_fen(bill.personal_fen, part)
        self._require_fresh(bill, offer, owed)
        pooled, subsidy = self.pooled[bill.scheme], bill.part_fen(bill.second_fen, part)
        actor = offer.actor
        self.post(
            [
                (actor, Pocket.MEDICAL, pooled, Pocket.CASH, offer.medical_fen),
                (actor, Pocket.CASH, pooled, Pocket.CASH, offer.cash_fen),
                (self.subsidies[bill.scheme], Pocket.CASH, pooled, Pocket.CASH, subsidy),
            ]
        )
        self._record(bill, Payment(actor, offer.medical_fen, offer.cash_fen, 0, day))
        self.paid_fen += subsidy

    def pay_declared(self, bill: Bill, offer: Offer, *, day: int) -> None:
        """An employer pays a declared bill."""
        if bill.scheme is not Scheme.EMPLOYEE or offer.actor != bill.payer:
            raise NotOwner(offer.actor, bill.id)
        bill.require_payable()
        fee = bill.late_fee(day)
        principal = bill.personal_fen + bill.second_fen
        self._require_fresh(bill, offer, principal + fee)
        pooled, actor = self.pooled[bill.scheme], offer.actor
        self.post(
            [
                (actor, Pocket.CASH, pooled, Pocket.CASH, bill.personal_fen + fee),
                (actor, Pocket.CASH, bill.member, Pocket.MEDICAL, bill.second_fen),
            ]
        )
        self._record(bill, Payment(actor, 0, principal, fee, day))

    def cancel(self, bill: Bill, *, day: int) -> None:
        """The insurer cancels an open bill."""
        state = bill.state_on(day)
        if state is not BillState.OPEN:
            raise BillStateInvalid(bill.id, state.name)
        bill.state = BillState.CANCELLED

    def refund(self, bill: Bill, reason: int, *, day: int) -> None:
        """The insurer pays a bill back."""
        paid = sum(p.medical_fen + p.cash_fen + p.late_fee_fen for p in bill.payments)
        if bill.state is BillState.REFUNDED:
            raise RefundExceedsPayment(bill.id, paid, 0)
        if bill.state is not BillState.PAID:
            raise BillStateInvalid(bill.id, bill.state.name)
        too_late = reason == RefundReason.BEFORE_START and day >= bill.period[0]
        if reason not in list(RefundReason)[1:] or too_late:
            raise RefundNotAllowed(bill.id, str(reason))
        pooled, declared = self.pooled[bill.scheme], bill.scheme is Scheme.EMPLOYEE
        out_of_fund = paid - bill.second_fen if declared else paid + bill.second_fen
        if self.balance(pooled) < out_of_fund:
            raise FundInsufficient(pooled, self.balance(pooled), out_of_fund)
        postings: list[Posting] = []
        if declared:
            postings.append((bill.member, Pocket.MEDICAL, bill.payer, Pocket.CASH, bill.second_fen))
            back = paid - bill.second_fen
            postings.append((pooled, Pocket.CASH, bill.payer, Pocket.CASH, back))
        else:
            for one in bill.payments:
                postings.append((pooled, Pocket.CASH, one.payer, Pocket.MEDICAL, one.medical_fen))
                postings.append((pooled, Pocket.CASH, one.payer, Pocket.CASH, one.cash_fen))
            subsidy = self.subsidies[bill.scheme]
            postings.append((pooled, Pocket.CASH, subsidy, Pocket.CASH, bill.second_fen))
        self.post(postings)
        self.refunded_fen += sum(posting[4] for posting in postings)
        bill.state = BillState.REFUNDED

    def enrol(self, bill: Bill) -> None:
        """The insurer enrols the bill's member for the bill's period."""
        periods = self.coverages.setdefault((bill.member, bill.scheme), [])
        if periods and bill.period[0] < periods[-1][1]:
            raise InvalidPeriod(*bill.period)
        if bill.state in (BillState.CANCELLED, BillState.REFUNDED):
            raise BillStateInvalid(bill.id, bill.state.name)
        periods.append((*bill.period, bill.id))

    def active_on(self, member: str, scheme: Scheme, day: int) -> list[int]:
        """Return the first days of the coverages that pay for care on a day."""
        return [
            start
            for start, end, bill_id in self.coverages.get((member, scheme), [])
            if start <= day < end and self.bills[bill_id].covers(day)
        ]

    @staticmethod
    def _require_fresh(bill: Bill, offer: Offer, owed: int) -> None:
        if offer.expired:
            raise QuoteExpired(1)
        if offer.revision != bill.revision or offer.medical_fen + offer.cash_fen != owed:
            raise QuoteStale(bill.id)

    def _record(self, bill: Bill, payment: Payment) -> None:
        bill.payments.append(payment)
        last = len(bill.payments) == bill.parts
        bill.state = BillState.PAID if last else BillState.PARTLY_PAID
        self.paid_fen += payment.medical_fen + payment.cash_fen + payment.late_fee_fen
