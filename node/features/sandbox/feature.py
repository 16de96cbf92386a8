"""The feature sandbox: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group, Kernel, Services
from node.desk.kept_keys import KeptKeys
from node.features.sandbox import routes
from node.features.sandbox.access import ACCESS
from node.features.sandbox.service import SandboxService


def build(kernel: Kernel, _services: Services) -> tuple[SandboxService]:
    """Make the service of the sandbox: it signs with the keys that the sandbox keeps, if any."""
    return (
        SandboxService(
            kernel.database, desk=kernel.desk, port=kernel.sandbox_signer or KeptKeys({})
        ),
    )


FEATURE = Feature(
    name="sandbox",
    group=Group(
        place=13,
        about="Have an intent signed by a test key. Only in a sandbox, never with real money.",
    ),
    routers=(routes.router,),
    access=ACCESS,
    build=build,
    sandbox_only=True,
)
