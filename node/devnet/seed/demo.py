"""The parties, plans and money that hardhat-free-devnet.toml describes, as signed intents."""

from __future__ import annotations

from collections.abc import Iterator

from node.chain.abi.kinds import PlanKind
from node.chain.abi.plans import encode_benefit_plan, encode_premium_plan
from node.chain.accounts import fund
from node.devnet.network.manifest import Manifest, MemberEntry, OrganisationEntry
from node.devnet.seed.instructions import (
    CoverageTerms,
    PlanSelector,
    PlanVersionBody,
    SeedWriter,
    enrolment_body,
)
from node.devnet.seed.parties import Party, member_party, organisation_party
from node.devnet.seed.people import person_of
from node.domain.days import year_start
from node.domain.kinds import FundKind, Pocket, Scheme, category_mask
from node.domain.parties import OrganisationKind
from node.domain.plans.documents import PlanDocument, read_plan
from node.domain.plans.plan import BenefitPlan, PremiumPlan
from node.features.members.service import commitment_of
from node.intents import bodies
from node.intents.encoding import short_text
from node.intents.messages import IntentKind, SignedIntent
from node.intents.typed_data import Domain
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

EMPLOYER_CASH_FEN = 1_000_000_000


class DemoSeed:
    """The demo network of a manifest. The same manifest gives the same intents in every run."""

    def __init__(self, manifest: Manifest, *, domain: Domain) -> None:
        self._manifest = manifest
        self._writer = SeedWriter(domain)
        self._operator = organisation_party(manifest.organisation(OrganisationKind.OPERATOR).name)
        self._channel = organisation_party(manifest.organisation(OrganisationKind.CHANNEL).name)
        self._insurer = organisation_party(manifest.plans.insurer)

    def intents(self) -> list[SignedIntent]:
        """Return everything in the order in which it must take effect."""
        return [
            *self.organisations(),
            *self._members(),
            *self._plans(),
            *self._money(),
        ]

    def year(self, year: int) -> list[SignedIntent]:
        """Return an unpaid bill of a policy year, and its coverage, for each RESIDENT member."""
        return [*self._bills_and_coverages(year)]

    def organisations(self) -> list[SignedIntent]:
        """Return what registers organisations, contracts and officers."""
        return [*self._registrations(), *self._contracts_and_officers()]

    def _registrations(self) -> Iterator[SignedIntent]:
        for entry in self._manifest.organisations:
            if entry.kind is not OrganisationKind.OPERATOR:
                yield self._registration(entry)

    def _contracts_and_officers(self) -> Iterator[SignedIntent]:
        for entry in self._manifest.organisations:
            for provider in entry.contracts:
                body = bodies.ContractProvider(organisation_party(provider).account, True)
                insurer = organisation_party(entry.name)
                yield self._writer.write(IntentKind.CONTRACT_PROVIDER, insurer, body)
        for officer in self._manifest.officers:
            yield self._writer.officer(
                organisation_party(officer.organisation),
                organisation_party(officer.name),
                roles=officer.mask,
            )

    def _registration(self, entry: OrganisationEntry) -> SignedIntent:
        return self._writer.organisation(
            self._operator,
            organisation_party(entry.name),
            entry.kind,
            region=short_text(entry.region, 12),
            provider_type=entry.type,
            level=entry.level,
        )

    def _members(self) -> Iterator[SignedIntent]:
        for entry in self._manifest.members:
            member = member_party(entry.name)
            mask = category_mask(entry.categories)
            person = person_of(entry)
            commitment = None if person is None else commitment_of(person)
            guardian = None
            if entry.guardian is not None and entry.guardian_until is not None:
                guardian = bodies.AssignGuardian(
                    member.account, member_party(entry.guardian).account, entry.guardian_until
                )
            yield from self._writer.member(
                self._operator,
                member,
                categories=mask,
                commitment=commitment,
                guardian=guardian,
            )
        for link in self._manifest.family_links:
            holder, relative = member_party(link.holder), member_party(link.relative)
            tie = bodies.LinkFamily(relative.account, link.relation)
            yield self._writer.write(IntentKind.LINK_FAMILY, holder, tie, relative)

    def _plans(self) -> Iterator[SignedIntent]:
        plans = self._manifest.plans
        officers = (organisation_party(plans.proposer), organisation_party(plans.approver))
        for path in plans.documents():
            yield from self._published(officers, read_plan(path.read_bytes()))

    def _published(
        self, officers: tuple[Party, Party], document: PlanDocument
    ) -> Iterator[SignedIntent]:
        head, body = document.head, document.body
        selector = PlanSelector(
            region=short_text(head.region, 12),
            scheme=head.scheme,
            member_kind=head.member_kind,
            care_type=short_text(head.care_type, 16),
            valid_from=head.valid_from,
            valid_until=head.valid_until,
        )
        if isinstance(body, BenefitPlan):
            kind, encoded = PlanKind.BENEFIT, encode_benefit_plan(body)
        else:
            kind, encoded = PlanKind.PREMIUM, encode_premium_plan(body)
        source_hash = "0x" + head.source_sha256
        version = PlanVersionBody(head.plan_id, head.version, kind, encoded, source_hash)
        yield from self._writer.plan(officers, selector, version)

    def _bills_and_coverages(self, year: int) -> Iterator[SignedIntent]:
        start, end = year_start(year), year_start(year + 1)
        residents = [one for one in self._manifest.members if one.scheme is Scheme.RESIDENT]
        for entry in residents:
            member = member_party(entry.name).account
            head = self._premium_plan(entry).head
            text = f"sandbox bill {entry.name} {year}"
            terms = CoverageTerms(short_text(head.region, 12), start, end, head.plan_id,
                                  head.scheme, head.member_kind)  # fmt: skip
            enrolment = enrolment_body(member, terms, bill_id=to_hex(keccak(text.encode())))
            bill = bodies.IssueBill(
                bill_id=enrolment.bill_id,
                member=member,
                scheme=enrolment.scheme,
                member_kind=enrolment.member_kind,
                region=enrolment.region,
                plan_id=enrolment.plan_id,
                plan_version=enrolment.plan_version,
                period_start=start,
                period_end=end,
                joined_day=start,
                due_day=end - 1,
                parts=1,
                part_interval_days=0,
            )
            yield self._writer.write(IntentKind.ISSUE_BILL, self._insurer, bill)
            yield self._writer.write(IntentKind.ENROL, self._insurer, enrolment)

    def _premium_plan(self, entry: MemberEntry) -> PlanDocument:
        """Return what a member pays under. Errors: LookupError."""
        for path in self._manifest.plans.documents():
            document = read_plan(path.read_bytes())
            selector = (document.head.scheme, document.head.member_kind)
            if isinstance(document.body, PremiumPlan) and selector == (entry.scheme, entry.kind):
                return document
        raise LookupError(f"no premium plan for {entry.name}")

    def _money(self) -> Iterator[SignedIntent]:
        region = self._region()
        for entry in self._manifest.funds:
            account = fund(region, entry.scheme, entry.kind)
            what = f"fund {entry.scheme.name} {entry.kind.name}"
            yield self._deposit(account, entry.amount_fen, what)
        for member in self._manifest.members:
            if member.cash_fen:
                what = f"cash of {member.name}"
                yield self._deposit(member_party(member.name).account, member.cash_fen, what)
            if member.medical_fen:
                yield self._grant(member, region)
        for organisation in self._manifest.organisations:
            if organisation.kind is OrganisationKind.EMPLOYER:
                account = organisation_party(organisation.name).account
                yield self._deposit(account, EMPLOYER_CASH_FEN, f"cash of {organisation.name}")

    def _region(self) -> str:
        insurer = self._manifest.organisation(OrganisationKind.INSURER)
        return short_text(insurer.region, 12)

    def _deposit(self, account: str, amount_fen: int, what: str) -> SignedIntent:
        return self._writer.deposit(
            self._channel,
            account=account,
            pocket=Pocket.CASH,
            amount_fen=amount_fen,
            notice=f"sandbox {what}",
        )

    def _grant(self, member: MemberEntry, region: str) -> SignedIntent:
        """Return a grant from the pooled fund: MEDICAL is never filled by a bank."""
        grant = bodies.TransferFund(
            region=region,
            scheme=Scheme.EMPLOYEE,
            from_kind=FundKind.POOLED,
            to_kind=FundKind.POOLED,
            member=member_party(member.name).account,
            amount_fen=member.medical_fen,
            reason_code=short_text("SANDBOX_GRANT", 32),
        )
        return self._writer.write(IntentKind.TRANSFER_FUND, self._insurer, grant)
