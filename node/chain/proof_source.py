"""Proof bundles made from a validator's or a reader's two RPCs.

A bundle for block H exists once CometBFT has committed H+1 (and stored that commit with H+2).
What is fetched is checked as the auditor will check it, before it is given away.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson
import rlp
from eth_hash.auto import keccak

from node.chain import consensus, proofs
from node.chain.consensus import ProofInvalidError, SignedHeader, Validator
from node.chain.proofs import Anchor, Bundle, ReceiptProof, SetChange, StorageProof
from node.chain.rpc import RpcClient
from node.domain.errors import ChainUnavailable

_VALIDATORS_CHANGED = "0x" + keccak(b"ValidatorsChanged(bytes32,bytes32)").hex()
_PER_PAGE = 100
# A change in block B is told at B+1 and stands in the header of B+2 as the next set.
_SHOWN_AFTER = 2
_HEADER = (
    *("parentHash", "sha3Uncles", "miner", "stateRoot", "transactionsRoot", "receiptsRoot"),
    *("logsBloom", "difficulty", "number", "gasLimit", "gasUsed", "timestamp", "extraData"),
    *("mixHash", "nonce", "baseFeePerGas", "withdrawalsRoot", "blobGasUsed", "excessBlobGas"),
    *("parentBeaconBlockRoot", "requestsHash"),
)
_NUMBERS = frozenset(
    {
        *("difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"),
        *("blobGasUsed", "excessBlobGas"),
    }
)


class NotProvableYetError(Exception):
    """The signed header that names the block is not stored yet: ask again after two blocks."""


class CometClient:
    """CometBFT's RPC, read only; use as an async context manager."""

    def __init__(self, url: str, *, timeout_s: float = 10.0) -> None:
        self._url, self._timeout_s = url, timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connections."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(self._timeout_s))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def get(self, path: str, **parameters: int) -> dict[str, Any]:
        """Return the result of one call. Errors: ChainUnavailable, NotProvableYetError."""
        if self._session is None:
            raise RuntimeError("the client is not open")
        try:
            async with self._session.get(
                f"{self._url}/{path}", params={name: str(one) for name, one in parameters.items()}
            ) as reply:
                document = orjson.loads(await reply.read())
        except (aiohttp.ClientError, OSError, TimeoutError, orjson.JSONDecodeError) as error:
            raise ChainUnavailable from error
        if "result" not in document:
            raise NotProvableYetError(f"{path} {parameters}")
        result: dict[str, Any] = document["result"]
        return result

    async def validators(self, height: int) -> tuple[Validator, ...]:
        """Return the set of a height. Errors: ChainUnavailable, NotProvableYetError."""
        answer = await self.get("validators", height=height, per_page=_PER_PAGE)
        return consensus.parse_validators(answer["validators"])

    async def signed_header(self, height: int) -> SignedHeader:
        """Return a header with the votes for it. Errors: ChainUnavailable, NotProvableYetError."""
        validators = await self.validators(height)
        answer = await self.get("commit", height=height)
        return consensus.parse_commit(answer["signed_header"], validators)


class ProofSource:
    """Makes bundles. `registry` is the address of ValidatorRegistry."""

    def __init__(
        self, rpc: RpcClient, comet: CometClient, *, anchor: Anchor, registry: str
    ) -> None:
        self._rpc, self._comet = rpc, comet
        self._anchor, self._registry = anchor, registry

    async def receipt(self, transaction_hash: str) -> bytes:
        """Return the bundle of a transaction's receipt.

        Errors: ProofInvalidError (no such transaction), NotProvableYetError, ChainUnavailable,
        RpcError.
        """
        receipt = await self._rpc.call("eth_getTransactionReceipt", transaction_hash)
        if receipt is None:
            raise ProofInvalidError("the transaction is not in a block")
        number, index = receipt["blockNumber"], int(receipt["transactionIndex"], 16)
        receipts = await self._rpc.call("eth_getBlockReceipts", number)
        count = len(receipts)
        raw = await self._rpc.batch(
            [
                ("eth_getRawTransactionByBlockNumberAndIndex", [number, hex(place)])
                for place in range(count)
            ]
        )
        transactions = [bytes.fromhex(one[2:]) for one in raw]
        subject = ReceiptProof(
            index,
            proofs.trie_nodes(transactions, index),
            proofs.trie_nodes([receipt_bytes(one) for one in receipts], index),
        )
        return await self._bundle(int(number, 16), subject)

    async def storage(self, address: str, slot: int, *, block: int) -> bytes:
        """Return the bundle of a contract's word at a block.

        Errors: as `receipt`; a word that is zero is not stored and cannot be proved so.
        """
        answer = await self._rpc.call("eth_getProof", address, [hex(slot)], hex(block))
        account, word = answer["accountProof"], answer["storageProof"][0]["proof"]
        subject = StorageProof(bytes.fromhex(address[2:]), slot, _nodes(account), _nodes(word))
        return await self._bundle(block, subject)

    async def _bundle(self, block: int, subject: ReceiptProof | StorageProof) -> bytes:
        signed = await self._comet.signed_header(block + 1)
        header = evm_header(await self._rpc.call("eth_getBlockByNumber", hex(block), False))
        changes = await self._changes(block)
        data = proofs.encode(Bundle(changes, signed, header, subject))
        proofs.check(data, self._anchor)
        return data

    async def _changes(self, block: int) -> tuple[SetChange, ...]:
        """Return the changes of the set before the header of a block, oldest first."""
        logs = await self._rpc.call(
            "eth_getLogs",
            {
                "fromBlock": "0x0",
                "toBlock": hex(block),
                "address": self._registry,
                "topics": [_VALIDATORS_CHANGED],
            },
        )
        heights = sorted({int(log["blockNumber"], 16) + _SHOWN_AFTER for log in logs})
        found = []
        for height in heights:
            if height > block:
                break
            signed = await self._comet.signed_header(height)
            # A change that the validators dropped shows in no header.
            if signed.header.next_validators_hash != signed.header.validators_hash:
                found.append(SetChange(signed, await self._comet.validators(height + 1)))
        return tuple(found)


def evm_header(block: dict[str, Any]) -> tuple[bytes, ...]:
    """Return the fields of a block whose RLP is hashed. Errors: ProofInvalidError."""
    fields = tuple(_field(name, block.get(name)) for name in _HEADER)
    if "0x" + keccak(rlp.encode(list(fields))).hex() != block["hash"]:
        raise ProofInvalidError("the block has header fields that this version does not know")
    return fields


def _field(name: str, text: str | None) -> bytes:
    if text is None:
        raise ProofInvalidError(f"the block has no {name}")
    if name not in _NUMBERS:
        return bytes.fromhex(text[2:])
    number = int(text, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def receipt_bytes(receipt: dict[str, Any]) -> bytes:
    """Return the bytes of a receipt as the receipts' root holds it."""
    logs = [
        [
            bytes.fromhex(log["address"][2:]),
            [bytes.fromhex(topic[2:]) for topic in log["topics"]],
            bytes.fromhex(log["data"][2:]),
        ]
        for log in receipt["logs"]
    ]
    gas = int(receipt["cumulativeGasUsed"], 16)
    kind, status = int(receipt.get("type", "0x0"), 16), int(receipt["status"], 16)
    body = rlp.encode([status, gas, bytes.fromhex(receipt["logsBloom"][2:]), logs])
    return (bytes([kind]) if kind else b"") + bytes(body)


def _nodes(texts: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(text[2:]) for text in texts)
