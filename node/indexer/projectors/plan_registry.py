"""PlanRegistry: heads of plan versions."""

from __future__ import annotations

from node.chain.abi.kinds import PlanStatus
from node.chain.events import Event, PlanApproved, PlanEnded, PlanProposed
from node.db.models.parties import PlanVersion
from node.indexer.projection import Handler, Place, Projection
from node.indexer.projectors.funds import name_funds


def proposed(projection: Projection, event: PlanProposed, place: Place) -> None:
    """A version waits for its second officer."""
    head = event.head
    projection.changes.put(
        PlanVersion,
        {
            "plan_id": event.plan_id,
            "version": event.version,
            "kind": head.kind.name,
            "status": PlanStatus.PROPOSED.name,
            "region": head.region,
            "scheme": head.scheme.name,
            "member_kind": head.member_kind.name,
            "care_type": head.care_type,
            "valid_from": head.valid_from,
            "valid_until": head.valid_until,
            "insurer": head.insurer,
            "source_hash": head.source_hash,
            "catalogue_root": head.catalogue_root,
            "body_hash": event.body_hash,
            "proposer": event.officer,
            "proposed_at": place.timestamp,
            "block_number": place.block_number,
        },
    )
    name_funds(projection, place, region=head.region, scheme=head.scheme, insurer=head.insurer)


def approved(projection: Projection, event: PlanApproved, place: Place) -> None:
    """A version is in force on its dates and never changes again."""
    projection.changes.patch(
        PlanVersion,
        (event.plan_id, event.version),
        status=PlanStatus.APPROVED.name,
        approver=event.officer,
        insurer=event.insurer,
        approved_at=place.timestamp,
        block_number=place.block_number,
    )


def ended(projection: Projection, event: PlanEnded, place: Place) -> None:
    """A newer version cut the dates of this one."""
    projection.changes.patch(
        PlanVersion,
        (event.plan_id, event.version),
        valid_until=event.valid_until,
        block_number=place.block_number,
    )


HANDLERS: dict[type[Event], Handler] = {
    PlanProposed: proposed,
    PlanApproved: approved,
    PlanEnded: ended,
}
