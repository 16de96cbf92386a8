"""The feature coverages: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.features.coverages import routes
from node.features.coverages.access import ACCESS
from node.features.coverages.service import CoveragesService


def build(kernel: Kernel, _services: Services) -> tuple[CoveragesService]:
    """Make the service of coverages."""
    return (CoveragesService(kernel.database, desk=kernel.desk, access=kernel.access),)


FEATURE = Feature(
    name="coverages",
    group=Group(
        place=4,
        about="Enrol a member for a period and a plan, or end the period early.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
