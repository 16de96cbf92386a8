"""Names of the derived fund accounts of a region and scheme, written at their first mention."""

from __future__ import annotations

import functools

from node.chain import accounts
from node.db.models.wallets import Fund
from node.domain.kinds import FundKind, Scheme
from node.indexer.projection import Place, Projection
from node.wire.hexadecimal import to_hex
from node.wire.labels import label_bytes

REGION_BYTES = 12


@functools.lru_cache(maxsize=1024)
def fund_accounts(region: str, scheme: Scheme) -> tuple[tuple[FundKind, str], ...]:
    """Return the account of each kind of fund."""
    raw = to_hex(label_bytes(region, REGION_BYTES))
    return tuple((kind, accounts.fund(raw, scheme, kind)) for kind in FundKind)


def name_funds(
    projection: Projection, place: Place, *, region: str, scheme: Scheme, insurer: str
) -> None:
    """Make the funds of a region and scheme known by name."""
    pairs = fund_accounts(region, scheme)
    if projection.changes.get(Fund, pairs[0][1]) is not None:
        return
    for kind, account in pairs:
        projection.changes.put(
            Fund,
            {
                "account": account,
                "region": region,
                "scheme": scheme.name,
                "kind": kind.name,
                "insurer": insurer,
                "block_number": place.block_number,
            },
        )
