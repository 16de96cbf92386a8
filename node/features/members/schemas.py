"""Shapes of members: registration, guardians, family links, benefits, accumulators."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from node.api.schemas import shapes
from node.api.schemas.base import (
    Account,
    Day,
    Hash,
    In,
    Out,
)
from node.api.schemas.intents import Prepared, SignedIntentIn

RelationName = Literal["SPOUSE", "PARENT", "CHILD", "SIBLING", "GRANDPARENT", "GRANDCHILD"]
Category = Annotated[str, Field(pattern=shapes.CATEGORY, examples=["NEEDY_1"])]
Number = Annotated[str, Field(min_length=15, max_length=18, examples=["110101199003078515"])]
Name = Annotated[str, Field(pattern=shapes.PRINTABLE, max_length=100, examples=["张三丰"])]


class SignerRequest(In):
    """The first key: its 32-byte name in the registries (padded address or hash of the point)."""

    key: Hash
    kind: Literal["SECP256K1", "P256"]


class MemberRequest(In):
    """A new member. Number and name stay in this gateway, encrypted; the chain gets a salted hash.

    `actor_id` is the registering organisation or its officer. Without a signer the member acts
    through guardians.
    """

    actor_id: Account
    number: Number
    name: Name
    signer: SignerRequest | None = None
    categories: Annotated[list[Category], Field(max_length=32, default_factory=list)]


class IdentityIn(In):
    """What the intent commits to: the number and name as prepared, and the salt of the answer."""

    number: Number
    name: Name
    salt: Hash


class PreparedMember(Prepared):
    """The intent of a new member and the identity it commits to, to be handed in with it.

    `salt` is that of the identity.
    """

    member_id: Account
    salt: Hash
    identity: IdentityIn


class NewMemberIn(SignedIntentIn):
    """A signed registration with the identity it commits to."""

    identity: IdentityIn


class GuardianOut(Out):
    """Who signs for a minor, up to and without a day."""

    guardian_id: Account
    until: Day


class MemberOut(Out):
    """A member account; nothing personal."""

    member_id: Account
    categories: list[str]
    wallet_open: bool
    wallet_opened_at: int | None
    opened_at: int
    opened_by_id: Account
    block_number: int
    guardians: list[GuardianOut]


class GuardianRequest(In):
    """Name a guardian until the day of majority (P13)."""

    actor_id: Account
    guardian_id: Account
    until: Day


class LinkRequest(In):
    """Link a near relative, whose care the own MEDICAL pocket may then pay; `null` ends it."""

    relative_id: Account
    relation: RelationName | None


class FamilyLinkOut(Out):
    """A family link, active or ended."""

    holder_id: Account
    relative_id: Account
    relation: RelationName
    active: bool
    linked_at: int
    ended_at: int | None


class FamilyLinksOut(Out):
    """All family links of a member."""

    items: list[FamilyLinkOut]


class PlanOut(Out):
    """A plan version that applies."""

    plan_id: Hash
    version: int
    care_type: str


class BenefitOut(Out):
    """A coverage on the day: `ACTIVE` pays for care, `WAITING` from `care_from` on."""

    scheme: str
    status: Literal["SUSPENDED", "WAITING", "ACTIVE"]
    start: Day
    end: Day
    care_from: Day
    insurer_id: Account
    region: str
    member_kind: str
    tenure_years: int
    plans: list[PlanOut]


class PendingOut(Out):
    """A paid bill without coverage: the insurer's enrolment that names the bill is missing."""

    bill_id: Hash
    coverage: Literal["PENDING_ENROLMENT"]
    scheme: str
    insurer_id: Account
    start: Day
    end: Day


class BenefitsOut(Out):
    """What a member is entitled to on a day (platform code 2001).

    `pending`: paid bills of that day whose enrolment the insurer has not made.
    """

    member_id: Account
    day: Day
    items: list[BenefitOut]
    pending: list[PendingOut]


class ScopeOut(Out):
    """The five values of one kind of care, in fen."""

    deductible_used_fen: int
    in_bands_fen: int
    fund_paid_fen: int
    compliant_self_pay_fen: int
    aid_paid_fen: int


class AccumulatorsOut(Out):
    """What a member used in a policy year (platform code 5206)."""

    member_id: Account
    year: int
    stays: int
    block_number: int
    scopes: dict[str, ScopeOut]
