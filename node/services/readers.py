"""What services see of the chain: small protocols, implemented in `chain`, bound in bootstrap.

Every answer names the final block it was read at.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from node.domain.accumulators import Accumulators
from node.domain.plans import BenefitPlan
from node.domain.settlement import Settlement


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
