"""Whether this gateway can serve: database, chain and the distance between both (P24)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from node.db.unit_of_work import Database
from node.domain.errors.base import Unavailable
from node.readmodels.network import ChainPosition, is_paused, position
from node.services.clock import Clock
from node.services.readers import BlockAt


@dataclass(frozen=True, slots=True)
class Health:
    """The result of all checks; lags are None where a side does not answer."""

    checks: dict[str, bool]
    final_block: int | None
    lag_blocks: int | None
    lag_s: int | None

    @property
    def is_ready(self) -> bool:
        """Whether every check passed."""
        return all(self.checks.values())


class HealthService:
    """Asks both sides; no failure of theirs is a failure of the answer."""

    def __init__(
        self,
        database: Database,
        *,
        final_head: Callable[[], Awaitable[BlockAt]],
        clock: Clock,
        largest_lag_s: int,
    ) -> None:
        self._database = database
        self._final_head = final_head
        self._clock = clock
        self._largest_lag_s = largest_lag_s

    async def check(self) -> Health:
        """Return what works and how far the read models are behind."""
        head = await self._head()
        database, place = await self._position()
        lag_blocks = None if head is None or place is None else head.number - place.final.number
        lag_s = None if place is None else self._clock.network_s() - place.final.timestamp
        # A chain without events stands still: only blocks not read yet make the models old.
        behind = lag_blocks is None or (lag_blocks > 0 and (lag_s or 0) > self._largest_lag_s)
        return Health(
            checks={"database": database, "chain": head is not None, "read_models": not behind},
            final_block=None if place is None else place.final.number,
            lag_blocks=lag_blocks,
            lag_s=lag_s,
        )

    async def network(self) -> tuple[ChainPosition | None, bool]:
        """Return how far the chain is read, and whether the network is paused."""
        return await self._database.read(lambda tx: (position(tx), is_paused(tx)))

    async def _head(self) -> BlockAt | None:
        try:
            return await self._final_head()
        except Unavailable:
            return None

    async def _position(self) -> tuple[bool, ChainPosition | None]:
        try:
            return True, await self._database.read(position)
        except Unavailable:
            return False, None
