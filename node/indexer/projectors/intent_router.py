"""IntentRouter: what became of each intent, for the outbox and for everybody (P53, M02).

A digest's state is its one IntentExecuted or IntentRefused. A skip is never a state by itself:
expired → rejected; nonce used → the digest's own state, or refused if it has none; bad signature →
shown, and rejected once final time passes the deadline; paused → queued again.
"""

from __future__ import annotations

from typing import Any

from node.chain.events import (
    Event,
    IntentCancelled,
    IntentExecuted,
    IntentRefused,
    IntentSkipped,
)
from node.chain.rpc.errors import decode_revert, error_name
from node.db.models.chain import CancelledNonce, ChainIntent
from node.domain.ids import NO_HASH
from node.domain.transactions import RejectionReason, TxStatus
from node.indexer.projection import Handler, Place, Projection
from node.outbox.marks import Outcome
from node.wire.hexadecimal import from_hex

LARGEST_JSON_INTEGER = 2**53 - 1


def executed(projection: Projection, event: IntentExecuted, place: Place) -> None:
    """An intent took effect."""
    _store(projection, event, place, outcome=None)
    projection.outcomes.final.append(_outcome(event.digest, place))


def refused(projection: Projection, event: IntentRefused, place: Place) -> None:
    """An intent failed its rules and can never succeed."""
    error = decode_revert(event.reason)
    outcome = _outcome(event.digest, place, code=error.code, values=json_values(error.values()))
    _store(projection, event, place, outcome=outcome)
    projection.outcomes.refused.append(outcome)


def skipped(projection: Projection, event: IntentSkipped, place: Place) -> None:
    """An item executed nothing."""
    if event.digest == NO_HASH:
        return
    outcomes, code = projection.outcomes, error_name(from_hex(event.reason))
    if code == "NonceUsed":
        _nonce_used(projection, event, place)
    elif code == "SignatureExpired":
        reason = RejectionReason.DEADLINE_PASSED.value
        outcomes.rejected.append(_outcome(event.digest, place, code=reason))
    elif code == "Paused":
        outcomes.postponed.append(_outcome(event.digest, place, code=code))
    else:
        outcomes.noted.append(_outcome(event.digest, place, code=code))


def cancelled(projection: Projection, event: IntentCancelled, place: Place) -> None:
    """An actor burnt the nonce of an intent that was never executed."""
    projection.changes.put(
        CancelledNonce,
        {
            "actor": event.actor,
            "intent_nonce": event.intent_nonce,
            "block_number": place.block_number,
        },
    )
    projection.outcomes.cancelled.append((event.actor, event.intent_nonce))


def json_values(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of an error as JSON can carry them: large numbers as text."""
    return {name: _json_value(value) for name, value in values.items()}


def _json_value(value: Any) -> Any:
    if isinstance(value, dict):
        return json_values(value)
    if isinstance(value, int) and abs(value) > LARGEST_JSON_INTEGER:
        return str(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)


def _nonce_used(projection: Projection, event: IntentSkipped, place: Place) -> None:
    known = projection.changes.get(ChainIntent, event.digest)
    outcomes = projection.outcomes
    if known is None:
        values = {"actor": event.actor}
        outcomes.refused.append(_outcome(event.digest, place, code="NonceUsed", values=values))
        return
    outcome = Outcome(
        digest=event.digest,
        block_number=known["block_number"],
        tx_hash=known["tx_hash"],
        reason_code=known["reason_code"],
        reason_values=known["reason_values"],
    )
    executed_before = known["state"] == TxStatus.FINAL.value
    (outcomes.final if executed_before else outcomes.refused).append(outcome)


def _outcome(
    digest: str, place: Place, *, code: str | None = None, values: dict[str, Any] | None = None
) -> Outcome:
    return Outcome(digest, place.block_number, place.tx_hash, code, values)


def _store(
    projection: Projection,
    event: IntentExecuted | IntentRefused,
    place: Place,
    *,
    outcome: Outcome | None,
) -> None:
    state = TxStatus.FINAL if outcome is None else TxStatus.REFUSED
    projection.changes.put(
        ChainIntent,
        {
            "digest": event.digest,
            "actor": event.actor,
            "kind": event.kind.name,
            "state": state.value,
            "reason_code": None if outcome is None else outcome.reason_code,
            "reason_values": None if outcome is None else outcome.reason_values,
            "block_number": place.block_number,
            "log_index": place.log_index,
            "tx_hash": place.tx_hash,
            "timestamp": place.timestamp,
        },
    )


HANDLERS: dict[type[Event], Handler] = {
    IntentExecuted: executed,
    IntentRefused: refused,
    IntentSkipped: skipped,
    IntentCancelled: cancelled,
}
