"""The few things a relayer asks a chain endpoint, each a coroutine that raises typed errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from node.chain.errors import Trouble, revert_of, trouble_of
from node.chain.packing import selector, to_hex, uint
from node.chain.rpc import RpcError
from node.domain.errors import DomainError
from node.intents.messages import IntentKind
from node.relayer.batches import GasBudget, GasBudgets

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
    """Questions and sends over one RPC client."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

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
        """Send raw bytes; return the trouble, None when a node took them."""
        try:
            await self._rpc.call("eth_sendRawTransaction", to_hex(raw))
        except Exception as error:  # classified once, whatever it is
            return trouble_of(error)
        return None

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
        return 4 * int(block.get("baseFeePerGas", "0x0"), 16) + 1

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
