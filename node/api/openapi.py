"""The published description of the API: OpenAPI 3.1 with roles, and its page without network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.routing import BaseRoute

from node.api.access import SIGNED_IN, Allowed
from node.api.deps import GuardedRoute
from node.api.examples import PROBLEM_SCHEMA, recorded, show_examples
from node.api.problems import MEDIA_TYPE, bug_body
from node.api.refusals import INTERNAL_ERROR
from node.domain.language import Language

VERSION = "1"
HOME, DOCS, ASSETS, DOCUMENT = "/", "/docs", "/docs/assets", "/openapi.json"
DESCRIPTION = """Medical insurance payments on a permissioned chain.

- **Money moves by signed intents only.** `POST …/intents` prepares an intent; the member or
  organisation signs its typed data; `POST …` hands the intent in with an `Idempotency-Key` and
  answers 202, or 200 at its end with `Prefer: wait=5`.
- **Amounts are whole fen**: 12345 is ¥123.45.
- **Failures are `application/problem+json`** with a stable `code`; their texts are in the language
  of `Accept-Language`, `zh` or `en`, and `type` is the path of a page that explains the code.
- **Who calls** says so with a bearer token: **Authorize** tells where a token comes from.
- **Examples are recorded in a sandbox.** They show what is asked and answered; a recorded intent
  has expired, so prepare your own."""
AUTHORIZE = """- **Paste the bare token**, without `Bearer`. It acts for one account under one role.
- **Sandbox:** `.devnet/tokens.json` in the checkout has a `token` for everybody under `holders`:
  `ANN` is a member, `CLINIC` a provider, `INSURER` the insurer, `BANK` a channel.
