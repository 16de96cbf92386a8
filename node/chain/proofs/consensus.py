"""CometBFT's headers, votes and validator sets, hashed and checked without CometBFT.

A block H of the EVM is final when the header of consensus height H+1, which names H by its hash,
is signed by validators with more than two thirds of the power. The few protobuf bytes that are
hashed or signed are written here by hand, so that an auditor needs no generated code; tests
compare them with generated code and with blocks of a real network.

What is built here is within the limits of CometBFT's own fields: a number outside of them could be
written as the same bytes as another one, and a set of validators have one hash and two powers.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

HASHES = (
    *("last_commit_hash", "data_hash", "validators_hash", "next_validators_hash"),
    *("consensus_hash", "app_hash", "last_results_hash", "evidence_hash", "proposer_address"),
)
"""The last nine fields of a header, in the order of their hashing."""
_PRECOMMIT = 2
KEY_BYTES = 32
MAX_SET = 100
"""Validators of one set; the network is made for 4 to 20."""
_INT64, _INT32, _UINT32, _NANOS = 2**63 - 1, 2**31 - 1, 2**32 - 1, 10**9 - 1
_MAX_POWER = _INT64 // 8


class Step(enum.StrEnum):
    """The steps of a check, in their order: what a bundle fails at."""

    FORM = "form"
    CHAIN = "chain"
    BLOCK = "block"
    TRANSACTION = "transaction"
    RECEIPT = "receipt"
    ACCOUNT = "account"
    WORD = "word"
    ORDER = "order"
    VALIDATORS = "validators"
    SIGNATURES = "signatures"


class ProofInvalidError(ValueError):
    """What was to be proved is not proved; the text says why, `step` where."""

    def __init__(self, step: Step, text: str) -> None:
        super().__init__(text)
        self.step = step


class FieldError(ValueError):
    """A value that CometBFT's field of that name cannot hold."""


