"""Proof bundles: one receipt or one stored word, provable offline from the genesis validators.

A bundle is canonical: only fields that the check uses, each byte of them bound by a hash or a
signature, so changing any byte makes it fail. The check needs no network, no node and no trust in
who sent the bundle:

    genesis validators → each change of the set, signed by the set before → the set of height H+1
    → header H+1 signed by more than 2/3 of it → its app hash = hash of EVM header H
    → receiptsRoot and transactionsRoot, or stateRoot → the receipt, or the word
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import rlp
from eth_hash.auto import keccak
from trie.exceptions import BadTrieProof
from trie.hexary import HexaryTrie

from node.chain.consensus import (
    BlockId,
    Header,
    Moment,
    ProofInvalidError,
    SignedHeader,
    Validator,
    Vote,
    require_signed,
    set_hash,
)

MAGIC = b"YBP1"
# Places in an EVM header.
_STATE_ROOT, _TRANSACTIONS_ROOT, _RECEIPTS_ROOT, _NUMBER, _TIMESTAMP = 3, 4, 5, 8, 11
_EVM_FIELDS = 21
_STORAGE_ROOT = 2


@dataclass(frozen=True, slots=True)
class SetChange:
    """A header whose set named another one for the next height, and that set."""

    signed: SignedHeader
    following: tuple[Validator, ...]


@dataclass(frozen=True, slots=True)
class ReceiptProof:
    """A transaction and its receipt by their place in the block: nodes from the roots down."""

    index: int
    transaction_nodes: tuple[bytes, ...]
    receipt_nodes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class StorageProof:
    """One word of a contract: nodes of its account and of the word, from the roots down."""

    address: bytes
    slot: int
    account_nodes: tuple[bytes, ...]
    word_nodes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything a check needs but the genesis validators. `evm_header` holds 21 fields."""

    changes: tuple[SetChange, ...]
    signed: SignedHeader
    evm_header: tuple[bytes, ...]
    subject: ReceiptProof | StorageProof


@dataclass(frozen=True, slots=True)
class Anchor:
    """What an auditor trusts: the chain's id and the validators of the genesis file, in order."""

    chain_id: str
    validators: tuple[Validator, ...]


@dataclass(frozen=True, slots=True)
class Proved:
    """What a bundle proves: the block, and the receipt or the word in it.

    `timestamp` in seconds. For a receipt: `transaction_hash` (32 bytes), `succeeded`, `logs` as
    (address, topics, data). For storage: `address`, `slot`, `word`.
    """

    block_number: int
    block_hash: bytes
    timestamp: int
    signers: int
    transaction_hash: bytes = b""
    succeeded: bool = False
    logs: tuple[tuple[bytes, tuple[bytes, ...], bytes], ...] = ()
    address: bytes = b""
    slot: int = 0
    word: int = 0


def check(data: bytes, anchor: Anchor) -> Proved:
    """Return what a bundle proves. Errors: ProofInvalidError."""
    bundle = decode(data)
    validators = _follow(bundle, anchor)
    header = bundle.signed.header
    _require_chain(bundle.signed, anchor)
    require_signed(bundle.signed, validators)
    block_hash = keccak(rlp.encode(list(bundle.evm_header)))
    number = int.from_bytes(bundle.evm_header[_NUMBER], "big")
    if header.app_hash != block_hash or header.height != number + 1:
        raise ProofInvalidError("the signed header names another block")
    timestamp = int.from_bytes(bundle.evm_header[_TIMESTAMP], "big")
    found = Proved(number, block_hash, timestamp, len(bundle.signed.votes))
    if isinstance(bundle.subject, ReceiptProof):
        return _receipt(found, bundle.subject, bundle.evm_header)
    return _word(found, bundle.subject, bundle.evm_header)


