"""ProviderRegistry: organisations, officers, contracts."""

from __future__ import annotations

from node.chain.events import (
    Event,
    OfficerRegistered,
    OrganisationRegistered,
    OrganisationStatusSet,
    ProviderContracted,
)
from node.db.models.parties import Officer, Organisation, ProviderContract
from node.domain.parties import OrganisationStatus
from node.indexer.projection import Handler, Place, Projection


def registered(projection: Projection, event: OrganisationRegistered, place: Place) -> None:
    """An organisation takes part, and is active."""
    projection.changes.put(
        Organisation,
        {
            "organisation": event.organisation,
            "kind": event.kind.name,
            "status": OrganisationStatus.ACTIVE.name,
            "provider_type": event.provider_type.name,
            "level": event.level,
            "region": event.region,
            "settlement_account": event.settlement_account,
            "registered_at": place.timestamp,
            "block_number": place.block_number,
        },
    )


def status_set(projection: Projection, event: OrganisationStatusSet, place: Place) -> None:
    """An organisation was suspended or restored."""
    projection.changes.patch(
        Organisation,
        (event.organisation,),
        status=event.status.name,
        status_reason=event.reason_code,
        block_number=place.block_number,
    )


def contracted(projection: Projection, event: ProviderContracted, place: Place) -> None:
    """An insurer contracts a provider, or no longer."""
    projection.changes.put(
        ProviderContract,
        {
            "provider": event.provider,
            "insurer": event.insurer,
            "contracted": event.contracted,
            "block_number": place.block_number,
        },
    )


def officer_registered(projection: Projection, event: OfficerRegistered, place: Place) -> None:
    """A person acts for an organisation."""
    projection.changes.put(
        Officer,
        {
            "officer": event.officer,
            "organisation": event.organisation,
            "roles": event.roles,
            "block_number": place.block_number,
        },
    )


HANDLERS: dict[type[Event], Handler] = {
    OrganisationRegistered: registered,
    OrganisationStatusSet: status_set,
    ProviderContracted: contracted,
    OfficerRegistered: officer_registered,
}