def _require(name: str, value: int, *, most: int, least: int = 0) -> None:
    if not least <= value <= most:
        raise FieldError(f"{name} is not from {least} to {most}")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of consensus: seconds since 1970 and nanoseconds."""

    seconds: int
    nanos: int

    def __post_init__(self) -> None:
        _require("seconds", self.seconds, most=_INT64)
        _require("nanos", self.nanos, most=_NANOS)


@dataclass(frozen=True, slots=True)
class BlockId:
    """A block's hash and the root of its parts."""

    hash: bytes
    parts: int
    parts_hash: bytes

    def __post_init__(self) -> None:
        _require("parts", self.parts, most=_UINT32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The fourteen hashed fields of a consensus header."""

    version_block: int
    version_app: int
    chain_id: str
    height: int
    time: Moment
    last_block_id: BlockId
    last_commit_hash: bytes
    data_hash: bytes
    validators_hash: bytes
    next_validators_hash: bytes
    consensus_hash: bytes
    app_hash: bytes
    last_results_hash: bytes
    evidence_hash: bytes
    proposer_address: bytes

    def __post_init__(self) -> None:
        _require("version.block", self.version_block, most=_INT64)
        _require("version.app", self.version_app, most=_INT64)
        _require("height", self.height, least=1, most=_INT64)

    def leaves(self) -> list[bytes]:
        """Return the fields as they are hashed, in their order."""
        return [
            _varint(1, self.version_block) + _varint(2, self.version_app),
            _bytes(1, self.chain_id.encode()),
            _varint(1, self.height),
            _moment(self.time),
            _block_id(self.last_block_id),
            *(_bytes(1, getattr(self, name)) for name in HASHES),
        ]

    def hash(self) -> bytes:
        """Return the hash that validators sign."""
        return merkle_root(self.leaves())


@dataclass(frozen=True, slots=True)
class Validator:
    """An ed25519 key (32 bytes) and its power."""

    key: bytes
    power: int

    def __post_init__(self) -> None:
        if len(self.key) != KEY_BYTES:
            raise FieldError("a validator's key has another length")
        _require("power", self.power, least=1, most=_MAX_POWER)

    @property
    def address(self) -> bytes:
        """Return the 20 bytes that name the validator."""
        return hashlib.sha256(self.key).digest()[:20]


@dataclass(frozen=True, slots=True)
class Vote:
    """One signature of a commit: the signer's place in the set, its clock, 64 bytes."""

    place: int
    time: Moment
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedHeader:
    """A header, the round and parts it was decided with, and the votes for it."""

    header: Header
    round: int
    parts: int
    parts_hash: bytes
    votes: tuple[Vote, ...]

    def __post_init__(self) -> None:
        _require("round", self.round, most=_INT32)
        _require("parts", self.parts, most=_UINT32)

    @property
    def block_id(self) -> BlockId:
        """Return what was voted for."""
        return BlockId(self.header.hash(), self.parts, self.parts_hash)


def set_hash(validators: Sequence[Validator]) -> bytes:
    """Return the hash by which headers name a set of validators, in its order."""
    return merkle_root(
        [_field(1, _bytes(1, one.key)) + _varint(2, one.power) for one in validators]
    )


def require_set(validators: Sequence[Validator]) -> None:
    """Make sure a set is one: not too many, nobody twice. Errors: ProofInvalidError."""
    if not 0 < len(validators) <= MAX_SET:
        raise ProofInvalidError(Step.VALIDATORS, f"a set has 1 to {MAX_SET} validators")
    if len({one.key for one in validators}) != len(validators):
        raise ProofInvalidError(Step.VALIDATORS, "a validator is in the set twice")


def require_signed(signed: SignedHeader, validators: Sequence[Validator]) -> None:
    """Make sure validators with more than 2/3 of the power signed, and every vote is good.

    Errors: ProofInvalidError.
    """
    require_set(validators)
    if set_hash(validators) != signed.header.validators_hash:
        raise ProofInvalidError(Step.VALIDATORS, "the header names another set of validators")
    places = [vote.place for vote in signed.votes]
    if places != sorted(set(places)) or (places and places[-1] >= len(validators)):
        raise ProofInvalidError(
            Step.SIGNATURES, "votes are not in the order of the set, each validator once"
        )
    power = sum(validators[place].power for place in places)
    total = sum(one.power for one in validators)
    if 3 * power <= 2 * total:
        raise ProofInvalidError(
            Step.SIGNATURES, f"signed by {power} of {total}: more than two thirds are needed"
        )
    for place in bad_votes(signed, validators):
        raise ProofInvalidError(
            Step.SIGNATURES, f"the vote of validator {place} is not signed by it"
        )


def bad_votes(signed: SignedHeader, validators: Sequence[Validator]) -> Iterator[int]:
    """Yield the places of votes whose signature is not that validator's over this header."""
    block_id = signed.block_id
    for vote in signed.votes:
        message = sign_bytes(
            block_id,
            height=signed.header.height,
            round_=signed.round,
            time=vote.time,
            chain_id=signed.header.chain_id,
        )
        try:
            key = Ed25519PublicKey.from_public_bytes(validators[vote.place].key)
            key.verify(vote.signature, message)
        except (InvalidSignature, ValueError):
            yield vote.place


def sign_bytes(
    block_id: BlockId, *, height: int, round_: int, time: Moment, chain_id: str
) -> bytes:
    """Return what a validator signs to vote for a block, length first."""
    message = b"".join(
        (
            _varint(1, _PRECOMMIT),
            b"\x11" + height.to_bytes(8, "little", signed=True),
            b"\x19" + round_.to_bytes(8, "little", signed=True) if round_ else b"",
            _field(4, _block_id(block_id)),
            _field(5, _moment(time)),
            _bytes(6, chain_id.encode()),
        )
    )
    return _uvarint(len(message)) + message


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """Return CometBFT's root of a list (RFC 6962)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = merkle_root(leaves[:split]), merkle_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


def _uvarint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _varint(number: int, value: int) -> bytes:
    return _uvarint(number << 3) + _uvarint(value) if value else b""


def _field(number: int, content: bytes) -> bytes:
    return _uvarint(number << 3 | 2) + _uvarint(len(content)) + content


def _bytes(number: int, content: bytes) -> bytes:
    return _field(number, content) if content else b""


def _moment(moment: Moment) -> bytes:
    return _varint(1, moment.seconds) + _varint(2, moment.nanos)


def _block_id(block_id: BlockId) -> bytes:
    parts = _varint(1, block_id.parts) + _bytes(2, block_id.parts_hash)
    return _bytes(1, block_id.hash) + _field(2, parts)


def genesis_order(validators: Sequence[Validator]) -> tuple[Validator, ...]:
    """Return validators in the order of a set: the most power first, then by address."""
    return tuple(sorted(validators, key=lambda one: (-one.power, one.address)))
