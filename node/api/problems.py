"""The one place that renders failures: RFC 9457 bodies, for the catalogue and for all else.

A route raises a `DomainError` and never builds an error answer itself. Whatever is not in the
catalogue is a bug: status 500, no detail shown, the cause only in the log.
"""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from node.api.faults import Fault, fault_of
from node.domain.errors import DomainError, InvalidAmount, MalformedBody, RateLimited

MEDIA_TYPE = "application/problem+json"
# Integers above this do not survive a browser's number type.
LARGEST_JSON_INTEGER = 2**53 - 1
LONGEST_SHOWN = 64
RETRY_AFTER_S = "1"

log = structlog.get_logger(__name__)


def problem_body(error: DomainError) -> dict[str, Any]:
    """Return the RFC 9457 body of an error: code, category, values and the field at fault."""
    body: dict[str, Any] = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "category": error.category.word,
        "values": shown_values(error),
    }
    if error.field is not None:
        body["errors"] = [{"pointer": error.field, "code": error.code}]
    return body


def shown_values(error: DomainError) -> dict[str, Any]:
    """Return the values of an error as JSON shows them."""
    return {name: _shown(value) for name, value in error.values().items()}


def problem_response(error: DomainError) -> JSONResponse:
    """Return the answer for a catalogue error, with `Retry-After` where trying again may help."""
    headers = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after)
    elif error.status == 503:
        headers["Retry-After"] = RETRY_AFTER_S
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(
        problem_body(error), status_code=error.status, headers=headers, media_type=MEDIA_TYPE
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Make every failure of `app` a problem document."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)


async def _on_domain_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)
    return problem_response(error)


async def _on_invalid_request(_request: Request, error: Exception) -> JSONResponse:
    """Name every bad field; the code of the problem is that of the first one.

    A document that cannot be parsed is `MalformedBody` (400). A field that can be read and is
    wrong is 422: `InvalidAmount` for amounts, `MalformedBody` for other shapes.
    """
    assert isinstance(error, RequestValidationError)
    faults = error.errors()
    first = faults[0]
    if first["type"] == "json_invalid":
        reason = str(first.get("ctx", {}).get("error", "not JSON"))
        return problem_response(MalformedBody(reason))
    shown = [fault_of(fault) for fault in faults]
    named = _named_fault(first, shown[0])
    body = problem_body(named)
    body["status"] = 422
    body["errors"] = [_fault_entry(fault, named.code) for fault in shown]
    return JSONResponse(body, status_code=422, media_type=MEDIA_TYPE)


def _named_fault(found: Any, fault: Fault) -> DomainError:
    if fault.pointer.endswith("_fen") and found["type"] not in ("missing", "extra_forbidden"):
        shown = found.get("input")
        amount = shown if isinstance(shown, int) else str(shown)[:LONGEST_SHOWN]
        return InvalidAmount(amount, field=fault.pointer)
    return MalformedBody(fault.detail, field=fault.pointer)


def _fault_entry(fault: Fault, code: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"pointer": fault.pointer, "code": code, "detail": fault.detail}
    return {**entry, "allowed": list(fault.allowed)} if fault.allowed else entry


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    """Unknown paths and methods: problems as well, with the router's own status."""
    assert isinstance(error, HTTPException)
    if error.status_code == 400:
        return problem_response(_unreadable(error))
    body = {
        "type": "about:blank",
        "title": error.detail,
        "status": error.status_code,
        "code": {404: "RouteUnknown", 405: "MethodNotAllowed"}.get(error.status_code, "HttpError"),
        "category": "not_found" if error.status_code == 404 else "bad_request",
        "values": {"path": request.url.path},
    }
    return JSONResponse(
        body, status_code=error.status_code, headers=error.headers, media_type=MEDIA_TYPE
    )


def _unreadable(error: HTTPException) -> DomainError:
    """Return the failure behind a body that could not be read: too large, not UTF-8, too deep."""
    cause = error.__cause__
    return cause if isinstance(cause, DomainError) else MalformedBody("the body cannot be read")


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected failure", path=request.url.path, exc_info=error)
    body = {
        "type": "/problems/InternalError",
        "title": "An unexpected failure; it has been logged.",
        "status": 500,
        "code": "InternalError",
        "category": "bug",
        "values": {},
    }
    return JSONResponse(body, status_code=500, media_type=MEDIA_TYPE)


def _shown(value: Any) -> Any:
    """Render a value for JSON: bytes as hex, wide integers as strings, sums as they are."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_JSON_INTEGER:
        return str(value)
    if isinstance(value, int | str | bool) or value is None:
        return value
    return str(value)
