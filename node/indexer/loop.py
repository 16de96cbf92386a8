"""The indexer at work: fetch, check, project, mark; one bounded step at a time.

Up to the final block everything is projected; blocks above it only mark intents as MINED, so a
reorganisation never has to undo a read model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from node.chain.finality import Finality
from node.chain.rpc.json_rpc import RpcError
from node.db.unit_of_work import Database
from node.domain.errors.base import Unavailable
from node.indexer import reorg, store
from node.indexer.errors import ChainResetError, InconsistentEndpointError
from node.indexer.fetcher import Fetcher, Header, Rpc
from node.indexer.store import StoreSettings
from node.indexer.window import Window
from node.outbox.waiters import Waiters
from node.readmodels import network
from node.readmodels.changes import drop_all
from node.readmodels.network import ChainPosition

log = structlog.get_logger(__name__)
LONGEST_PAUSE_S = 5.0
QUICK_EVENTS = 2_000


class Indexer:
    """Follows one chain into one database; exactly one may run per database."""

    def __init__(
        self,
        database: Database,
        rpc: Rpc,
        *,
        directory: str,
        finality: Finality,
        waiters: Waiters | None = None,
        poll_s: float = 0.05,
        now_ms: Callable[[], int] = store.clock_ms,
    ) -> None:
        self._database, self._fetcher = database, Fetcher(rpc)
        self._directory, self._finality, self._waiters = directory.lower(), finality, waiters
        self._poll_s, self._now_ms, self.window = poll_s, now_ms, Window()
        self._settings: StoreSettings | None = None
        self._stop = asyncio.Event()
        self.events_applied, self._is_behind = 0, False

    def stop(self) -> None:
        """Finish the step at work and return from `run`."""
        self._stop.set()

    async def start(self) -> StoreSettings:
        """Check that the chain is the one of this database. Errors: ChainResetError."""
        if self._settings is not None:
            return self._settings
        position = await self._database.read(network.position)
        if position is not None:
            await reorg.require_same_chain(self._database, self._fetcher, position)
        self._settings = StoreSettings(
            chain_id=await self._fetcher.chain_id(),
            genesis_hash=await self._fetcher.genesis_hash(),
            directory=self._directory,
            waiters=self._waiters,
            now_ms=self._now_ms,
        )
        return self._settings

    async def run(self) -> None:
        """Work until stopped. Errors: ChainResetError, after which a person must decide."""
        pause_s = self._poll_s
        while not self._stop.is_set():
            try:
                worked, pause_s = await self.step(), self._poll_s
            except ChainResetError:
                log.error("chain_reset")
                raise
            except (Unavailable, RpcError, InconsistentEndpointError) as error:
                log.warning("indexer_waits", error=str(error), pause_s=pause_s)
                self.window.shrink()
                worked, pause_s = False, min(2 * pause_s + 0.1, LONGEST_PAUSE_S)
            except Exception:  # a bug must be seen: health shows the lag, the log the cause
                log.exception("indexer_failed")
                worked, pause_s = False, LONGEST_PAUSE_S
            if not worked:
                await self._rest(pause_s)

    async def step(self) -> bool:
        """Read at most one range; return whether more blocks wait.

        Errors: ChainResetError, InconsistentEndpointError, RpcError, ChainUnavailable.
        """
        settings = await self.start()
        head = await self._fetcher.head()
        position = await self._database.read(network.position)
        if position is not None and await self._lags(position, head):
            return False
        if position is not None and await self._changed(position, head, settings):
            return True
        first = 0 if position is None else position.final.number + 1
        final = self._finality.final_block(head.number)
        if final is not None and final >= first:
            last = min(final, first + self.window.size - 1)
            await self._final(first, last, head, settings)
            return last < final
        if position is not None and head.number > position.head.number:
            last = min(head.number, position.head.number + self.window.size)
            await self._pending(position, last, settings)
            return last < head.number
        return False

    async def catch_up(self) -> int:
        """Read until nothing more is there; return the final block. For commands and tests."""
        while await self.step():
            pass
        position = await self._database.read(network.position)
        return -1 if position is None else position.final.number

    async def rebuild(self) -> int:
        """Drop every read table and fill it again from the first block (M17).

        The outbox stays: its rows are terminal or are marked again. Readers see the tables grow,
        so this is for a gateway that does not serve meanwhile.
        """
        await self._database.write(drop_all)
        self._settings = None
        return await self.catch_up()

    async def _lags(self, position: ChainPosition, head: Header) -> bool:
        """Tell whether the node is behind what was read from it before. Errors: ChainResetError."""
        behind = position.final.number - head.number
        if behind > 0:
            await reorg.require_known_blocks(self._database, self._fetcher, head)
        if (behind > 0) is not self._is_behind:
            self._is_behind = behind > 0
            log.warning("node_behind", blocks=max(0, behind), head=head.number)
        return behind > 0

    async def _changed(
        self, position: ChainPosition, head: Header, settings: StoreSettings
    ) -> bool:
        """Rewind if blocks above the final one were replaced; return whether they were."""
        if head.hash == position.head.hash:
            return False
        if position.head == position.final:
            return False  # the next range is checked to follow the final block
        fork = await reorg.find_fork(self._database, self._fetcher, position, head)
        if fork is None:
            return False
        digests = await self._database.write(
            lambda unit: store.rewind(unit, fork=fork, settings=settings)
        )
        log.warning("rewound", to_block=fork.number, intents=len(digests))
        return True

    async def _final(self, first: int, last: int, head: Header, settings: StoreSettings) -> None:
        found = await self._fetcher.fetch(first, last)
        position = await self._database.read(network.position)
        if position is not None and found.headers[0].parent_hash != position.final.hash:
            await reorg.require_final_block(self._fetcher, position)
            raise InconsistentEndpointError("a range does not follow the final block")
        # Without finality depth the last block of the range is all that was seen.
        seen = position.head if position and position.head.number > last else None
        seen_header = None if seen is None else Header(seen.number, seen.hash, "", seen.timestamp)
        count = await self._database.write(
            lambda unit: store.apply_final(unit, found, settings, head=seen_header),
            quick=len(found.entries) <= QUICK_EVENTS,
        )
        self.events_applied += count
        self.window.learn(len(found.entries))

    async def _pending(self, position: ChainPosition, last: int, settings: StoreSettings) -> None:
        found = await self._fetcher.fetch(position.head.number + 1, last)
        await self._database.write(lambda unit: store.apply_pending(unit, found, settings))

    async def _rest(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._stop.wait()
        except TimeoutError:
            return
