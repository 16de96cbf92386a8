"""The relayer at work: its own pace, bounded work per step, clean stop.

One `Relayer` per signing key and process. Several may share a database: leases keep their rows
apart, and each key has its own row of nonces.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import structlog

from node.chain.rpc.json_rpc import RpcError
from node.db.unit_of_work import Database, UnitOfWork
from node.domain.errors.base import Unavailable
from node.outbox import queue, transactions
from node.outbox.queue import LeasedItem
from node.readmodels.network import final_head
from node.relayer.endpoint import Endpoint, Rpc
from node.relayer.follower import Follower
from node.relayer.keeper import Keeper
from node.relayer.settings import RelayerSettings
from node.relayer.signer import TxSigner
from node.relayer.submitter import Submitter, clock_ms

log = structlog.get_logger(__name__)
LONGEST_PAUSE_S = 5.0
FOLLOW_S = 0.5
KEEP_S = 5.0
LONGEST_GATHER = 5


class Relayer:
    """Moves leased rows to the chain until it is stopped."""

    def __init__(
        self,
        database: Database,
        rpc: Rpc,
        *,
        signer: TxSigner,
        settings: RelayerSettings,
        nodes: Sequence[Rpc] = (),
        now_ms: Callable[[], int] = clock_ms,
    ) -> None:
        """Take what to ask; `nodes` are all that get each transaction, by default that one."""
        self._database, self._signer, self._settings = database, signer, settings
        self._now_ms = now_ms
        endpoint = Endpoint(rpc, nodes)
        self.submitter = Submitter(
            database, endpoint, signer=signer, settings=settings, now_ms=now_ms
        )
        self.follower = Follower(
            database, endpoint, self.submitter, settings=settings, now_ms=now_ms
        )
        self.keeper = Keeper(database, now_ms=now_ms)
        self._nudged, self._stopping = asyncio.Event(), False
        self._follow_at = self._keep_at = 0.0

    def nudge(self) -> None:
        """Look at the queue now: something was enqueued in this process."""
        self._nudged.set()

    def stop(self) -> None:
        """Finish the step at work and return from `run`."""
        self._stopping = True
        self._nudged.set()

    async def run(self) -> None:
        """Work until stopped; trouble with chain or database slows the pace, nothing else."""
        pause_s, took_s, started = self._settings.poll_s, 0.0, False
        while not self._stopping:
            try:
                if not started:
                    await self.submitter.start()
                    started = True
                began = time.monotonic()
                worked = await self.step()
                pause_s, took_s = self._settings.poll_s, time.monotonic() - began
            except (Unavailable, RpcError) as error:
                log.warning("relayer_waits", error=str(error), pause_s=pause_s)
                worked, pause_s = False, min(2 * pause_s + 0.1, LONGEST_PAUSE_S)
            except Exception:  # a bug must be seen, and must not stop other payments
                log.exception("relayer_failed")
                worked, pause_s = False, LONGEST_PAUSE_S
            if not worked:
                await self._rest(pause_s)
                await self._gather(took_s)

    async def step(self) -> bool:
        """Do one bounded piece of work; return whether more may wait.

        Errors: ChainUnavailable, StorageUnavailable, RpcError; leased rows are given back.
        """
        now = time.monotonic()
        if now >= self._keep_at:
            self._keep_at = now + KEEP_S
            await self.keeper.step()
        if now >= self._follow_at:
            self._follow_at = now + FOLLOW_S
            head = await self._database.read(final_head)
            await self.follower.step(final_number=head.number if head else -1)
        leased = await self._lease()
        if not leased:
            return False
        try:
            await self.submitter.submit(leased)
        except (Unavailable, RpcError):
            await self._give_back(leased)
            raise
        return len(leased) == self._settings.lease_items

    async def _lease(self) -> list[LeasedItem]:
        settings, signer, now_ms = self._settings, self._signer.address, self._now_ms()

        def work(unit: UnitOfWork) -> list[LeasedItem]:
            if transactions.open_count(unit, signer=signer) >= settings.open_transactions:
                return []
            return queue.lease(
                unit,
                owner=settings.owner,
                now_ms=now_ms,
                until_ms=now_ms + int(settings.lease_s * 1000),
                limit=settings.lease_items,
            )

        return await self._database.write(work, quick=True)

    async def _give_back(self, leased: Sequence[LeasedItem]) -> None:
        """Return what is still only leased; what was signed meanwhile keeps its state."""
        ids, owner = [one.id for one in leased], self._settings.owner
        later = self._now_ms() + int(self._settings.poll_s * 1000)
        await self._database.write(
            lambda unit: queue.release(unit, ids, owner=owner, not_before_ms=later)
        )

    async def _gather(self, took_s: float) -> None:
        """Let others join what has just arrived, the longer the more a step costs."""
        if not self._stopping:
            least_s = self._settings.gather_s
            await asyncio.sleep(min(max(took_s, least_s), LONGEST_GATHER * least_s))

    async def _rest(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._nudged.wait()
        except TimeoutError:
            pass
        self._nudged.clear()
