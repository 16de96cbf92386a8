"""The feature members: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.db.repositories.identities import IdentityVault
from node.features.members import routes
from node.features.members.access import ACCESS
from node.features.members.service import MembersService


def build(kernel: Kernel, _services: Services) -> tuple[MembersService]:
    """Make the service of members."""
    return (
        MembersService(
            kernel.database,
            desk=kernel.desk,
            access=kernel.access,
            names=kernel.chain.names,
            vault=IdentityVault(kernel.sealer),
        ),
    )


FEATURE = Feature(
    name="members",
    group=Group(
        place=2,
        about="Register a member, see who may sign for it and what it is entitled to.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
