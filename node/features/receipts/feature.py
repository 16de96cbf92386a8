"""The feature receipts: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.db.repositories.identities import IdentityVault
from node.db.repositories.visits import VisitsRepository
from node.features.claims.traces import TracesService
from node.features.receipts import routes
from node.features.receipts.access import ACCESS
from node.features.receipts.care import CareExplainer
from node.features.receipts.codes import ReceiptCodes
from node.features.receipts.service import ReceiptsService


def build(kernel: Kernel, services: Services) -> tuple[ReceiptsService]:
    """Make the service of receipts; a care receipt is explained by the trace of its claim."""
    traces = services.get(TracesService)
    return (
        ReceiptsService(
            kernel.database,
            access=kernel.access,
            visits=VisitsRepository(kernel.sealer),
            vault=IdentityVault(kernel.sealer),
            care=CareExplainer(kernel.database, traces=traces),
            codes=ReceiptCodes(kernel.sealer, chain_id=kernel.network.domain.chain_id),
            clock=kernel.clock,
        ),
    )


FEATURE = Feature(
    name="receipts",
    group=Group(
        place=8,
        about="Read the numbered proof of every payment as JSON or PDF.",
    ),
    routers=(routes.router, routes.check_router),
    access=ACCESS,
    build=build,
)
