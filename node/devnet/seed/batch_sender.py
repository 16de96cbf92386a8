"""Executes signed intents in bulk with a relayer account of its own: seeding, not serving.

The gateway's way to the chain is the outbox. Seeding has no clients to answer, so it needs neither
keys nor read rows: it asks the router which nonces are burnt, sends the rest, and reads the answer
from the transaction's own logs. Running it again executes nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass

from coincurve import PrivateKey

from node.chain.abi.packing import PackedIntent, PackedSignature
from node.chain.abi.transactions import Transaction, address_of, sign
from node.chain.client import ChainClient, TxReceipt
from node.chain.contracts.intent_router import IntentRouter
from node.chain.events import IntentExecuted, IntentRefused, IntentSkipped
from node.chain.events.table import decode_log
from node.chain.rpc.errors import decode_revert
from node.domain.errors import ChainUnavailable, DomainError
from node.intents.encoding import encode_body
from node.intents.messages import SignedIntent
from node.intents.typed_data import Domain, digest

ITEMS_A_BATCH = 40
# Below the cap of one transaction since Osaka, 2^24.
GAS_LIMIT = 16_000_000
MAX_FEE_WEI = 10**9
POLL_S = 0.05
MINED_S = 180.0


class SeedRefused(Exception):  # noqa: N818
    """An intent of the seed did not take effect; carries the contract's own reason."""

    def __init__(self, intent: SignedIntent, reason: DomainError | str) -> None:
        super().__init__(f"{intent.intent.kind.name} of {intent.intent.actor}: {reason}")
        self.intent, self.reason = intent, reason


@dataclass(frozen=True, slots=True)
class Executed:
    """One intent that took effect, and the transaction it did so in."""

    digest: str
    tx_hash: str
    block_number: int


class BatchSender:
    """Sends batches one after the other; each is mined before the next is built."""

    def __init__(
        self, client: ChainClient, router: IntentRouter, *, domain: Domain, secret: bytes
    ) -> None:
        self._client = client
        self._router = router
        self._domain = domain
        self._key = PrivateKey(secret)

    @property
    def account(self) -> str:
        """The relayer account; it needs the role RELAYER."""
        return address_of(self._key.public_key)

    async def send(
        self,
        intents: Sequence[SignedIntent],
        *,
        on_done: Callable[[int], None] = lambda count: None,
        items_a_batch: int = ITEMS_A_BATCH,
    ) -> list[Executed]:
        """Make every intent take effect, in order; those of an earlier run are passed over.

        Errors: SeedRefused for the first that cannot, with all before it in place;
        ChainUnavailable.
        """
        done: list[Executed] = []
        for part in _parts(intents, items_a_batch):
            fresh = await self._unburnt(part)
            if fresh:
                done += await self._execute(fresh)
            on_done(len(part))
        return done

    async def _unburnt(self, intents: Sequence[SignedIntent]) -> list[SignedIntent]:
        reads: list[Awaitable[bool]] = [
            self._router.is_nonce_used(one.intent.actor, one.intent.nonce, block="latest")
            for one in intents
        ]
        burnt = await asyncio.gather(*reads)
        return [one for one, used in zip(intents, burnt, strict=True) if not used]

    async def _execute(self, intents: Sequence[SignedIntent]) -> list[Executed]:
        data = self._router.execute_data([packed(one) for one in intents])
        transaction = Transaction(
            chain_id=self._domain.chain_id,
            tx_nonce=await self._client.tx_count(self.account),
            gas_limit=GAS_LIMIT,
            to=self._router.address,
            data=data,
            max_fee_per_gas=MAX_FEE_WEI,
            max_priority_fee_per_gas=1,
        )
        raw = sign(transaction, self._key)
        await self._client.send_raw(raw.raw)
        receipt = await self._mined(raw.tx_hash)
        return self._outcomes(intents, receipt)

    async def _mined(self, tx_hash: str, *, timeout_s: float = MINED_S) -> TxReceipt:
        loop = asyncio.get_running_loop()
        ends = loop.time() + timeout_s
        while loop.time() < ends:
            receipt = await self._client.tx_receipt(tx_hash)
            if receipt is not None:
                return receipt
            await asyncio.sleep(POLL_S)
        raise ChainUnavailable

    def _outcomes(self, intents: Sequence[SignedIntent], receipt: TxReceipt) -> list[Executed]:
        """Match the router's events with the intents; each must have been executed."""
        states: dict[str, IntentExecuted | IntentRefused | IntentSkipped] = {}
        for log in receipt.logs:
            if log["address"].lower() == self._router.address.lower():
                event = decode_log(log)
                if isinstance(event, IntentExecuted | IntentRefused | IntentSkipped):
                    states[event.digest] = event
        done = []
        for one in intents:
            name = digest(one.intent, self._domain)
            state = states.get(name)
            if isinstance(state, IntentRefused):
                raise SeedRefused(one, decode_revert(state.reason))
            if not isinstance(state, IntentExecuted):
                raise SeedRefused(one, "the router skipped it" if state else "no event")
            done.append(Executed(name, receipt.tx_hash, receipt.block_number))
        return done


def packed(signed: SignedIntent) -> PackedIntent:
    """Return a signed intent as the router takes it."""
    intent = signed.intent
    return PackedIntent(
        kind=intent.kind,
        actor=intent.actor,
        intent_nonce=intent.nonce,
        deadline=intent.deadline,
        body=encode_body(intent.kind, intent.body),
        signatures=tuple(
            PackedSignature(one.account, one.kind, one.data) for one in signed.signatures
        ),
    )


def _parts(intents: Sequence[SignedIntent], size: int) -> Iterator[Sequence[SignedIntent]]:
    for start in range(0, len(intents), size):
        yield intents[start : start + size]
