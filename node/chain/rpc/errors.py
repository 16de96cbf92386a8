"""What a failed call means: revert data → domain error, RPC failure → one of four reasons.

The router's events and `eth_call` carry revert data; `decode_revert` gives the class of the same
name in node/domain/errors, or `ContractRefusal` for what only contracts can meet. The relayer asks
`reason_of` after every failed send: what it cannot place is SUSPEND, for paying twice is worse than
paying late. The table below repeats contracts/src/types/Errors.sol; a test compares them.
"""

import enum
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar, assert_never

from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError

from node.chain.abi.kinds import Purpose
from node.chain.abi.packing import Word, WordLayout
from node.chain.rpc.json_rpc import RpcError
from node.domain.claims import ClaimState
from node.domain.errors import CATALOGUE, ChainUnavailable, DomainError
from node.domain.errors.base import Category
from node.domain.kinds import Pocket
from node.domain.premiums import BillState, RefundReason
from node.wire.errors import PackingError
from node.wire.hashing import selector
from node.wire.hexadecimal import from_hex, to_hex
from node.wire.labels import label_of

# The errors of types/Errors.sol in its order, then those of OpenZeppelin's access manager.
DECLARED = """
InvalidAmount(uint256 amountFen)
InvalidRatio(uint256 ratioBp)
InvalidBands(uint256 index)
LineSumMismatch(uint256 statedFen, uint256 sumFen)
InvalidPeriod(int256 startDay, int256 endDay)
InvalidServiceDate(int256 startDay, int256 endDay)
InvalidInstalment(BillId billId, uint256 part)
CoverageInactive(address member, int256 day)
WaitingPeriodActive(address member, int256 careFromDay)
ProviderNotContracted(address provider, address insurer)
CareTypeNotCovered(CareType careType, Level level)
PocketNotAllowed(Pocket pocket, uint256 purpose)
RoleMissing(address account, bytes32 role)
SameApprover(address approver)
UseIntent()
SignerFrozen(address account)
NotOwner(address account, bytes32 subject)
AccountFrozen(address account)
NotNearRelative(address holder, address relative)
FamilyLinkInactive(address holder, address relative)
MemberUnknown(address member)
ProviderUnknown(address provider)
BillUnknown(BillId billId)
ClaimUnknown(ClaimId claimId)
PlanUnknown(PlanId planId, uint256 version)
HoldUnknown(HoldId holdId)
CoverageUnknown(address member, int256 startDay)
TransferUnknown(address sender)
NonceUsed(address actor, uint256 intentNonce)
BillAlreadyPaid(BillId billId)
ClaimNumberUsed(ClaimId claimId)
DuplicateClaim(bytes8 fingerprint)
ClaimPending(ClaimId claimId)
ClaimNotSettled(ClaimId claimId)
LaterSettlementExists(ClaimId claimId)
HoldEnded(HoldId holdId)
QuoteExpired(uint256 quoteExpiresAt)
QuoteStale(bytes32 subject)
PlanVersionFrozen(PlanId planId, uint256 version)
RefundExceedsPayment(BillId billId, uint256 refundFen, uint256 paidFen)
InsufficientBalance(address account, Pocket pocket, uint256 availableFen, uint256 neededFen)
FundInsufficient(address fund, uint256 availableFen, uint256 neededFen)
TransferDailyLimit(address sender, uint256 sentToday)
TransferTooLarge(uint256 amountFen, uint256 limitFen)
TransferClosedHours(uint256 secondOfDay)
TransferPending(address sender)
WalletNotOpen(address account)
SignatureInvalid()
SignatureExpired(uint256 deadline)
OnlySelf()
GasReserveTooLow(uint256 gasLeft, uint256 gasNeeded)
Reentered()
KindUnknown(uint256 kind)
BodyNotCanonical(uint256 kind)
EvidenceMismatch(ClaimId claimId)
AlreadyExists(bytes32 subject)
AddressUnknown(bytes32 name)
ClaimStateInvalid(ClaimId claimId, ClaimState state)
AmountOverflow(uint256 value)
HoldNotLapsed(HoldId holdId)
Paused()
SignerTaken(bytes32 signerKey)
NoticeUsed(bytes32 noticeHash)
BillStateInvalid(BillId billId, uint256 state)
RefundNotAllowed(BillId billId, uint256 reason)
AccountUnknown(address account)
TooMany(uint256 count, uint256 limit)
AccountIdInvalid(address account)
OperatorUnknown(address sender)
ParticipantUnknown(address participant)
KeyTaken(bytes32 consensusKey)
AccountTaken(address account)
EntryIncomplete(address participant)
TooFewValidators(uint256 left, uint256 minimum)
ProposalUnknown(uint256 proposalId)
ProposalEnded(uint256 proposalId)
ThresholdNotReached(uint256 proposalId, uint256 votes, uint256 needed)
VoteAlreadyCast(uint256 proposalId, address participant)
ChangeThisBlock(uint256 blockNumber)
RelayerUnknown(address sender)
AccessManagedUnauthorized(address caller)
AccessManagedRequiredDelay(address caller, uint32 delay)
AccessManagedInvalidAuthority(address authority)
AccessManagedCouldNotExecute(address authority)
AccessManagerNotReady(bytes32 operationId)
AccessManagerNotScheduled(bytes32 operationId)
AccessManagerUnauthorizedAccount(address msgsender, uint64 roleId)
AccessManagerUnauthorizedCall(address caller, address target, bytes4 selector)
"""


