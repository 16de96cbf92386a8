"""The feature plans: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.features.plans import routes
from node.features.plans.access import ACCESS
from node.features.plans.service import PlansService


def build(kernel: Kernel, _services: Services) -> tuple[PlansService]:
    """Make the service of plans."""
    return (PlansService(kernel.database, desk=kernel.desk, book=kernel.chain.plans),)


FEATURE = Feature(
    name="plans",
    group=Group(
        place=10,
        about="Read the rules that premiums and claims follow; two officers publish a version.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
