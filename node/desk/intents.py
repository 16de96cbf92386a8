"""The desk every signed instruction passes: prepare it for signing, accept it exactly once.

What is shown to the signer is generated from what is signed (M03): `prepare` returns the typed data
of the very intent that `submit` takes back. Accepting writes the outbox row and the idempotency row
in one unit of work; everything after that is the relayer's and the indexer's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

import orjson

from node.db.hot import OutboxStatus
from node.db.unit_of_work import Database, UnitOfWork
from node.desk.callers import Caller, require_may_sign
from node.desk.clock import Clock
from node.desk.halts import HaltRule
from node.domain.days import day_of
from node.domain.errors import (
    MalformedBody,
    SignatureInvalid,
    SignatureMissing,
    SignerFrozen,
)
from node.domain.said import said
from node.intents.bodies import IntentBody
from node.intents.encoding import encode_body
from node.intents.messages import Intent, IntentKind, Signature, SignedIntent
from node.intents.typed_data import Domain, digest, typed_data_json
from node.intents.verify import require_deadline, require_signatures, signer_key
from node.intents.wire import intent_to_json
from node.outbox.answers import ToldAnswers
from node.outbox.items import item_of
from node.outbox.keys import (
    KeyOwner,
    StoredAnswer,
    find_answer,
    store_answer,
    take_key,
)
from node.outbox.queue import enqueue, take_intent_nonce
from node.outbox.states import is_terminal
from node.outbox.waiters import Waiters
from node.readmodels import network, signers

NO_HALTS = HaltRule()
ACCEPTED = 202
DONE = 200
Step = Callable[[UnitOfWork], None]
"""What a noun adds to the unit of work: a check before, a row of its own after."""

INTENT_LIFETIME_S = 25 * 60
"""Quote lifetime (15 min) plus the 10 minutes in which an expired quote is refused on chain."""
LONGEST_DEADLINE_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class PreparedIntent:
    """An intent ready for signing: its wire form, the typed data to sign, and its digest."""

    intent: dict[str, Any]
    typed_data: dict[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a submission. `replayed` = given before for the same key or digest."""

    digest: str
    status: int
    answer: dict[str, Any]
    replayed: bool


@dataclass(frozen=True, slots=True)
class Submission:
    """What a client hands in: the signed intent, its idempotency key and the hash of the body."""

    signed: SignedIntent
    owner: KeyOwner
    body_hash: str


