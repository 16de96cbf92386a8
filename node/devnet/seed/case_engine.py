"""The chain as an engine for worked cases: publishes each plan, then asks for a quote (P28).

Nothing here computes an amount. A run gets a member, a kind of care and, where its level needs
one, a provider of its own; what must stand before the quote is executed in bulk, then all quotes
are asked at once through `ClaimSettlement.quote`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from node.chain.abi.kinds import PlanKind
from node.chain.abi.plans import encode_benefit_plan, encode_premium_plan, plan_id_hash
from node.chain.accounts import fund
from node.chain.client import ChainClient, ContractBook
from node.devnet.network.local import free_port
from node.devnet.network.manifest import load_manifest
from node.devnet.seed.batch_sender import BatchSender
from node.devnet.seed.demo import DemoSeed
from node.devnet.seed.instructions import CoverageTerms, PlanSelector, PlanVersionBody, SeedWriter
from node.devnet.seed.parties import Party, member_party, organisation_party, seed_intent, signed_by
from node.devnet.seed.sandbox import running
from node.domain.adjudication.settlement import Settlement
from node.domain.cases.case import CaseRun, Claim, RunResult, compare
from node.domain.days import QUOTE_LIFETIME_S
from node.domain.ids import AccountId
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
from node.domain.money import MAX_AMOUNT_FEN
from node.domain.parties import OfficerRole, OrganisationKind
from node.domain.plans.plan import BenefitPlan, PremiumPlan
from node.intents import bodies
from node.intents.claim_bodies import promised_claim, unquoted_claim
from node.intents.encoding import encode_body, short_text
from node.intents.messages import IntentKind, SignedIntent
from node.intents.typed_data import Domain
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

REGION = short_text("cases", 12)
FIRST_DAY, LAST_DAY = 0, 100_000
SERVICE_DAY = 19_000
PREMIUM_PLAN = "cases/premium"
COVERAGE = CoverageTerms(REGION, FIRST_DAY, LAST_DAY, PREMIUM_PLAN)


@dataclass(frozen=True)
class QuotedClaim:
    """A run with a claim, and the parties made for it."""

    claim: Claim
    name: str

    @property
    def member(self) -> Party:
        """Who is treated."""
        return member_party(f"{self.name} member")

    @property
    def provider(self) -> Party:
        """Who treats: one provider for each level."""
        return organisation_party(f"cases provider {self.claim.context.level}")

    @property
    def care_type(self) -> str:
        """A kind of care of its own, so that the plan's selector is free."""
        return str(keccak(self.name.encode()).hex()[:12])

    @property
    def plan(self) -> BenefitPlan:
        """The plan with a payer for a supplementary layer; cases leave it open."""
        payer = AccountId(fund(REGION, Scheme.RESIDENT, FundKind.CAMPAIGN))
        layers = tuple(
            replace(layer, payer=payer) if layer.kind is LayerKind.SUPPLEMENTARY else layer
            for layer in self.claim.plan.layers
        )
        return replace(self.claim.plan, layers=layers)

    @property
    def encoded(self) -> bytes:
        """The plan as it is published."""
        return encode_benefit_plan(self.plan)


