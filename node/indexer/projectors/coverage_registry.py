"""CoverageRegistry: who is covered, from when to when."""

from __future__ import annotations

from node.chain.events import CoverageEnded, Enrolled, Event
from node.db.models.members import Coverage
from node.indexer.projection import Handler, Place, Projection
from node.indexer.projectors.funds import name_funds


def enrolled(projection: Projection, event: Enrolled, place: Place) -> None:
    """A member is covered for a period."""
    name_funds(projection, place, region=event.region, scheme=event.scheme, insurer=event.insurer)
    projection.changes.put(
        Coverage,
        {
            "member": event.member,
            "scheme": event.scheme.name,
            "start_day": event.start_day,
            "end_day": event.end_day,
            "care_from_day": event.care_from_day,
            "insurer": event.insurer,
            "member_kind": event.member_kind.name,
            "region": event.region,
            "tenure_years": event.tenure_years,
            "bill_id": event.bill_id,
            "block_number": place.block_number,
        },
    )


def coverage_ended(projection: Projection, event: CoverageEnded, place: Place) -> None:
    """A coverage was shortened."""
    projection.changes.patch(
        Coverage,
        (event.member, event.scheme.name, event.start_day),
        end_day=event.end_day,
        end_reason=event.reason_code,
        block_number=place.block_number,
    )


HANDLERS: dict[type[Event], Handler] = {Enrolled: enrolled, CoverageEnded: coverage_ended}
