"""What every operation refuses, tried on its own recorded request."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fastapi import FastAPI

from node.api.deps import GuardedRoute
from node.intents.messages import IntentKind
from scripts.examples.recorder import Recorder, Request

_HEX = re.compile(r"0x[0-9a-f]{40,}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RECEIPT = re.compile(r"[0-9]{10,15}-[0-9]{5,8}")
TRIES_OF_NUMBER = 12
FAR_PAST = 1_700_000_000


async def probe(told: Recorder, app: FastAPI) -> None:
    """Send every recorded request again in ways that must be refused, and record the problems."""
    for route in app.routes:
        if not isinstance(route, GuardedRoute) or route.operation_id not in told.operations:
            continue
        first = told.operations[route.operation_id].first
        for request, content in spoilt(told, first, route.allowed):
            answer = await told.try_(request, content)
            if answer.is_error:
                told.keep(request, answer)


async def probe_late(told: Recorder, app: FastAPI) -> None:
    """Record what a gateway answers that has not read the chain."""
    for route in app.routes:
        if not isinstance(route, GuardedRoute) or route.operation_id not in told.operations:
            continue
        first = told.operations[route.operation_id].first
        answer = await told.try_(first)
        if answer.status_code == 503:
            told.keep(first, answer)


async def probe_rates(told: Recorder) -> None:
    """Look a number up until that is too often."""
    first = told.operations["lookUpBills"].first
    for _ in range(TRIES_OF_NUMBER):
        answer = await told.try_(first)
        if answer.status_code == 429:
            told.keep(first, answer)


def spoilt(
    told: Recorder, first: Request, allowed: frozenset[Any] | None
) -> Iterator[tuple[Request, bytes | None]]:
    """Yield a request in every way that must be refused, with the content it is sent with."""
    if allowed is not None:
        yield _again(first, who=None), None
        strangers = [name for name, role in told.roles.items() if role not in allowed]
        if strangers:
            yield _again(first, who=strangers[0]), None
    yield _again(first, query={**first.query, "colour": "blue"}), None
    if isinstance(first.body, dict):
        yield _again(first), json.dumps(first.body).encode()[:-1]
        yield _again(first, body={**first.body, "no_such_field": 1}), None
    if first.headers:
        yield replace(first, headers={}), None
        # The one request with the first key: the key was used for another body.
        yield replace(first, body=_with(first.body, signature="0x" + "11" * 65)), None
        yield _again(first, body=_with(first.body, deadline=FAR_PAST)), None
        yield _again(first, body=_with(first.body, deadline=_deadline(first.body) - 1)), None
        yield _again(first, body=_with(first.body, kind=IntentKind.FREEZE_ACCOUNT.name)), None
    for pattern in (_HEX, _UUID, _RECEIPT):
        for found in pattern.finditer(first.path):
            unknown = found[0][:-2] + ("00" if found[0][-2:] != "00" else "11")
            yield _again(first, path=first.path.replace(found[0], unknown)), None
            yield _again(first, path=first.path.replace(found[0], "0x12")), None


def _again(first: Request, **changes: Any) -> Request:
    """Return the request with changes, under a new key where it has one."""
    key = {"Idempotency-Key": f"probe-{secrets.token_hex(8)}"} if first.headers else {}
    return replace(first, **{"headers": key, **changes})


def _with(body: Any, *, signature: str | None = None, **changes: Any) -> Any:
    """Return a signed body whose intent has other values, or whose signature is another one."""
    other = json.loads(json.dumps(body))
    signed = _first_signed(other)
    signed["intent"].update(changes)
    if signature is not None:
        signed["signatures"][0]["data"] = signature
    return other


def _deadline(body: Any) -> int:
    deadline: int = _first_signed(body)["intent"]["deadline"]
    return deadline


def _first_signed(body: Any) -> Any:
    return body["items"][0] if "items" in body else body
