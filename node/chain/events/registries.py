"""Events of the registries: who takes part, what is in force, where contracts are."""

from dataclasses import dataclass
from typing import Annotated

from node.chain.abi.layouts import (
    Account,
    Bill32,
    Bool,
    Hash,
    Int32,
    LevelLabel,
    NameLabel,
    RegionLabel,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
)
from node.chain.abi.packing import Word
from node.chain.abi.records import PlanHead
from node.chain.events.table import Event, event
from node.domain.kinds import MemberKind, ProviderType, Relation, Scheme
from node.domain.parties import ActionKind, OrganisationKind, OrganisationStatus, SignerKind


@event("account", "key")
@dataclass(frozen=True, slots=True)
class SignerSet(Event):
    """`key` may sign for the account in [valid_from, valid_until); zero = no end."""

    account: Account
    key: Hash
    kind: Annotated[SignerKind, Word("uint8")]
    valid_from: Uint64
    valid_until: Uint64


@event("account")
@dataclass(frozen=True, slots=True)
class SignersFrozen(Event):
    """All signers of an account were frozen or released."""

    account: Account
    frozen: Bool
    reason_code: Hash


@event("holder", "relative")
@dataclass(frozen=True, slots=True)
class FamilyLinkEnded(Event):
    """A family link ended."""

    holder: Account
    relative: Account


@event("holder", "relative")
@dataclass(frozen=True, slots=True)
class FamilyLinked(Event):
    """A relative's care may be paid from the holder's MEDICAL pocket."""

    holder: Account
    relative: Account
    relation: Annotated[Relation, Word("uint8")]


@event("member", "guardian")
@dataclass(frozen=True, slots=True)
class GuardianAssigned(Event):
    """A guardian signs for a minor until a policy day."""

    member: Account
    guardian: Account
    until_day: Int32


@event("member")
@dataclass(frozen=True, slots=True)
class MemberOpened(Event):
    """A member account was registered."""

    member: Account
    identity_commitment: Hash
    categories: Uint32
    opened_by: Account


@event("member")
@dataclass(frozen=True, slots=True)
class WalletOpened(Event):
    """A member opened the wallet and accepted the terms of that hash."""

    member: Account
    terms_hash: Hash


@event("officer", "organisation")
@dataclass(frozen=True, slots=True)
class OfficerRegistered(Event):
    """An officer of an organisation was registered with a mask of roles."""

    officer: Account
    organisation: Account
    roles: Uint8


@event("organisation")
@dataclass(frozen=True, slots=True)
class OrganisationRegistered(Event):
    """An organisation was registered."""

    organisation: Account
    kind: Annotated[OrganisationKind, Word("uint8")]
    provider_type: Annotated[ProviderType, Word("uint8")]
    level: LevelLabel
    region: RegionLabel
    settlement_account: Account


@event("organisation")
@dataclass(frozen=True, slots=True)
class OrganisationStatusSet(Event):
    """An organisation was suspended or restored."""

    organisation: Account
    status: Annotated[OrganisationStatus, Word("uint8")]
    reason_code: Hash


@event("provider", "insurer")
@dataclass(frozen=True, slots=True)
class ProviderContracted(Event):
    """An insurer contracted a provider or ended the contract."""

    provider: Account
    insurer: Account
    contracted: Bool


@event("name", "target")
@dataclass(frozen=True, slots=True)
class EntrySet(Event):
    """A directory name points to a new address from the next block on."""

    name: NameLabel
    target: Account
    version: Uint32
    code_hash: Hash


@event("action_id", "officer")
@dataclass(frozen=True, slots=True)
class ActionApproved(Event):
    """A second officer approved: the action took place."""

    action_id: Hash
    officer: Account
    kind: Annotated[ActionKind, Word("uint8")]


@event("action_id", "officer")
@dataclass(frozen=True, slots=True)
class ActionProposed(Event):
    """An officer proposed an action; its id is the digest."""

    action_id: Hash
    officer: Account
    kind: Annotated[ActionKind, Word("uint8")]
    payload_hash: Hash


@event()
@dataclass(frozen=True, slots=True)
class PauseSet(Event):
    """Intents other than governance are refused, or accepted again."""

    paused: Bool


@event("plan_id", "version")
@dataclass(frozen=True, slots=True)
class PlanEnded(Event):
    """A plan version ends earlier, before a policy day."""

    plan_id: Hash
    version: Uint32
    valid_until: Int32


@event("plan_id", "version", "officer")
@dataclass(frozen=True, slots=True)
class PlanApproved(Event):
    """A second officer approved a plan version: it takes effect on its dates."""

    plan_id: Hash
    version: Uint32
    officer: Account
    insurer: Account


@event("plan_id", "version", "insurer")
@dataclass(frozen=True, slots=True)
class PlanBacked(Event):
    """Another insurer lets its fund pay the supplementary layer of a proposed version."""

    plan_id: Hash
    version: Uint32
    insurer: Account
    payer: Account


@event("plan_id", "version", "officer")
@dataclass(frozen=True, slots=True)
class PlanProposed(Event):
    """An officer proposed a plan version."""

    plan_id: Hash
    version: Uint32
    officer: Account
    head: PlanHead
    body_hash: Hash


@event("member", "scheme")
@dataclass(frozen=True, slots=True)
class CoverageEnded(Event):
    """A coverage was shortened to [start_day, end_day)."""

    member: Account
    scheme: Annotated[Scheme, Word("uint8")]
    start_day: Int32
    end_day: Int32
    reason_code: Hash


@event("member", "scheme", "insurer")
@dataclass(frozen=True, slots=True)
class Enrolled(Event):
    """A member is covered for [start_day, end_day)."""

    member: Account
    scheme: Annotated[Scheme, Word("uint8")]
    insurer: Account
    member_kind: Annotated[MemberKind, Word("uint8")]
    region: RegionLabel
    start_day: Int32
    end_day: Int32
    care_from_day: Int32
    tenure_years: Uint16
    bill_id: Bill32
