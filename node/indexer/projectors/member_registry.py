"""MemberRegistry: members, wallets opened, guardians, family links."""

from __future__ import annotations

from node.chain.events import (
    Event,
    FamilyLinked,
    FamilyLinkEnded,
    GuardianAssigned,
    MemberOpened,
    WalletOpened,
)
from node.db.models.members import FamilyLink, Guardian, Member
from node.indexer.projection import Handler, Place, Projection


def member_opened(projection: Projection, event: MemberOpened, place: Place) -> None:
    """A member account was registered."""
    projection.changes.put(
        Member,
        {
            "account": event.member,
            "identity_commitment": event.identity_commitment,
            "categories": event.categories,
            "opened_by": event.opened_by,
            "opened_at": place.timestamp,
            "block_number": place.block_number,
        },
    )


def wallet_opened(projection: Projection, event: WalletOpened, place: Place) -> None:
    """A member accepted the terms and opened the wallet."""
    projection.changes.patch(
        Member,
        (event.member,),
        terms_hash=event.terms_hash,
        wallet_opened_at=place.timestamp,
        block_number=place.block_number,
    )


def guardian_assigned(projection: Projection, event: GuardianAssigned, place: Place) -> None:
    """A guardian signs for a minor until a policy day."""
    projection.changes.put(
        Guardian,
        {
            "member": event.member,
            "guardian": event.guardian,
            "until_day": event.until_day,
            "block_number": place.block_number,
        },
    )


def family_linked(projection: Projection, event: FamilyLinked, place: Place) -> None:
    """A relative's care may be paid from the holder's MEDICAL pocket."""
    projection.changes.put(
        FamilyLink,
        {
            "holder": event.holder,
            "relative": event.relative,
            "relation": event.relation.name,
            "active": True,
            "linked_at": place.timestamp,
            "ended_at": None,
            "block_number": place.block_number,
        },
    )


def family_link_ended(projection: Projection, event: FamilyLinkEnded, place: Place) -> None:
    """A link ended at once."""
    projection.changes.patch(
        FamilyLink,
        (event.holder, event.relative),
        active=False,
        ended_at=place.timestamp,
        block_number=place.block_number,
    )


HANDLERS: dict[type[Event], Handler] = {
    MemberOpened: member_opened,
    WalletOpened: wallet_opened,
    GuardianAssigned: guardian_assigned,
    FamilyLinked: family_linked,
    FamilyLinkEnded: family_link_ended,
}
