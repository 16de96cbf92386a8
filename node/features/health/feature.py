"""The feature health: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature, Group
from node.features.health import routes
from node.features.health.access import ACCESS

FEATURE = Feature(
    name="health",
    group=Group(
        place=0,
        about="First steps: does the gateway answer, is it fit to serve, and which network is it?",
    ),
    routers=(routes.router,),
    access=ACCESS,
)
