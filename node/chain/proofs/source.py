"""Proof bundles made from a validator's or a reader's two RPCs.

A bundle for block H exists once CometBFT has committed H+1 and stored that commit with H+2.
What is fetched is checked as the auditor will check it, before it is given away.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from trie.hexary import HexaryTrie

from node.chain.abi.rlp_items import Item, integer, rlp_encode
from node.chain.events import ValidatorsChanged, topic_of
from node.chain.proofs import bundles as proofs
from node.chain.proofs.bundles import Anchor
from node.chain.proofs.comet_client import (
    CannotProveError,
    CometClient,
    NothingToProveError,
    NotProvableYetError,
)
from node.chain.proofs.consensus import ProofInvalidError, set_hash
from node.chain.proofs.format import Bundle, ReceiptProof, SetChange, StorageProof
from node.chain.proofs.ledger_words import balance_slot
from node.chain.rpc.json_rpc import RpcClient, RpcError
from node.domain.kinds import Pocket
from node.wire.hashing import keccak
from node.wire.hexadecimal import from_hex, to_hex

__all__ = ["CannotProveError", "NotProvableYetError", "NothingToProveError", "ProofSource"]

TX_HASH = re.compile(r"0x[0-9a-f]{64}")
RECEIPT_NUMBER = re.compile(r"([0-9]{10,15})-([0-9]{5,8})")
# A change in block B is told at B+1 and stands in the header of B+2 as the next set.
_SHOWN_AFTER = 2
_HASH_BYTES = 32
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
_OTHER_NODE = "ask another node, and tell the operator of this one"


class ProofSource:
    """Makes bundles. `registry` is the address of ValidatorRegistry.

    Every method raises CannotProveError (NotProvableYetError among them), ChainUnavailable and
    RpcError.
    """

    def __init__(
        self, rpc: RpcClient, comet: CometClient, *, anchor: Anchor, registry: str
    ) -> None:
        self._rpc, self._comet = rpc, comet
        self._anchor, self._registry = anchor, registry

    async def transaction_of(self, name: str) -> str:
        """Return the hash of a transaction named by its hash or by a receipt's number."""
        if TX_HASH.fullmatch(name.lower()):
            return name.lower()
        number = RECEIPT_NUMBER.fullmatch(name)
        if number is None:
            raise NothingToProveError(
                f"{name} is neither a transaction nor the number of a receipt",
                "give 0x and 64 digits, or a number such as 0000001204-00017",
            )
        block, place = (int(part) for part in number.groups())
        receipts = await self._rpc.call("eth_getBlockReceipts", hex(block)) or []
        for receipt in receipts:
            if any(int(log["logIndex"], 16) == place for log in receipt["logs"]):
                return str(receipt["transactionHash"])
        raise NothingToProveError(f"there is no receipt {name} on this chain", "look at its number")

    async def receipt(self, transaction_hash: str) -> bytes:
        """Return the bundle of a transaction's receipt."""
        receipt = await self._rpc.call("eth_getTransactionReceipt", transaction_hash)
        if receipt is None:
            raise NothingToProveError(
                f"transaction {transaction_hash} is not in a block of this node",
                "wait until it is final, or look at the hash",
            )
        number, index = receipt["blockNumber"], int(receipt["transactionIndex"], 16)
        receipts = await self._rpc.call("eth_getBlockReceipts", number)
        raw = await self._rpc.batch(
            [
                ("eth_getRawTransactionByBlockNumberAndIndex", [number, hex(place)])
                for place in range(len(receipts))
            ]
        )
        for one in raw:
            if isinstance(one, RpcError):
                raise one
        subject = ReceiptProof(
            index,
            trie_nodes([from_hex(one) for one in raw], index),
            trie_nodes([receipt_bytes(one) for one in receipts], index),
        )
        return await self._bundle(int(number, 16), subject)

    async def storage(self, address: str, slot: int, *, block: int) -> bytes:
        """Return the bundle of a contract's word at a block.

        A word that is zero is not stored: nothing can be proved of it.
        """
        answer = await self._rpc.call("eth_getProof", address, [hex(slot)], hex(block))
        if int(answer["storageProof"][0]["value"], 16) == 0:
            raise NothingToProveError(
                f"{address} stores nothing in slot {hex(slot)} at block {block}",
                "what is zero is not stored: choose a block where it is not",
            )
        subject = StorageProof(
            from_hex(address),
            slot,
            _nodes(answer["accountProof"]),
            _nodes(answer["storageProof"][0]["proof"]),
        )
        return await self._bundle(block, subject)

    async def balance(self, ledger: str, account: str, pocket: Pocket, *, block: int) -> bytes:
        """Return the bundle of the word of WalletLedger that holds a pocket's balance."""
        return await self.storage(ledger, balance_slot(account, pocket), block=block)

    async def _bundle(self, block: int, subject: ReceiptProof | StorageProof) -> bytes:
        signed, _ = await self._comet.signed_header(block + 1)
        header = evm_header(await self._rpc.call("eth_getBlockByNumber", hex(block), False))
        data = proofs.encode(Bundle(await self._changes(block), signed, header, subject))
        try:
            proofs.check(data, self._anchor)
        except ProofInvalidError as error:
            raise CannotProveError(
                f"what the node gave proves nothing ({error.step}: {error})",
                "are --rpc and --comet of one node, and is the genesis file of its network?",
            ) from error
        return data

    async def _changes(self, block: int) -> tuple[SetChange, ...]:
        """Return the changes of the set before the header of a block, oldest first."""
        logs = await self._rpc.call(
            "eth_getLogs",
            {
                "fromBlock": "0x0",
                "toBlock": hex(block),
                "address": self._registry,
                "topics": [topic_of(ValidatorsChanged)],
            },
        )
        heights = sorted({int(log["blockNumber"], 16) + _SHOWN_AFTER for log in logs})
        found: list[SetChange] = []
        known = [set_hash(self._anchor.validators)]
        for height in heights:
            if height > block:
                break
            signed, _ = await self._comet.signed_header(height)
            following = signed.header.next_validators_hash
            if following in known:
                # A change that the validators dropped shows in no header; one that brings an
                # earlier set back makes the way to it superfluous.
                kept = known.index(following)
                found, known = found[:kept], known[: kept + 1]
                continue
            found.append(SetChange(signed, await self._comet.validators(height + 1)))
            known.append(following)
        return tuple(found)


