"""The feature claims: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.db.repositories.visits import VisitsRepository
from node.features.claims import routes
from node.features.claims.access import ACCESS
from node.features.claims.service import ClaimsService
from node.features.claims.traces import TracesService


def build(kernel: Kernel, _services: Services) -> tuple[ClaimsService, TracesService]:
    """Make the services of claims: the claims themselves, and the traces of their decisions."""
    visits, facts = VisitsRepository(kernel.sealer), kernel.chain.facts
    claims = ClaimsService(
        kernel.database,
        desk=kernel.desk,
        visits=visits,
        quotes=kernel.chain.quotes,
        facts=facts,
        access=kernel.access,
        clock=kernel.clock,
    )
    return claims, TracesService(kernel.database, claims=claims, visits=visits, facts=facts)


FEATURE = Feature(
    name="claims",
    group=Group(
        place=7,
        about="Quote a visit, settle it with two signatures, see who pays each fen, undo it.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
