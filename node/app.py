"""The ASGI app: mounts the API, middleware and problem handlers over a gateway."""

from __future__ import annotations

import functools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from prometheus_client import Counter, Histogram
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from node.api.feature import groups_of
from node.api.limits import BodyLimit, RequestId
from node.api.openapi import install_openapi
from node.api.problems import install_problem_handlers
from node.bootstrap import Gateway
from node.observability import REQUEST_SECONDS, REQUESTS
from node.served import served_features

TITLE = "Yibao"
BUSIEST = frozenset({"/v1/premiums/payments", "/v1/wallets/{account_id}/balance"})
# Spans would carry paths, and those name accounts; /metrics says what there is to say.
NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, auto_configure=False)
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "DELETE"})


def create_app(gateway: Gateway) -> FastAPI:
    """Return the app of a gateway; the lifespan starts and stops it.

    Errors: KeyError for a route without a row in its role table, LookupError without a group.
    """

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await gateway.start()
        try:
            yield
        finally:
            await gateway.stop()

    title = f"{TITLE} (sandbox: test money only)" if gateway.is_sandbox else TITLE
    app = FastAPI(
        title=title, lifespan=lifespan, docs_url=None, redoc_url=None, telemetry=NO_TELEMETRY
    )
    app.state.gateway = gateway
    features = served_features(sandbox=gateway.is_sandbox)
    # Flat, not included: a route keeps its whole path, which its role table is read by. Routes are
    # tried one after the other, so the busiest come first; no two match one path.
    routes = [
        route for feature in features for router in feature.routers for route in router.routes
    ]
    app.router.routes[:0] = sorted(routes, key=_is_quiet)
    install_problem_handlers(app)
    install_openapi(app, routes, groups=groups_of(features))
    app.add_middleware(BodyLimit)
    app.add_middleware(Measure)
    app.add_middleware(RequestId)
    return app


def _is_quiet(route: BaseRoute) -> bool:
    return getattr(route, "path", "") not in BUSIEST


class Measure:
    """Counts answers and their time by route; the path itself may name an account."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", "unknown")
            counter, seconds = _meters(scope["method"], route, status)
            counter.inc()
            seconds.observe(time.perf_counter() - started)


@functools.lru_cache(maxsize=4096)
def _meters(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Return the meters of one kind of answer; finding them costs more than counting."""
    known = method if method in METHODS else "other"
    return REQUESTS.labels(known, route, status), REQUEST_SECONDS.labels(known, route)