class IntentDesk:
    """Prepares and accepts intents of every kind. One per gateway; `nonce_space` is its own."""

    def __init__(
        self,
        database: Database,
        *,
        domain: Domain,
        nonce_space: int,
        waiters: Waiters,
        clock: Clock,
        on_accepted: Callable[[], None] = lambda: None,
        halts: HaltRule = NO_HALTS,
    ) -> None:
        self._database = database
        self._domain = domain
        self.nonce_space = nonce_space
        self._waiters = waiters
        self._told = ToldAnswers(database)
        self._clock, self._halts = clock, halts
        self.notice = on_accepted

    @property
    def now_s(self) -> int:
        """Chain time in Unix seconds."""
        return self._clock.network_s()

    @property
    def domain(self) -> Domain:
        """Where signatures over prepared intents are valid."""
        return self._domain

    async def prepare(
        self,
        caller: Caller,
        *,
        kind: IntentKind,
        actor: str,
        body: IntentBody,
        check: Step | None = None,
    ) -> PreparedIntent:
        """Give the next nonce of the actor to `body` and return what is to be signed.

        `check` may refuse first, in the same unit of work. Nothing is stored but the counter, so an
        intent that is never signed costs one nonce. Errors: NotOwner, MalformedBody, those of
        `check`.
        """
        now_s = self.now_s
        # A body that cannot be encoded is refused before it costs a nonce.
        encode_body(kind, body)

        def take(unit: UnitOfWork) -> int:
            require_may_sign(unit, caller, actor=actor, day=day_of(now_s))
            if check is not None:
                check(unit)
            return take_intent_nonce(unit, actor=actor, space=self.nonce_space)

        nonce = await self._database.write(take)
        return self.show(Intent(kind, actor, nonce, now_s + INTENT_LIFETIME_S, body))

    def show(self, intent: Intent) -> PreparedIntent:
        """Return wire form, typed data and digest of an intent. Errors: MalformedBody."""
        return PreparedIntent(
            intent=intent_to_json(intent),
            typed_data=typed_data_json(intent, self._domain),
            digest=digest(intent, self._domain),
        )

    async def submit(
        self,
        caller: Caller,
        submission: Submission,
        *,
        allowed: Collection[IntentKind],
        record: Step | None = None,
    ) -> Accepted:
        """Accept a signed intent: one outbox row, one idempotency row, or neither.

        `record` adds rows of a noun in the same unit of work. The same key and body get the first
        answer; a new key with a known digest gets the existing transaction. Errors: MalformedBody
        (kind of another route), NotOwner, SignatureExpired, SignatureInvalid, SignerFrozen,
        NonceUsed, IdempotencyKeyReused, RequestInProgress, ChainLagging, those of `record`.
        """
        intent = submission.signed.intent
        if intent.kind not in allowed:
            words = ", ".join(kind.name for kind in allowed)
            reason = said(
                "{kind} is not taken here, only {words}", kind=intent.kind.name, words=words
            )
            raise MalformedBody(reason, field="/intent/kind")
        intent_digest = digest(intent, self._domain)

        def accept(unit: UnitOfWork) -> Accepted:
            take_key(unit, submission.owner)
            known = find_answer(unit, submission.owner, body_hash=submission.body_hash)
            if known is not None:
                return _replay(known)
            self.require_open(unit)
            self.require_signed(unit, caller, submission.signed, intent_digest)
            accepted = self._store(unit, submission, intent_digest)
            if record is not None and not accepted.replayed:
                record(unit)
            unit.after_commit(self.notice)
            return accepted

        return await self._database.write(accept, quick=True)

    async def wait(self, intent_digest: str, *, timeout_s: float) -> OutboxStatus | None:
        """Return the status of a digest once it is terminal, or as it is after the timeout."""
        return await self._waiters.wait_terminal(self._database, intent_digest, timeout_s=timeout_s)

    async def finish(
        self, submission: Submission, accepted: Accepted, *, timeout_s: float
    ) -> Accepted:
        """Wait for the end of an accepted intent and return it as the answer, also to replays.

        After the timeout the answer stays what it was: nothing is known then.
        """
        if accepted.status == DONE:
            return accepted
        status = await self.wait(accepted.digest, timeout_s=timeout_s)
        if status is None or not is_terminal(status.state):
            return accepted
        answer = accepted.answer | status_fields(status)
        await self._told.keep(submission.owner, status=DONE, response=orjson.dumps(answer))
        return replace(accepted, status=DONE, answer=answer)

    def require_open(self, unit: UnitOfWork) -> None:
        """Make sure that new intents are taken now. Errors: ChainLagging while the chain halts."""
        if self._halts.refuses and (head := network.final_head(unit)) is not None:
            self._halts.require_open(head.timestamp, now_s=self.now_s)

    def require_signed(
        self, unit: UnitOfWork, caller: Caller, signed: SignedIntent, intent_digest: str
    ) -> None:
        """Make sure that the caller may hand an intent in and that who must sign has signed.

        Errors: NotOwner, SignatureExpired, MalformedBody, SignatureMissing, SignatureInvalid,
        SignerFrozen.
        """
        now_s = self._moment(unit)
        intent = signed.intent
        require_may_sign(unit, caller, actor=intent.actor, day=day_of(now_s))
        require_deadline(intent, now_s)
        if intent.deadline > now_s + LONGEST_DEADLINE_S:
            raise MalformedBody("a deadline is at most a day away", field="/intent/deadline")
        wanted = list(intent.parties.values())
        if len(signed.signatures) < len(wanted):
            raise _missing(unit, signed, now_s=now_s)
        require_signatures(intent, signed.signatures)
        for place, (owner, signature) in enumerate(zip(wanted, signed.signatures, strict=True)):
            field = f"/signatures/{place}"
            _require_signer_of(unit, owner=owner, signature=signature, now_s=now_s, field=field)
            _require_key(unit, signature, intent_digest, now_s=now_s, field=field)

    def _moment(self, unit: UnitOfWork) -> int:
        """Return chain time, never before the last final block: a key that it made is valid."""
        head = network.final_head(unit)
        return max(self.now_s, 0 if head is None else head.timestamp)

    def _store(self, unit: UnitOfWork, submission: Submission, intent_digest: str) -> Accepted:
        now_ms = self._clock.now_ms()
        row = enqueue(unit, item_of(submission.signed, intent_digest), now_ms=now_ms)
        answer = {
            "digest": row.digest,
            "state": row.state,
            "href": f"/v1/transactions/{row.digest}",
        }
        stored = StoredAnswer(ACCEPTED, orjson.dumps(answer), row.digest)
        store_answer(
            unit, submission.owner, body_hash=submission.body_hash, answer=stored, now_ms=now_ms
        )
        return Accepted(row.digest, ACCEPTED, answer, replayed=not row.is_new)


