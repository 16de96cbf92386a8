"""Transactions: where an intent is and was, and its cancellation."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from fastapi.responses import Response

from node.api.deps import CallerDep, service
from node.api.idempotency import Money
from node.api.languages import LanguageDep
from node.api.pairs import MoneyRouter
from node.api.refusals import shown_refusal, step_text
from node.api.schemas.base import HashPath
from node.api.schemas.intents import Reason
from node.api.tags import IfNoneMatch, tagged_model
from node.desk.intents import PreparedIntent, Step
from node.domain.language import Language
from node.features.transactions.access import ACCESS
from node.features.transactions.schemas import HistoryStepOut, TransactionOut
from node.features.transactions.service import TransactionsService, TransactionView
from node.intents.messages import IntentKind

router = MoneyRouter("/v1/transactions", tag="transactions", access=ACCESS)
TransactionsDep = Annotated[TransactionsService, Depends(service(TransactionsService))]


@router.get(
    "/{digest}",
    operation_id="readTransaction",
    summary="Follow an intent",
    response_model=TransactionOut,
)
async def transaction(
    digest: HashPath,
    *,
    caller: CallerDep,
    transactions: TransactionsDep,
    language: LanguageDep,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Return the state of an intent and its history: times, attempts, hashes (P56)."""
    found = await transactions.find(caller, digest)
    return tagged_model(_shown(found, language), known=if_none_match, language=language)


@router.prepare(
    "/{digest}/cancellations", "prepareCancellation", "Prepare the cancellation of an intent"
)
async def prepare_cancellation(
    digest: HashPath, caller: CallerDep, transactions: TransactionsDep
) -> PreparedIntent:
    """Prepare the burning of an open intent's nonce."""
    return await transactions.prepare_cancellation(caller, digest=digest)


@router.submit(
    "/{digest}/cancellations",
    "cancelTransaction",
    "Cancel an intent",
    kinds=(IntentKind.CANCEL_INTENT,),
)
async def cancel(digest: HashPath, money: Money, transactions: TransactionsDep) -> Step:
    """Hand in a signed cancellation; an intent that was never sent ends at once."""
    return transactions.cancellation_step(money.caller, money.submission, digest=digest)


def _shown(found: TransactionView, language: Language) -> TransactionOut:
    reason = None
    if found.reason_code is not None:
        refusal = shown_refusal(found.reason_code, found.reason_values or {}, language)
        reason = Reason(**refusal)
    return TransactionOut(
        digest=found.digest,
        kind=found.kind,
        actor_id=found.actor,
        state=found.state,
        reason=reason,
        attempts=found.attempts,
        tx_hash=found.tx_hash,
        block_number=found.block_number,
        history=[
            HistoryStepOut(
                event=step.event,
                at_ms=step.at_ms,
                attempts=step.attempts,
                tx_hash=step.tx_hash,
                reason=step.reason_code,
                reason_text=step_text(step.reason_code, language),
            )
            for step in found.steps
        ],
    )
