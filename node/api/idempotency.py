"""Money requests: the key, the hash of the body, waiting for the end, and the answer (P50).

The routes that read them are declared with `node/api/pairs.py`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request
from fastapi.responses import Response

from node.api.deps import CallerDep, KernelDep, caller_of, kernel_of
from node.api.languages import language_headers, language_of
from node.api.refusals import shown_refusal
from node.api.schemas.intents import SignedIntentIn
from node.desk.callers import Caller
from node.desk.intents import IntentDesk, Step, Submission
from node.domain.errors import IdempotencyKeyMissing, MalformedBody
from node.domain.language import Language
from node.domain.said import said
from node.intents.messages import IntentKind, SignedIntent
from node.intents.typed_data import Domain
from node.intents.wire import intent_from_json, signatures_from_json
from node.outbox.keys import KeyOwner

JSON = "application/json"
LONGEST_KEY = 128
LONGEST_WAIT_S = 30
_KEY = re.compile(r"[\x21-\x7e]+")
_WAIT = re.compile(r"\s*wait\s*=\s*([0-9]{1,4})\s*", re.IGNORECASE)

KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        # No example: a page would send it, and the second body under it would be refused.
        description="A new word of the client's own for each effect wanted, such as a random UUID, "
        "at most 128 characters: the same key and body get the same answer for 30 days and never a "
        "second effect.",
    ),
]
PreferHeader = Annotated[
    str | None,
    Header(
        alias="Prefer",
        description="`wait=N`: answer 200 once the intent has ended, at most 30 seconds.",
        examples=["wait=5"],
    ),
]


@dataclass(frozen=True, slots=True)
class MoneyRequest:
    """A signed intent as handed in: whose, under which key, and how long to wait for its end."""

    caller: Caller
    submission: Submission
    wait_s: int
    body: SignedIntentIn
    desk: IntentDesk
    language: Language

    async def hand_in(
        self, kinds: Collection[IntentKind], *, record: Step | None = None
    ) -> Response:
        """Hand the intent to the desk and tell what became of it: 202, or 200 once it ended.

        `record` is a step of the noun in the same unit of work.
        """
        accepted = await self.desk.submit(
            self.caller, self.submission, allowed=kinds, record=record
        )
        if self.wait_s:
            accepted = await self.desk.finish(self.submission, accepted, timeout_s=self.wait_s)
        headers = {"Location": str(accepted.answer["href"])}
        if accepted.replayed:
            headers["Idempotency-Replayed"] = "true"
        if self.wait_s:
            headers["Preference-Applied"] = f"wait={self.wait_s}"
        answer = accepted.answer
        if reason := answer.get("reason"):
            shown = shown_refusal(reason["code"], reason["values"], self.language)
            answer = {**answer, "reason": shown}
            headers |= language_headers(self.language)
        return Response(orjson.dumps(answer), accepted.status, headers, media_type=JSON)


def money_request(model: type[SignedIntentIn]) -> Callable[..., Awaitable[MoneyRequest]]:
    """Return the dependency that reads a money request with that body."""

    async def read(
        *,
        request: Request,
        body: SignedIntentIn,
        caller: CallerDep,
        kernel: KernelDep,
        idempotency_key: KeyHeader = None,
        prefer: PreferHeader = None,
    ) -> MoneyRequest:
        return _money(
            request, body, caller=caller, desk=kernel.desk, key=idempotency_key, prefer=prefer
        )

    # The shape of the body is the noun's; FastAPI reads it from here.
    read.__annotations__["body"] = model
    return read


def _money(
    request: Request,
    body: SignedIntentIn,
    *,
    caller: Caller,
    desk: IntentDesk,
    key: str | None,
    prefer: str | None,
) -> MoneyRequest:
    owner = KeyOwner(caller.account, route_of(request), checked_key(key))
    document = body.model_dump(mode="json")
    signed = signed_intent(document, desk.domain)
    # Naming the network again changes nothing of what is asked.
    del document["domain"]
    submission = Submission(signed, owner, body_hash(request.url.path, document))
    language = language_of(request.scope)
    return MoneyRequest(
        caller, submission, wait_seconds(prefer), body, desk=desk, language=language
    )


def signed_intent(document: dict[str, Any], domain: Domain) -> SignedIntent:
    """Return what a `SignedIntentIn` holds. Errors: MalformedBody, also for another network's."""
    named = document["domain"]
    if named is not None and Domain(named["chain_id"], named["router"]) != domain:
        form = "signatures for chain {chain} and router {router} are wanted"
        reason = said(form, chain=domain.chain_id, router=domain.verifying_contract)
        raise MalformedBody(reason, field="/domain")
    return SignedIntent(
        intent_from_json(document["intent"]), signatures_from_json(document["signatures"])
    )


async def plain_money(request: Request) -> MoneyRequest | None:
    """Return a plain signed intent in perfect form, None for a request that is anything else.

    For the reader of a fast route: it reads the same model as the usual way does.
    """
    headers = request.headers
    if headers.get("content-type") != "application/json":
        return None
    try:
        body = SignedIntentIn.model_validate(await request.json())
    except ValueError:
        return None
    return _money(
        request,
        body,
        caller=await caller_of(request),
        desk=(await kernel_of(request)).desk,
        key=headers.get("idempotency-key"),
        prefer=headers.get("prefer"),
    )


Money = Annotated[MoneyRequest, Depends(money_request(SignedIntentIn))]


def route_of(request: Request) -> str:
    """Return method and template of the route: a key means nothing on another route."""
    return f"{request.method} {request.scope['route'].path}"


def checked_key(key: str | None) -> str:
    """Return a usable key. Errors: IdempotencyKeyMissing; MalformedBody for a key of other form."""
    if not key:
        raise IdempotencyKeyMissing(field="/header/Idempotency-Key")
    if len(key) > LONGEST_KEY or not _KEY.fullmatch(key):
        reason = said("1 to {count} visible ASCII characters are wanted", count=LONGEST_KEY)
        raise MalformedBody(reason, field="/header/Idempotency-Key")
    return key


def body_hash(path: str, document: Any) -> str:
    """Return the hash of what was asked and where: order of fields and spaces do not count."""
    text = orjson.dumps([path, document], option=orjson.OPT_SORT_KEYS)
    return "0x" + hashlib.sha256(text).hexdigest()


def wait_seconds(prefer: str | None) -> int:
    """Return the seconds of `wait=N`, at most 30; 0 by default.

    Other preferences are ignored (RFC 7240).
    """
    for part in (prefer or "").split(","):
        found = _WAIT.fullmatch(part)
        if found is not None:
            return min(int(found[1]), LONGEST_WAIT_S)
    return 0
