"""Catalogues of drugs, services and consumables: what may be charged, of which class, until when.

A version is published whole; its Merkle root goes into PlanRegistry with the plans that follow it,
so that anybody with an item and its path can prove how it was listed (P31).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from node.db.pages import PageOf, PageRequest
from node.db.repositories.catalogue import (
    ItemRow,
    VersionRow,
    find_version,
    keep_version,
    list_items,
    replace_items,
)
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller
from node.desk.clock import Clock
from node.domain.days import iso, require_period
from node.domain.documents import canonical_json
from node.domain.errors import AlreadyExists, InvalidPeriod, InvalidRatio, ProviderUnknown
from node.domain.ids import NO_HASH
from node.domain.kinds import ItemClass
from node.readmodels.organisations import find_organisation
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex


class CatalogueService:
    """Commands and questions about catalogue items; a catalogue is named by its region."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, catalogue: str, request: PageRequest, *, code: str | None, day: int | None
    ) -> PageOf[ItemRow]:
        """Return items by code and first day; `day`: those valid on it."""
        return await self._database.read(
            lambda unit: list_items(unit, catalogue, request, code=code, day=day)
        )

    async def publish(
        self, caller: Caller, *, version: str, items: Sequence[ItemRow]
    ) -> VersionRow:
        """Put the items of a version in place of all that the insurer's region had.

        `catalogue` of the items is set here. The same version with the same items may come again.
        Errors: InvalidPeriod (empty, or two periods of a code that overlap), InvalidRatio (class A
        with a self-pay ratio), AlreadyExists (the version has other items).
        """
        region = await self._database.read(lambda unit: _region_of(unit, caller))
        rows = sorted(
            (item._replace(catalogue=region) for item in items),
            key=lambda item: (item.code, item.valid_from),
        )
        _check(rows, items)
        root = merkle_root([leaf_of(item) for item in rows])
        now_ms = self._clock.now_ms()
        published = VersionRow(region, version, root, len(rows), caller.account, now_ms)

        def write(unit: UnitOfWork) -> VersionRow:
            known = find_version(unit, catalogue=region, version=version)
            if known is not None and known.root != root:
                raise AlreadyExists(version, field="/path/version")
            keep_version(unit, published)
            replace_items(unit, region, rows)
            return published

        return await self._database.write(write)


def leaf_of(item: ItemRow) -> bytes:
    """Return the leaf of an item: keccak of its canonical JSON, days as ISO dates.

    The text is always longer than the 64 bytes of an inner node, so that no node passes as an item.
    """
    document = item._asdict() | {
        "valid_from": iso(item.valid_from),
        "valid_until": None if item.valid_until is None else iso(item.valid_until),
    }
    return bytes(keccak(canonical_json(document)))


def merkle_root(leaves: Sequence[bytes]) -> str:
    """Return the root over sorted leaves with sorted pairs, as OpenZeppelin's MerkleProof reads it.

    A node without a neighbour rises as it is; no leaves give the zero root.
    """
    row = sorted(leaves)
    while len(row) > 1:
        pairs = [row[at : at + 2] for at in range(0, len(row), 2)]
        row = [keccak(b"".join(sorted(one))) if len(one) > 1 else one[0] for one in pairs]
    return to_hex(row[0]) if row else NO_HASH


def _check(rows: Sequence[ItemRow], given: Sequence[ItemRow]) -> None:
    for place, item in enumerate(given):
        if item.valid_until is not None:
            require_period(item.valid_from, item.valid_until, field=f"/items/{place}/valid_until")
        if item.item_class == ItemClass.A.name and item.self_pay_bp:
            raise InvalidRatio(item.self_pay_bp, field=f"/items/{place}/self_pay_bp")
    for first, second in pairwise(rows):
        ends = first.valid_until
        if first.code == second.code and (ends is None or ends > second.valid_from):
            at = next(place for place, one in enumerate(given) if _is_same(one, second))
            until = second.valid_from if ends is None else ends
            raise InvalidPeriod(second.valid_from, until, field=f"/items/{at}/valid_from")


def _is_same(one: ItemRow, other: ItemRow) -> bool:
    return (one.code, one.valid_from) == (other.code, other.valid_from)


def _region_of(unit: UnitOfWork, caller: Caller) -> str:
    found = find_organisation(unit, caller.account)
    if found is None:
        raise ProviderUnknown(caller.account)
    return found.region