def _follow(bundle: Bundle, anchor: Anchor) -> tuple[Validator, ...]:
    """Return the set of the bundle's header, reached from the genesis one change at a time."""
    validators, height = anchor.validators, 0
    for change in bundle.changes:
        header = change.signed.header
        _require_chain(change.signed, anchor)
        require_signed(change.signed, validators)
        if not height < header.height < bundle.signed.header.height:
            raise ProofInvalidError("changes of the set are not in order")
        if set_hash(change.following) != header.next_validators_hash:
            raise ProofInvalidError("a change names another following set")
        if header.next_validators_hash == header.validators_hash:
            raise ProofInvalidError("a change that changes nothing")
        validators, height = change.following, header.height
    return validators


def _require_chain(signed: SignedHeader, anchor: Anchor) -> None:
    if signed.header.chain_id != anchor.chain_id:
        raise ProofInvalidError("the header is of another chain")


def _receipt(found: Proved, proof: ReceiptProof, evm_header: Sequence[bytes]) -> Proved:
    key = rlp.encode(proof.index)
    transaction = _value(evm_header[_TRANSACTIONS_ROOT], key, proof.transaction_nodes)
    receipt = _value(evm_header[_RECEIPTS_ROOT], key, proof.receipt_nodes)
    # A typed receipt carries its type before the list; an old one is the list.
    status, _, _, logs = rlp.decode(receipt if receipt[0] >= 0xC0 else receipt[1:])
    return Proved(
        found.block_number,
        found.block_hash,
        found.timestamp,
        found.signers,
        transaction_hash=keccak(transaction),
        succeeded=status == b"\x01",
        logs=tuple((log[0], tuple(log[1]), log[2]) for log in logs),
    )


def _word(found: Proved, proof: StorageProof, evm_header: Sequence[bytes]) -> Proved:
    account = _value(evm_header[_STATE_ROOT], keccak(proof.address), proof.account_nodes)
    storage_root = rlp.decode(account)[_STORAGE_ROOT]
    key = keccak(proof.slot.to_bytes(32, "big"))
    word = rlp.decode(_value(storage_root, key, proof.word_nodes))
    return Proved(
        found.block_number,
        found.block_hash,
        found.timestamp,
        found.signers,
        address=proof.address,
        slot=proof.slot,
        word=int.from_bytes(word, "big"),
    )