def trie_nodes(values: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the nodes from the root of a block's list to one of its values."""
    trie = HexaryTrie({}, prune=True)
    for place, value in enumerate(values):
        trie[rlp_encode(integer(place))] = value
    way = trie.get_proof(rlp_encode(integer(index)))  # type: ignore[no-untyped-call]
    nodes = [rlp_encode(node) for node in way]
    # Nodes shorter than a hash stand inside their parents.
    return tuple(node for place, node in enumerate(nodes) if place == 0 or len(node) >= _HASH_BYTES)


def evm_header(block: dict[str, Any]) -> tuple[bytes, ...]:
    """Return the fields of a block whose RLP is hashed. Errors: CannotProveError."""
    fields = tuple(_field(name, block.get(name)) for name in _HEADER)
    if to_hex(keccak(rlp_encode(fields))) != block["hash"]:
        raise CannotProveError("the block has header fields that are not known here", _OTHER_NODE)
    return fields


def _field(name: str, text: str | None) -> bytes:
    if text is None:
        raise CannotProveError(f"the block has no {name}", _OTHER_NODE)
    return integer(int(text, 16)) if name in _NUMBERS else from_hex(text)


def receipt_bytes(receipt: dict[str, Any]) -> bytes:
    """Return the bytes of a receipt as the receipts' root holds it."""
    logs: list[Item] = [
        [from_hex(log["address"]), [from_hex(one) for one in log["topics"]], from_hex(log["data"])]
        for log in receipt["logs"]
    ]
    gas, status = int(receipt["cumulativeGasUsed"], 16), int(receipt["status"], 16)
    kind = int(receipt.get("type", "0x0"), 16)
    body = rlp_encode([integer(status), integer(gas), from_hex(receipt["logsBloom"]), logs])
    return (bytes([kind]) if kind else b"") + body


def _nodes(texts: Sequence[str]) -> tuple[bytes, ...]:
    return tuple(from_hex(text) for text in texts)
