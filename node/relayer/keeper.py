"""What time decides: sweeps that are due are enqueued, idempotency keys that lapsed are forgotten.

Due is judged by final chain time. A sweep is enqueued once; running it twice has no effect.
"""

from __future__ import annotations

from collections.abc import Callable

from node.db.unit_of_work import Database, UnitOfWork
from node.outbox import keys, queue, sweeps
from node.outbox.items import OutboxItem
from node.readmodels.claims import due_claims
from node.readmodels.network import address_of, final_head
from node.readmodels.wallets import due_transfers

SWEEPS_AT_ONCE = 200
OPERATIONS, SETTLEMENT = "WalletOperations", "ClaimSettlement"


class Keeper:
    """Looks for lapsed wallet transfers, unconfirmed claims and idempotency keys."""

    def __init__(self, database: Database, *, now_ms: Callable[[], int]) -> None:
        self._database, self._now_ms = database, now_ms

    async def step(self) -> int:
        """Enqueue what is due; return how many sweeps are new."""
        now_ms = self._now_ms()
        if await self._database.read(lambda unit: keys.has_expired(unit, now_ms=now_ms)):
            await self._database.write(lambda unit: keys.drop_expired(unit, now_ms=now_ms))
        due = await self._database.read(_due)
        if not due:
            return 0
        done = await self._database.write(lambda unit: queue.enqueue_many(unit, due, now_ms=now_ms))
        return sum(one.is_new for one in done)


def _due(unit: UnitOfWork) -> list[OutboxItem]:
    head = final_head(unit)
    if head is None:
        return []
    found: list[OutboxItem] = []
    operations, settlement = address_of(unit, OPERATIONS), address_of(unit, SETTLEMENT)
    if operations is not None:
        found += [
            sweeps.return_transfer(target=operations, sender=sender, returns_at=returns_at)
            for sender, returns_at in due_transfers(unit, at=head.timestamp, limit=SWEEPS_AT_ONCE)
        ]
    if settlement is not None:
        found += [
            sweeps.expire_claim(target=settlement, claim_id=claim_id, expires_at=expires_at)
            for claim_id, expires_at in due_claims(unit, at=head.timestamp, limit=SWEEPS_AT_ONCE)
        ]
    return found
