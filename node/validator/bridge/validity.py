"""Which proposed payloads a validator accepts (docs/operators.md "Rules of a block").

Pure: every honest validator comes to the same answer from the same block and the same head. No
rule reads a local clock, or validators would disagree. That the payload executes to what it says
is geth's part (`newPayload`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from node.validator.bridge.payload import MalformedPayloadError, Payload, decode

WINDOW_S = 10
MAX_EXTRA_DATA = 32
NOBODY = bytes(20)
_SHORTEST_REQUEST = 2


class Rejection(StrEnum):
    """Why a proposal is rejected; the label of its metric."""

    TRANSACTION_COUNT = "transaction_count"
    MALFORMED = "malformed"
    PARENT = "parent"
    NUMBER = "number"
    FEE_RECIPIENT = "fee_recipient"
    RANDAO = "randao"
    GAS_LIMIT = "gas_limit"
    EXTRA_DATA = "extra_data"
    WITHDRAWALS = "withdrawals"
    BLOBS = "blobs"
    REQUESTS = "requests"
    TIMESTAMP = "timestamp"
    EXECUTION = "execution"
    ENGINE = "engine"
    FAULT = "fault"


class RejectedProposalError(Exception):
    """The proposal breaks a rule; `detail` is for the log."""

    def __init__(self, rejection: Rejection, detail: str = "") -> None:
        super().__init__(f"{rejection}: {detail}" if detail else str(rejection))
        self.rejection, self.detail = rejection, detail


@dataclass(frozen=True, slots=True)
class Head:
    """geth's newest decided block: number, hash (32 bytes), time in seconds."""

    number: int
    hash: bytes
    timestamp: int


@dataclass(frozen=True, slots=True)
class Window:
    """First and last second a block may carry."""

    first: int
    last: int

    def clamp(self, moment: int) -> int:
        """Return the nearest second inside."""
        return min(max(moment, self.first), self.last)

    def __contains__(self, moment: int) -> bool:
        return self.first <= moment <= self.last


def window_of(parent_timestamp: int, block_time_s: int) -> Window:
    """Return when a block may say it was made, from its parent's and from consensus time."""
    return Window(
        max(parent_timestamp + 1, block_time_s - WINDOW_S),
        max(parent_timestamp + 1, block_time_s + WINDOW_S),
    )


def require_valid(
    transactions: Sequence[bytes], *, head: Head, height: int, block_time_s: int, gas_limit: int
) -> Payload:
    """Return the payload of a proposal that keeps every rule but geth's.

    `block_time_s` is the consensus time of the block in whole seconds (of the genesis file at
    height 1), `gas_limit` the network's value. Errors: RejectedProposalError.
    """
    payload = single(transactions)
    if payload.parent_hash != head.hash:
        raise RejectedProposalError(Rejection.PARENT, payload.parent_hash.hex())
    if payload.block_number != height or height != head.number + 1:
        raise RejectedProposalError(Rejection.NUMBER, f"{payload.block_number} at height {height}")
    _require_fixed(payload, gas_limit=gas_limit)
    if payload.timestamp not in window_of(head.timestamp, block_time_s):
        detail = f"{payload.timestamp} after {head.timestamp} at {block_time_s}"
        raise RejectedProposalError(Rejection.TIMESTAMP, detail)
    return payload


def single(transactions: Sequence[bytes]) -> Payload:
    """Return the payload of a block's one transaction. Errors: RejectedProposalError."""
    if len(transactions) != 1:
        raise RejectedProposalError(Rejection.TRANSACTION_COUNT, str(len(transactions)))
    try:
        return decode(transactions[0])
    except MalformedPayloadError as error:
        raise RejectedProposalError(Rejection.MALFORMED, error.reason) from error


def _require_fixed(payload: Payload, *, gas_limit: int) -> None:
    """Make sure that what a proposer may not choose is what everybody expects."""
    if payload.fee_recipient != NOBODY:
        raise RejectedProposalError(Rejection.FEE_RECIPIENT, payload.fee_recipient.hex())
    if payload.prev_randao != payload.parent_hash:
        raise RejectedProposalError(Rejection.RANDAO)
    if payload.gas_limit != gas_limit:
        raise RejectedProposalError(Rejection.GAS_LIMIT, str(payload.gas_limit))
    if len(payload.extra_data) > MAX_EXTRA_DATA:
        raise RejectedProposalError(Rejection.EXTRA_DATA, f"{len(payload.extra_data)} bytes")
    if payload.withdrawals:
        raise RejectedProposalError(Rejection.WITHDRAWALS, str(payload.withdrawals))
    if payload.blob_gas_used or payload.excess_blob_gas:
        raise RejectedProposalError(Rejection.BLOBS)
    kinds = [one[:1] for one in payload.requests]
    if kinds != sorted(set(kinds)) or any(len(one) < _SHORTEST_REQUEST for one in payload.requests):
        # geth refuses to look at these: without the rule it would seem to be out of order itself.
        raise RejectedProposalError(Rejection.REQUESTS)
