"""Events of WalletLedger and WalletOperations: every movement of money."""

from dataclasses import dataclass
from typing import Annotated

from node.chain.abi.kinds import HoldState, Purpose
from node.chain.abi.layouts import (
    Account,
    Bool,
    Digest,
    Hash,
    Hold32,
    Int32,
    Uint8,
    Uint40,
    Uint64,
    Uint256,
)
from node.chain.abi.packing import Word
from node.chain.events.table import Event, event
from node.domain.kinds import Pocket


@event("account")
@dataclass(frozen=True, slots=True)
class AccountFreezeSet(Event):
    """An account was frozen or released in the ledger."""

    account: Account
    frozen: Bool
    reason_code: Hash


@event("account")
@dataclass(frozen=True, slots=True)
class CounterOpened(Event):
    """An account became a signed counter with the money it had."""

    account: Account
    pocket: Annotated[Pocket, Word("uint8")]
    value_fen: Uint64


@event("hold_id")
@dataclass(frozen=True, slots=True)
class HoldFinished(Event):
    """A hold ended in a final state."""

    hold_id: Hold32
    state: Annotated[HoldState, Word("uint8")]
    posted_fen: Uint64


@event("hold_id", "account")
@dataclass(frozen=True, slots=True)
class HoldPlaced(Event):
    """Money was set aside until `expires_at` (seconds)."""

    hold_id: Hold32
    account: Account
    pocket: Annotated[Pocket, Word("uint8")]
    amount_fen: Uint64
    expires_at: Uint40


@event("ref")
@dataclass(frozen=True, slots=True)
class Moved(Event):
    """A set of postings took place; `ref` is the digest or subject it belongs to."""

    ref: Hash
    purpose: Annotated[Purpose, Word("uint8")]
    postings: Uint256


@event("sender")
@dataclass(frozen=True, slots=True)
class TransferPendingCleared(Event):
    """The pending transfer of a sender ended."""

    sender: Account


@event("sender", "receiver")
@dataclass(frozen=True, slots=True)
class TransferPendingSet(Event):
    """A wallet transfer waits until `returns_at` (seconds)."""

    sender: Account
    receiver: Account
    amount_fen: Uint64
    returns_at: Uint40
    day: Int32
    sent_today: Uint8


@event("sender", "receiver", "id")
@dataclass(frozen=True, slots=True)
class Transfer(Event):
    """ERC-6909: fen moved inside a pocket (`id`); the zero address is a mint or a burn."""

    caller: Account
    sender: Account
    receiver: Account
    id: Uint256
    amount: Uint256


@event("digest", "account")
@dataclass(frozen=True, slots=True)
class AccountFrozenSet(Event):
    """An intent froze or released an account."""

    digest: Digest
    account: Account
    frozen: Bool
    reason_code: Hash


@event("action_id", "corrected_ref")
@dataclass(frozen=True, slots=True)
class Corrected(Event):
    """Two officers posted a correcting entry."""

    action_id: Hash
    corrected_ref: Hash
    postings: Uint256


@event("digest", "account", "channel")
@dataclass(frozen=True, slots=True)
class Deposited(Event):
    """A channel brought money in."""

    digest: Digest
    account: Account
    channel: Account
    pocket: Annotated[Pocket, Word("uint8")]
    amount_fen: Uint64
    notice_hash: Hash


@event("digest", "from_account", "to_account")
@dataclass(frozen=True, slots=True)
class FundTransferred(Event):
    """An insurer moved money between its funds."""

    digest: Digest
    from_account: Account
    to_account: Account
    amount_fen: Uint64
    reason_code: Hash


@event("digest", "sender", "receiver")
@dataclass(frozen=True, slots=True)
class TransferAccepted(Event):
    """The receiver took a wallet transfer."""

    digest: Digest
    sender: Account
    receiver: Account
    amount_fen: Uint64


@event("sender", "receiver")
@dataclass(frozen=True, slots=True)
class TransferReturned(Event):
    """A lapsed wallet transfer went back to its sender."""

    sender: Account
    receiver: Account
    amount_fen: Uint64


@event("digest", "sender", "receiver")
@dataclass(frozen=True, slots=True)
class TransferSent(Event):
    """A member sent MEDICAL money; it waits until `returns_at` (seconds)."""

    digest: Digest
    sender: Account
    receiver: Account
    amount_fen: Uint64
    returns_at: Uint40


@event("digest", "member", "channel")
@dataclass(frozen=True, slots=True)
class Withdrawn(Event):
    """A member took CASH out through a channel."""

    digest: Digest
    member: Account
    channel: Account
    amount_fen: Uint64
    destination_hash: Hash
