"""CometBFT's JSON as the classes of `consensus`: commits, sets of validators, the genesis file.

Hashes are hex there, keys and signatures base64, 64-bit numbers text, others numbers.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from node.chain.proofs.consensus import (
    HASHES,
    BlockId,
    Header,
    Moment,
    SignedHeader,
    Validator,
    Vote,
    bad_votes,
)

_VOTED_FOR_BLOCK = 2
_NANO_DIGITS = 9
_KEY_TYPES = frozenset({"tendermint/PubKeyEd25519"})
_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


class CometJsonError(ValueError):
    """A document is not what CometBFT writes, or says what cannot be."""


def _named(parse: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """Give whatever breaks in a document one name."""

    @wraps(parse)
    def run(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
        try:
            return parse(*args, **kwargs)
        except CometJsonError:
            raise
        except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
            raise CometJsonError(f"not what CometBFT writes: {error}") from error

    return run


@_named
def commit_of(document: Mapping[str, Any], validators: Sequence[Validator]) -> SignedHeader:
    """Return the signed header of a `/commit` answer's `signed_header`. Errors: CometJsonError.

    Only votes for the block are kept, and only those that the auditor's check takes: it is
    stricter than CometBFT's, and a validator with odd signatures must not spoil the others'.
    `validators` is the set of that height, in its order.
    """
    commit, header = document["commit"], _header(document["header"])
    parts = commit["block_id"]["parts"]
    if len(commit["signatures"]) != len(validators):
        raise CometJsonError("the commit is of another set of validators")
    votes = tuple(
        Vote(place, _moment(one["timestamp"]), _base64(one["signature"]))
        for place, one in enumerate(commit["signatures"])
        if one["block_id_flag"] == _VOTED_FOR_BLOCK
    )
    signed = SignedHeader(
        header, int(commit["round"]), int(parts["total"]), bytes.fromhex(parts["hash"]), votes
    )
    if bytes.fromhex(commit["block_id"]["hash"]) != header.hash():
        raise CometJsonError("the commit is for another header")
    if int(commit["height"]) != header.height:
        raise CometJsonError("the commit is for another height")
    bad = frozenset(bad_votes(signed, validators))
    return replace(signed, votes=tuple(one for one in votes if one.place not in bad))


@_named
def validators_of(document: Sequence[Mapping[str, Any]]) -> tuple[Validator, ...]:
    """Return the set of a `/validators` answer, as it is ordered. Errors: CometJsonError."""
    return tuple(_validator(one, "voting_power") for one in document)


@_named
def genesis_of(document: Mapping[str, Any]) -> tuple[str, tuple[Validator, ...]]:
    """Return chain id and validators of a genesis file, as ordered. Errors: CometJsonError."""
    chain_id = document["chain_id"]
    if not isinstance(chain_id, str) or not chain_id:
        raise CometJsonError("the genesis names no chain")
    validators = tuple(_validator(one, "power") for one in document["validators"])
    if len({one.key for one in validators}) != len(validators) or not validators:
        raise CometJsonError("the genesis names no validators, or one twice")
    return chain_id, validators


def _validator(document: Mapping[str, Any], power: str) -> Validator:
    if document["pub_key"]["type"] not in _KEY_TYPES:
        raise CometJsonError("a validator's key is not of ed25519")
    return Validator(_base64(document["pub_key"]["value"]), int(document[power]))


def _header(document: Mapping[str, Any]) -> Header:
    version, last = document["version"], document["last_block_id"]
    return Header(
        version_block=int(version.get("block", 0)),
        version_app=int(version.get("app", 0)),
        chain_id=document["chain_id"],
        height=int(document["height"]),
        time=_moment(document["time"]),
        last_block_id=BlockId(
            bytes.fromhex(last["hash"]),
            int(last["parts"]["total"]),
            bytes.fromhex(last["parts"]["hash"]),
        ),
        **{name: bytes.fromhex(document[name]) for name in HASHES},
    )


def _moment(text: str) -> Moment:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(whole).replace(tzinfo=UTC).timestamp())
    if len(fraction) > _NANO_DIGITS:
        raise CometJsonError("a time is finer than nanoseconds")
    return Moment(seconds, int(fraction.ljust(_NANO_DIGITS, "0")) if fraction else 0)


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
