"""Who asks and how: malformed requests, reused keys, sign-in, roles, unknown things.

Moments are Unix seconds; ids are opaque and never personal data.
"""

# The catalogue gives the names: no suffix.
# ruff: noqa: N818

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from node.domain.errors.base import (
    BadRequest,
    Category,
    DomainError,
    Forbidden,
    NotFound,
    Unauthenticated,
)
from node.domain.errors.relations import RequiredRelation


@dataclass(eq=False)
class IdempotencyKeyMissing(BadRequest):
    """A money request needs an Idempotency-Key header."""


@dataclass(eq=False)
class MalformedBody(BadRequest):
    """The document cannot be read; `reason` says why."""

    reason: str


@dataclass(eq=False)
class BodyTooLarge(BadRequest):
    """The body is larger than the route accepts."""

    http_status: ClassVar[int | None] = 413

    limit_bytes: int


@dataclass(eq=False)
class FilterUnknown(BadRequest):
    """The list has no such filter."""

    name: str


@dataclass(eq=False)
class IdempotencyKeyReused(DomainError):
    """The idempotency key was used with another body."""

    category: ClassVar[Category] = Category.REUSE

    key: str


@dataclass(eq=False)
class SignInRequired(Unauthenticated):
    """Sign in first: send a token as `Authorization: Bearer`."""


@dataclass(eq=False)
class SecondFactorRequired(Unauthenticated):
    """The second factor is missing."""


@dataclass(eq=False)
class SignatureInvalid(Unauthenticated):
    """A signature does not prove the signer."""


@dataclass(eq=False)
class SignatureMissing(Unauthenticated):
    """A signature is missing: `signer` signs this as its `party`, itself or by a guardian."""

    signer: str
    party: str


@dataclass(eq=False)
class SignatureExpired(Unauthenticated):
    """The deadline of the signed request has passed."""

    deadline: int


@dataclass(eq=False)
class PinWrong(Unauthenticated):
    """The PIN is wrong; `left` tries remain."""

    left: int


@dataclass(eq=False)
class PinLocked(Unauthenticated):
    """Too many wrong PINs; locked until the given second."""

    until: int


@dataclass(eq=False)
class RoleMissing(Forbidden):
    """The account lacks the role."""

    account: str
    role: str


@dataclass(eq=False)
class SameApprover(Forbidden):
    """Two different people must decide."""

    approver: str


@dataclass(eq=False)
class UseIntent(Forbidden):
    """Money moves by signed intents only."""


@dataclass(eq=False)
class NotAParty(Forbidden):
    """The intent has no place for a signature of this account."""

    account: str
    parties: str


@dataclass(eq=False)
class SignerFrozen(Forbidden):
    """The signer is frozen."""

    account: str


@dataclass(eq=False)
class NotOwner(Forbidden):
    """The thing belongs to somebody else; `relation` is what the account would have to be."""

    account: str
    subject: str
    relation: RequiredRelation = RequiredRelation.OWNER


@dataclass(eq=False)
class ConsentMissing(Forbidden):
    """The person concerned has not consented."""

    grantor: str
    purpose: str


@dataclass(eq=False)
class ConsentRevoked(Forbidden):
    """The consent was revoked or has expired."""

    consent_id: str


@dataclass(eq=False)
class AccountFrozen(Forbidden):
    """The account is frozen."""

    account: str


@dataclass(eq=False)
class NotNearRelative(Forbidden):
    """The two members are not near relatives."""

    holder: str
    relative: str


@dataclass(eq=False)
class FamilyLinkInactive(Forbidden):
    """The family link is not active."""

    holder: str
    relative: str


@dataclass(eq=False)
class MemberUnknown(NotFound):
    """No such member."""

    member: str


@dataclass(eq=False)
class ProviderUnknown(NotFound):
    """No such provider."""

    provider: str


@dataclass(eq=False)
class BillUnknown(NotFound):
    """No such premium bill."""

    bill_id: str


@dataclass(eq=False)
class ClaimUnknown(NotFound):
    """No such claim."""

    claim_id: str


@dataclass(eq=False)
class PlanUnknown(NotFound):
    """No such plan version."""

    plan_id: str
    version: int


@dataclass(eq=False)
class HoldUnknown(NotFound):
    """No such hold."""

    hold_id: str


@dataclass(eq=False)
class ReceiptUnknown(NotFound):
    """No such receipt."""

    number: str


@dataclass(eq=False)
class ReceiptCodeWrong(NotFound):
    """No receipt has this number and code; the number alone says nothing."""


@dataclass(eq=False)
class CoverageUnknown(NotFound):
    """No such coverage."""

    member: str
    start_day: int


@dataclass(eq=False)
class VisitUnknown(NotFound):
    """No such visit."""

    visit_id: str


@dataclass(eq=False)
class TransferUnknown(NotFound):
    """No such transfer."""

    sender: str


@dataclass(eq=False)
class TransactionUnknown(NotFound):
    """No such transaction."""

    digest: str
