"""What services see of the chain: small protocols, implemented in `chain`, bound in bootstrap.

Every answer names the final block it was read at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from node.domain.adjudication.accumulators import Accumulators
from node.domain.adjudication.settlement import Settlement
from node.domain.kinds import Scheme
from node.domain.plans.plan import BenefitPlan, PremiumPlan

Rules = BenefitPlan | PremiumPlan


class BlockAt(Protocol):
    """The block of an answer."""

    @property
    def number(self) -> int:
        """Its height."""

    @property
    def block_hash(self) -> str:
        """Its hash."""

    @property
    def timestamp(self) -> int:
        """Its time in Unix seconds."""


class BalanceReader(Protocol):
    """Balances and accumulators as the contracts hold them."""

    async def accumulators(self, member: str, year: int) -> tuple[Accumulators, BlockAt]:
        """Return the accumulators of a member and policy year. Errors: ChainUnavailable."""


class ClaimDecision(Protocol):
    """What the contract would decide about a claim now."""

    @property
    def settlement(self) -> Settlement:
        """The fifteen figures."""

    @property
    def insurer(self) -> str:
        """Who insures the member on the service day."""

    @property
    def accumulators_hash(self) -> str:
        """The state of the member-year the decision was made on."""

    @property
    def trace_hash(self) -> str:
        """The hash of the whole trace."""


class ClaimQuotes(Protocol):
    """Quotes of claims by the contract's own code."""

    async def claim_quote(self, provider: str, body: bytes) -> tuple[ClaimDecision, BlockAt]:
        """Return the decision for an encoded SettleClaim. Errors: as settling would meet."""


class ClaimFacts(Protocol):
    """What a trace is recomputed from."""

    async def benefit_plan(self, plan_id: str, version: int) -> BenefitPlan:
        """Return the rules of a plan version. Errors: PlanUnknown."""

    def before(self, evidence: bytes) -> Accumulators:
        """Return the member-year before a claim."""

    def trace_hash(self, words: Sequence[int]) -> str:
        """Return the hash that the contract publishes for a trace."""

    def claim_id(self, provider: str, number_hash: str) -> str:
        """Return the id of a provider's claim number."""

    def number_hash(self, number: str) -> str:
        """Return the hash of a provider's own claim number."""


class PartDue(Protocol):
    """The next part of a bill on a day, in fen."""

    @property
    def part(self) -> int:
        """Which part, from 1."""

    @property
    def revision(self) -> int:
        """The state of the bill that the amounts belong to."""

    @property
    def gross_fen(self) -> int:
        """All that the funds receive, without late fee."""

    @property
    def subsidy_fen(self) -> int:
        """What the SUBSIDY fund adds."""

    @property
    def employee_fen(self) -> int:
        """The employee's share of a declared bill."""

    @property
    def late_fee_fen(self) -> int:
        """What late payment costs an employer."""

    @property
    def total_fen(self) -> int:
        """What the payer owes."""


class PremiumQuotes(Protocol):
    """The chain's answer at the newest final block."""

    async def premium_quote(self, bill_id: str) -> tuple[PartDue, BlockAt]:
        """Return what is due. Errors: BillUnknown, BillAlreadyPaid, BillStateInvalid,
        ChainUnavailable.
        """


class PlanBook(Protocol):
    """Plan rules in the form of the registry, and those it holds."""

    def encode(self, rules: Rules) -> tuple[int, bytes]:
        """Return the kind and the body of plan rules."""

    def decode(self, kind: int, body: bytes) -> Rules:
        """Return the rules of a body."""

    def plan_id(self, text_id: str) -> str:
        """Return the id under which the registry knows a text id."""

    def body_hash(self, body: bytes) -> str:
        """Return the hash that an approval names."""

    def supplementary_payers(self, region: str, scheme: Scheme) -> frozenset[str]:
        """Return the funds of a region and scheme that may pay a supplementary layer."""

    async def benefit_plan(self, plan_id: str, version: int) -> BenefitPlan:
        """Return the rules of an approved benefit version."""

    async def premium_plan(self, plan_id: str, version: int) -> PremiumPlan:
        """Return the rules of an approved premium version."""

    def declared_bill_id(self, employer: str, member: str, start_day: int) -> str:
        """Return the id of the bill that a declaration makes."""


class AccountNames(Protocol):
    """Ids of accounts that follow from other ids, and new random ones."""

    def receivable(self, provider: str, insurer: str) -> str:
        """Return the account where a provider's fund money waits for payout."""

    def external_of(self, channel: str) -> str:
        """Return the signed counter that mirrors a channel."""

    def new_member_id(self) -> str:
        """Return a random id for a member."""

    def new_organisation_id(self) -> str:
        """Return a random id for an organisation."""


class Quotes(ClaimQuotes, PremiumQuotes, Protocol):
    """What claims and premiums would cost, by the contracts' own code."""


@dataclass(frozen=True, slots=True)
class ChainReaders:
    """All that services see of the chain."""

    quotes: Quotes
    facts: ClaimFacts
    plans: PlanBook
    names: AccountNames
