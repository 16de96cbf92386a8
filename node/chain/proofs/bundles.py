"""Proof bundles: one receipt or one stored word, provable offline from the genesis validators.

A bundle is canonical: only fields that the check uses, each byte of them bound by a hash or a
signature, so changing any byte makes it fail. The check needs no network, no node and no trust in
who sent the bundle:

    genesis validators → each change of the set, signed by the set before → the set of height H+1
    → header H+1 signed by more than 2/3 of it → its app hash = hash of EVM header H
    → receiptsRoot and transactionsRoot, or stateRoot → the receipt, or the word

docs/proofs.md tells it for auditors, with the bytes of the format (`proof_format.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from node.chain.abi.rlp_items import ItemError, integer, rlp_decode, rlp_encode
from node.chain.proofs.consensus import (
    Moment,
    ProofInvalidError,
    SignedHeader,
    Step,
    Validator,
    require_set,
    require_signed,
    set_hash,
)
from node.chain.proofs.format import (
    Bundle,
    NotABundleError,
    ReceiptProof,
    StorageProof,
    decode,
    encode,
)
from node.chain.proofs.trie import TrieProofError, value_at
from node.wire.hashing import keccak

__all__ = ["Anchor", "NotABundleError", "Proved", "ProvedReceipt", "ProvedWord", "check", "encode"]

# Places in an EVM header.
_STATE_ROOT, _TRANSACTIONS_ROOT, _RECEIPTS_ROOT, _NUMBER, _TIMESTAMP = 3, 4, 5, 8, 11
# Places in an account.
_STORAGE_ROOT, _ACCOUNT_FIELDS = 2, 4
_LIST = 0xC0
_SUCCEEDED, _FAILED = b"\x01", b""
_ADDRESS_BYTES, _TOPIC_BYTES = 20, 32

Log = tuple[bytes, tuple[bytes, ...], bytes]


@dataclass(frozen=True, slots=True)
class Anchor:
    """What an auditor trusts: the chain's id and the validators of the genesis file, in order."""

    chain_id: str
    validators: tuple[Validator, ...]


@dataclass(frozen=True, slots=True)
class ProvedReceipt:
    """A transaction of the block: its place, hash and type, and what came of it.

    `logs` as (address, topics, data), in their order.
    """

    index: int
    transaction_hash: bytes
    type: int
    succeeded: bool
    logs: tuple[Log, ...]


@dataclass(frozen=True, slots=True)
class ProvedWord:
    """A word that a contract stored, as it was after the block."""

    address: bytes
    slot: int
    word: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """What a bundle proves: the block and what is in it, and who vouches for it.

    `timestamp` is the block's, in seconds; `signed_at` that of the header that names it.
    `signers` are the validators of the bundle with more than 2/3 of the power, of `validators`.
    """

    chain_id: str
    block_number: int
    block_hash: bytes
    timestamp: int
    signed_at: Moment
    signers: tuple[Validator, ...]
    validators: tuple[Validator, ...]
    set_changes: int
    subject: ProvedReceipt | ProvedWord


def check(data: bytes, anchor: Anchor) -> Proved:
    """Return what a bundle proves. Errors: NotABundleError, ProofInvalidError with the step."""
    return check_bundle(decode(data), anchor)


def check_bundle(bundle: Bundle, anchor: Anchor) -> Proved:
    """Return what a decoded bundle proves. Errors: ProofInvalidError with the step."""
    header = bundle.signed.header
    _require_chain(bundle.signed, anchor)
    block_hash = keccak(rlp_encode(bundle.evm_header))
    number = int.from_bytes(bundle.evm_header[_NUMBER])
    if header.app_hash != block_hash:
        raise ProofInvalidError(Step.BLOCK, "the signed header names another block")
    if header.height != number + 1:
        raise ProofInvalidError(Step.BLOCK, "the block has another number than the header says")
    # Signatures come last: a hundred hashes cost less than one of them.
    subject = _proved(bundle.subject, bundle.evm_header)
    validators = _follow(bundle, anchor)
    require_signed(bundle.signed, validators)
    return Proved(
        chain_id=header.chain_id,
        block_number=number,
        block_hash=block_hash,
        timestamp=int.from_bytes(bundle.evm_header[_TIMESTAMP]),
        signed_at=header.time,
        signers=tuple(validators[vote.place] for vote in bundle.signed.votes),
        validators=validators,
        set_changes=len(bundle.changes),
        subject=subject,
    )


