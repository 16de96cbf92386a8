"""The feature wallets: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.features.wallets import routes
from node.features.wallets.access import ACCESS
from node.features.wallets.service import WalletsService


def build(kernel: Kernel, _services: Services) -> tuple[WalletsService]:
    """Make the service of wallets."""
    return (WalletsService(kernel.database, desk=kernel.desk, access=kernel.access),)


FEATURE = Feature(
    name="wallets",
    group=Group(
        place=9,
        about="Read balances and entries, pay money in and out, and send it to near relatives.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
