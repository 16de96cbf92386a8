"""Routes, one module per noun, named like its schemas and its service.

To add a noun:

1. `services/<noun>.py`: a class with `prepare_…` and `submit_…` over `IntentDesk`; a field in
   `bootstrap.Services` and a line in `Gateway._services`.
2. `api/schemas/<noun>.py`: requests from `In` (strict), answers from `Out`.
3. `api/routes/<noun>.py`: `router = noun_router("/v1/<noun>", tag="<noun>")`, routes with
   `prepare_route("…", "Prepare …")` and `money_route("…", "…")`, and the router in ROUTERS below.
4. A row per route in `api/access.py`; a route without one does not start.
5. A step in `scripts/examples/story.py` and `scripts/record_examples.py`: the examples of `/docs`.
"""

from __future__ import annotations

from fastapi import APIRouter

from node.api.routes import (
    catalogue,
    claims,
    coverages,
    declarations,
    health,
    me,
    members,
    plans,
    premiums,
    problems,
    providers,
    receipts,
    sandbox,
    transactions,
    visits,
    wallets,
)

# The most frequent first: routes are tried in order.
ROUTERS: tuple[APIRouter, ...] = (
    wallets.router,
    transactions.router,
    premiums.router,
    claims.router,
    receipts.router,
    receipts.check_router,
    visits.router,
    me.router,
    members.router,
    providers.router,
    coverages.router,
    declarations.router,
    plans.router,
    catalogue.router,
    health.router,
    problems.router,
)
SANDBOX_ROUTERS: tuple[APIRouter, ...] = (sandbox.router,)
