"""Who asks and what serves: the token of a request, the gateway behind the app.

`noun_router` gives routes that prove their caller before they read a body; there is no other way to
make a route of this API.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute

from node.api.access import roles_for
from node.bootstrap import Gateway, Services
from node.domain.errors import RoleMissing, SignInRequired
from node.services.callers import Caller

SCHEME = "bearer "
QUICK = "straight_answer"
"""Name of an endpoint's own way past FastAPI's reading of parameters; see `idempotency.quick`."""


# Plain functions would be run in a thread, which costs more than the whole request.
async def gateway_of(request: Request) -> Gateway:
    """Return the gateway that serves this app."""
    gateway: Gateway = request.app.state.gateway
    return gateway


async def services_of(request: Request) -> Services:
    """Return the services of a started gateway."""
    services: Services = request.app.state.gateway.services
    return services


async def caller_of(request: Request) -> Caller:
    """Return who asks; only for routes that are not open to anybody."""
    caller: Caller = request.state.caller
    return caller


GatewayDep = Annotated[Gateway, Depends(gateway_of)]
ServicesDep = Annotated[Services, Depends(services_of)]
CallerDep = Annotated[Caller, Depends(caller_of)]


class JsonRequest(Request):
    """A request whose body is read by orjson: bounded depth, UTF-8 only, no NaN, no wide integers.

    The standard library's reader follows nesting as deep as the recursion limit allows, which a
    hostile body can make deeper than the stack.
    """

    async def json(self) -> Any:
        """Return the body. Errors: json.JSONDecodeError."""
        return orjson.loads(await self.body())


class GuardedRoute(APIRoute):
    """A route with a row in the role table, checked before anything of the request is read.

    It answers once the gateway has read what was on the chain at its start: until then a member,
    a key or a balance may be missing that the chain holds, and a refusal would be untrue.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind the checks. Errors: KeyError for a route without a row."""
        answer = super().get_route_handler()
        (method,) = self.methods or {"GET"}
        allowed = roles_for(method, self.path)

        async def guarded(request: Request) -> Response:
            if allowed is not None:
                caller = await authenticate(request)
                if caller.role not in allowed:
                    raise RoleMissing(caller.account, min(role.value for role in allowed))
                request.state.caller = caller
                health = request.app.state.gateway.services.health
                if not health.has_caught_up:
                    await health.require_caught_up()
            json_request = JsonRequest(request.scope, request.receive)
            straight = getattr(self.endpoint, QUICK, None)
            answered = None if straight is None else await straight(json_request)
            return answered or await answer(json_request)

        return guarded


async def authenticate(request: Request) -> Caller:
    """Return who the request's bearer token acts as. Errors: SignInRequired."""
    header = request.headers.get("authorization", "")
    if header[: len(SCHEME)].lower() != SCHEME:
        raise SignInRequired
    services = await services_of(request)
    return await services.tokens.verify(header[len(SCHEME) :].strip())


def noun_router(prefix: str, *, tag: str, **options: Any) -> APIRouter:
    """Return the router of one noun: every route of it is guarded by the role table."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=GuardedRoute, **options)
