"""Brings batches to the chain: simulate, sign, store the raw bytes, then send (P51).

Nothing is sent that is not stored, and an answer that does not come is a question, never a failure:
the bytes are sent again with the same nonce until a block shows them or their nonce is gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from node.chain.abi.transactions import SignedTransaction, Transaction, fees_of
from node.chain.rpc.errors import Reason, Trouble, reason_of
from node.chain.rpc.json_rpc import RpcError
from node.db.unit_of_work import Database, UnitOfWork
from node.outbox import queue, transactions
from node.outbox.queue import LeasedItem
from node.outbox.transactions import Envelope, StoredTransaction
from node.relayer.batches import BASE_GAS, Batch, GasBudgets, calldata_gas, pack
from node.relayer.endpoint import Endpoint
from node.relayer.settings import RelayerSettings
from node.relayer.signer import TxSigner

log = structlog.get_logger(__name__)
FEE_KEPT_S = 2.0
TRUSTED_S = 1.0
GAS_TOO_LOW = "GasReserveTooLow"


def clock_ms() -> int:
    """Return the UTC time in milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Refused:
    """A leased item that its simulation refused whole, and why."""

    leased: LeasedItem
    reason_code: str


class Submitter:
    """Everything between a leased row and bytes in a node's pool, for one signing key."""

    def __init__(
        self,
        database: Database,
        endpoint: Endpoint,
        *,
        signer: TxSigner,
        settings: RelayerSettings,
        now_ms: Callable[[], int] = clock_ms,
    ) -> None:
        self._database, self._endpoint = database, endpoint
        self._signer, self._settings, self._now_ms = signer, settings, now_ms
        self._budgets = settings.budgets or GasBudgets({})
        self._fee, self._fee_until, self._trusted_until = 0, 0.0, 0.0

    @property
    def signer(self) -> str:
        """The account whose nonces this is about."""
        return self._signer.address

    async def start(self) -> int:
        """Agree with the chain on the next nonce of the key and learn budgets; return the nonce.

        Errors: ChainUnavailable, StorageUnavailable.
        """
        signer = self._signer.address
        if self._settings.budgets is None:
            self._budgets = await self._endpoint.gas_budgets(self._settings.router)
        count = await self._endpoint.transaction_count(signer)
        return await self._database.write(
            lambda unit: transactions.start_signer(unit, signer=signer, chain_nonce=count)
        )

    async def submit(self, leased: Sequence[LeasedItem]) -> list[StoredTransaction]:
        """Bring leased rows to the chain; return what was stored. Errors: ChainUnavailable.

        Rows that cannot travel now go back to the queue with the reason.
        """
        usable: list[Batch] = []
        for batch in pack(leased, self._budgets):
            good, refused = await self._sift(batch)
            await self._give_back(refused)
            usable += good
        fee = await self._fee_cap()
        stored = [one for batch in usable if (one := await self._store(batch, fee)) is not None]
        await self.send(stored)
        return stored

    async def send(self, stored: Sequence[StoredTransaction]) -> None:
        """Send stored bytes and note what the node said."""
        troubles = await asyncio.gather(*(self._endpoint.send(one.raw) for one in stored))
        taken: list[int] = []
        for one, trouble in zip(stored, troubles, strict=True):
            if trouble in (None, Trouble.ALREADY_KNOWN):
                taken.append(one.id)
            else:
                await self._classify(one, trouble)
        await self._note_sent(taken)

    async def _note_sent(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        now_ms = self._now_ms()
        again_ms = now_ms + int(self._settings.resend_s * 1000)
        await self._database.write(
            lambda unit: transactions.mark_sent(unit, ids, now_ms=now_ms, next_try_ms=again_ms),
            quick=True,
        )

    async def _classify(self, stored: StoredTransaction, trouble: Trouble) -> None:
        """Decide once what a refused send means; unknown means wait and look, never failure."""
        reason = reason_of(trouble)
        log.warning("send_refused", tx_hash=stored.tx_hash, trouble=trouble.name,
                    decision=reason.name)  # fmt: skip
        if reason in (Reason.RETRY_SAME_NONCE, Reason.LOOK_FOR_RECEIPT):
            return  # due again soon: `Follower` looks first and then sends the same bytes
        # What was refused in its place already is no emergency: nothing of value waits in it.
        at_once = reason is Reason.REJECT and not stored.is_empty
        until_ms = self._now_ms() + (0 if at_once else int(self._settings.suspend_s * 1000))
        await self._database.write(
            lambda unit: transactions.suspend(
                unit, stored.id, reason_code=trouble.name, until_ms=until_ms
            )
        )

    async def replace(self, stored: StoredTransaction) -> None:
        """Use up the nonce of a stuck transaction by an empty one, so that later ones can be mined.

        Its fees are twice those of the other, in case a pool holds that after all; they follow the
        market if it is refused in its turn. Errors: ChainUnavailable.
        """
        now_ms, factor = self._now_ms(), 1 if stored.is_empty else 2
        cap, tip = fees_of(stored.raw)
        fee = max(factor * cap, await self._fee_cap(), 1)
        signed = self._signer.sign(
            Transaction(
                chain_id=self._settings.chain_id,
                tx_nonce=stored.tx_nonce,
                gas_limit=BASE_GAS,
                to=self._signer.address,
                max_fee_per_gas=fee,
                max_priority_fee_per_gas=min(max(factor * tip, 1), fee),
            )
        )
        empty = await self._database.write(
            lambda unit: transactions.replace(
                unit,
                stored,
                signed,
                now_ms=now_ms,
                next_try_ms=now_ms + int(self._settings.resend_s * 1000),
            )
        )
        if empty is not None:
            log.warning("replaced", tx_hash=stored.tx_hash, by=empty.tx_hash)
            await self.send([empty])

    async def _sift(
        self, batch: Batch, *, is_part: bool = False
    ) -> tuple[list[Batch], list[Refused]]:
        """Return the parts of a batch that the chain would take, and who spoils the rest.

        A part of a refused batch is always simulated, and makes nothing else trusted.
        """
        if batch.sweep_target is not None or (not is_part and self._is_trusted(batch)):
            return [batch], []
        refusal = await self._simulate(batch)
        if refusal is None:
            if not is_part:
                self._trusted_until = time.monotonic() + TRUSTED_S
            return [batch], []
        self._trusted_until = 0.0
        # Would an empty batch pass? If not, the cause is none of the items: role, pause, address.
        empty = Batch((), (), batch.gas_limit)
        if len(batch.items) == 1 or await self._simulate(empty) is not None:
            return [], [Refused(one, refusal) for one in batch.items]
        middle = len(batch.items) // 2
        good: list[Batch] = []
        refused: list[Refused] = []
        for part in (batch.items[:middle], batch.items[middle:]):
            for half in pack(part, self._budgets):
                usable, bad = await self._sift(half, is_part=True)
                good += usable
                refused += bad
        if refusal == GAS_TOO_LOW or not good:
            return good, refused  # together they would be short of gas again
        return pack([one for half in good for one in half.items], self._budgets), refused

    def _is_trusted(self, batch: Batch) -> bool:
        """Whether a batch needs no simulation: fresh items, and one passed a moment ago.

        Items do not spoil each other, so what refuses a batch is role, pause or gas. Whatever a
        transaction that reverts gave back is simulated before it goes out again.
        """
        if not self._settings.simulate:
            return True
        fresh = all(one.attempts <= 1 for one in batch.items)
        return fresh and time.monotonic() < self._trusted_until

    async def _simulate(self, batch: Batch) -> str | None:
        try:
            refusal = await self._endpoint.simulate(
                sender=self._signer.address,
                to=self._settings.router,
                data=batch.data,
                gas_limit=batch.gas_limit + calldata_gas(batch.data[:100]),
            )
        except RpcError as error:
            log.warning("simulation_failed", message=error.message)
            return "SimulationFailed"
        return None if refusal is None else refusal.code

    async def _give_back(self, refused: Sequence[Refused]) -> None:
        if not refused:
            return
        later = self._now_ms() + int(self._settings.pause_s * 1000)
        owner = self._settings.owner

        def work(unit: UnitOfWork) -> None:
            for one in refused:
                queue.release(
                    unit,
                    [one.leased.id],
                    owner=owner,
                    not_before_ms=later,
                    reason_code=one.reason_code,
                )

        log.warning("items_refused", count=len(refused), reason=refused[0].reason_code)
        await self._database.write(work)

    async def _store(self, batch: Batch, fee: int) -> StoredTransaction | None:
        """Sign and store in one unit of work; None if the lease was lost meanwhile."""
        now_ms = self._now_ms()
        envelope = Envelope(
            signer=self._signer.address,
            row_ids=batch.row_ids,
            gas_limit=batch.gas_limit,
            next_try_ms=now_ms + int(self._settings.resend_s * 1000),
        )
        data, owner = batch.data, self._settings.owner

        def sign(tx_nonce: int) -> SignedTransaction:
            return self._signer.sign(
                Transaction(
                    chain_id=self._settings.chain_id,
                    tx_nonce=tx_nonce,
                    gas_limit=batch.gas_limit,
                    to=batch.sweep_target or self._settings.router,
                    data=data,
                    max_fee_per_gas=fee,
                    max_priority_fee_per_gas=min(1, fee),
                )
            )

        def work(unit: UnitOfWork) -> StoredTransaction | None:
            if len(queue.still_leased(unit, batch.row_ids, owner=owner)) != len(batch.items):
                return None
            return transactions.store_signed(unit, envelope, sign, now_ms=now_ms)

        return await self._database.write(work, quick=True)

    async def _fee_cap(self) -> int:
        if self._settings.max_fee_per_gas is not None:
            return self._settings.max_fee_per_gas
        now = time.monotonic()
        if now >= self._fee_until:
            self._fee = await self._endpoint.suggested_fee()
            self._fee_until = now + FEE_KEPT_S
        return self._fee
