"""Shapes of members: registration, guardians, family links, benefits, accumulators."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from node.api.schemas import shapes
from node.api.schemas.base import (
    ACCOUNT_EXAMPLE,
    DIGEST_EXAMPLE,
    PROVIDER_EXAMPLE,
    Account,
    Day,
    Hash,
    In,
    Out,
)
from node.api.schemas.base import example as shown
from node.api.schemas.intents import INTENT_EXAMPLE, SIGNATURE_EXAMPLE, Prepared, SignedIntentIn

RelationName = Literal["SPOUSE", "PARENT", "CHILD", "SIBLING", "GRANDPARENT", "GRANDCHILD"]
Category = Annotated[str, Field(pattern=shapes.CATEGORY, examples=["NEEDY_1"])]
Number = Annotated[str, Field(min_length=15, max_length=18, examples=["110101199003078515"])]
Name = Annotated[str, Field(pattern=shapes.PRINTABLE, max_length=100, examples=["Ann Example"])]


class SignerWish(In):
    """The first key: its 32-byte name in the registries (padded address or hash of the point)."""

    model_config = ConfigDict(
        json_schema_extra=shown({"key": "0x" + "00" * 12 + "ab" * 20, "kind": "SECP256K1"})
    )

    key: Hash
    kind: Literal["SECP256K1", "P256"]


class MemberWish(In):
    """A new member. Number and name stay in this gateway, encrypted; the chain gets a salted hash.

    `actor` is the registering organisation or its officer. Without a signer the member acts through
    guardians.
    """

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"actor": PROVIDER_EXAMPLE, "number": "110101199003078515", "name": "Ann Example",
             "signer": {"key": "0x" + "00" * 12 + "ab" * 20, "kind": "SECP256K1"},
             "categories": []}
        )
    )  # fmt: skip

    actor: Account
    number: Number
    name: Name
    signer: SignerWish | None = None
    categories: Annotated[list[Category], Field(max_length=32, default_factory=list)]


class PreparedMember(Prepared):
    """The intent of a new member and the salt that its commitment was made with."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"intent": INTENT_EXAMPLE, "typed_data": {"primaryType": "OpenMember"},
             "digest": DIGEST_EXAMPLE, "member": ACCOUNT_EXAMPLE, "salt": DIGEST_EXAMPLE}
        )
    )  # fmt: skip

    member: Account
    salt: Hash


class IdentityIn(In):
    """What the intent commits to: the number and name as prepared, and the salt of the answer."""

    number: Number
    name: Name
    salt: Hash


class NewMemberIn(SignedIntentIn):
    """A signed registration with the identity it commits to."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"intent": INTENT_EXAMPLE, "signatures": [SIGNATURE_EXAMPLE],
             "identity": {"number": "110101199003078515", "name": "Ann Example",
                          "salt": DIGEST_EXAMPLE}}
        )
    )  # fmt: skip

    identity: IdentityIn


class GuardianOut(Out):
    """Who signs for a minor, up to and without a day."""

    guardian: Account
    until: Day


class MemberOut(Out):
    """A member account; nothing personal."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"account": ACCOUNT_EXAMPLE, "categories": ["NEEDY_1"], "wallet_open": True,
             "wallet_opened_at": 1_772_416_800, "opened_at": 1_772_400_000,
             "opened_by": PROVIDER_EXAMPLE, "block_number": 1204,
             "guardians": [{"guardian": ACCOUNT_EXAMPLE, "until": "2031-05-01"}]}
        )
    )  # fmt: skip

    account: Account
    categories: list[str]
    wallet_open: bool
    wallet_opened_at: int | None
    opened_at: int
    opened_by: Account
    block_number: int
    guardians: list[GuardianOut]


class GuardianWish(In):
    """Name a guardian until the day of majority (P13)."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"actor": PROVIDER_EXAMPLE, "guardian": ACCOUNT_EXAMPLE, "until": "2031-05-01"}
        )
    )

    actor: Account
    guardian: Account
    until: Day


class LinkWish(In):
    """Link a near relative, whose care the own MEDICAL pocket may then pay; `null` ends it."""

    model_config = ConfigDict(
        json_schema_extra=shown({"relative": ACCOUNT_EXAMPLE, "relation": "SPOUSE"})
    )

    relative: Account
    relation: RelationName | None


class FamilyLinkOut(Out):
    """A family link, active or ended."""

    holder: Account
    relative: Account
    relation: RelationName
    active: bool
    linked_at: int
    ended_at: int | None


class FamilyLinksOut(Out):
    """All family links of a member."""

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"items": [{"holder": ACCOUNT_EXAMPLE, "relative": ACCOUNT_EXAMPLE,
                        "relation": "SPOUSE", "active": True, "linked_at": 1_772_416_800,
                        "ended_at": None}]}
        )
    )  # fmt: skip

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
    insurer: Account
    region: str
    member_kind: str
    tenure_years: int
    plans: list[PlanOut]


class PendingOut(Out):
    """A paid bill without coverage: the insurer's enrolment that names the bill is missing."""

    bill_id: Hash
    coverage: Literal["PENDING_ENROLMENT"]
    scheme: str
    insurer: Account
    start: Day
    end: Day


class BenefitsOut(Out):
    """What a member is entitled to on a day (platform code 2001).

    `pending`: paid bills of that day whose enrolment the insurer has not made.
    """

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"member": ACCOUNT_EXAMPLE, "day": "2026-03-02",
             "items": [{"scheme": "RESIDENT", "status": "ACTIVE", "start": "2026-01-01",
                        "end": "2027-01-01", "care_from": "2026-01-01",
                        "insurer": PROVIDER_EXAMPLE, "region": "110000", "member_kind": "ADULT",
                        "tenure_years": 3,
                        "plans": [{"plan_id": DIGEST_EXAMPLE, "version": 3,
                                   "care_type": "INPATIENT"}]}],
             "pending": []}
        )
    )  # fmt: skip

    member: Account
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

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"member": ACCOUNT_EXAMPLE, "year": 2026, "stays": 1, "block_number": 1204,
             "scopes": {"INPATIENT": {"deductible_used_fen": 40_000, "in_bands_fen": 160_000,
                                      "fund_paid_fen": 128_000,
                                      "compliant_self_pay_fen": 72_000, "aid_paid_fen": 0}}}
        )
    )  # fmt: skip

    member: Account
    year: int
    stays: int
    block_number: int
    scopes: dict[str, ScopeOut]
