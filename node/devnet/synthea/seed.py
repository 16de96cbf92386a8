"""A Synthea folder as intents: parties, plans, coverages, deposits, and one claim per line (M13).

One cent is booked as one fen. Each payer has its own region and insurer under scheme RESIDENT. A
plan is made for each (payer, copay seen in COPAY rows, secondary payer): never from what an
insurer paid, which is what the chain must find by itself. Ids are hashes of the set's own keys.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from node.chain.abi.kinds import PlanKind
from node.chain.abi.plans import encode_benefit_plan, encode_premium_plan, plan_id_hash
from node.chain.accounts import fund
from node.devnet.seed.instructions import CoverageTerms, PlanSelector, PlanVersionBody, SeedWriter
from node.devnet.seed.parties import Party, member_party, organisation_party, seed_intent, signed_by
from node.devnet.synthea.coverages import Coverage, plan_coverages
from node.devnet.synthea.folder import Line, SyntheaFolder
from node.domain.ids import ANY_LEVEL, AccountId
from node.domain.kinds import (
    CareScope,
    CashMode,
    FundKind,
    ItemClass,
    LayerKind,
    MemberKind,
    Pocket,
    ProviderType,
    Scheme,
)
from node.domain.money import WHOLE_BP, half_up
from node.domain.parties import OfficerRole, OrganisationKind
from node.domain.plans.plan import BenefitPlan, Layer, LevelRule, PremiumPlan
from node.intents import bodies
from node.intents.claim_bodies import unquoted_claim
from node.intents.encoding import short_text
from node.intents.messages import IntentKind, SignedIntent
from node.intents.typed_data import Domain
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

PAYERS_FILE = Path(__file__).with_name("payers.json")
EPOCH = datetime.date(1970, 1, 1)
PLAN_VERSION = 1
FIRST_DAY, LAST_DAY = -100_000, 100_000
NOTHING_TO_PAY = PremiumPlan()
CLAIM_TITLE = "synthea charge"


class UnknownPayer(Exception):  # noqa: N818
    """A payer paid that the committed table does not know."""


@dataclass(frozen=True)
class PlanKey:
    """What selects a plan of the set; amounts in cents."""

    payer: str
    copay: int
    secondary: str

    @property
    def text(self) -> str:
        """The plan's text id."""
        return f"synthea/{self.payer}/{self.copay}/{self.secondary or 'none'}"

    @property
    def care_type(self) -> str:
        """A kind of care of its own: a selector belongs to one plan."""
        return str(keccak(self.text.encode()).hex()[:12])


@dataclass(frozen=True)
class ExpectedLine:
    """A claim to settle and what the file says the insurers pay, in cents."""

    line: Line
    plan: PlanKey
    primary: int
    secondary: int

    @property
    def member(self) -> int:
        """What is left to the member."""
        return self.line.charge - self.primary - self.secondary


def coinsurance_table() -> dict[str, int]:
    """Return the committed table: payer name → the member's ratio in bp."""
    table: dict[str, int] = json.loads(PAYERS_FILE.read_text(encoding="utf-8"))
    return table


def region_of(payer: str) -> str:
    """Return the region of a payer, as contracts take it."""
    return short_text(keccak(payer.encode()).hex()[:12], 12)


def pooled_of(payer: str) -> str:
    """Return the account of a payer's fund."""
    return fund(region_of(payer), Scheme.RESIDENT, FundKind.POOLED)


def second_layer_of(payer: str) -> str:
    """Return the fund from which a payer pays what another insurer leaves."""
    return fund(region_of(payer), Scheme.RESIDENT, FundKind.BIG_ILLNESS)


def premium_plan_text(payer: str) -> str:
    """Return the text id of a payer's premium plan: the set shows no premiums, so it asks none."""
    return f"synthea/{payer}/premium"


def policy_day(date: datetime.date) -> int:
    """Return the policy day of a calendar date; negative before 1970."""
    return (date - EPOCH).days


