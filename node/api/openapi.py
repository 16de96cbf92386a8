"""The published description of the API: OpenAPI 3.1 with roles, and its page without network."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles

from node.api.access import roles_for
from node.api.problems import MEDIA_TYPE

VERSION = "1"
HOME, DOCS, ASSETS, DOCUMENT = "/", "/docs", "/docs/assets", "/openapi.json"
DESCRIPTION = """Medical insurance payments on a permissioned chain.

Money moves by signed intents only: `POST …/intents` prepares one, the member or organisation signs
its typed data, `POST …` hands it in with an `Idempotency-Key` and answers 202, or 200 at its end
with `Prefer: wait=5`. Amounts are whole fen. Failures are `application/problem+json` with a stable
`code`.

Who calls says so with `Authorization: Bearer` and a token: `yibao tokens issue` makes them, a
sandbox keeps its own in `.devnet/tokens.json`."""
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "category", "values"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "category": {"type": "string"},
        "values": {"type": "object"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "examples": [
        {
            "type": "/problems/InvalidAmount",
            "title": "An amount is zero, negative, a fraction or too large.",
            "status": 422,
            "code": "InvalidAmount",
            "category": "invalid",
            "values": {"amount_fen": 0},
            "errors": [{"pointer": "/amount_fen", "code": "InvalidAmount"}],
        }
    ],
}
_PROBLEM_ANSWER = {
    "description": "A problem: its `code` is one of the error catalogue.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def install_openapi(app: FastAPI) -> None:
    """Describe `app` under /openapi.json and /docs; the page needs no other host."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
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
            swagger_ui_parameters={"docExpansion": "none", "persistAuthorization": True},
        )


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=VERSION, description=DESCRIPTION, routes=app.routes
    )
    parts = document["components"]
    parts["schemas"] = {
        name: schema
        for name, schema in parts["schemas"].items()
        if name not in {"HTTPValidationError", "ValidationError"}
    } | {"Problem": PROBLEM}
    parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                _describe(document["paths"][route.path][method.lower()], method, route.path)
    return document


def _describe(operation: dict[str, Any], method: str, path: str) -> None:
    """Say who may call, and that every failure is a problem."""
    roles = roles_for(method, path)
    operation["responses"].pop("422", None)
    if path.startswith("/v1"):
        operation["responses"]["default"] = _PROBLEM_ANSWER
    if roles is not None:
        operation["security"] = [{"bearer": []}]
        words = ", ".join(sorted(role.value for role in roles))
        operation["description"] = f"{operation.get('description', '')}\n\nRoles: {words}."