def _require_signer_of(
    unit: UnitOfWork, *, owner: str, signature: Signature, now_s: int, field: str
) -> None:
    """Make sure the signature's account is the owner or its guardian. Errors: SignatureInvalid."""
    if not _speaks_for(unit, owner, signature=signature, now_s=now_s):
        raise SignatureInvalid(field=f"{field}/account")


def _speaks_for(unit: UnitOfWork, owner: str, *, signature: Signature, now_s: int) -> bool:
    """Tell whether the signature's account is the owner or its guardian."""
    account = signature.account
    return account == owner or signers.is_guardian(
        unit, member=owner, guardian=account, day=day_of(now_s)
    )


def _missing(unit: UnitOfWork, signed: SignedIntent, *, now_s: int) -> SignatureMissing:
    """Return the refusal that names the first party who has not signed."""
    left = list(signed.signatures)
    for party, owner in signed.intent.parties.items():
        own = (one for one in left if _speaks_for(unit, owner, signature=one, now_s=now_s))
        if (found := next(own, None)) is None:
            return SignatureMissing(owner, party, field="/signatures")
        # A guardian who is a party too has to sign twice: each signature stands for one party.
        left.remove(found)
    raise AssertionError("there are fewer signatures than parties")


def _require_key(
    unit: UnitOfWork, signature: Signature, intent_digest: str, *, now_s: int, field: str
) -> None:
    """Make sure an active key of the account made the signature.

    Errors: SignatureInvalid, SignerFrozen.
    """
    try:
        key = signer_key(intent_digest, signature)
    except SignatureInvalid:
        raise SignatureInvalid(field=f"{field}/data") from None
    row = signers.signer_of(unit, account=signature.account, key=key)
    if row is None or row.kind is not signature.kind or not row.is_valid_at(now_s):
        raise SignatureInvalid(field=f"{field}/data")
    if row.frozen:
        raise SignerFrozen(signature.account, field=field)


def _replay(known: StoredAnswer) -> Accepted:
    answer = orjson.loads(known.response or b"{}")
    return Accepted(str(known.digest), known.status or ACCEPTED, answer, replayed=True)


def status_fields(status: OutboxStatus) -> dict[str, Any]:
    """Return what an answer says of a status: where it was mined, or why it was refused."""
    fields: dict[str, Any] = {"state": status.state}
    if status.tx_hash is not None:
        fields |= {"tx_hash": status.tx_hash, "block_number": status.block_number}
    if status.reason_code is not None:
        fields["reason"] = {"code": status.reason_code, "values": status.reason_values or {}}
    return fields
