"""Who asks and what serves: the token of a request, the gateway behind the app.

`NounRouter` gives routes that prove their caller before they read a body; there is no other way to
make a route of this API.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar, TypeVar

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from node.api.access import Access, Allowed
from node.api.faults import shown
from node.api.feature import Kernel, S, Services, Serving
from node.desk.callers import Caller
from node.domain.errors import MalformedBody, RoleMissing, SignInRequired
from node.domain.said import said

SCHEME = "bearer "
TYPE = "/header/Content-Type"
Reader = Callable[[Request], Coroutine[Any, Any, Response | None]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


# Plain functions would be run in a thread, which costs more than the whole request.
async def kernel_of(request: Request) -> Kernel:
    """Return what the gateway behind this app is made of."""
    serving: Serving = request.app.state.gateway
    return serving.kernel


def services_of(request: Request) -> Services:
    """Return the services of a started gateway."""
    serving: Serving = request.app.state.gateway
    return serving.services


def service(kind: type[S]) -> Callable[[Request], Coroutine[Any, Any, S]]:
    """Return the dependency that finds a service by its class."""

    async def found(request: Request) -> S:
        return services_of(request).get(kind)

    return found


async def caller_of(request: Request) -> Caller:
    """Return who asks; only for routes that are not open to anybody."""
    caller: Caller = request.state.caller
    return caller


def header_of(request: Request, name: bytes) -> str | None:
    """Return the first header of a lower-case name; `request.headers` takes ten times as long."""
    for known, value in request.scope["headers"]:
        if known == name:
            found: str = value.decode("latin-1")
            return found
    return None


KernelDep = Annotated[Kernel, Depends(kernel_of)]
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

    access: ClassVar[Access] = {}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind the checks. Errors: KeyError for a route without a row."""
        answer = super().get_route_handler()
        check = self._check()

        async def guarded(request: Request) -> Response:
            read: JsonRequest | None = getattr(request.state, "checked", None)
            if read is None:
                read = JsonRequest(request.scope, request.receive)
                await check(read)
            if self.body_field is not None:
                require_json(header_of(read, b"content-type"))
            return await answer(read)

        return guarded

    @property
    def allowed(self) -> Allowed:
        """Return who may call the route. Errors: KeyError for a route without a row."""
        (method,) = self.methods or {"GET"}
        return self.access[method, self.path]

    def _check(self) -> Callable[[Request], Coroutine[Any, Any, None]]:
        """Return the one check of every request of this route: who asks, and may they."""
        allowed = self.allowed

        async def check(request: Request) -> None:
            if allowed is None:
                return
            caller = await authenticate(request)
            if caller.role not in allowed:
                raise RoleMissing(caller.account, min(role.value for role in allowed))
            request.state.caller = caller
            health = (await kernel_of(request)).health
            if not health.has_caught_up:
                await health.require_caught_up()

        return check


class FastRoute(GuardedRoute):
    """A busy route with a reader of its own in front of FastAPI's reading of parameters.

    The reader answers a request in perfect form and returns None for any other request, which then
    takes the usual way and is told there what is wrong with it. Failures of both ways meet the same
    handlers.
    """

    reader: Reader

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Make the route. Errors: KeyError without a row in the table."""
        super().__init__(*arguments, **options)
        self.app = self._fast_app(self.app)

    def _fast_app(self, usual: ASGIApp) -> ASGIApp:
        check = self._check()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            request = JsonRequest(scope, receive, send)
            await check(request)
            answered = await self.reader(request)
            if answered is None:
                # The body may have been read: the usual way goes on with the same request.
                request.state.checked = request
                await usual(scope, receive, send)
            else:
                await answered(scope, receive, send)

        return app


def require_json(content_type: str | None) -> None:
    """Make sure that a body comes as JSON. Errors: MalformedBody, which names the header."""
    if content_type is None:
        reason = "Content-Type is missing; it should be application/json"
        raise MalformedBody(reason, field=TYPE)
    given = content_type.split(";", 1)[0].strip().lower()
    main, _, kind = given.partition("/")
    if main != "application" or not (kind == "json" or kind.endswith("+json")):
        value = shown(content_type.strip())
        told = said("Content-Type: {value} should be application/json", value=value)
        raise MalformedBody(told, field=TYPE)


async def authenticate(request: Request) -> Caller:
    """Return who the request's bearer token acts as. Errors: SignInRequired."""
    token = bearer_of(request)
    return await (await kernel_of(request)).authenticator.verify(token)


def bearer_of(request: Request) -> str:
    """Return the bearer token of a request. Errors: SignInRequired."""
    header = header_of(request, b"authorization") or ""
    if header[: len(SCHEME)].lower() != SCHEME:
        raise SignInRequired
    return header[len(SCHEME) :].strip()


class NounRouter(APIRouter):
    """The routes of one noun, each guarded by the noun's role table."""

    def __init__(self, prefix: str, *, tag: str, access: Access) -> None:
        guarded = type("NounRoute", (GuardedRoute,), {"access": access})
        super().__init__(prefix=prefix, tags=[tag], route_class=guarded)
        self._access = access

    def fast(
        self, method: str, path: str, *, reader: Reader, **options: Any
    ) -> Callable[[Endpoint], Endpoint]:
        """Return the decorator of a busy route: `reader` answers what needs no explanation."""
        members = {"access": self._access, "reader": staticmethod(reader)}
        fast = type("NounFastRoute", (FastRoute,), members)

        def add(endpoint: Endpoint) -> Endpoint:
            self.add_api_route(
                path, endpoint, methods=[method], route_class_override=fast, **options
            )
            return endpoint

        return add
