"""Body limits and request ids, as plain ASGI so that nothing is buffered twice."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from node.api.languages import language_of
from node.api.problems import problem_response
from node.domain.errors import BodyTooLarge
from node.observability import request_scope

BODY_LIMIT_BYTES = 1 << 20
BULK_BODY_LIMIT_BYTES = 32 << 20
BULK_SUFFIXES = ("/declarations", "/declarations/intents", "/v1/batches")
LENGTH, ID = b"content-length", b"x-request-id"
BULK_PREFIXES = ("/v1/catalogue/versions/",)


class BodyLimit:
    """Refuses a body over the limit of its route, by declared length or while it arrives.

    Bulk routes take 32 MiB, all others 1 MiB. Errors: BodyTooLarge (413).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, cut off at its limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = _limit_of(scope["path"])
        declared = next((value for name, value in scope["headers"] if name == LENGTH), b"")
        if declared.isdigit() and int(declared) > limit:
            refusal = problem_response(BodyTooLarge(limit), language_of(scope))
            await refusal(scope, receive, send)
            return
        await self._app(scope, _counted(receive, limit), send)


def _limit_of(path: str) -> int:
    bulk = path.endswith(BULK_SUFFIXES) or path.startswith(BULK_PREFIXES)
    return BULK_BODY_LIMIT_BYTES if bulk else BODY_LIMIT_BYTES


def _counted(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counting() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise BodyTooLarge(limit)
        return message

    return counting


class RequestId:
    """Gives each request an id, in the answer and in every log line written on the way."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Bind the id for the time of the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with request_scope() as request_id:
            given = (ID, request_id.encode())

            async def with_id(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], given]
                await send(message)

            await self._app(scope, receive, with_id)
