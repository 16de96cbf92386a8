"""The feature providers: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.features.providers import routes
from node.features.providers.access import ACCESS
from node.features.providers.service import ProvidersService


def build(kernel: Kernel, _services: Services) -> tuple[ProvidersService]:
    """Make the service of providers."""
    return (ProvidersService(kernel.database, desk=kernel.desk, names=kernel.chain.names),)


FEATURE = Feature(
    name="providers",
    group=Group(
        place=3,
        about="Find whom the funds can pay; register organisations and contract providers.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
