"""The feature visits: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.db.repositories.identities import IdentityVault
from node.db.repositories.visits import VisitsRepository
from node.features.visits import routes
from node.features.visits.access import ACCESS
from node.features.visits.service import VisitsService


def build(kernel: Kernel, _services: Services) -> tuple[VisitsService]:
    """Make the service of visits."""
    return (
        VisitsService(
            kernel.database,
            visits=VisitsRepository(kernel.sealer),
            vault=IdentityVault(kernel.sealer),
            access=kernel.access,
            clock=kernel.clock,
        ),
    )


FEATURE = Feature(
    name="visits",
    group=Group(
        place=6,
        about="Record care as it happens: diagnoses, fee lines, discharge. Nothing is paid yet.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
