"""CometBFT's headers, votes and validator sets, hashed and checked without CometBFT.

A block H of the EVM is final when the header of consensus height H+1, which names H by its hash,
is signed by validators with more than two thirds of the power. The few protobuf bytes that are
hashed or signed are written here by hand, so that an auditor needs no generated code; tests
compare them with generated code and with blocks of a real network.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_PRECOMMIT = 2
_VOTED_FOR_BLOCK = 2


class ProofInvalidError(ValueError):
    """What was to be proved is not proved; the text says which step fails."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of consensus: seconds since 1970 and nanoseconds."""

    seconds: int
    nanos: int


@dataclass(frozen=True, slots=True)
class BlockId:
    """A block's hash and the root of its parts."""

    hash: bytes
    parts: int
    parts_hash: bytes


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

    def hash(self) -> bytes:
        """Return what validators sign."""
        texts = [
            _varint(1, self.version_block) + _varint(2, self.version_app),
            _bytes(1, self.chain_id.encode()),
            _varint(1, self.height),
            _moment(self.time),
            _block_id(self.last_block_id),
            *(
                _bytes(1, one)
                for one in (
                    self.last_commit_hash,
                    self.data_hash,
                    self.validators_hash,
                    self.next_validators_hash,
                    self.consensus_hash,
                    self.app_hash,
                    self.last_results_hash,
                    self.evidence_hash,
                    self.proposer_address,
                )
            ),
        ]
        return merkle_root(texts)


@dataclass(frozen=True, slots=True)
class Validator:
    """An ed25519 key (32 bytes) and its power."""

    key: bytes
    power: int


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

    @property
    def block_id(self) -> BlockId:
        """Return what was voted for."""
        return BlockId(self.header.hash(), self.parts, self.parts_hash)


def set_hash(validators: Sequence[Validator]) -> bytes:
    """Return the hash by which headers name a set of validators, in its order."""
    return merkle_root(
        [_field(1, _bytes(1, one.key)) + _varint(2, one.power) for one in validators]
    )


def require_signed(signed: SignedHeader, validators: Sequence[Validator]) -> None:
    """Make sure validators with more than 2/3 of the power signed, and every vote is good.

    Errors: ProofInvalidError.
    """
    if set_hash(validators) != signed.header.validators_hash:
        raise ProofInvalidError("the header names another set of validators")
    power, last = 0, -1
    for vote in signed.votes:
        if not last < vote.place < len(validators):
            raise ProofInvalidError("votes are not in the order of the set, each once")
        last = vote.place
        _require_vote(signed, vote, validators[vote.place])
        power += validators[vote.place].power
    total = sum(one.power for one in validators)
    if 3 * power <= 2 * total:
        raise ProofInvalidError(f"signed by {power} of {total}: more than two thirds are needed")


def _require_vote(signed: SignedHeader, vote: Vote, validator: Validator) -> None:
    message = sign_bytes(
        signed.block_id,
        height=signed.header.height,
        round_=signed.round,
        time=vote.time,
        chain_id=signed.header.chain_id,
    )
    try:
        Ed25519PublicKey.from_public_bytes(validator.key).verify(vote.signature, message)
    except (InvalidSignature, ValueError) as error:
        raise ProofInvalidError(
            f"the vote of validator {vote.place} is not signed by it"
        ) from error


def sign_bytes(
    block_id: BlockId, *, height: int, round_: int, time: Moment, chain_id: str
) -> bytes:
    """Return what a validator signs to vote for a block, length first."""
    parts = _varint(1, block_id.parts) + _bytes(2, block_id.parts_hash)
    message = b"".join(
        (
            _varint(1, _PRECOMMIT),
            b"\x11" + height.to_bytes(8, "little", signed=True),
            b"\x19" + round_.to_bytes(8, "little", signed=True) if round_ else b"",
            _field(4, _bytes(1, block_id.hash) + _field(2, parts)),
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
    # Negative numbers are the two's complement of 64 bits.
    number &= (1 << 64) - 1
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


def parse_commit(document: dict[str, Any], validators: Sequence[Validator]) -> SignedHeader:
    """Return the signed header of a `/commit` answer's `signed_header`. Errors: ProofInvalidError.

    Only votes for the block are kept; `validators` is the set of that height, in its order.
    """
    try:
        commit, header = document["commit"], _parse_header(document["header"])
        votes = tuple(
            Vote(place, _parse_moment(one["timestamp"]), _base64(one["signature"]))
            for place, one in enumerate(commit["signatures"])
            if one["block_id_flag"] == _VOTED_FOR_BLOCK
        )
        parts = commit["block_id"]["parts"]
        signed = SignedHeader(
            header, int(commit["round"]), int(parts["total"]), bytes.fromhex(parts["hash"]), votes
        )
        is_same = (
            bytes.fromhex(commit["block_id"]["hash"]) == header.hash()
            and int(commit["height"]) == header.height
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProofInvalidError(f"not a commit: {error!r}") from error
    if not is_same:
        raise ProofInvalidError("the commit is for another header")
    require_signed(signed, validators)
    return signed


def parse_validators(document: Sequence[dict[str, Any]]) -> tuple[Validator, ...]:
    """Return the set of a `/validators` answer or of a genesis file. Errors: ProofInvalidError."""
    try:
        return tuple(
            Validator(
                _base64(one["pub_key"]["value"]), int(one.get("voting_power") or one["power"])
            )
            for one in document
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ProofInvalidError(f"not a list of validators: {error!r}") from error


def genesis_order(validators: Sequence[Validator]) -> tuple[Validator, ...]:
    """Return a genesis file's validators in the order of a set: by power, then by address."""
    return tuple(
        sorted(validators, key=lambda one: (-one.power, hashlib.sha256(one.key).digest()[:20]))
    )


def _parse_header(document: dict[str, Any]) -> Header:
    version, last = document["version"], document["last_block_id"]
    return Header(
        version_block=int(version.get("block", 0)),
        version_app=int(version.get("app", 0)),
        chain_id=document["chain_id"],
        height=int(document["height"]),
        time=_parse_moment(document["time"]),
        last_block_id=BlockId(
            bytes.fromhex(last["hash"]),
            int(last["parts"]["total"]),
            bytes.fromhex(last["parts"]["hash"]),
        ),
        **{
            name: bytes.fromhex(document[name])
            for name in (
                *("last_commit_hash", "data_hash", "validators_hash", "next_validators_hash"),
                *("consensus_hash", "app_hash", "last_results_hash", "evidence_hash"),
                "proposer_address",
            )
        },
    )


def _parse_moment(text: str) -> Moment:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    return Moment(seconds, int(fraction.ljust(9, "0")) if fraction else 0)


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
