"""The feature catalogue: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.features.catalogue import routes
from node.features.catalogue.access import ACCESS
from node.features.catalogue.service import CatalogueService


def build(kernel: Kernel, _services: Services) -> tuple[CatalogueService]:
    """Make the service of catalogue."""
    return (CatalogueService(kernel.database, clock=kernel.clock),)


FEATURE = Feature(
    name="catalogue",
    group=Group(
        place=11,
        about="Look up what care may be charged at which price, or publish a new version.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
