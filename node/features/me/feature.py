"""The feature `me`: who am I."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.db.repositories.identities import IdentityVault
from node.features.me import routes
from node.features.me.access import ACCESS
from node.features.me.service import MeService


def build(kernel: Kernel, _services: Services) -> tuple[MeService]:
    """Make the service of me."""
    return (MeService(kernel.database, vault=IdentityVault(kernel.sealer), clock=kernel.clock),)


FEATURE = Feature(
    name="me",
    group=Group(
        place=1,
        about="Who am I: the own account, coverage and pockets, wards, links, "
        "and what is to be done.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
