"""The feature transactions: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.features.transactions import routes
from node.features.transactions.access import ACCESS
from node.features.transactions.service import TransactionsService


def build(kernel: Kernel, _services: Services) -> tuple[TransactionsService]:
    """Make the service of transactions."""
    return (
        TransactionsService(
            kernel.database, desk=kernel.desk, access=kernel.access, clock=kernel.clock
        ),
    )


FEATURE = Feature(
    name="transactions",
    group=Group(
        place=12,
        about="Follow a signed intent from the queue to its final block, or cancel it.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
)
