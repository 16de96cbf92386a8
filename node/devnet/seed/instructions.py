"""Signed instructions that every sandbox network begins with: organisations, officers, plans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from node.chain.abi.kinds import PlanKind
from node.chain.abi.plans import body_hash, plan_id_hash
from node.devnet.seed.parties import Party, seed_intent, signed_by
from node.domain.ids import NO_HASH
from node.domain.kinds import MemberKind, ProviderType, Scheme
from node.domain.parties import OrganisationKind, SignerKind
from node.intents import bodies
from node.intents.encoding import short_text
from node.intents.messages import IntentKind, SignedIntent
from node.intents.typed_data import Domain
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

TERMS_HASH = to_hex(keccak(b"sandbox terms of use"))


@dataclass(frozen=True)
class PlanSelector:
    """Where a plan applies; `region` and `care_type` as contracts take them."""

    region: str
    scheme: Scheme
    member_kind: MemberKind
    care_type: str
    valid_from: int
    valid_until: int


@dataclass(frozen=True)
class PlanVersionBody:
    """What is published: the text id, the version, and the ABI encoding of the rules."""

    text_id: str
    version: int
    kind: PlanKind
    encoded: bytes
    source_hash: str


@dataclass(frozen=True)
class CoverageTerms:
    """A coverage [start_day, end_day) under a premium plan; `region` as contracts take it."""

    region: str
    start_day: int
    end_day: int
    premium_plan: str
    scheme: Scheme = Scheme.RESIDENT
    member_kind: MemberKind = MemberKind.ADULT


class SeedWriter:
    """Writes signed intents of the seed for one router."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    def write(
        self, kind: IntentKind, actor: Party, body: bodies.IntentBody, *others: Party
    ) -> SignedIntent:
        """Return an intent of `actor`, signed by it and by `others` in order."""
        return signed_by(seed_intent(kind, actor, body), self._domain, actor, *others)

    def organisation(
        self,
        operator: Party,
        party: Party,
        kind: OrganisationKind,
        *,
        region: str,
        provider_type: ProviderType = ProviderType.NONE,
        level: str = "",
    ) -> SignedIntent:
        """Return the registration of an organisation that is its own settlement account."""
        body = organisation_body(
            party, kind, region=region, provider_type=provider_type, level=level
        )
        return self.write(IntentKind.REGISTER_ORGANISATION, operator, body)

    def officer(self, organisation: Party, officer: Party, *, roles: int) -> SignedIntent:
        """Return the registration of an officer by its organisation."""
        body = bodies.RegisterOfficer(
            officer=officer.account,
            roles=roles,
            signer_key=officer.signer.key,
            signer_kind=SignerKind.SECP256K1,
        )
        return self.write(IntentKind.REGISTER_OFFICER, organisation, body)

    def member(
        self,
        operator: Party,
        member: Party,
        *,
        categories: int = 0,
        commitment: str | None = None,
        guardian: bodies.AssignGuardian | None = None,
    ) -> Iterator[SignedIntent]:
        """Yield the opening of a member and of its wallet; by default nobody is committed to.

        A guardian is named in between: who has opened the wallet gets no other.
        """
        nobody = to_hex(keccak(f"sandbox commitment {member.account}".encode()))
        opening = bodies.OpenMember(
            account=member.account,
            signer_key=member.signer.key,
            signer_kind=SignerKind.SECP256K1,
            identity_commitment=commitment or nobody,
            categories=categories,
        )
        yield self.write(IntentKind.OPEN_MEMBER, operator, opening)
        if guardian is not None:
            yield self.write(IntentKind.ASSIGN_GUARDIAN, operator, guardian)
        yield self.write(IntentKind.OPEN_WALLET, member, bodies.OpenWallet(TERMS_HASH))

    def plan(
        self,
        officers: tuple[Party, Party],
        selector: PlanSelector,
        version: PlanVersionBody,
        backer: Party | None = None,
    ) -> Iterator[SignedIntent]:
        """Yield the proposal of one officer and the approval of the other.

        `backer` is the insurer whose fund pays a supplementary layer; it approves in between.
        """
        proposal = bodies.PublishPlan(
            plan_id=plan_id_hash(version.text_id),
            version=version.version,
            kind=version.kind,
            region=selector.region,
            scheme=selector.scheme,
            member_kind=selector.member_kind,
            care_type=selector.care_type,
            valid_from=selector.valid_from,
            valid_until=selector.valid_until,
            source_hash=version.source_hash,
            catalogue_root=NO_HASH,
            plan=version.encoded,
        )
        yield self.write(IntentKind.PUBLISH_PLAN, officers[0], proposal)
        approval = bodies.ApprovePlan(proposal.plan_id, version.version, body_hash(version.encoded))
        if backer is not None:
            yield self.write(IntentKind.APPROVE_PLAN, backer, approval)
        yield self.write(IntentKind.APPROVE_PLAN, officers[1], approval)

    def enrolment(self, insurer: Party, member: Party, terms: CoverageTerms) -> SignedIntent:
        """Return the enrolment of a member by its insurer, with nothing to pay."""
        return self.write(IntentKind.ENROL, insurer, enrolment_body(member.account, terms))

    def deposit(
        self, channel: Party, *, account: str, pocket: int, amount_fen: int, notice: str
    ) -> SignedIntent:
        """Return a deposit; the same notice text works once."""
        notice_hash = to_hex(keccak(notice.encode()))
        body = bodies.Deposit(account, pocket, amount_fen, notice_hash)
        return self.write(IntentKind.DEPOSIT, channel, body)


def organisation_body(
    party: Party,
    kind: OrganisationKind,
    *,
    region: str,
    provider_type: ProviderType = ProviderType.NONE,
    level: str = "",
) -> bodies.RegisterOrganisation:
    """Return what registers an organisation; `region` as contracts take it, `level` as text."""
    return bodies.RegisterOrganisation(
        organisation=party.account,
        kind=kind,
        provider_type=provider_type,
        level=short_text(level, 16),
        region=region,
        settlement_account=party.account,
        signer_key=party.signer.key,
        signer_kind=SignerKind.SECP256K1,
    )


def enrolment_body(member: str, terms: CoverageTerms, *, bill_id: str = NO_HASH) -> bodies.Enrol:
    """Return an enrolment, by default under a plan whose version 1 asks for nothing."""
    return bodies.Enrol(
        member=member,
        scheme=terms.scheme,
        member_kind=terms.member_kind,
        region=terms.region,
        start_day=terms.start_day,
        end_day=terms.end_day,
        bill_id=bill_id,
        plan_id=plan_id_hash(terms.premium_plan),
        plan_version=1,
        missed_years=0,
        extra_years=0,
        newborn=False,
        late=False,
    )