def _name_in(kind: type[enum.IntEnum]) -> Callable[[int], str]:
    """Return the conversion of a number into the member's name; an unknown one stays a number."""
    return lambda value: next((one.name for one in kind if one == value), str(value))


WORDS: dict[str, Word] = {
    **{name: Word("bytes32") for name in ("BillId", "ClaimId", "HoldId", "PlanId")},
    "CareType": Word("bytes16", label_of),
    "Level": Word("bytes16", label_of),
    "Region": Word("bytes12", label_of),
    "Pocket": Word("uint8", _name_in(Pocket)),
    "ClaimState": Word("uint8", _name_in(ClaimState)),
}
# Values that travel as plain words and mean more.
MEANINGS: dict[tuple[str, str], Word] = {
    ("PocketNotAllowed", "purpose"): Word("uint256", _name_in(Purpose)),
    ("BillStateInvalid", "state"): Word("uint256", _name_in(BillState)),
    ("RefundNotAllowed", "reason"): Word("uint256", _name_in(RefundReason)),
    ("RoleMissing", "role"): Word("bytes32", label_of),
    ("AddressUnknown", "name"): Word("bytes32", label_of),
}


@dataclass(eq=False)
class ContractRefusal(DomainError):  # noqa: N818  (named like the catalogue)
    """A contract refused for a reason that only contracts can meet."""

    category: ClassVar[Category] = Category.CONFLICT

    error: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The name of the Solidity error; 0x digits when it is unknown."""
        return self.error

    def __str__(self) -> str:
        """`Name(value=..., ...)`, as the errors of the domain print."""
        return f"{self.error}({', '.join(f'{name}={one!r}' for name, one in self.details.items())})"


@dataclass(frozen=True, slots=True)
class RevertSpec:
    """One custom error: how to read its values and which class explains it."""

    name: str
    signature: str
    values: tuple[str, ...]
    layout: WordLayout

    def build(self, data: bytes) -> DomainError:
        """Return the error with its values. Errors: PackingError."""
        found = self.layout.unpack(data)
        if self.name in CATALOGUE:
            return CATALOGUE[self.name](*found)
        return ContractRefusal(self.name, dict(zip(self.values, found, strict=True)))


def _parse(declaration: str) -> RevertSpec:
    name, _, rest = declaration.partition("(")
    pairs = [one.split() for one in rest.rstrip(")").split(", ") if one]
    words = [MEANINGS.get((name, value)) or WORDS.get(kind, Word(kind)) for kind, value in pairs]
    signature = f"{name}({','.join(word.abi for word in words)})"
    values = tuple(re.sub(r"(?<!^)([A-Z])", r"_\1", value).lower() for _, value in pairs)
    return RevertSpec(name, signature, values, WordLayout(words))


@cache
def reverts() -> dict[bytes, RevertSpec]:
    """Return every known custom error by its selector."""
    specs = [_parse(line) for line in DECLARED.split("\n") if line]
    return {selector(spec.signature): spec for spec in specs}


def decode_revert(data: bytes) -> DomainError:
    """Return the error that revert data stands for; ContractRefusal for whatever is unknown.

    Never raises: a refusal that cannot be explained is still a refusal.
    """
    head, rest = data[:4], data[4:]
    spec = reverts().get(head)
    try:
        if spec is not None:
            return spec.build(rest)
        if head == selector("Panic(uint256)"):
            return ContractRefusal("Panic", {"panic": int.from_bytes(rest)})
        if head == selector("Error(string)"):
            return ContractRefusal("Error", {"message": abi_decode(["string"], rest)[0]})
    except (PackingError, DecodingError, ValueError, OverflowError):
        return ContractRefusal(to_hex(head), {"data": to_hex(rest)})
    return ContractRefusal(to_hex(head) if data else "Empty", {"data": to_hex(rest)})


def error_name(head: bytes) -> str:
    """Return the name behind a selector, as `IntentSkipped` carries it; 0x digits if unknown."""
    spec = reverts().get(head)
    return spec.name if spec else to_hex(head)


def revert_of(error: RpcError) -> DomainError | None:
    """Return the refusal that a failed `eth_call` carries, or None if it is other trouble."""
    data = error.data
    if isinstance(data, dict):
        data = data.get("data")
    reverted = error.code == 3 or "revert" in error.message.lower()
    if isinstance(data, str) and data.startswith("0x"):
        try:
            return decode_revert(from_hex(data))
        except PackingError:
            return None
    return decode_revert(b"") if reverted else None


class Trouble(enum.Enum):
    """What went wrong with a send, from the words of anvil and geth."""

    UNREACHABLE = "unreachable"
    ALREADY_KNOWN = "already known"
    NONCE_TOO_LOW = "nonce too low"
    NONCE_GAP = "nonce too high"
    UNDERPRICED = "fee too low"
    REPLACEMENT = "another transaction has the nonce"
    BUSY = "pool full or rate limited"
    NO_FUNDS = "the sender cannot pay for gas"
    MALFORMED = "can never be mined"
    REVERTED = "reverts"
    UNKNOWN = "unknown"


class Reason(enum.Enum):
    """What the relayer does next. A closed list: nothing else decides."""

    RETRY_SAME_NONCE = "send the same nonce again, with a higher fee if that was the trouble"
    LOOK_FOR_RECEIPT = "it may be mined: ask for the hash and the digests"
    REJECT = "these bytes can never take effect"
    SUSPEND = "a person may look; after a while the nonce is freed for what waits behind it"


# First match wins: "replacement transaction underpriced" is not "transaction underpriced".
_PHRASES: tuple[tuple[Trouble, str], ...] = (
    (Trouble.ALREADY_KNOWN, r"already known|already imported|already in (the )?pool|known trans"),
    (Trouble.NONCE_TOO_LOW, r"nonce (is )?too low|old nonce|nonce has already been used"),
    (Trouble.NONCE_GAP, r"nonce (is )?too high|nonce gap|missing nonce"),
    (Trouble.REPLACEMENT, r"replacement trans|replacement fee"),
    (Trouble.UNDERPRICED, r"underpriced|(max )?fee( cap)?( per gas)? (is )?(less|lower) than"),
    (Trouble.BUSY, r"pool (is )?full|pool overflow|too many requests|limit exceeded|rate limit"),
    (Trouble.NO_FUNDS, r"insufficient funds|insufficient balance for"),
    (Trouble.MALFORMED, r"intrinsic gas|gas limit|oversized|invalid sender|invalid signature"),
    (Trouble.MALFORMED, r"chain id|not supported|rlp|initcode|failed to decode"),
    # geth's own limit on what a transaction may cost, one coin: nobody takes these bytes either.
    (Trouble.MALFORMED, r"exceeds the configured cap"),
    (Trouble.REVERTED, r"revert|out of gas"),
)


def trouble_of(error: Exception) -> Trouble:
    """Return what a failure of `eth_sendRawTransaction` or its simulation is about."""
    if isinstance(error, ChainUnavailable):
        return Trouble.UNREACHABLE
    if not isinstance(error, RpcError):
        return Trouble.UNKNOWN
    if error.code == 3:
        return Trouble.REVERTED
    message = error.message.lower()
    found = (trouble for trouble, phrase in _PHRASES if re.search(phrase, message))
    return next(found, Trouble.UNKNOWN)


def reason_of(trouble: Trouble) -> Reason:
    """Return the one decision that follows from a trouble."""
    match trouble:
        case Trouble.NONCE_GAP | Trouble.UNDERPRICED | Trouble.BUSY:
            return Reason.RETRY_SAME_NONCE
        case Trouble.UNREACHABLE | Trouble.ALREADY_KNOWN | Trouble.NONCE_TOO_LOW:
            return Reason.LOOK_FOR_RECEIPT
        case Trouble.REPLACEMENT:
            return Reason.LOOK_FOR_RECEIPT
        case Trouble.MALFORMED | Trouble.REVERTED:
            return Reason.REJECT
        case Trouble.NO_FUNDS | Trouble.UNKNOWN:
            return Reason.SUSPEND
        case _:
            assert_never(trouble)
