"""The feature declarations: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Kernel, Services
from node.features.declarations import routes
from node.features.declarations.access import ACCESS
from node.features.declarations.service import DeclarationsService


def build(kernel: Kernel, _services: Services) -> tuple[DeclarationsService]:
    """Make the service of declarations."""
    return (
        DeclarationsService(
            kernel.database, desk=kernel.desk, bulk=kernel.bulk, plans=kernel.chain.plans
        ),
    )


FEATURE = Feature(
    name="declarations",
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