class CaseEngine:
    """Quotes the runs of a cases file on one network."""

    def __init__(
        self,
        *,
        client: ChainClient,
        book: ContractBook,
        sender: BatchSender,
        domain: Domain,
        operator: Party,
        channel: Party,
    ) -> None:
        self._client, self._book, self._sender = client, book, sender
        self._domain, self._writer = domain, SeedWriter(domain)
        self._operator, self._channel = operator, channel
        self._insurer = organisation_party("cases insurer")

    async def run(
        self, runs: Sequence[CaseRun], *, on_done: Callable[[], None] = lambda: None
    ) -> list[RunResult]:
        """Return every run compared with its quote. Errors: SeedRefused, ChainUnavailable."""
        claims = {
            place: QuotedClaim(run.claim, name=_name_of(run))
            for place, run in enumerate(runs)
            if run.claim is not None
        }
        await self._sender.send([*self._beginnings(), *self._parties(claims.values())])
        for one in claims.values():
            await self._earlier_stays(one)
        answers = await asyncio.gather(*(self._quote(one) for one in claims.values()))
        settlements = dict(zip(claims, answers, strict=True))
        results = []
        for place, run in enumerate(runs):
            results.append(compare(run, settlements.get(place)))
            on_done()
        return results

    def _beginnings(self) -> Iterator[SignedIntent]:
        write = self._writer
        yield write.organisation(
            self._operator, self._insurer, OrganisationKind.INSURER, region=REGION
        )
        for officer in self._officers():
            yield write.officer(self._insurer, officer, roles=OfficerRole.PLANS)
        yield from self._published(
            PREMIUM_PLAN, PlanKind.PREMIUM, care_type="PREMIUM", encoded=_no_premium()
        )
        for kind in (FundKind.POOLED, FundKind.BIG_ILLNESS, FundKind.AID, FundKind.CAMPAIGN):
            yield write.deposit(
                self._channel,
                account=fund(REGION, Scheme.RESIDENT, kind),
                pocket=Pocket.CASH,
                amount_fen=MAX_AMOUNT_FEN,
                notice=f"cases fund {kind.name}",
            )

    def _officers(self) -> tuple[Party, Party]:
        return organisation_party("cases officer 1"), organisation_party("cases officer 2")

    def _published(
        self, text: str, kind: PlanKind, *, care_type: str, encoded: bytes
    ) -> Iterator[SignedIntent]:
        selector = PlanSelector(
            region=REGION,
            scheme=Scheme.RESIDENT,
            member_kind=MemberKind.ADULT,
            care_type=short_text(care_type, 16),
            valid_from=FIRST_DAY,
            valid_until=LAST_DAY,
        )
        source_hash = to_hex(keccak(encoded))
        version = PlanVersionBody(text, 1, kind, encoded, source_hash)
        yield from self._writer.plan(self._officers(), selector, version)

    def _parties(self, claims: Iterable[QuotedClaim]) -> Iterator[SignedIntent]:
        seen: set[str] = set()
        for one in claims:
            if one.provider.account not in seen:
                seen.add(one.provider.account)
                yield from self._provider(one)
            yield from self._writer.member(
                self._operator, one.member, categories=one.claim.context.categories
            )
            yield self._writer.enrolment(self._insurer, one.member, COVERAGE)
            yield from self._published(
                one.name, PlanKind.BENEFIT, care_type=one.care_type, encoded=one.encoded
            )

    def _provider(self, one: QuotedClaim) -> Iterator[SignedIntent]:
        yield self._writer.organisation(
            self._operator,
            one.provider,
            OrganisationKind.PROVIDER,
            region=REGION,
            provider_type=ProviderType.HOSPITAL,
            level=one.claim.context.level,
        )
        contract = bodies.ContractProvider(one.provider.account, True)
        yield self._writer.write(IntentKind.CONTRACT_PROVIDER, self._insurer, contract)

    async def _earlier_stays(self, one: QuotedClaim) -> None:
        """Settle stays of one class C fen: they move the stay counter and nothing else."""
        if one.claim.plan.scope is not CareScope.INPATIENT:
            return
        for stay in range(1, one.claim.context.before.stays + 1):
            number = f"stay {stay}"
            line_hash = to_hex(keccak(f"{one.name} {number} line".encode()))
            fee = bodies.ClaimLine(ItemClass.C, 1, 0, 0, line_hash)
            await self._settle(one, self._body(one, number, (fee,)), label=number)

    async def _settle(self, one: QuotedClaim, body: bodies.SettleClaim, *, label: str) -> None:
        """Settle a claim unless an earlier run did: its nonce says so."""
        label = f"{one.name} {label}"
        kind = IntentKind.SETTLE_CLAIM
        intent = seed_intent(kind, one.provider, body, label=label)
        router = self._book.router
        if await router.is_nonce_used(intent.actor, intent.nonce, block="latest"):
            return
        header = await self._client.final_head()
        decision = await self._book.settlement.quote(
            one.provider.account, encode_body(kind, body), block="latest"
        )
        body = promised_claim(
            body,
            decision.settlement,
            accumulators_hash=decision.accumulators_hash,
            expires_at=header.timestamp + QUOTE_LIFETIME_S,
        )
        intent = seed_intent(kind, one.provider, body, label=label)
        await self._sender.send([signed_by(intent, self._domain, one.provider, one.member)])

    async def _quote(self, one: QuotedClaim) -> Settlement:
        lines = tuple(
            bodies.ClaimLine(
                item_class=line.item_class,
                gross_fen=line.gross_fen,
                over_fen=line.over_fen,
                self_pay_bp=line.self_pay_bp,
                line_hash=to_hex(keccak(f"{one.name} line {place}".encode())),
            )
            for place, line in enumerate(one.claim.lines)
        )
        data = encode_body(IntentKind.SETTLE_CLAIM, self._body(one, "claim", lines))
        decision = await self._book.settlement.quote(one.provider.account, data, block="latest")
        return decision.settlement

    def _body(
        self, one: QuotedClaim, number: str, lines: tuple[bodies.ClaimLine, ...]
    ) -> bodies.SettleClaim:
        return unquoted_claim(
            member=one.member.account,
            claim_number_hash=to_hex(keccak(f"{one.name} {number}".encode())),
            plan_id=plan_id_hash(one.name),
            plan_version=1,
            scheme=Scheme.RESIDENT,
            coverage_start=FIRST_DAY,
            service_start=SERVICE_DAY,
            service_end=SERVICE_DAY,
            cash_mode=CashMode.COUNTER,
            lines=lines,
        )


async def quote_runs(
    runs: Sequence[CaseRun], *, on_done: Callable[[], None] = lambda: None
) -> list[RunResult]:
    """Quote runs on a temporary network that leaves nothing behind.

    Errors: DevnetError, SeedRefused.
    """
    manifest = load_manifest()
    with TemporaryDirectory(prefix="yibao-cases-") as folder:
        async with running(manifest, Path(folder), port=free_port()) as sandbox:
            channel = sandbox.party(OrganisationKind.CHANNEL)
            await sandbox.sender.send(DemoSeed(manifest, domain=sandbox.domain).organisations())
            engine = CaseEngine(
                client=sandbox.client,
                book=sandbox.book,
                sender=sandbox.sender,
                domain=sandbox.domain,
                operator=sandbox.party(OrganisationKind.OPERATOR),
                channel=channel,
            )
            return await engine.run(runs, on_done=on_done)


def _name_of(run: CaseRun) -> str:
    """Return a name that changes with the content, so that an edited file is published anew."""
    assert run.claim is not None
    content = keccak(repr((run.claim.plan, run.claim.lines, run.claim.context)).encode()).hex()
    return f"case {run.label} {content[:16]}"


def _no_premium() -> bytes:
    return encode_premium_plan(PremiumPlan())
