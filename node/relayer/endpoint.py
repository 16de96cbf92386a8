"""The few things a relayer asks a chain endpoint, each a coroutine that raises typed errors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from node.chain.abi.transactions import fee_cap
from node.chain.rpc.errors import Reason, Trouble, reason_of, revert_of, trouble_of
from node.chain.rpc.json_rpc import RpcError
from node.domain.errors import DomainError
from node.intents.messages import IntentKind
from node.relayer.batches import GasBudget, GasBudgets
from node.wire.hashing import selector
from node.wire.hexadecimal import to_hex
from node.wire.words import uint

GAS_BUDGET_OF = selector("gasBudgetOf(uint8,uint256)")
PROBE_WORDS = 100


class Rpc(Protocol):
    """The part of `chain.rpc.RpcClient` that the relayer uses."""

    async def call(self, method: str, *params: Any, timeout_s: float | None = None) -> Any:
        """Return the result of one call. Errors: RpcError, ChainUnavailable."""


@dataclass(frozen=True, slots=True)
class TxReceipt:
    """Where a transaction was mined and whether it took effect as a whole."""

    block_number: int
    succeeded: bool


class Endpoint:
    """Questions over one RPC client, and sends to every node in reach.

    `nodes` are all that take transactions, by default the one that is asked. Nodes only announce
    transactions over 4 KB to each other and fetch them half a second later: whichever validator
    proposes the next block should have the bytes already.
    """

    def __init__(self, rpc: Rpc, nodes: Sequence[Rpc] = ()) -> None:
        self._rpc, self._nodes = rpc, tuple(nodes) or (rpc,)
        self._sending: set[asyncio.Task[Trouble | None]] = set()

    async def simulate(
        self, *, sender: str, to: str, data: bytes, gas_limit: int
    ) -> DomainError | None:
        """Return the refusal that the call would meet now, None if it would pass.

        Errors: ChainUnavailable, RpcError when it is other trouble.
        """
        call = {"from": sender, "to": to, "data": to_hex(data), "gas": hex(gas_limit)}
        try:
            await self._rpc.call("eth_call", call, "latest")
        except RpcError as error:
            refusal = revert_of(error)
            if refusal is None:
                raise
            return refusal
        return None

    async def send(self, raw: bytes) -> Trouble | None:
        """Send raw bytes to every node; return None as soon as one took them, else the trouble.

        Whoever is slower gets them all the same. Of several troubles the mildest counts: one node
        that may have the bytes keeps the others from calling them lost.
        """
        tasks = [asyncio.create_task(_send(node, raw)) for node in self._nodes]
        for task in tasks:
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        troubles: list[Trouble] = []
        for first in asyncio.as_completed(tasks):
            trouble = await first
            if trouble is None:
                return None
            troubles.append(trouble)
        return min(troubles, key=_severity)

    async def tx_receipt(self, tx_hash: str) -> TxReceipt | None:
        """Return where a transaction was mined, None if it is in no block."""
        found = await self._rpc.call("eth_getTransactionReceipt", tx_hash)
        if found is None:
            return None
        return TxReceipt(int(found["blockNumber"], 16), int(found["status"], 16) == 1)

    async def is_known(self, tx_hash: str) -> bool:
        """Whether the node has the transaction in its pool or in a block."""
        return await self._rpc.call("eth_getTransactionByHash", tx_hash) is not None

    async def transaction_count(self, account: str, block: int | str = "latest") -> int:
        """Return how many transactions of an account are mined up to a block."""
        where = hex(block) if isinstance(block, int) else block
        return int(await self._rpc.call("eth_getTransactionCount", account, where), 16)

    async def suggested_fee(self) -> int:
        """Return a fee cap that survives several full blocks, in wei per gas."""
        block = await self._rpc.call("eth_getBlockByNumber", "latest", False)
        return fee_cap(int(block.get("baseFeePerGas", "0x0"), 16))

    async def gas_budgets(self, router: str) -> GasBudgets:
        """Return what the router demands per kind; kinds it does not know keep the default."""
        found: dict[str, GasBudget] = {}
        for kind in IntentKind:
            base = await self._gas_budget(router, kind, words=0)
            long = await self._gas_budget(router, kind, words=PROBE_WORDS)
            if base and long:
                found[kind.name] = GasBudget(base, -(-(long - base) // PROBE_WORDS))
        return GasBudgets(found)

    async def _gas_budget(self, router: str, kind: IntentKind, *, words: int) -> int:
        data = GAS_BUDGET_OF + uint(kind.value) + uint(32 * words)
        try:
            answer = await self._rpc.call(
                "eth_call", {"to": router, "data": to_hex(data)}, "latest"
            )
        except RpcError:
            return 0
        return int(answer, 16) if len(answer) > 2 else 0


_MILDEST_FIRST = (
    Reason.LOOK_FOR_RECEIPT,
    Reason.RETRY_SAME_NONCE,
    Reason.SUSPEND,
    Reason.REJECT,
)


def _severity(trouble: Trouble) -> tuple[bool, int]:
    """Order troubles: a node that did not answer says less than any that did."""
    return trouble is Trouble.UNREACHABLE, _MILDEST_FIRST.index(reason_of(trouble))


async def _send(node: Rpc, raw: bytes) -> Trouble | None:
    try:
        await node.call("eth_sendRawTransaction", to_hex(raw))
    except Exception as error:  # classified once, whatever it is
        return trouble_of(error)
    return None
