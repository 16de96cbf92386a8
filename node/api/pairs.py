"""Pairs of routes: one prepares an intent for signing, its partner takes the intent signed.

A noun declares a pair under one path. `POST /refunds/intents` prepares, `POST /refunds` hands in:

    @router.prepare("/refunds", "prepareRefund", "Prepare the refund of a premium")
    async def prepare_refund(asked: RefundRequest, ...) -> PreparedIntent:
        return await premiums.prepare_refund(...)

    @router.submit("/refunds", "refundPremium", "Refund a premium", kinds=(REFUND_PREMIUM,))
    async def refund(money: Money) -> None:
        # Nothing in addition.

What is handed in goes straight to the desk. Where a noun has to look at it first, such as for the
account in the path, or keeps a row of its own beside it, the function of `submit` says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from fastapi import Request
from fastapi.responses import Response

from node.api.access import Access
from node.api.deps import NounRouter
from node.api.idempotency import MoneyRequest, plain_money
from node.api.schemas.intents import AcceptedOut, Prepared
from node.desk.intents import PreparedIntent, Step
from node.intents.messages import IntentKind

Preparing = TypeVar(
    "Preparing",
    bound=Callable[..., Awaitable[PreparedIntent | tuple[PreparedIntent, dict[str, Any]]]],
)
First = TypeVar("First", bound=Callable[..., Awaitable[Step | None]])

_ENDED = "The intent has ended (only with `Prefer: wait=N`): FINAL or REFUSED."


class MoneyRouter(NounRouter):
    """The routes of a noun that is changed by signed intents.

    `taken`: which kinds each full path takes.
    """

    def __init__(self, prefix: str, *, tag: str, access: Access) -> None:
        super().__init__(prefix, tag=tag, access=access)
        self.taken: dict[str, tuple[IntentKind, ...]] = {}

    def prepare(
        self, path: str, operation_id: str, summary: str, *, model: type[Prepared] = Prepared
    ) -> Callable[[Preparing], Preparing]:
        """Return the decorator of the route that prepares what `path` takes signed.

        The function returns the intent, with the fields that `model` adds where it adds any.
        """

        def add(preparing: Preparing) -> Preparing:
            @wraps(preparing)
            async def answer(**given: Any) -> dict[str, Any]:
                found = await preparing(**given)
                intent, added = found if isinstance(found, tuple) else (found, {})
                return {**_shown(intent), **added}

            self.post(
                f"{path}/intents",
                operation_id=operation_id,
                summary=summary,
                response_model=model,
            )(answer)
            return preparing

        return add

    def submit(
        self,
        path: str,
        operation_id: str,
        summary: str,
        *,
        kinds: tuple[IntentKind, ...],
        fast: bool = False,
    ) -> Callable[[First], First]:
        """Return the decorator of the route that hands signed intents of some kinds to the desk.

        The function takes `money` and whatever else a route may take, and is asked first: it may
        refuse, or return a step for the unit of work in which the desk takes the intent. `fast`: a
        busy route, of `money` alone, with a reader of its own for requests in perfect form.
        """
        self.taken[self.prefix + path] = kinds

        def add(first: First) -> First:
            @wraps(first)
            async def answer(*, money: MoneyRequest, **given: Any) -> Response:
                return await money.hand_in(kinds, record=await first(money=money, **given))

            async def read(request: Request) -> Response | None:
                money = await plain_money(request)
                return None if money is None else await answer(money=money)

            declared = _declared(operation_id, summary)
            if fast:
                self.fast("POST", path, reader=read, **declared)(answer)
            else:
                self.post(path, **declared)(answer)
            return first

        return add


def _declared(operation_id: str, summary: str) -> dict[str, Any]:
    """Return the declaration of a route that takes a signed intent."""
    return {
        "operation_id": operation_id,
        "summary": summary,
        "status_code": 202,
        "response_model": AcceptedOut,
        "response_model_exclude_none": True,
        "responses": {200: {"model": AcceptedOut, "description": _ENDED}},
    }


def _shown(intent: PreparedIntent) -> dict[str, Any]:
    """Return a prepared intent in the shape of `Prepared`."""
    return {
        "intent": intent.intent,
        "typed_data": intent.typed_data,
        "digest": intent.digest,
    }
