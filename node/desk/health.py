"""Whether this gateway can serve: database, chain and the distance between both (P24)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from node.db.unit_of_work import Database
from node.desk.clock import Clock
from node.desk.halts import HaltRule
from node.desk.readers import BlockAt
from node.domain.errors import ChainLagging, ChainUnavailable
from node.domain.errors.base import Unavailable
from node.readmodels.network import ChainPosition, is_paused, position


@dataclass(frozen=True, slots=True)
class Health:
    """The result of all checks; lags are None where a side does not answer.

    `code` names the trouble with the chain as an error would: ChainLagging, ChainUnavailable.
    """

    checks: dict[str, bool]
    final_block: int | None
    lag_blocks: int | None
    lag_s: int | None
    code: str | None = None

    @property
    def is_ready(self) -> bool:
        """Whether every check passed."""
        return all(self.checks.values())


class HealthService:
    """Asks both sides; no failure of theirs is a failure of the answer.

    `start` is the final block of the chain when this gateway started.
    """

    def __init__(
        self,
        database: Database,
        *,
        final_head: Callable[[], Awaitable[BlockAt]],
        start: BlockAt,
        clock: Clock,
        largest_lag_s: int,
        halts: HaltRule,
    ) -> None:
        self._database = database
        self._final_head = final_head
        self._clock = clock
        self._largest_lag_s, self._halts = largest_lag_s, halts
        self._start = start
        self.has_caught_up = False

    async def require_caught_up(self) -> None:
        """Make sure that all that was final when this gateway started has been read, once.

        Sooner it would deny what the chain holds: members, keys, money. Errors: ChainLagging.
        """
        if self.has_caught_up:
            return
        self._note(await self._database.read(position))

    async def check(self) -> Health:
        """Return what works and how far the read models are behind."""
        head = await self._head()
        database, place = await self._position()
        lag_blocks = None if head is None or place is None else head.number - place.final.number
        lag_s = None
        if place is not None:
            # The newest block may be dated a second ahead of this clock.
            lag_s = max(0, self._clock.network_s() - place.final.timestamp)
        # A chain without events stands still: only blocks not read yet make the models old.
        behind = lag_blocks is None or (lag_blocks > 0 and (lag_s or 0) > self._largest_lag_s)
        with suppress(ChainLagging):
            self._note(place)
        read = self.has_caught_up and not behind
        moves = self._moves(head, place)
        away = None if head is not None else ChainUnavailable.__name__
        return Health(
            checks={
                "database": database,
                "chain": head is not None,
                "blocks": moves,
                "read_models": read,
            },
            final_block=None if place is None else place.final.number,
            lag_blocks=lag_blocks,
            lag_s=lag_s,
            code=away or (None if moves and read else ChainLagging.__name__),
        )

    def _moves(self, head: BlockAt | None, place: ChainPosition | None) -> bool:
        """Whether blocks arrive: the newest is young enough, and the node has what was read."""
        if head is not None and place is not None and head.number < place.final.number:
            return False
        newest_s = max(
            0 if head is None else head.timestamp, 0 if place is None else place.final.timestamp
        )
        return not self._halts.is_halted(newest_s, now_s=self._clock.network_s())

    async def network(self) -> tuple[ChainPosition | None, bool]:
        """Return how far the chain is read, and whether the network is paused."""
        return await self._database.read(lambda unit: (position(unit), is_paused(unit)))

    def _note(self, place: ChainPosition | None) -> None:
        """Note whether the start of this gateway has been read. Errors: ChainLagging."""
        lag_blocks = self._start.number - (-1 if place is None else place.final.number)
        if lag_blocks > 0 and not self.has_caught_up:
            raise ChainLagging(lag_blocks)
        self.has_caught_up = True

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