def _follow(bundle: Bundle, anchor: Anchor) -> tuple[Validator, ...]:
    """Return the set of the bundle's header, reached from the genesis one change at a time."""
    validators, height = anchor.validators, 0
    known = {set_hash(validators)}
    for change in bundle.changes:
        header = change.signed.header
        _require_chain(change.signed, anchor)
        if not height < header.height < bundle.signed.header.height:
            raise ProofInvalidError(Step.ORDER, "changes of the set are not in order")
        require_set(change.following)
        if set_hash(change.following) != header.next_validators_hash:
            raise ProofInvalidError(Step.VALIDATORS, "a change names another following set")
        # A set that comes back, or stays, needs no way to it: the shorter bundle proves as much.
        if header.next_validators_hash in known:
            raise ProofInvalidError(Step.ORDER, "a change to a set that was there before")
        require_signed(change.signed, validators)
        known.add(header.next_validators_hash)
        validators, height = change.following, header.height
    return validators


def _require_chain(signed: SignedHeader, anchor: Anchor) -> None:
    if signed.header.chain_id != anchor.chain_id:
        raise ProofInvalidError(Step.CHAIN, "the header is of another chain")


def _proved(
    subject: ReceiptProof | StorageProof, evm_header: Sequence[bytes]
) -> ProvedReceipt | ProvedWord:
    if isinstance(subject, ReceiptProof):
        return _receipt(subject, evm_header)
    return _word(subject, evm_header)


def _receipt(proof: ReceiptProof, evm_header: Sequence[bytes]) -> ProvedReceipt:
    key = rlp_encode(integer(proof.index))
    transaction = _value(
        Step.TRANSACTION, evm_header[_TRANSACTIONS_ROOT], key, proof.transaction_nodes
    )
    receipt = _value(Step.RECEIPT, evm_header[_RECEIPTS_ROOT], key, proof.receipt_nodes)
    # A typed receipt carries its type before the list; an old one is the list.
    kind, body = (0, receipt) if receipt[0] >= _LIST else (receipt[0], receipt[1:])
    items = _items(Step.RECEIPT, body, 4)
    status, logs = items[0], items[3]
    if status not in (_SUCCEEDED, _FAILED) or not isinstance(logs, list):
        raise ProofInvalidError(Step.RECEIPT, "the receipt has another form")
    return ProvedReceipt(
        index=proof.index,
        transaction_hash=keccak(transaction),
        type=kind,
        succeeded=status == _SUCCEEDED,
        logs=tuple(_log(one) for one in logs),
    )


def _log(item: Any) -> Log:
    match item:
        case [bytes() as address, list() as topics, bytes() as data] if len(
            address
        ) == _ADDRESS_BYTES and all(
            isinstance(one, bytes) and len(one) == _TOPIC_BYTES for one in topics
        ):
            return address, tuple(topics), data
    raise ProofInvalidError(Step.RECEIPT, "a log has another form")


def _word(proof: StorageProof, evm_header: Sequence[bytes]) -> ProvedWord:
    account = _value(
        Step.ACCOUNT, evm_header[_STATE_ROOT], keccak(proof.address), proof.account_nodes
    )
    storage_root = _items(Step.ACCOUNT, account, _ACCOUNT_FIELDS)[_STORAGE_ROOT]
    key = keccak(proof.slot.to_bytes(32))
    value = _value(Step.WORD, storage_root, key, proof.word_nodes)
    try:
        word = rlp_decode(value)
    except ItemError as error:
        raise ProofInvalidError(Step.WORD, f"the word cannot be read: {error}") from error
    if not isinstance(word, bytes) or len(word) > 32:
        raise ProofInvalidError(Step.WORD, "the word has another form")
    return ProvedWord(address=proof.address, slot=proof.slot, word=int.from_bytes(word))


def _value(step: Step, root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes:
    try:
        return value_at(root, key, nodes)
    except TrieProofError as error:
        raise ProofInvalidError(step, str(error)) from error


def _items(step: Step, data: bytes, count: int) -> list[Any]:
    """Return the items of a list. Errors: ProofInvalidError."""
    try:
        items = rlp_decode(data)
    except ItemError as error:
        raise ProofInvalidError(step, f"what is stored cannot be read: {error}") from error
    if not isinstance(items, list) or len(items) != count:
        raise ProofInvalidError(step, "what is stored has another form")
    return items
