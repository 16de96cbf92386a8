"""The bytes of a proof bundle: one canonical form, read with limits on every size.

A magic word, then one RLP list; docs/proofs.md draws it. Bytes of strangers become a bundle or a
NotABundleError, whatever they are; whether a bundle proves anything is `proofs.check`'s to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from node.chain.abi.rlp_items import Item, integer, rlp_decode, rlp_encode
from node.chain.proofs.consensus import (
    HASHES,
    MAX_SET,
    BlockId,
    Header,
    Moment,
    ProofInvalidError,
    SignedHeader,
    Step,
    Validator,
    Vote,
)
from node.chain.proofs.trie import MAX_NODES
from node.wire.words import WORD

MAGIC = b"YBP1"
MAX_BYTES = 16 * 2**20
MAX_CHANGES = 1_000
"""Changes of the set between genesis and the block: decades of them."""
EVM_FIELDS = 21
_ADDRESS_BYTES = 20


class NotABundleError(ProofInvalidError):
    """The bytes are no bundle in its one form: nothing was checked."""

    def __init__(self, text: str) -> None:
        super().__init__(Step.FORM, text)


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


def encode(bundle: Bundle) -> bytes:
    """Return the bytes of a bundle."""
    changes: list[Item] = [
        [_packed(one.signed), _packed_set(one.following)] for one in bundle.changes
    ]
    return MAGIC + rlp_encode(
        [changes, _packed(bundle.signed), bundle.evm_header, _body(bundle.subject)]
    )


def _body(subject: ReceiptProof | StorageProof) -> list[Item]:
    if isinstance(subject, ReceiptProof):
        nodes: list[Item] = [list(subject.transaction_nodes), list(subject.receipt_nodes)]
        return [b"R", integer(subject.index), *nodes]
    nodes = [list(subject.account_nodes), list(subject.word_nodes)]
    return [b"S", subject.address, integer(subject.slot), *nodes]


def _packed(signed: SignedHeader) -> list[Item]:
    header, last = signed.header, signed.header.last_block_id
    return [
        [
            *(integer(header.version_block), integer(header.version_app)),
            *(header.chain_id.encode(), integer(header.height), _packed_moment(header.time)),
            [last.hash, integer(last.parts), last.parts_hash],
            *(getattr(header, name) for name in HASHES),
        ],
        *(integer(signed.round), integer(signed.parts), signed.parts_hash),
        [[integer(one.place), _packed_moment(one.time), one.signature] for one in signed.votes],
    ]


def _packed_set(validators: Sequence[Validator]) -> list[Item]:
    return [[one.key, integer(one.power)] for one in validators]


def _packed_moment(moment: Moment) -> list[Item]:
    return [integer(moment.seconds), integer(moment.nanos)]


def decode(data: bytes) -> Bundle:
    """Return the bundle of bytes in their one canonical form. Errors: NotABundleError."""
    if data[: len(MAGIC)] != MAGIC:
        raise NotABundleError("it does not begin as a proof bundle does")
    if len(data) > MAX_BYTES:
        raise NotABundleError(f"it is larger than {MAX_BYTES} bytes")
    try:
        bundle = _bundle(rlp_decode(data[len(MAGIC) :]))
    except ValueError as error:
        if isinstance(error, NotABundleError):
            raise
        raise NotABundleError(f"it cannot be read: {error}") from error
    # A number with leading zeros is the same number: only its shortest spelling counts.
    if encode(bundle) != data:
        raise NotABundleError("it is not in its canonical form")
    return bundle


def _bundle(items: Any) -> Bundle:
    changes, signed, evm_header, subject = _list(items, exactly=4)
    return Bundle(
        changes=tuple(map(_change, _list(changes, most=MAX_CHANGES))),
        signed=_signed(signed),
        evm_header=tuple(map(_text, _list(evm_header, exactly=EVM_FIELDS))),
        subject=_subject(_list(subject, most=5)),
    )


def _change(items: Any) -> SetChange:
    signed, following = _list(items, exactly=2)
    return SetChange(_signed(signed), tuple(map(_validator, _list(following, most=MAX_SET))))


def _subject(body: list[Any]) -> ReceiptProof | StorageProof:
    match body:
        case [b"R", index, transaction, receipt]:
            return ReceiptProof(_number(index), _nodes(transaction), _nodes(receipt))
        case [b"S", address, slot, account, word]:
            if len(_text(address)) != _ADDRESS_BYTES:
                raise NotABundleError("an address has another length")
            return StorageProof(address, _number(slot), _nodes(account), _nodes(word))
    raise NotABundleError("it proves neither a receipt nor a stored word")


def _signed(items: Any) -> SignedHeader:
    header, round_, parts, parts_hash, votes = _list(items, exactly=5)
    return SignedHeader(
        _header(header),
        _number(round_),
        _number(parts),
        _text(parts_hash),
        tuple(map(_vote, _list(votes, most=MAX_SET))),
    )


def _header(items: Any) -> Header:
    block, app, chain_id, height, time, last, *hashes = _list(items, exactly=6 + len(HASHES))
    last_hash, last_parts, last_parts_hash = _list(last, exactly=3)
    return Header(
        version_block=_number(block),
        version_app=_number(app),
        chain_id=_text(chain_id).decode(),
        height=_number(height),
        time=_moment(time),
        last_block_id=BlockId(_text(last_hash), _number(last_parts), _text(last_parts_hash)),
        **dict(zip(HASHES, map(_text, hashes), strict=True)),
    )


def _vote(items: Any) -> Vote:
    place, time, signature = _list(items, exactly=3)
    return Vote(_number(place), _moment(time), _text(signature))


def _validator(items: Any) -> Validator:
    key, power = _list(items, exactly=2)
    return Validator(_text(key), _number(power))


def _moment(items: Any) -> Moment:
    seconds, nanos = _list(items, exactly=2)
    return Moment(_number(seconds), _number(nanos))


def _nodes(items: Any) -> tuple[bytes, ...]:
    return tuple(map(_text, _list(items, most=MAX_NODES)))


def _list(item: Any, *, exactly: int | None = None, most: int = MAX_CHANGES) -> list[Any]:
    if not isinstance(item, list):
        raise NotABundleError("bytes stand where a list belongs")
    if len(item) > most or (exactly is not None and len(item) != exactly):
        raise NotABundleError(f"a list of {len(item)} items where it has another length")
    return item


def _text(item: Any) -> bytes:
    if not isinstance(item, bytes):
        raise NotABundleError("a list stands where bytes belong")
    return item


def _number(item: Any) -> int:
    text = _text(item)
    if len(text) > WORD:
        raise NotABundleError("a number is longer than a word")
    return int.from_bytes(text)
