"""BillRegistry: bills as issued, cancelled, refunded; gaps that a late payment left."""

from __future__ import annotations

from node.chain.events import BillCancelled, BillIssued, BillRefunded, CoverageGapRecorded, Event
from node.db.models.bills import Bill, CoverageGap
from node.domain.premiums import BillState
from node.indexer.projection import Handler, Place, Projection
from node.indexer.projectors.funds import name_funds

COPIED = (
    *("member", "payer", "insurer", "region", "parts", "paid_parts", "revision"),
    *("period_start", "period_end", "joined_day", "due_day", "part_interval_days", "grace_days"),
    *("backpay_days", "late_fee_bp_per_day", "personal_fen", "employee_fen", "subsidy_fen"),
    *("paid_medical_fen", "paid_cash_fen", "paid_late_fee_fen"),
)


def issued(projection: Projection, event: BillIssued, place: Place) -> None:
    """A bill came into being."""
    bill = event.bill
    projection.changes.put(
        Bill,
        {
            "bill_id": event.bill_id,
            **{name: getattr(bill, name) for name in COPIED},
            "state": bill.state.name,
            "scheme": bill.scheme.name,
            "member_kind": bill.member_kind.name,
            "plan_id": event.plan_id,
            "plan_version": event.plan_version,
            "issued_at": place.timestamp,
            "block_number": place.block_number,
        },
    )
    name_funds(projection, place, region=bill.region, scheme=bill.scheme, insurer=bill.insurer)


def cancelled(projection: Projection, event: BillCancelled, place: Place) -> None:
    """An open bill was withdrawn."""
    _close(projection, event, BillState.CANCELLED, place)


def refunded(projection: Projection, event: BillRefunded, place: Place) -> None:
    """A paid bill was paid back."""
    _close(projection, event, BillState.REFUNDED, place)


def gap_recorded(projection: Projection, event: CoverageGapRecorded, place: Place) -> None:
    """A payment came too late to restore these days."""
    projection.changes.put(
        CoverageGap,
        {
            "bill_id": event.bill_id,
            "part": event.part,
            "gap_start": event.gap_start,
            "gap_end": event.gap_end,
            "block_number": place.block_number,
        },
    )


def _close(
    projection: Projection, event: BillCancelled | BillRefunded, state: BillState, place: Place
) -> None:
    projection.changes.patch(
        Bill,
        (event.bill_id,),
        state=state.name,
        revision=event.revision,
        block_number=place.block_number,
    )


HANDLERS: dict[type[Event], Handler] = {
    BillIssued: issued,
    BillCancelled: cancelled,
    BillRefunded: refunded,
    CoverageGapRecorded: gap_recorded,
}
