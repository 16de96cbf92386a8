"""Everything a node asks the chain by JSON-RPC, typed, and the contracts behind the directory.

`ChainClient` wraps the plain methods; `ContractBook` finds all contracts from the one configured
address; `QuoteReader` and `BalanceReader` are what services see, bound in bootstrap. Reads that
belong together name one block.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from node.chain.abi.records import EVIDENCE, Balances, Decision, PremiumQuote
from node.chain.contracts.base import Block, block_tag
from node.chain.contracts.claims import ClaimRegistry, ClaimSettlement
from node.chain.contracts.intent_router import IntentRouter
from node.chain.contracts.premiums import BillRegistry, PremiumCollector
from node.chain.contracts.registries import (
    ActionRegistry,
    CoverageRegistry,
    MemberRegistry,
    NetworkDirectory,
    PlanRegistry,
    ProviderRegistry,
)
from node.chain.contracts.wallet_ledger import WalletLedger
from node.chain.finality import Finality
from node.chain.rpc.json_rpc import Rpc
from node.domain.adjudication.accumulators import Accumulators
from node.domain.errors import ChainUnavailable
from node.domain.plans.plan import BenefitPlan
from node.wire.hashing import keccak
from node.wire.hexadecimal import from_hex, to_hex
from node.wire.words import uint


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """What the indexer compares and what quotes are dated with. Time in seconds."""

    number: int
    block_hash: str
    parent_hash: str
    timestamp: int
    base_fee_per_gas: int
    gas_used: int

    @classmethod
    def parse(cls, block: dict[str, Any]) -> "BlockHeader":
        """Return the header of a block as JSON-RPC gives it."""
        return cls(
            number=int(block["number"], 16),
            block_hash=block["hash"],
            parent_hash=block["parentHash"],
            timestamp=int(block["timestamp"], 16),
            base_fee_per_gas=int(block.get("baseFeePerGas") or "0x0", 16),
            gas_used=int(block["gasUsed"], 16),
        )


@dataclass(frozen=True, slots=True)
class TxReceipt:
    """Where a transaction was mined and whether it took effect."""

    tx_hash: str
    block_number: int
    block_hash: str
    succeeded: bool
    gas_used: int
    contract_address: str | None
    logs: tuple[dict[str, Any], ...]


class ChainHead(Protocol):
    """Asks the chain how far it is."""

    async def final_head(self) -> BlockHeader:
        """Return the newest final block. Errors: ChainUnavailable."""

    async def next_timestamp(self) -> int:
        """Return the time a block made now would have, in seconds. Errors: ChainUnavailable."""


class ChainClient:
    """Plain methods of one endpoint. Errors of all: RpcError, ChainUnavailable."""

    def __init__(self, rpc: Rpc, finality: Finality | None = None) -> None:
        self.rpc, self.finality = rpc, finality or Finality()

    async def chain_id(self) -> int:
        """Return the id of the chain."""
        return int(await self.rpc.call("eth_chainId"), 16)

    async def head(self) -> int:
        """Return the number of the newest block."""
        return int(await self.rpc.call("eth_blockNumber"), 16)

    async def final_head(self) -> BlockHeader:
        """Return the newest final block. Errors: ChainUnavailable while there is none."""
        number = self.finality.final_block(await self.head())
        header = None if number is None else await self.header(number)
        if header is None:
            raise ChainUnavailable() from LookupError("no final block yet")
        return header

    async def next_timestamp(self) -> int:
        """Return the time a block made now would have, in seconds.

        A chain that rests has a newest block of some time ago.
        """
        return int((await self.rpc.call("eth_getBlockByNumber", "pending", False))["timestamp"], 16)

    async def header(self, block: Block) -> BlockHeader | None:
        """Return a header, or None if there is no such block."""
        if isinstance(block, str) and len(block) == 66:
            found = await self.rpc.call("eth_getBlockByHash", block, False)
        else:
            found = await self.rpc.call("eth_getBlockByNumber", block_tag(block), False)
        return None if found is None else BlockHeader.parse(found)

    async def headers(self, numbers: Sequence[int]) -> list[BlockHeader | None]:
        """Return many headers in one round trip. Errors: the first RpcError."""
        calls = [("eth_getBlockByNumber", (hex(number), False)) for number in numbers]
        results = await self.rpc.batch(calls)
        for result in results:
            if isinstance(result, Exception):
                raise result
        return [None if one is None else BlockHeader.parse(one) for one in results]

    async def logs(
        self,
        *,
        addresses: Sequence[str],
        first: int,
        last: int,
        topics: Sequence[Any] | None = None,
        timeout_s: float | None = None,
    ) -> list[dict[str, Any]]:
        """Return the raw logs of some contracts in blocks first to last, both included."""
        wanted: dict[str, Any] = {
            "address": list(addresses),
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        if topics is not None:
            wanted["topics"] = list(topics)
        found: list[dict[str, Any]] = await self.rpc.call(
            "eth_getLogs", wanted, timeout_s=timeout_s
        )
        return found

    async def send_raw(self, raw: bytes) -> str:
        """Hand a signed transaction to the node and return its hash.

        An error says nothing about the outcome by itself: ask `errors.reason_of`.
        """
        return str(await self.rpc.call("eth_sendRawTransaction", to_hex(raw)))

    async def tx_receipt(self, tx_hash: str) -> TxReceipt | None:
        """Return the tx_receipt, or None while the transaction is not mined."""
        found = await self.rpc.call("eth_getTransactionReceipt", tx_hash)
        if found is None:
            return None
        return TxReceipt(
            tx_hash=found["transactionHash"],
            block_number=int(found["blockNumber"], 16),
            block_hash=found["blockHash"],
            succeeded=found["status"] == "0x1",
            gas_used=int(found["gasUsed"], 16),
            contract_address=found.get("contractAddress"),
            logs=tuple(found["logs"]),
        )

    async def is_known(self, tx_hash: str) -> bool:
        """Tell whether the node has the transaction, mined or waiting."""
        return await self.rpc.call("eth_getTransactionByHash", tx_hash) is not None

    async def tx_count(self, account: str, *, block: Block = "latest") -> int:
        """Return the next tx_nonce of an account; block "pending" counts waiting ones."""
        found = await self.rpc.call("eth_getTransactionCount", account, block_tag(block))
        return int(found, 16)

    async def balance(self, account: str, *, block: Block = "latest") -> int:
        """Return the wei of an account: what a relayer key has left for gas."""
        return int(await self.rpc.call("eth_getBalance", account, block_tag(block)), 16)

    async def code(self, address: str, *, block: Block = "latest") -> bytes:
        """Return the code at an address, empty if there is none."""
        return from_hex(await self.rpc.call("eth_getCode", address, block_tag(block)))

    async def simulate(self, *, sender: str, to: str, data: bytes, gas: int) -> bytes:
        """Return what a transaction would give now. Errors: RpcError, see `errors.revert_of`."""
        call = {"from": sender, "to": to, "data": to_hex(data), "gas": hex(gas)}
        return from_hex(await self.rpc.call("eth_call", call, "latest"))


@dataclass(frozen=True, slots=True)
class ContractBook:
    """All contracts of a network at the addresses of its directory."""

    directory: NetworkDirectory
    members: MemberRegistry
    providers: ProviderRegistry
    coverages: CoverageRegistry
    plans: PlanRegistry
    ledger: WalletLedger
    bills: BillRegistry
    collector: PremiumCollector
    claims: ClaimRegistry
    settlement: ClaimSettlement
    actions: ActionRegistry
    router: IntentRouter
    addresses: dict[str, str]

    @classmethod
    async def open(cls, rpc: Rpc, directory_address: str, *, block: Block) -> "ContractBook":
        """Return the book as the directory reads at a block. Errors: ContractRefusal."""
        directory = NetworkDirectory(rpc, directory_address)
        found = {name: await directory.get(name, block=block) for name in CONTRACT_NAMES}
        return cls(
            directory=directory,
            members=MemberRegistry(rpc, found["MemberRegistry"]),
            providers=ProviderRegistry(rpc, found["ProviderRegistry"]),
            coverages=CoverageRegistry(rpc, found["CoverageRegistry"]),
            plans=PlanRegistry(rpc, found["PlanRegistry"]),
            ledger=WalletLedger(rpc, found["WalletLedger"]),
            bills=BillRegistry(rpc, found["BillRegistry"]),
            collector=PremiumCollector(rpc, found["PremiumCollector"]),
            claims=ClaimRegistry(rpc, found["ClaimRegistry"]),
            settlement=ClaimSettlement(rpc, found["ClaimSettlement"]),
            actions=ActionRegistry(rpc, found["ActionRegistry"]),
            router=IntentRouter(rpc, found["IntentRouter"]),
            addresses={"NetworkDirectory": directory_address, **found},
        )


CONTRACT_NAMES = (
    *("MemberRegistry", "ProviderRegistry", "CoverageRegistry", "PlanRegistry", "WalletLedger"),
    *("WalletOperations", "BillRegistry", "PremiumCollector", "ClaimRegistry", "ClaimSettlement"),
    *("ActionRegistry", "IntentRouter"),
)


class QuoteReader:
    """What claims and premiums cost at the newest final block, by the contracts' own code."""

    def __init__(self, client: ChainClient, book: ContractBook) -> None:
        self._client, self._book = client, book

    async def claim_quote(self, provider: str, body: bytes) -> tuple[Decision, BlockHeader]:
        """Return the decision for an encoded SettleClaim, and the block it was made at.

        Errors: the refusal that settling would meet; ChainUnavailable.
        """
        header = await self._client.final_head()
        block = header.number
        return await self._book.settlement.quote(provider, body, block=block), header

    async def premium_quote(self, bill_id: str) -> tuple[PremiumQuote, BlockHeader]:
        """Return what the next part of a bill costs, and the block it was asked at.

        Errors: BillUnknown, BillAlreadyPaid, BillStateInvalid; ChainUnavailable.
        """
        header = await self._client.final_head()
        quote = self._book.collector.quote
        return await quote(bill_id, header.timestamp, block=header.number), header


