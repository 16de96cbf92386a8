"""What the next part of a bill costs, as the contract computes it, and for how long that holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from node.desk.clock import Clock
from node.desk.quote_evidence import QuoteSigner
from node.desk.readers import PartDue, PremiumQuotes
from node.domain.days import QUOTE_LIFETIME_S, iso
from node.domain.errors import MalformedBody
from node.domain.ids import BillId
from node.domain.premiums import Offer, require_fresh_quote
from node.readmodels.premiums import BillRow


@dataclass(frozen=True, slots=True)
class Promised:
    """What a client says it was quoted, to be held against what is due now."""

    revision: int
    payable_fen: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Quote:
    """What is due, until when the offer holds, and the signed document that says so."""

    due: PartDue
    expires_at: int
    document: dict[str, Any]
    jws: str


class QuoteDesk:
    """Asks the chain, puts a date on the answer and signs it."""

    def __init__(
        self, chain: PremiumQuotes, *, chain_id: int, clock: Clock, signer: QuoteSigner
    ) -> None:
        self._chain = chain
        self._chain_id = chain_id
        self._clock = clock
        self._signer = signer

    async def quote(self, bill: BillRow, *, promised: Promised | None = None) -> Quote:
        """Return what the next part costs; a promise still holds with its own expiry or is refused.

        Errors: QuoteExpired, QuoteStale, MalformedBody (expiry too far away); those of the chain.
        """
        now_s = self._clock.network_s()
        due, block = await self._chain.premium_quote(bill.bill_id)
        expires_at = now_s + QUOTE_LIFETIME_S
        if promised is not None:
            _require_kept(promised, due, bill_id=bill.bill_id, now_s=now_s)
            expires_at = promised.expires_at
        document = self._document(bill, due) | {
            "chain_id": self._chain_id,
            "block_number": block.number,
            "block_hash": block.block_hash,
            "expires_at": expires_at,
        }
        return Quote(due, expires_at, document, self._signer.sign(document))

    def _document(self, bill: BillRow, due: PartDue) -> dict[str, Any]:
        return {
            "bill_id": bill.bill_id,
            "revision": due.revision,
            "scheme": bill.scheme,
            "plan_id": bill.plan_id,
            "plan_version": bill.plan_version,
            "period_start": iso(bill.period_start),
            "period_end": iso(bill.period_end),
            "part": due.part,
            "parts": bill.parts,
            "due": iso(bill.due_day + (due.part - 1) * bill.part_interval_days),
            "gross_fen": due.gross_fen,
            "subsidy_fen": due.subsidy_fen,
            # Campaigns are paid from CAMPAIGN by their own module; a bill has none.
            "discount_fen": 0,
            "employee_fen": due.employee_fen,
            "late_fee_fen": due.late_fee_fen,
            "payable_fen": due.total_fen,
        }


def _require_kept(promised: Promised, due: PartDue, *, bill_id: str, now_s: int) -> None:
    if promised.expires_at > now_s + QUOTE_LIFETIME_S:
        raise MalformedBody("no quote holds that long", field="/quote/expires_at")
    require_fresh_quote(
        BillId(bill_id),
        expires_at=promised.expires_at,
        now_s=now_s,
        quoted=Offer(promised.revision, promised.payable_fen),
        due=Offer(due.revision, due.total_fen),
    )
