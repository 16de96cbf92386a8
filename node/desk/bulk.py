"""Many signed intents of one actor in one request: each is accepted or refused by itself (P45).

The request as a whole has one idempotency key; everything that is accepted is stored in one unit of
work. Checking is spread over short reads, so that a large file keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson

from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller, require_may_sign
from node.desk.clock import Clock
from node.desk.intents import ACCEPTED, INTENT_LIFETIME_S, IntentDesk
from node.domain.days import day_of
from node.domain.errors import DomainError, MalformedBody, NotOwner, RequiredRelation
from node.domain.said import said
from node.intents.bodies import IntentBody
from node.intents.messages import Intent, IntentKind, SignedIntent
from node.intents.typed_data import digest
from node.outbox.items import item_of
from node.outbox.keys import KeyOwner, StoredAnswer, find_answer, store_answer, take_key
from node.outbox.queue import enqueue_many, take_intent_nonces

MOST_ITEMS = 20_000
ITEMS_A_READ = 100


@dataclass(frozen=True, slots=True)
class BulkSubmission:
    """What a client hands in: signed intents, or why one could not be read, in order."""

    items: Sequence[SignedIntent | DomainError]
    owner: KeyOwner
    body_hash: str


@dataclass(frozen=True, slots=True)
class BulkAccepted:
    """The answer to a bulk submission, `replayed` if it was given before."""

    status: int
    answer: dict[str, Any]
    replayed: bool


class BulkDesk:
    """Prepares and accepts many intents at once."""

    def __init__(self, database: Database, *, desk: IntentDesk, clock: Clock) -> None:
        self._database = database
        self._desk = desk
        self._clock = clock

    async def prepare(
        self, caller: Caller, *, actor: str, bodies: Sequence[tuple[IntentKind, IntentBody]]
    ) -> list[Intent]:
        """Give the next nonces of the actor to bodies, in order. Errors: NotOwner."""
        now_s = self._desk.now_s

        def take(unit: UnitOfWork) -> range:
            require_may_sign(unit, caller, actor=actor, day=day_of(now_s))
            space = self._desk.nonce_space
            return take_intent_nonces(unit, actor=actor, space=space, count=len(bodies))

        if not bodies:
            return []
        nonces = await self._database.write(take)
        deadline = now_s + INTENT_LIFETIME_S
        return [
            Intent(kind, actor, nonce, deadline, body)
            for nonce, (kind, body) in zip(nonces, bodies, strict=True)
        ]

    async def submit(
        self,
        caller: Caller,
        submission: BulkSubmission,
        *,
        actor: str,
        allowed: Collection[IntentKind],
    ) -> BulkAccepted:
        """Accept what can be accepted; a refused item keeps no other from its effect.

        Errors: IdempotencyKeyReused, RequestInProgress, ChainLagging. Those of single items are in
        the answer.
        """
        owner, body_hash = submission.owner, submission.body_hash
        known = await self._database.read(
            lambda unit: find_answer(unit, owner, body_hash=body_hash)
        )
        if known is not None:
            return _replay(known)
        checked = await self._checked(caller, submission.items, actor=actor, allowed=allowed)

        def accept(unit: UnitOfWork) -> BulkAccepted:
            take_key(unit, owner)
            meanwhile = find_answer(unit, owner, body_hash=body_hash)
            if meanwhile is not None:
                return _replay(meanwhile)
            self._desk.require_open(unit)
            now_ms = self._clock.now_ms()
            good = [item_of(*one) for one in checked if not isinstance(one, DomainError)]
            states = {row.digest: row.state for row in enqueue_many(unit, good, now_ms=now_ms)}
            answer = _answer(checked, states)
            stored = StoredAnswer(ACCEPTED, orjson.dumps(answer), None)
            store_answer(unit, owner, body_hash=body_hash, answer=stored, now_ms=now_ms)
            unit.after_commit(self._desk.notice)
            return BulkAccepted(ACCEPTED, answer, replayed=False)

        return await self._database.write(accept)

    async def _checked(
        self,
        caller: Caller,
        items: Sequence[SignedIntent | DomainError],
        *,
        actor: str,
        allowed: Collection[IntentKind],
    ) -> list[tuple[SignedIntent, str] | DomainError]:
        checked: list[tuple[SignedIntent, str] | DomainError] = []

        def check(unit: UnitOfWork, item: SignedIntent) -> tuple[SignedIntent, str] | DomainError:
            intent = item.intent
            try:
                if intent.kind not in allowed:
                    reason = said("{kind} is not taken here", kind=intent.kind.name)
                    return MalformedBody(reason, field="/intent/kind")
                if intent.actor != actor:
                    relation = RequiredRelation.ACCOUNT_HOLDER
                    return NotOwner(intent.actor, actor, relation, field="/intent/actor")
                name = digest(intent, self._desk.domain)
                self._desk.require_signed(unit, caller, item, name)
            except DomainError as error:
                return error
            return item, name

        def check_all(unit: UnitOfWork, first: int) -> list[tuple[SignedIntent, str] | DomainError]:
            part = items[first : first + ITEMS_A_READ]
            return [one if isinstance(one, DomainError) else check(unit, one) for one in part]

        for at in range(0, len(items), ITEMS_A_READ):
            checked += await self._database.read(partial(check_all, first=at))
            # On PostgreSQL a read runs in the loop: let the others have their turn.
            await asyncio.sleep(0)
        return checked


def _answer(
    checked: Sequence[tuple[SignedIntent, str] | DomainError], states: dict[str, str]
) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for one in checked:
        if isinstance(one, DomainError):
            items.append({"code": one.code, "field": one.field, "values": one.values()})
            continue
        name = one[1]
        items.append({"digest": name, "state": states[name], "href": f"/v1/transactions/{name}"})
    refused = sum("code" in one for one in items)
    return {"accepted": len(items) - refused, "refused": refused, "items": items}


def _replay(known: StoredAnswer) -> BulkAccepted:
    return BulkAccepted(known.status or ACCEPTED, orjson.loads(known.response or b"{}"), True)
