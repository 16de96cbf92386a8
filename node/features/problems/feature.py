"""The feature problems: what it serves, who may call it, what it is made of."""

from __future__ import annotations

from node.api.feature import Feature
from node.features.problems import routes
from node.features.problems.access import ACCESS

FEATURE = Feature(
    name="problems",
    routers=(routes.router,),
    access=ACCESS,
)