class ClaimFacts:
    """What a claim's trace is recomputed from, as contracts and events hold it (P32)."""

    def __init__(self, book: ContractBook) -> None:
        self._book = book

    async def benefit_plan(self, plan_id: str, version: int) -> BenefitPlan:
        """Return the rules of a plan version; they never change. Errors: PlanUnknown."""
        return await self._book.plans.benefit_plan(plan_id, version, block="latest")

    def before(self, evidence: bytes) -> Accumulators:
        """Return the member-year as it was before a claim. Errors: PackingError."""
        return EVIDENCE.unpack(evidence).before.accumulators()

    def trace_hash(self, words: Sequence[int]) -> str:
        """Return what the contract publishes as the hash of a trace."""
        return to_hex(keccak(b"".join(uint(word) for word in words)))

    def claim_id(self, provider: str, number_hash: str) -> str:
        """Return the id of a provider's claim number."""
        data = keccak(from_hex(provider).rjust(32, b"\0") + from_hex(number_hash))
        return to_hex(data[:23].ljust(32, b"\0"))

    def number_hash(self, number: str) -> str:
        """Return the hash of a provider's own claim number."""
        return to_hex(keccak(number.encode()))


class BalanceReader:
    """Balances and accumulators at the newest final block."""

    def __init__(self, client: ChainClient, book: ContractBook) -> None:
        self._client, self._book = client, book

    async def balances(self, account: str) -> tuple[Balances, BlockHeader]:
        """Return available and held money of all pockets, and the block."""
        header = await self._client.final_head()
        return await self._book.ledger.balances_of(account, block=header.number), header

    async def accumulators(self, member: str, year: int) -> tuple[Accumulators, BlockHeader]:
        """Return the accumulators of a member and policy year, and the block."""
        header = await self._client.final_head()
        read = self._book.claims.accumulators_of
        return await read(member, year, block=header.number), header
