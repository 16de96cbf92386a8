"""What services see of the chain: small protocols, implemented in `chain`, bound in bootstrap.

Every answer names the final block it was read at.
"""

from __future__ import annotations

from typing import Protocol

from node.domain.accumulators import Accumulators


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
