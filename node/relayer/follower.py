"""Looks after stored transactions that no block shows in time: finds them, or sends them again.

What is unknown is looked up; only bytes that can never execute any more give their rows back.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog

from node.db.unit_of_work import Database, UnitOfWork
from node.outbox import queue, transactions
from node.outbox.transactions import StoredTransaction
from node.relayer.endpoint import Endpoint
from node.relayer.settings import RelayerSettings
from node.relayer.submitter import Submitter, clock_ms

log = structlog.get_logger(__name__)
OVERDUE_AT_ONCE = 100


class Follower:
    """Looks after stored transactions that no block shows in time: finds them or sends again."""

    def __init__(
        self,
        database: Database,
        endpoint: Endpoint,
        submitter: Submitter,
        *,
        settings: RelayerSettings,
        now_ms: Callable[[], int] = clock_ms,
    ) -> None:
        self._database, self._endpoint = database, endpoint
        self._submitter, self._settings, self._now_ms = submitter, settings, now_ms

    async def step(self, *, final_number: int) -> int:
        """Treat what is overdue; return how many. `final_number` −1 = nothing is read yet.

        Errors: ChainUnavailable.
        """
        now_ms = self._now_ms()
        again_ms = now_ms + int(self._settings.resend_s * 1000)
        due = await self._database.write(
            lambda unit: transactions.take_overdue(
                unit, now_ms=now_ms, next_try_ms=again_ms, limit=OVERDUE_AT_ONCE
            )
        )
        for stored in due:
            await self._look(stored, final_number)
        stuck = await self._database.write(
            lambda unit: transactions.take_stuck(
                unit,
                signer=self._submitter.signer,
                now_ms=now_ms,
                next_try_ms=again_ms,
                limit=OVERDUE_AT_ONCE,
            )
        )
        for stored in stuck:
            await self._free(stored)
        return len(due) + len(stuck)

    async def _look(self, stored: StoredTransaction, final_number: int) -> None:
        receipt = await self._endpoint.tx_receipt(stored.tx_hash)
        if receipt is None:
            await self._send_again(stored, final_number)
        elif receipt.block_number > final_number:
            return  # the indexer has not read that block as final yet
        elif stored.is_empty:
            await self._requeue(stored, "Replaced")
        elif receipt.succeeded:
            await self._finish(stored)
        else:
            await self._requeue(stored, "BatchReverted")

    async def _send_again(self, stored: StoredTransaction, final_number: int) -> None:
        """Send the same bytes, unless their nonce was used by other bytes in a final block."""
        used = 0
        if final_number >= 0:
            used = await self._endpoint.transaction_count(stored.signer, final_number)
        if used > stored.tx_nonce and not await self._endpoint.is_known(stored.tx_hash):
            # Ask once more after the count: the transaction may have been mined in between.
            if await self._endpoint.tx_receipt(stored.tx_hash) is None:
                # Of several nodes, one that is behind knows nothing: the count refuses it.
                await self._endpoint.transaction_count(stored.signer, final_number)
                await self._requeue(stored, "NonceTaken")
            return
        if stored.sent_at_ms is not None:
            now_ms = self._now_ms()
            await self._database.write(
                lambda unit: transactions.note_resent(unit, stored, now_ms=now_ms)
            )
        await self._submitter.send([stored])

    async def _free(self, stored: StoredTransaction) -> None:
        """Let a nonce that no node wants be used up, unless it is used on the chain already."""
        if await self._endpoint.transaction_count(stored.signer) > stored.tx_nonce:
            now_ms = self._now_ms()
            await self._database.write(
                lambda unit: transactions.resume(unit, stored.id, now_ms=now_ms)
            )
        else:
            await self._submitter.replace(stored)

    async def _finish(self, stored: StoredTransaction) -> None:
        """Close a mined transaction whose events are all read; sweeps without effect are done."""
        now_ms = self._now_ms()

        def work(unit: UnitOfWork) -> None:
            transactions.close(unit, stored.id, state=transactions.FINAL, reason_code=None)
            transactions.end_sweeps(unit, stored.id, now_ms=now_ms)

        await self._database.write(work)

    async def _requeue(self, stored: StoredTransaction, reason_code: str) -> None:
        """Give the rows of a transaction back that can never execute any more.

        What a node refused may be refused again: it goes out after a while, and nothing hurries.
        """
        now_ms = self._now_ms()
        later_ms = now_ms + int(self._settings.suspend_s * 1000) if stored.is_empty else 0

        def work(unit: UnitOfWork) -> int:
            if not transactions.close(
                unit, stored.id, state=transactions.REVERTED, reason_code=reason_code
            ):
                return 0
            return queue.requeue(
                unit,
                transaction_id=stored.id,
                reason_code=reason_code,
                now_ms=now_ms,
                not_before_ms=later_ms,
            )

        count = await self._database.write(work)
        log.warning("requeued", tx_hash=stored.tx_hash, rows=count, reason=reason_code)