class SyntheaSeed:
    """The intents of one folder, in the order in which they must take effect.

    `lines` are those that a coverage carries; `unsettled` names every other insurer-paid line.
    """

    def __init__(
        self, folder: SyntheaFolder, *, operator: Party, channel: Party, domain: Domain
    ) -> None:
        self._folder, self._domain = folder, domain
        self._writer = SeedWriter(domain)
        self._operator, self._channel = operator, channel
        table = coinsurance_table()
        paid = folder.insured_lines()
        for line in paid:
            if folder.payers[line.payer] not in table:
                raise UnknownPayer(folder.payers[line.payer])
        self._coinsurance = {
            payer: table[name] for payer, name in folder.payers.items() if name in table
        }
        self._covered = plan_coverages(folder.history, paid)
        self.unsettled = (*folder.unsettled(), *self._covered.unsettled)
        self.lines = tuple(self._expected(one) for one in paid if one.key in self._covered.of_line)

    def _expected(self, line: Line) -> ExpectedLine:
        key = PlanKey(line.payer, line.copay, line.secondary_payer)
        return ExpectedLine(line, key, line.primary or 0, line.secondary or 0)

    def insurer(self, payer: str) -> Party:
        """Return the insurer of a payer."""
        return organisation_party(f"synthea payer {payer}")

    def provider(self, organisation: str) -> Party:
        """Return the provider of an organisation."""
        return organisation_party(f"synthea organisation {organisation}")

    def member(self, patient: str) -> Party:
        """Return the member of a patient."""
        return member_party(f"synthea patient {patient}")

    def foundations(self) -> list[SignedIntent]:
        """Return everything that must stand before the first claim."""
        return [
            *self._organisations(),
            *self._members(),
            *self._plans(),
            *self._money(),
        ]

    def _payers(self) -> list[str]:
        return sorted(self._folder.payers)

    def _organisations(self) -> Iterator[SignedIntent]:
        write, operator = self._writer, self._operator
        for payer in self._payers():
            insurer, region = self.insurer(payer), region_of(payer)
            yield write.organisation(operator, insurer, OrganisationKind.INSURER, region=region)
            for officer in self._officers(payer):
                yield write.officer(insurer, officer, roles=OfficerRole.PLANS)
        for organisation in self._folder.organisations:
            yield write.organisation(
                operator,
                self.provider(organisation),
                OrganisationKind.PROVIDER,
                region=short_text("synthea", 12),
                provider_type=ProviderType.HOSPITAL,
            )
        pairs = {(one.line.payer, one.line.organisation) for one in self.lines}
        for payer, organisation in sorted(pairs):
            contract = bodies.ContractProvider(self.provider(organisation).account, True)
            yield write.write(IntentKind.CONTRACT_PROVIDER, self.insurer(payer), contract)

    def _officers(self, payer: str) -> tuple[Party, Party]:
        name = f"synthea payer {payer} officer"
        return organisation_party(f"{name} 1"), organisation_party(f"{name} 2")

    def _members(self) -> Iterator[SignedIntent]:
        for patient in self._folder.patients:
            yield from self._writer.member(self._operator, self.member(patient))

    def _plans(self) -> Iterator[SignedIntent]:
        for payer in self._payers():
            text, encoded = premium_plan_text(payer), encode_premium_plan(NOTHING_TO_PAY)
            yield from self._published(
                payer, text, PlanKind.PREMIUM, care_type="PREMIUM", encoded=encoded
            )
        for key in sorted({one.plan for one in self.lines}, key=lambda key: key.text):
            encoded = encode_benefit_plan(self._plan(key))
            yield from self._published(
                key.payer,
                key.text,
                PlanKind.BENEFIT,
                care_type=key.care_type,
                encoded=encoded,
                backer=self.insurer(key.secondary) if key.secondary else None,
            )

    def _published(
        self,
        payer: str,
        text: str,
        kind: PlanKind,
        *,
        care_type: str,
        encoded: bytes,
        backer: Party | None = None,
    ) -> Iterator[SignedIntent]:
        selector = PlanSelector(
            region=region_of(payer),
            scheme=Scheme.RESIDENT,
            member_kind=MemberKind.ADULT,
            care_type=short_text(care_type, 16),
            valid_from=FIRST_DAY,
            valid_until=LAST_DAY,
        )
        source_hash = to_hex(keccak(text.encode()))
        version = PlanVersionBody(text, PLAN_VERSION, kind, encoded, source_hash)
        yield from self._writer.plan(self._officers(payer), selector, version, backer)

    def _plan(self, key: PlanKey) -> BenefitPlan:
        """Copay, then coinsurance; a secondary insurer pays all that is left above the copay."""
        layers: tuple[Layer, ...] = ()
        if key.secondary:
            payer = AccountId(second_layer_of(key.secondary))
            layers = (
                Layer(
                    LayerKind.SUPPLEMENTARY,
                    deductible_fen=key.copay,
                    ratio_bp=WHOLE_BP,
                    payer=payer,
                ),
            )
        return BenefitPlan(
            scope=CareScope.OUTPATIENT,
            levels=(LevelRule(ANY_LEVEL, (0,), ()),),
            fixed_amount=True,
            copay_fen=key.copay,
            coinsurance_bp=self._coinsurance[key.payer],
            layers=layers,
        )

    def enrolments(self) -> Iterator[tuple[Coverage, SignedIntent]]:
        """Yield each coverage with what enrols its member; after the foundations, in order."""
        for coverage in self._covered.coverages:
            terms = CoverageTerms(
                region_of(coverage.payer),
                policy_day(coverage.start),
                policy_day(coverage.end),
                premium_plan_text(coverage.payer),
            )
            insurer, member = self.insurer(coverage.payer), self.member(coverage.patient)
            yield coverage, self._writer.enrolment(insurer, member, terms)

    def _money(self) -> Iterator[SignedIntent]:
        """Yield the deposits that let every payer pay: funds of both insurers, members' cash."""
        due: dict[str, int] = {}
        for one in self.lines:
            shares = [
                (pooled_of(one.line.payer), self._computed_primary(one)),
                (self.member(one.line.patient).account, one.line.charge),
            ]
            if one.plan.secondary:
                shares.append((second_layer_of(one.plan.secondary), one.line.charge))
            for account, amount in shares:
                due[account] = due.get(account, 0) + amount
        for account, amount in sorted(due.items()):
            if amount:
                yield self._writer.deposit(
                    self._channel,
                    account=account,
                    pocket=Pocket.CASH,
                    amount_fen=amount,
                    notice=f"synthea money {account} {amount}",
                )

    def _computed_primary(self, one: ExpectedLine) -> int:
        rest = max(0, one.line.charge - one.line.copay)
        return half_up(rest * (WHOLE_BP - self._coinsurance[one.line.payer]), WHOLE_BP)

    def coverage_of(self, line: Line) -> Coverage:
        """Return the coverage that carries one of `lines`."""
        return self._covered.of_line[line.key]

    def claim_body(self, one: ExpectedLine) -> bodies.SettleClaim:
        """Return the claim of a line before its quote: amounts and hashes are still zero."""
        line = one.line
        day = policy_day(line.service_day)
        fee = bodies.ClaimLine(
            item_class=ItemClass.A,
            gross_fen=line.charge,
            over_fen=0,
            self_pay_bp=0,
            line_hash=to_hex(
                keccak(f"{CLAIM_TITLE} line {line.claim_id}/{line.charge_id}".encode())
            ),
        )
        return unquoted_claim(
            member=self.member(line.patient).account,
            claim_number_hash=to_hex(keccak(f"{line.claim_id}/{line.charge_id}".encode())),
            plan_id=plan_id_hash(one.plan.text),
            plan_version=PLAN_VERSION,
            scheme=Scheme.RESIDENT,
            coverage_start=policy_day(self.coverage_of(line).start),
            service_start=day,
            service_end=day,
            cash_mode=CashMode.WALLET,
            lines=(fee,),
        )

    def claim_intent(self, one: ExpectedLine, body: bodies.SettleClaim) -> SignedIntent:
        """Return the claim signed by provider and member; one nonce per line for ever."""
        provider = self.provider(one.line.organisation)
        label = f"{CLAIM_TITLE} {one.line.claim_id} {one.line.charge_id}"
        intent = seed_intent(IntentKind.SETTLE_CLAIM, provider, body, label=label)
        return signed_by(intent, self._domain, provider, self.member(one.line.patient))