- **Elsewhere:** the gateway's operator makes a token with
  `yibao tokens issue --role MEMBER --account 0x…` and it is shown once."""
PROBLEM = {
    "type": "object",
    "required": [
        *("type", "title", "status", "code", "category", "values", "detail", "next_step"),
    ],
    "properties": {
        "type": {"type": "string", "description": "Path of a page that explains the code."},
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "The refusal with its values, in words."},
        "next_step": {"type": "string", "description": "What helps."},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "category": {"type": "string"},
        "values": {"type": "object"},
        "links": {
            "type": "object",
            "properties": {
                "top_up": {
                    "type": "string",
                    "description": "Path at which a channel prepares a deposit (POST) of CASH.",
                },
            },
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                    "allowed": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_BUG = {"summary": "An unexpected failure", "value": bug_body(Language.EN)}
_PROBLEM_ANSWER = {
    "description": "Another problem: `/problems` lists every code with what helps.",
    "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA, "examples": {INTERNAL_ERROR: _BUG}}},
}
_FASTAPI_WORDS = "Successful Response"
_SUCCESS = {
    "200": "Done.",
    "201": "Made.",
    "202": "Accepted and queued: `Location` and `href` name where to follow it.",
}
_UNCHANGED = {"description": "`If-None-Match` names what the client has already: no body."}
# Ids of features and rules are for readers of the source.
_REFERENCE = re.compile(r"\s*\((?:[MPS][0-9]{2}(?:, )?)+\)")
_BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_PAGE = {
    "docExpansion": "none",
    "deepLinking": True,
    "persistAuthorization": True,
    "defaultModelsExpandDepth": -1,
    "displayRequestDuration": True,
    "tryItOutEnabled": True,
}


def install_openapi(
    app: FastAPI, routes: Sequence[BaseRoute], *, groups: Mapping[str, str]
) -> None:
    """Describe the routes of `app` under /openapi.json and /docs; the page needs no other host.

    `groups`: the tag of a route → what the group is for, in the order shown.
    """

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app.title, routes, groups)
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]
    app.mount(
        ASSETS, StaticFiles(directory=str(files("fastapi_offline") / "static")), name="assets"
    )

    @app.get(HOME, include_in_schema=False)
    async def home() -> RedirectResponse:
        """Lead whoever opens the bare address to the description."""
        return RedirectResponse(DOCS)

    @app.get(DOCS, include_in_schema=False)
    async def docs() -> HTMLResponse:
        """Show the description with a form for every route."""
        return get_swagger_ui_html(
            openapi_url=DOCUMENT,
            title=app.title,
            swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{ASSETS}/favicon.png",
            swagger_ui_parameters=_PAGE,
        )


def _document(title: str, routes: Sequence[BaseRoute], groups: Mapping[str, str]) -> dict[str, Any]:
    described = [one for one in routes if isinstance(one, GuardedRoute) and one.include_in_schema]
    described.sort(key=lambda route: place_of([str(tag) for tag in route.tags], groups))
    used = {str(route.tags[0]) for route in described}
    document = get_openapi(
        title=title,
        version=VERSION,
        description=DESCRIPTION,
        routes=described,
        tags=[{"name": name, "description": groups[name]} for name in groups if name in used],
    )
    parts = document["components"]
    parts["schemas"] = {
        name: schema
        for name, schema in parts["schemas"].items()
        if name not in {"HTTPValidationError", "ValidationError"}
    } | {"Problem": PROBLEM}
    bearer = {"type": "http", "scheme": "bearer", "description": AUTHORIZE}
    parts["securitySchemes"] = {"bearer": bearer}
    examples = recorded()
    for route in described:
        for method in route.methods or ():
            operation = document["paths"][route.path][method.lower()]
            _describe(operation, route)
            show_examples(operation, examples.get(operation["operationId"], {}))
    shown: dict[str, Any] = _shown(document)
    return shown


def place_of(tags: Sequence[str], groups: Mapping[str, str]) -> int:
    """Return the place of the group that the first tag names. Errors: LookupError."""
    names = list(groups)
    if not tags or tags[0] not in names:
        raise LookupError(f"{tags}: a route needs the tag of a group of features")
    return names.index(tags[0])


def _describe(operation: dict[str, Any], route: GuardedRoute) -> None:
    """Say who may call, which headers must be there, and that every failure is a problem."""
    roles, path = route.allowed, route.path
    answers = operation["responses"]
    answers.pop("422", None)
    for status in _SUCCESS.keys() & answers.keys():
        if answers[status]["description"] == _FASTAPI_WORDS:
            answers[status]["description"] = _SUCCESS[status]
    if path.startswith("/v1"):
        answers["default"] = _PROBLEM_ANSWER
    parameters = operation.get("parameters", [])
    for parameter in parameters:
        _without_null(parameter["schema"])
    headers = {one["name"]: one for one in parameters if one["in"] == "header"}
    if "If-None-Match" in headers:
        answers["304"] = _UNCHANGED
    if "Idempotency-Key" in headers:
        # The routes read it as optional, to name it when it is missing.
        headers["Idempotency-Key"]["required"] = True
    if roles is not None:
        operation["security"] = [{"bearer": []}]
        operation["x-roles"] = sorted(role.value for role in roles)
    description = operation.get("description", "")
    operation["description"] = f"{description}\n\n**Who may call:** {_callers(roles)}".strip()


def _callers(roles: Allowed) -> str:
    if roles is None:
        return "anybody, without a token."
    if roles == SIGNED_IN:
        return "every role, with a token."
    return ", ".join(f"`{role}`" for role in sorted(role.value for role in roles)) + "."


def _without_null(schema: dict[str, Any]) -> None:
    """Say what a parameter looks like if it is there: an address or a header carries no null."""
    shapes = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if len(shapes) == 1:
        del schema["anyOf"]
        schema |= shapes[0]


def _shown(part: Any) -> Any:
    """Return the document with whole bounds, and no ids of features or rules in descriptions."""
    if isinstance(part, list):
        return [_shown(one) for one in part]
    if not isinstance(part, dict):
        return part
    return {name: _shown_value(name, value) for name, value in part.items()}


def _shown_value(name: str, value: Any) -> Any:
    if name == "description" and isinstance(value, str):
        return _REFERENCE.sub("", value)
    # The framework keeps bounds as floats. All of ours are whole, and small or a power of two.
    if name in _BOUNDS and isinstance(value, float):
        return int(value)
    return _shown(value)
