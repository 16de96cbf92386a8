"""Signers of members, organisations and officers: both registries emit the same events."""

from __future__ import annotations

from node.chain.accounts import MEMBER_DIGIT
from node.chain.events import Event, SignerSet, SignersFrozen
from node.db.models.members import Signer, SignerFreeze
from node.db.types import clamp_bigint
from node.indexer.projection import Handler, Place, Projection


def signer_set(projection: Projection, event: SignerSet, place: Place) -> None:
    """A key may sign for an account between two moments; 0 = no end."""
    projection.changes.put(
        Signer,
        {
            "account": event.account,
            "key": event.key,
            "book": "MEMBER" if event.account[2] == MEMBER_DIGIT else "ORGANISATION",
            "kind": event.kind.name,
            "valid_from": clamp_bigint(event.valid_from),
            "valid_until": clamp_bigint(event.valid_until),
            "block_number": place.block_number,
        },
    )


def signers_frozen(projection: Projection, event: SignersFrozen, place: Place) -> None:
    """All keys of an account are frozen or released."""
    projection.changes.put(
        SignerFreeze,
        {
            "account": event.account,
            "frozen": event.frozen,
            "reason_code": event.reason_code,
            "block_number": place.block_number,
        },
    )


HANDLERS: dict[type[Event], Handler] = {SignerSet: signer_set, SignersFrozen: signers_frozen}
