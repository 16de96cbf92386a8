"""Events of BillRegistry and PremiumCollector."""

from dataclasses import dataclass
from typing import Annotated

from node.chain.abi.layouts import Account, Bill32, Digest, Hash, Int32, Uint8, Uint32, Uint64
from node.chain.abi.packing import Word
from node.chain.abi.records import Bill
from node.chain.events.table import Event, event
from node.domain.premiums import RefundReason


@event("bill_id")
@dataclass(frozen=True, slots=True)
class BillCancelled(Event):
    """An open bill was cancelled."""

    bill_id: Bill32
    revision: Uint32


@event("bill_id", "member", "payer")
@dataclass(frozen=True, slots=True)
class BillIssued(Event):
    """A premium bill came into being."""

    bill_id: Bill32
    member: Account
    payer: Account
    bill: Bill
    plan_id: Hash
    plan_version: Uint32


@event("bill_id")
@dataclass(frozen=True, slots=True)
class BillRefunded(Event):
    """A paid bill was refunded."""

    bill_id: Bill32
    revision: Uint32


@event("bill_id")
@dataclass(frozen=True, slots=True)
class CoverageGapRecorded(Event):
    """A late payment left [gap_start, gap_end) without cover."""

    bill_id: Bill32
    part: Uint8
    gap_start: Int32
    gap_end: Int32


@event("digest", "bill_id")
@dataclass(frozen=True, slots=True)
class PremiumPaid(Event):
    """A part was paid; with block and log index this is the receipt. Amounts in fen."""

    digest: Digest
    bill_id: Bill32
    payer: Account
    part: Uint8
    medical_fen: Uint64
    cash_fen: Uint64
    employee_fen: Uint64
    subsidy_fen: Uint64
    late_fee_fen: Uint64

    @property
    def revision(self) -> int:
        """Return the bill's revision after this payment: it starts at 1, each payment adds one."""
        return 1 + self.part


@event("digest", "bill_id")
@dataclass(frozen=True, slots=True)
class PremiumRefunded(Event):
    """The negative receipt of a bill. Amounts in fen."""

    digest: Digest
    bill_id: Bill32
    reason: Annotated[RefundReason, Word("uint8")]
    medical_fen: Uint64
    cash_fen: Uint64
    employee_fen: Uint64
    subsidy_fen: Uint64
    late_fee_fen: Uint64
