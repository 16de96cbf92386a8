"""ValidatorRegistry: who validates, open proposals, and the transactions of its governance."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coincurve import PrivateKey
from eth_abi.abi import decode, encode

from node.chain.abi.transactions import Transaction, address_of, sign
from node.chain.contracts.base import Block, Contract
from node.wire.hashing import keccak, selector
from node.wire.hexadecimal import to_hex

ENTRY = "(bytes32,address,uint8,address,address,bytes32)"
PROPOSAL = f"(uint8,bool,uint64,address,uint256,{ENTRY})"
NO_ACCOUNT = "0x" + "0" * 40
GAS = 1_500_000
MAX_FEE_WEI = 2 * 10**9
TIP_WEI = 1
POLL_S = 0.2
EVIDENCE = ("address", "uint64", "uint8")
MISBEHAVIOUR = "Misbehaviour(address,uint64,uint8,address)"


class ProposalKind(enum.IntEnum):
    """What a vote can decide (contracts/src/types/Governance.sol)."""

    NONE = 0
    ADD = 1
    REMOVE = 2
    ROTATE = 3
    SET_MINIMUM = 4
    FUND = 5


class ParticipantStatus(enum.IntEnum):
    """Whether a participant validates."""

    NONE = 0
    ACTIVE = 1
    LEFT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """One entry: hex key of 64 digits with 0x, accounts, a name of at most 32 bytes."""

    consensus_key: str
    node_address: str
    operator: str
    relayer: str
    moniker: str
    status: ParticipantStatus = ParticipantStatus.NONE

    def values(self) -> tuple[Any, ...]:
        """Return the entry as the contract takes it."""
        return (
            bytes.fromhex(self.consensus_key[2:]),
            self.node_address,
            int(self.status),
            self.operator,
            self.relayer,
            self.moniker.encode().ljust(32, b"\0"),
        )

    @classmethod
    def of(cls, values: Sequence[Any]) -> Participant:
        """Return the entry of decoded values."""
        key, node_address, status, operator, relayer, moniker = values
        return cls(
            consensus_key=to_hex(key),
            node_address=node_address,
            operator=operator,
            relayer=relayer,
            moniker=moniker.rstrip(b"\0").decode(errors="replace"),
            status=ParticipantStatus(status),
        )


EMPTY = Participant(
    consensus_key="0x" + "0" * 64,
    node_address=NO_ACCOUNT,
    operator=NO_ACCOUNT,
    relayer=NO_ACCOUNT,
    moniker="",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposal with its votes. `amount`: a new minimum, or wei; `expires_at` in seconds."""

    number: int
    kind: ProposalKind
    done: bool
    expires_at: int
    subject: str
    amount: int
    entry: Participant
    votes: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Evidence as the registry tells it: who, at which height, what, and who told it when."""

    validator: str
    height: int
    kind: int
    reporter: str
    block: int


class TransactionFailedError(Exception):
    """The registry refused a transaction; the text names its error as far as it is known."""


class ValidatorRegistry(Contract):
    """The predeployed registry of a validator network."""

    async def participants(self, *, block: Block = "latest") -> list[tuple[str, Participant]]:
        """Return the active participants in the order of joining. Errors: as `read`."""
        data = await self.read(selector("participants()"), block=block)
        (accounts,) = decode(["address[]"], data)
        return [(account, await self.participant(account, block=block)) for account in accounts]

    async def participant(self, account: str, *, block: Block = "latest") -> Participant:
        """Return what is known of a participant. Errors: as `read`."""
        call = selector("participantOf(address)") + encode(["address"], [account])
        (values,) = decode([ENTRY], await self.read(call, block=block))
        return Participant.of(values)

    async def minimum(self, *, block: Block = "latest") -> int:
        """Return the fewest validators a change may leave. Errors: as `read`."""
        return int.from_bytes(await self.read(selector("minimumValidators()"), block=block), "big")

    async def proposals(self, *, block: Block = "latest") -> list[Proposal]:
        """Return all proposals, oldest first. Errors: as `read`."""
        data = await self.read(selector("proposalCount()"), block=block)
        count = int.from_bytes(data, "big")
        return [await self.proposal(number, block=block) for number in range(1, count + 1)]

    async def proposal(self, number: int, *, block: Block = "latest") -> Proposal:
        """Return one proposal; kind NONE if there is none. Errors: as `read`."""
        place = encode(["uint256"], [number])
        data = await self.read(selector("proposalOf(uint256)") + place, block=block)
        ((kind, done, expires_at, subject, amount, entry),) = decode([PROPOSAL], data)
        told = await self.read(selector("votesOf(uint256)") + place, block=block)
        votes, needed = decode(["uint256", "uint256"], told)
        return Proposal(
            number=number,
            kind=ProposalKind(kind),
            done=done,
            expires_at=expires_at,
            subject=subject,
            amount=amount,
            entry=Participant.of(entry),
            votes=votes,
            needed=needed,
        )

    async def propose(
        self,
        secret: bytes,
        kind: ProposalKind,
        subject: str,
        *,
        amount: int = 0,
        entry: Participant = EMPTY,
    ) -> int:
        """Propose, which is a vote as well, and return the number.

        Errors: TransactionFailedError, RpcError, ChainUnavailable.
        """
        types = ["uint8", "address", "uint256", ENTRY]
        call = selector(f"propose({','.join(types)})")
        receipt = await self.send(
            secret, call + encode(types, [int(kind), subject, amount, entry.values()])
        )
        return int(receipt["logs"][0]["topics"][1], 16)

    async def vote(self, secret: bytes, number: int) -> None:
        """Vote for a proposal. Errors: as `propose`."""
        await self.send(secret, selector("vote(uint256)") + encode(["uint256"], [number]))

    async def enact(self, secret: bytes, number: int) -> None:
        """Put a passed proposal into force that met another change in its block."""
        await self.send(secret, selector("enact(uint256)") + encode(["uint256"], [number]))

    async def is_reported(
        self, validator: str, height: int, kind: int, *, block: Block = "latest"
    ) -> bool:
        """Return whether evidence was recorded. Errors: as `read`."""
        call = selector(f"isReported({','.join(EVIDENCE)})")
        data = await self.read(call + encode(EVIDENCE, [validator, height, kind]), block=block)
        return any(data)

    async def report(self, secret: bytes, validator: str, height: int, kind: int) -> None:
        """Report evidence with a relayer's key; what is known stays as it is.

        Errors: as `propose`.
        """
        call = selector(f"reportMisbehaviour({','.join(EVIDENCE)})")
        await self.send(secret, call + encode(EVIDENCE, [validator, height, kind]))

    async def reports(self) -> list[Report]:
        """Return all recorded evidence, oldest first. Errors: RpcError, ChainUnavailable."""
        topic = to_hex(keccak(MISBEHAVIOUR.encode()))
        asked = {"address": self.address, "topics": [topic], "fromBlock": "0x0"}
        return [
            Report(
                validator="0x" + one["topics"][1][26:],
                height=int(one["topics"][2], 16),
                kind=int(one["data"], 16),
                reporter="0x" + one["topics"][3][26:],
                block=int(one["blockNumber"], 16),
            )
            for one in await self.rpc.call("eth_getLogs", asked)
        ]

    async def send(self, secret: bytes, data: bytes, *, limit_s: float = 60.0) -> dict[str, Any]:
        """Send one transaction and return its receipt once in a block. Errors: as `propose`."""
        key = PrivateKey(secret)
        sender = address_of(key.public_key)
        # What would be refused is refused by name before it costs anything.
        await self.rpc.call("eth_call", {"from": sender, "to": self.address, "data": to_hex(data)},
                            "latest")  # fmt: skip
        chain_id, count = await asyncio.gather(
            self.rpc.call("eth_chainId"),
            self.rpc.call("eth_getTransactionCount", sender, "pending"),
        )
        transaction = Transaction(
            chain_id=int(chain_id, 16),
            tx_nonce=int(count, 16),
            gas_limit=GAS,
            to=self.address,
            data=data,
            max_fee_per_gas=MAX_FEE_WEI,
            max_priority_fee_per_gas=TIP_WEI,
        )
        signed = sign(transaction, key)
        await self.rpc.call("eth_sendRawTransaction", to_hex(signed.raw))
        async with asyncio.timeout(limit_s):
            while True:
                receipt = await self.rpc.call("eth_getTransactionReceipt", signed.tx_hash)
                if receipt is not None:
                    break
                await asyncio.sleep(POLL_S)
        if int(receipt["status"], 16) != 1:
            raise TransactionFailedError(f"{signed.tx_hash} was refused on chain")
        found: dict[str, Any] = receipt
        return found
