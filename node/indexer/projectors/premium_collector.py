"""PremiumCollector: payments and refunds, each one a receipt."""

from __future__ import annotations

from node.chain.events import Event, PremiumPaid, PremiumRefunded
from node.db.models.bills import Bill, BillPayment, PremiumPayment, PremiumRefund
from node.domain.premiums import BillState
from node.indexer.projection import Handler, Place, Projection
from node.indexer.projectors.receipts import issue_receipt, void_receipt


def paid(projection: Projection, event: PremiumPaid, place: Place) -> None:
    """A part of a bill was paid; `cash_fen` includes employee share and late fee."""
    changes = projection.changes
    bill = changes.find(Bill, event.bill_id)
    number = issue_receipt(
        projection,
        place,
        kind="PREMIUM",
        digest=event.digest,
        subject=event.bill_id,
        account=event.payer,
        amount_fen=event.medical_fen + event.cash_fen,
    )
    changes.patch(
        Bill,
        (event.bill_id,),
        state=(BillState.PAID if event.part == bill["parts"] else BillState.PARTLY_PAID).name,
        paid_parts=event.part,
        revision=event.revision,
        paid_medical_fen=bill["paid_medical_fen"] + event.medical_fen,
        paid_cash_fen=bill["paid_cash_fen"] + event.cash_fen - event.late_fee_fen,
        paid_late_fee_fen=bill["paid_late_fee_fen"] + event.late_fee_fen,
        block_number=place.block_number,
    )
    changes.put(
        PremiumPayment,
        {
            "digest": event.digest,
            "bill_id": event.bill_id,
            "payer": event.payer,
            "part": event.part,
            "medical_fen": event.medical_fen,
            "cash_fen": event.cash_fen,
            "employee_fen": event.employee_fen,
            "subsidy_fen": event.subsidy_fen,
            "late_fee_fen": event.late_fee_fen,
            "refunded": False,
            "receipt_number": number,
            "block_number": place.block_number,
            "timestamp": place.timestamp,
        },
    )
    changes.put(BillPayment, {"bill_id": event.bill_id, "part": event.part, "digest": event.digest})


def refunded(projection: Projection, event: PremiumRefunded, place: Place) -> None:
    """All payments of a bill went back to the pockets that paid."""
    changes = projection.changes
    bill = changes.find(Bill, event.bill_id)
    payments = [
        changes.find(PremiumPayment, changes.find(BillPayment, event.bill_id, part)["digest"])
        for part in range(1, bill["paid_parts"] + 1)
    ]
    number = issue_receipt(
        projection,
        place,
        kind="PREMIUM_REFUND",
        digest=event.digest,
        subject=event.bill_id,
        account=bill["payer"],
        amount_fen=-(event.medical_fen + event.cash_fen),
        voids=payments[0]["receipt_number"],
    )
    for payment in payments:
        void_receipt(projection, payment["receipt_number"], voided_by=number)
        changes.patch(PremiumPayment, (payment["digest"],), refunded=True)
    changes.put(
        PremiumRefund,
        {
            "digest": event.digest,
            "bill_id": event.bill_id,
            "reason": event.reason.name,
            "medical_fen": event.medical_fen,
            "cash_fen": event.cash_fen,
            "employee_fen": event.employee_fen,
            "subsidy_fen": event.subsidy_fen,
            "late_fee_fen": event.late_fee_fen,
            "receipt_number": number,
            "block_number": place.block_number,
            "timestamp": place.timestamp,
        },
    )


HANDLERS: dict[type[Event], Handler] = {PremiumPaid: paid, PremiumRefunded: refunded}
