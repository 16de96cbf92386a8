"""The feature premiums: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.db.repositories.identities import IdentityVault
from node.features.premiums import routes
from node.features.premiums.access import ACCESS
from node.features.premiums.lookups import LookupsService
from node.features.premiums.quotes import QuoteDesk
from node.features.premiums.service import PremiumsService


def build(kernel: Kernel, _services: Services) -> tuple[PremiumsService, LookupsService]:
    """Make the services of premiums: bills with their quotes, and lookups by insured number."""
    quotes = QuoteDesk(
        kernel.chain.quotes,
        chain_id=kernel.network.domain.chain_id,
        clock=kernel.clock,
        signer=kernel.quote_signer,
    )
    return (
        PremiumsService(kernel.database, desk=kernel.desk, access=kernel.access, quotes=quotes),
        LookupsService(kernel.database, clock=kernel.clock, vault=IdentityVault(kernel.sealer)),
    )


FEATURE = Feature(
    name="premiums",
    group=Group(
        place=5,
        about="Issue a bill, find it, quote it, pay it or refund it; employers declare staff.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
