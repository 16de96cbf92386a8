"""The story of an intent, and giving it up while it can still be given up (P56)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from node.db.unit_of_work import Database, UnitOfWork
from node.desk.access import AccessDecision
from node.desk.callers import Caller
from node.desk.clock import Clock
from node.desk.intents import IntentDesk, PreparedIntent, Step, Submission
from node.domain.days import day_of
from node.domain.errors import (
    NotOwner,
    RequiredRelation,
    TransactionStateInvalid,
    TransactionUnknown,
)
from node.domain.transactions import TxStatus
from node.intents.bodies import CancelIntent
from node.intents.encoding import decode_body
from node.intents.messages import Intent, IntentKind
from node.outbox.history import OutboxEntry, find_entry
from node.outbox.history import Step as HistoryStep
from node.outbox.queue import reject_unsent
from node.outbox.states import is_terminal
from node.readmodels.transactions import IntentRow, chain_intent

CANCELLED = "IntentCancelled"


@dataclass(frozen=True, slots=True)
class TransactionView:
    """An intent as its owner sees it; `steps` are empty if another gateway sent it."""

    digest: str
    kind: str
    actor: str
    state: str
    reason_code: str | None
    reason_values: dict[str, Any] | None
    attempts: int
    tx_hash: str | None
    block_number: int | None
    steps: tuple[HistoryStep, ...]


class TransactionsService:
    """Questions about intents, and their cancellation."""

    def __init__(
        self, database: Database, *, desk: IntentDesk, access: AccessDecision, clock: Clock
    ) -> None:
        self._database = database
        self._access = access
        self._desk = desk
        self._clock = clock

    async def find(self, caller: Caller, digest: str) -> TransactionView:
        """Return the story of an intent of the caller; auditors see all.

        Errors: TransactionUnknown, also for somebody else's.
        """
        return await self._database.read(lambda unit: self._seen(unit, caller, digest))

    async def prepare_cancellation(self, caller: Caller, *, digest: str) -> PreparedIntent:
        """Prepare the burning of an open intent's nonce.

        Errors: TransactionUnknown, TransactionStateInvalid once it has ended.
        """
        entry = await self._database.read(lambda unit: self._cancellable(unit, caller, digest))
        return await self._desk.prepare(
            caller,
            kind=IntentKind.CANCEL_INTENT,
            actor=entry.actor,
            body=CancelIntent(entry.intent_nonce),
        )

    def cancellation_step(self, caller: Caller, submission: Submission, *, digest: str) -> Step:
        """Return the step by which a cancelled intent that was never sent ends at once.

        Errors: TransactionUnknown, TransactionStateInvalid, NotOwner for another nonce.
        """
        intent = submission.signed.intent

        def record(unit: UnitOfWork) -> None:
            entry = self._cancellable(unit, caller, digest)
            body = intent.body
            same = isinstance(body, CancelIntent) and body.cancelled_nonce == entry.intent_nonce
            if not same or intent.actor != entry.actor:
                relation, place = RequiredRelation.INTENT_ACTOR, "/intent/body/cancelled_nonce"
                raise NotOwner(intent.actor, digest, relation, field=place)
            now_ms = self._clock.now_ms()
            reject_unsent(unit, digest, reason_code=CANCELLED, now_ms=now_ms)

        return record

    def _cancellable(self, unit: UnitOfWork, caller: Caller, digest: str) -> OutboxEntry:
        self._seen(unit, caller, digest)
        entry = find_entry(unit, digest)
        if entry is None:
            raise TransactionUnknown(digest)
        if is_terminal(entry.state):
            raise TransactionStateInvalid(entry.state, TxStatus.REJECTED.value)
        return entry

    def _seen(self, unit: UnitOfWork, caller: Caller, digest: str) -> TransactionView:
        entry, decided = find_entry(unit, digest), chain_intent(unit, digest)
        parties = _parties(entry, decided)
        day = day_of(self._desk.now_s)
        if not self._access.sees_transaction(unit, caller, parties, day=day):
            raise TransactionUnknown(digest)
        return _view(entry, decided)


def _parties(entry: OutboxEntry | None, decided: IntentRow | None) -> list[str]:
    """Return who signed: the actor, and the counterparty where the body is known."""
    if entry is None:
        return [] if decided is None else [decided.actor]
    if entry.kind not in IntentKind.__members__:
        return [entry.actor]
    kind = IntentKind[entry.kind]
    body = decode_body(kind, entry.body)
    intent = Intent(kind, entry.actor, entry.intent_nonce, entry.deadline, body)
    return list(intent.parties.values())


def _view(entry: OutboxEntry | None, decided: IntentRow | None) -> TransactionView:
    if entry is not None:
        return TransactionView(
            digest=entry.digest,
            kind=entry.kind,
            actor=entry.actor,
            state=entry.state,
            reason_code=entry.reason_code,
            reason_values=entry.reason_values,
            attempts=entry.attempts,
            tx_hash=entry.tx_hash,
            block_number=entry.block_number,
            steps=entry.steps,
        )
    assert decided is not None
    return TransactionView(
        digest=decided.digest,
        kind=decided.kind,
        actor=decided.actor,
        state=decided.state,
        reason_code=decided.reason_code,
        reason_values=decided.reason_values,
        attempts=0,
        tx_hash=decided.tx_hash,
        block_number=decided.block_number,
        steps=(),
    )
