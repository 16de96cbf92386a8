"""Plays requests against a gateway and keeps what was asked and answered, by operation."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from node.devnet.seed.parties import Party
from node.domain.roles import Role
from node.intents.typed_data import Domain, digest
from node.intents.wire import intent_from_json, signatures_to_json

PLAIN = "Example"
"""Title of the only example of a request; a route that takes two shapes has a title for each."""
WAIT_S, TRIES = 20, 9
JSON = "application/json"
LONGEST_LIST = 5
"""Longer lists are cut: an example shows what an item looks like."""
METRIC = "yibao_final_block"
Document = dict[str, Any]


class UnexpectedAnswer(Exception):  # noqa: N818
    """The gateway did not answer as the story needs."""


@dataclass(frozen=True)
class Request:
    """A request as it was sent; `who` is the name of a party, None for nobody."""

    who: str | None
    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Recorded:
    """What is known of one operation: its first request, and the examples."""

    first: Request
    group: str
    parameters: Document = field(default_factory=dict)
    requests: Document = field(default_factory=dict)
    answers: dict[str, Document] = field(default_factory=dict)

    def shown(self) -> Document:
        """Return the examples as they are written."""
        shown = {
            "parameters": self.parameters,
            "requests": self.requests,
            "answers": {status: self.answers[status] for status in sorted(self.answers)},
        }
        return {name: value for name, value in shown.items() if value}


class Recorder:
    """Sends requests as parties; `serve` says which app answers from now on."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.operations: dict[str, Recorded] = {}
        self.parties: dict[str, Party] = {}
        self.roles: dict[str, Role] = {}
        self._tokens: dict[str, str] = {}
        self._app: FastAPI | None = None
        self._http: httpx.AsyncClient | None = None

    def serve(self, app: FastAPI, http: httpx.AsyncClient) -> None:
        """Let another app answer."""
        self._app, self._http = app, http

    def join(self, party: Party, access: tuple[Role, str] | None = None) -> None:
        """Make a party known, with its role and token unless it only signs."""
        self.parties[party.name] = party
        if access is not None:
            self.roles[party.name], self._tokens[party.name] = access

    def account(self, name: str) -> str:
        """Return the account of a party."""
        return self.parties[name].account

    async def succeed(self, request: Request, *, title: str = PLAIN) -> Document:
        """Send any request that must succeed, and record. Errors: UnexpectedAnswer."""
        answer = await self.try_(request)
        if answer.is_error:
            raise UnexpectedAnswer(f"{request.method} {request.path}: {answer.text}")
        self.keep(request, answer, title=title)
        is_json = answer.headers["content-type"].startswith(JSON)
        document: Document = answer.json() if is_json else {}
        return document

    async def get(self, who: str | None, path: str, **query: str) -> Document:
        """Read and record. Errors: UnexpectedAnswer."""
        return await self.succeed(Request(who, "GET", path, query=query))

    async def send(
        self, who: str, method: str, path: str, body: Any = None, *, title: str = PLAIN
    ) -> Document:
        """Send a body and record. Errors: UnexpectedAnswer."""
        return await self.succeed(Request(who, method, path, body), title=title)

    async def post(self, who: str, path: str, body: Any = None, *, title: str = PLAIN) -> Document:
        """Post a body and record. Errors: UnexpectedAnswer."""
        return await self.send(who, "POST", path, body, title=title)

    async def prepare(
        self, who: str, path: str, asked: Document | None, title: str = PLAIN
    ) -> Document:
        """Prepare an intent and record. Errors: UnexpectedAnswer."""
        return await self.post(who, f"{path}/intents", asked, title=title)

    def signed(self, prepared: Document, *signers: str) -> Document:
        """Return what hands in a prepared intent, signed by these parties."""
        ref = digest(intent_from_json(prepared["intent"]), self.domain)
        named = [self.parties[name] for name in signers]
        found = [party.signer.sign(ref, party.account) for party in named]
        return {"intent": prepared["intent"], "signatures": signatures_to_json(found)}

    async def hand_in(
        self,
        who: str,
        path: str,
        body: Document,
        *,
        title: str = PLAIN,
        key: str = "",
        end: str = "FINAL",
    ) -> Document:
        """Hand a signed intent in, once without and once with waiting. Errors: UnexpectedAnswer."""
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        await self.succeed(Request(who, "POST", path, body, headers=headers), title=title)
        waiting = {**headers, "Prefer": f"wait={WAIT_S}"}
        request = Request(who, "POST", path, body, headers=waiting)
        answer = await self.try_(request)
        tries = TRIES
        while answer.status_code != 200 and tries:
            answer, tries = await self.try_(request), tries - 1
        self.keep(request, answer, title=title)
        found: Document = answer.json()
        if found.get("state") != end:
            raise UnexpectedAnswer(f"{path}: {answer.status_code} {answer.text}")
        return found

    async def do(
        self, who: str, path: str, asked: Document, *signers: str, title: str = PLAIN
    ) -> Document:
        """Prepare, sign and hand in; return what was prepared. Errors: UnexpectedAnswer."""
        prepared = await self.prepare(who, path, asked, title)
        await self.hand_in(who, path, self.signed(prepared, *(signers or (who,))), title=title)
        return prepared

    async def refused(self, code: str, request: Request) -> None:
        """Send what must be refused with a code, and record. Errors: UnexpectedAnswer."""
        answer = await self.try_(request)
        if not answer.is_error or answer.json().get("code") != code:
            raise UnexpectedAnswer(f"{request.path}: {answer.text}, not {code}")
        self.keep(request, answer)

    async def try_(self, request: Request, content: bytes | None = None) -> httpx.Response:
        """Send a request and keep nothing; `content` takes the place of its body."""
        assert self._http is not None
        headers = {"Accept": JSON, "Accept-Language": "en", **request.headers}
        if request.who is not None:
            headers["Authorization"] = f"Bearer {self._tokens[request.who]}"
        if content is None and request.body is not None:
            content = json.dumps(request.body, ensure_ascii=False).encode()
        if content is not None:
            headers["Content-Type"] = JSON
        return await self._http.request(
            request.method,
            request.path,
            params=request.query or None,
            content=content,
            headers=headers,
        )

    def keep(self, request: Request, answer: httpx.Response, *, title: str = PLAIN) -> None:
        """Record an answer under its operation; of two alike the first stays."""
        route, path_values = self._route(request)
        known = self.operations.get(route.operation_id or "")
        if known is None:
            if answer.is_error:
                raise UnexpectedAnswer(f"{request.path}: an error before any success")
            known = Recorded(request, str(route.tags[0]))
            self.operations[str(route.operation_id)] = known
        answers = known.answers.setdefault(str(answer.status_code), {})
        if answer.headers["content-type"].startswith("application/problem+json"):
            answers.setdefault(answer.json()["code"], answer.json())
            return
        needed = {one.alias for one in route.dependant.query_params if one.field_info.is_required()}
        queried = {name: value for name, value in request.query.items() if name in needed}
        for name, value in {**path_values, **queried}.items():
            known.parameters.setdefault(name, value)
        if request.body is not None:
            known.requests.setdefault(title, request.body)
        answers.setdefault(title, _content(answer))

    def _route(self, request: Request) -> tuple[APIRoute, dict[str, Any]]:
        assert self._app is not None
        for route in self._app.routes:
            if isinstance(route, APIRoute) and request.method in (route.methods or ()):
                found = route.path_regex.fullmatch(request.path)
                if found:
                    return route, found.groupdict()
        raise UnexpectedAnswer(f"no route for {request.method} {request.path}")


def _content(answer: httpx.Response) -> Any:
    if answer.headers["content-type"].startswith(JSON):
        document = answer.json()
        if isinstance(document.get("items"), list):
            document["items"] = document["items"][:LONGEST_LIST]
        return document
    lines = [line for line in answer.text.splitlines() if METRIC in line]
    return "".join(f"{line}\n" for line in lines)
