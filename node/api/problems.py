"""The one place that renders failures: RFC 9457 bodies, for the catalogue and for all else.

A route raises a `DomainError` and never builds an error answer itself. Whatever is not in the
catalogue is a bug: status 500, nothing of the cause shown, which is only in the log. Texts are in
the language the request prefers; `type` is the path of a page that explains the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from node.api.faults import Fault, fault_of, shown
from node.api.languages import language_headers, language_of
from node.api.refusals import (
    HTTP_ERROR,
    INTERNAL_ERROR,
    METHOD_NOT_ALLOWED,
    ROUTE_UNKNOWN,
    links_of,
    page_of,
    refusal_texts,
    shown_values,
)
from node.domain.errors import Category, DomainError, InvalidAmount, MalformedBody, RateLimited
from node.domain.language import Language
from node.domain.said import said
from node.domain.wording import reason_in_words

MEDIA_TYPE = "application/problem+json"
LONGEST_TEXT = 2_000
MOST_FAULTS = 50
"""A hostile body of a megabyte has a hundred thousand faults; nobody reads so many."""
RETRY_AFTER_S = "1"

log = structlog.get_logger(__name__)


def problem_body(error: DomainError, language: Language) -> dict[str, Any]:
    """Return the RFC 9457 body of an error: code, category, values, texts, the field at fault."""
    values = {name: _cut(value) for name, value in (error.values() | error.facts).items()}
    body: dict[str, Any] = {
        "type": page_of(error.code),
        "status": error.status,
        "code": error.code,
        "category": error.category.word,
        "values": shown_values(values),
        **refusal_texts(error.code, values, language),
    }
    if links := links_of(error.code, values):
        body["links"] = links
    if error.field is not None:
        body["errors"] = [{"pointer": _cut(error.field), "code": error.code}]
    return body


def _cut(value: Any) -> Any:
    """Return a value that an answer can carry: a text of a hostile body may be a megabyte."""
    if not isinstance(value, str) or len(value) <= LONGEST_TEXT:
        return value
    return f"{value[:LONGEST_TEXT]}…"


def problem_response(error: DomainError, language: Language) -> JSONResponse:
    """Return the answer for a catalogue error, with `Retry-After` where trying again may help."""
    headers = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after)
    elif error.status == 503:
        headers["Retry-After"] = RETRY_AFTER_S
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return _answer(problem_body(error, language), language, headers=headers)


def _answer(
    body: dict[str, Any], language: Language, *, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    # Without this a cache may keep a 404, and show it when the thing is there.
    sent = {"Cache-Control": "no-store", **(headers or {}), **language_headers(language)}
    return JSONResponse(body, body["status"], headers=sent, media_type=MEDIA_TYPE)


def install_problem_handlers(app: FastAPI) -> None:
    """Make every failure of `app` a problem document."""
    app.add_exception_handler(DomainError, _on_domain_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)


async def _on_domain_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DomainError)
    return problem_response(error, language_of(request.scope))


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    """Name every bad field; the code of the problem is that of the first one.

    A document that cannot be parsed is `MalformedBody` (400). A field that can be read and is
    wrong is 422: `InvalidAmount` for amounts, `MalformedBody` for other shapes.
    """
    assert isinstance(error, RequestValidationError)
    language = language_of(request.scope)
    faults = error.errors()
    first = faults[0]
    if first["type"] == "json_invalid":
        reason = said("not JSON: {message}", message=first["ctx"]["error"])
        return problem_response(MalformedBody(reason), language)
    told = [fault_of(fault) for fault in faults[:MOST_FAULTS]]
    named = _named_fault(first, told[0])
    body = problem_body(named, language)
    body["status"] = 422
    body["errors"] = [_fault_entry(fault, named.code, language) for fault in told]
    return _answer(body, language)


def _named_fault(found: Any, fault: Fault) -> DomainError:
    if fault.pointer.endswith("_fen") and found["type"] not in ("missing", "extra_forbidden"):
        given = found.get("input")
        amount = given if isinstance(given, int | float) else shown(given).strip('"')
        return InvalidAmount(
            amount if isinstance(amount, int) else str(amount), field=fault.pointer
        )
    return MalformedBody(fault.detail, field=fault.pointer)


def _fault_entry(fault: Fault, code: str, language: Language) -> dict[str, Any]:
    told = reason_in_words(fault.detail, language)
    entry: dict[str, Any] = {"pointer": fault.pointer, "code": code, "detail": told}
    return {**entry, "allowed": list(fault.allowed)} if fault.allowed else entry


async def _on_http_error(request: Request, error: Exception) -> JSONResponse:
    """Unknown paths and methods: problems as well, with the router's own status."""
    assert isinstance(error, HTTPException)
    language = language_of(request.scope)
    if error.status_code == 400:
        return problem_response(_unreadable(error), language)
    code = {404: ROUTE_UNKNOWN, 405: METHOD_NOT_ALLOWED}.get(error.status_code, HTTP_ERROR)
    category = Category.NOT_FOUND if error.status_code == 404 else Category.BAD_REQUEST
    body = _plain_body(code, status=error.status_code, category=category, language=language)
    body["values"] = {"path": shown(request.url.path).strip('"')}
    return _answer(body, language, headers=error.headers)


def _plain_body(
    code: str, *, status: int, category: Category, language: Language
) -> dict[str, Any]:
    """Return the body of a failure that is no class of the catalogue."""
    return {
        "type": page_of(code),
        "status": status,
        "code": code,
        "category": category.word,
        "values": {},
        **refusal_texts(code, {}, language),
    }


def bug_body(language: Language) -> dict[str, Any]:
    """Return the body of an unexpected failure: it tells nothing, the log knows."""
    return _plain_body(INTERNAL_ERROR, status=500, category=Category.BUG, language=language)


def _unreadable(error: HTTPException) -> DomainError:
    """Return the failure behind a body that could not be read: too large, not UTF-8, too deep."""
    cause = error.__cause__
    return cause if isinstance(cause, DomainError) else MalformedBody("the body cannot be read")


async def _on_bug(request: Request, error: Exception) -> JSONResponse:
    log.error("unexpected failure", path=request.url.path, exc_info=error)
    language = language_of(request.scope)
    return _answer(bug_body(language), language)