def _value(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes:
    """Return the value under a key; every node must lie on the way to it."""
    expected = root
    for place, node in enumerate(nodes):
        if keccak(node) != expected if place == 0 else keccak(node) not in nodes[place - 1]:
            raise ProofInvalidError("a node is not on the way from the root")
    try:
        decoded = [rlp.decode(node) for node in nodes]
        value = HexaryTrie.get_from_proof(root, key, decoded)  # type: ignore[no-untyped-call]
    except (BadTrieProof, rlp.exceptions.RLPException, ValueError, KeyError) as error:
        raise ProofInvalidError("the way from the root is broken") from error
    if not value:
        raise ProofInvalidError("nothing is stored there")
    return bytes(value)


def trie_nodes(values: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the nodes from the root of a block's list to one of its values."""
    trie = HexaryTrie({})
    for place, value in enumerate(values):
        trie[rlp.encode(place)] = value
    way = trie.get_proof(rlp.encode(index))  # type: ignore[no-untyped-call]
    nodes = [rlp.encode(node) for node in way]
    # Nodes shorter than a hash stand inside their parents.
    return tuple(node for place, node in enumerate(nodes) if place == 0 or len(node) >= 32)


def encode(bundle: Bundle) -> bytes:
    """Return the bytes of a bundle: a magic word, then one RLP list."""
    subject = bundle.subject
    if isinstance(subject, ReceiptProof):
        body: list[Any] = [
            b"R",
            _number(subject.index),
            list(subject.transaction_nodes),
            list(subject.receipt_nodes),
        ]
    else:
        body = [
            b"S",
            subject.address,
            _number(subject.slot),
            list(subject.account_nodes),
            list(subject.word_nodes),
        ]
    changes = [[_packed(one.signed), _packed_set(one.following)] for one in bundle.changes]
    packed = [changes, _packed(bundle.signed), list(bundle.evm_header), body]
    return MAGIC + bytes(rlp.encode(packed))


def decode(data: bytes) -> Bundle:
    """Return the bundle of bytes in their one canonical form. Errors: ProofInvalidError."""
    if data[: len(MAGIC)] != MAGIC:
        raise ProofInvalidError("not a proof bundle")
    try:
        changes, signed, evm_header, body = rlp.decode(data[len(MAGIC) :], strict=True)
        bundle = Bundle(
            tuple(SetChange(_signed(one[0]), _set(one[1])) for one in changes),
            _signed(signed),
            _texts(evm_header),
            _subject(body),
        )
        is_canonical = encode(bundle) == data
    except ProofInvalidError:
        raise
    except Exception as error:  # hostile bytes: whatever breaks, they are not a bundle
        raise ProofInvalidError("the bundle cannot be read") from error
    if not is_canonical or len(bundle.evm_header) != _EVM_FIELDS:
        raise ProofInvalidError("the bundle is not in its canonical form")
    return bundle


def _subject(body: Sequence[Any]) -> ReceiptProof | StorageProof:
    if body[0] == b"R":
        _, index, transactions, receipts = body
        return ReceiptProof(_int(index), _texts(transactions), _texts(receipts))
    if body[0] != b"S":
        raise ProofInvalidError("a bundle proves a receipt or a stored word")
    _, address, slot, account, word = body
    return StorageProof(address, _int(slot), _texts(account), _texts(word))


def _texts(items: Sequence[Any]) -> tuple[bytes, ...]:
    if not all(isinstance(one, bytes) for one in items):
        raise ProofInvalidError("a list stands where bytes belong")
    return tuple(items)


_HASHES = (
    *("last_commit_hash", "data_hash", "validators_hash", "next_validators_hash"),
    *("consensus_hash", "app_hash", "last_results_hash", "evidence_hash", "proposer_address"),
)


def _packed(signed: SignedHeader) -> list[Any]:
    header, last = signed.header, signed.header.last_block_id
    return [
        [
            *(_number(header.version_block), _number(header.version_app)),
            *(header.chain_id.encode(), _number(header.height), _packed_moment(header.time)),
            [last.hash, _number(last.parts), last.parts_hash],
            *(getattr(header, name) for name in _HASHES),
        ],
        *(_number(signed.round), _number(signed.parts), signed.parts_hash),
        [[_number(one.place), _packed_moment(one.time), one.signature] for one in signed.votes],
    ]


def _signed(items: Any) -> SignedHeader:
    (block, app, chain_id, height, time, last, *hashes), round_, parts, parts_hash, votes = items
    header = Header(
        version_block=_int(block),
        version_app=_int(app),
        chain_id=chain_id.decode(),
        height=_int(height),
        time=_moment(time),
        last_block_id=BlockId(last[0], _int(last[1]), last[2]),
        **dict(zip(_HASHES, hashes, strict=True)),
    )
    signatures = tuple(Vote(_int(one[0]), _moment(one[1]), one[2]) for one in votes)
    return SignedHeader(header, _int(round_), _int(parts), parts_hash, signatures)


def _packed_set(validators: Sequence[Validator]) -> list[Any]:
    return [[one.key, _number(one.power)] for one in validators]


def _set(items: Sequence[Any]) -> tuple[Validator, ...]:
    return tuple(Validator(key, _int(power)) for key, power in items)


def _packed_moment(moment: Moment) -> list[bytes]:
    return [_number(moment.seconds), _number(moment.nanos)]


def _moment(items: Sequence[bytes]) -> Moment:
    seconds, nanos = items
    return Moment(_int(seconds), _int(nanos))


def _number(value: int) -> bytes:
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def _int(data: bytes) -> int:
    return int.from_bytes(data, "big")
