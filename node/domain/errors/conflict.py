"""The state does not allow it, too many requests, or a needed system is away.

Moments are Unix seconds, amounts fen; ids are opaque and never personal data.
"""

# The catalogue gives the names: no suffix.
# ruff: noqa: N818

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from node.domain.errors.base import Category, Conflict, DomainError, Unavailable


@dataclass(eq=False)
class NonceUsed(Conflict):
    """The nonce was used by other content."""

    actor: str
    intent_nonce: int


@dataclass(eq=False)
class RequestInProgress(Conflict):
    """The same request is being worked on."""

    key: str


@dataclass(eq=False)
class BillAlreadyPaid(Conflict):
    """The bill is paid."""

    bill_id: str


@dataclass(eq=False)
class ClaimNumberUsed(Conflict):
    """The provider used this claim number before."""

    claim_id: str


@dataclass(eq=False)
class DuplicateClaim(Conflict):
    """The same lines of this member, provider and date were claimed."""

    fingerprint: str


@dataclass(eq=False)
class StayOverlap(Conflict):
    """The member has another stay on these days."""

    visit_id: str


@dataclass(eq=False)
class ClaimPending(Conflict):
    """Another claim of this member and year awaits confirmation."""

    claim_id: str


@dataclass(eq=False)
class ClaimNotSettled(Conflict):
    """Only a settled claim can be reversed, once."""

    claim_id: str


@dataclass(eq=False)
class LaterSettlementExists(Conflict):
    """A later settled claim must be reversed first."""

    claim_id: str


@dataclass(eq=False)
class HoldEnded(Conflict):
    """The hold was posted, voided or has expired."""

    hold_id: str


@dataclass(eq=False)
class QuoteExpired(Conflict):
    """The quote has expired."""

    quote_expires_at: int


@dataclass(eq=False)
class QuoteStale(Conflict):
    """What was quoted has changed since."""

    subject: str


@dataclass(eq=False)
class ReceiptAlreadyClaimed(Conflict):
    """The receipt number was claimed before."""

    receipt_hash: str


@dataclass(eq=False)
class WindowClosed(Conflict):
    """The clearing window is closed."""

    window_id: str


@dataclass(eq=False)
class WindowNotReconciled(Conflict):
    """Totals differ without a dispute."""

    window_id: str


@dataclass(eq=False)
class PlanVersionFrozen(Conflict):
    """The plan version can no longer change."""

    plan_id: str
    version: int


@dataclass(eq=False)
class RefundExceedsPayment(Conflict):
    """Refunds exceed what was paid."""

    bill_id: str
    refund_fen: int
    paid_fen: int


@dataclass(eq=False)
class VoteAlreadyCast(Conflict):
    """The vote was cast before."""

    proposal_id: int
    participant: str


@dataclass(eq=False)
class IdentityAlreadyBound(Conflict):
    """The insured number belongs to a member already."""


@dataclass(eq=False)
class InsufficientBalance(Conflict):
    """The pocket has less than is needed."""

    account: str
    pocket: str
    available_fen: int
    needed_fen: int


@dataclass(eq=False)
class FundInsufficient(Conflict):
    """The fund has less than is needed."""

    fund: str
    available_fen: int
    needed_fen: int


@dataclass(eq=False)
class BudgetExhausted(Conflict):
    """The budget has less than is needed."""

    fund: str
    available_fen: int
    needed_fen: int


@dataclass(eq=False)
class TransferDailyLimit(Conflict):
    """The wallet has sent its transfers of the day."""

    sender: str
    sent_today: int


@dataclass(eq=False)
class TransferTooLarge(Conflict):
    """One transfer may not exceed the limit."""

    amount_fen: int
    limit_fen: int


@dataclass(eq=False)
class TransferClosedHours(Conflict):
    """No transfers between 22:00:00 and 05:59:59."""

    second_of_day: int


@dataclass(eq=False)
class TransferPending(Conflict):
    """The last transfer has not been accepted."""

    sender: str


@dataclass(eq=False)
class WalletNotOpen(Conflict):
    """The account has no open wallet."""

    account: str


@dataclass(eq=False)
class PointsExpired(Conflict):
    """The points have expired."""

    expired_on_day: int


@dataclass(eq=False)
class RateLimited(DomainError):
    """Too many requests; try again after the given seconds."""

    category: ClassVar[Category] = Category.RATE_LIMITED

    retry_after: int


@dataclass(eq=False)
class ChainUnavailable(Unavailable):
    """The chain does not answer."""


@dataclass(eq=False)
class ChainLagging(Unavailable):
    """The gateway has not read the chain far enough to answer; try again in a moment."""

    lag_blocks: int


@dataclass(eq=False)
class ChannelUnavailable(Unavailable):
    """The payment channel does not answer; retry with the same id."""

    channel: str
