"""ClaimSettlement and ClaimRegistry: claims with their evidence, accumulators, provider debt."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from node.chain.abi.layouts import RecordLayout
from node.chain.abi.records import ReversalEvidence, YearWords
from node.chain.events import (
    ClaimAdjudicated,
    ClaimCancelled,
    ClaimExpired,
    ClaimReplaced,
    ClaimReversed,
    ClaimSettled,
    ClaimSubmitted,
    Event,
    ProviderDebtSet,
)
from node.db.models.claims import Claim, ClaimStep, MemberYear, ProviderDebt
from node.domain.claims import ClaimState
from node.domain.ids import NO_ACCOUNT, NO_HASH
from node.domain.kinds import CashMode
from node.indexer.projection import Handler, Place, Projection
from node.indexer.projectors.receipts import issue_receipt, void_receipt
from node.outbox import sweeps
from node.outbox.marks import Outcome

EVIDENCE = RecordLayout(ReversalEvidence)


def submitted(projection: Projection, event: ClaimSubmitted, place: Place) -> None:
    """A provider filed a claim; in counter payment the settlement follows at once."""
    projection.changes.put(
        Claim,
        {
            "claim_id": event.claim_id,
            "digest": event.digest,
            "position": place.position,
            "state": ClaimState.SUBMITTED.name,
            "provider": event.provider,
            "member": event.member,
            "submitted_at": place.timestamp,
            "block_number": place.block_number,
        },
    )
    _step(projection, event.claim_id, ClaimState.SUBMITTED, place)


def adjudicated(projection: Projection, event: ClaimAdjudicated, place: Place) -> None:
    """A claim was decided and waits for the member; holds stand on every payer."""
    _decide(projection, event, ClaimState.ADJUDICATED, place)
    projection.changes.patch(Claim, (event.claim_id,), expires_at=event.expires_at)


def settled(projection: Projection, event: ClaimSettled, place: Place) -> None:
    """A claim was paid: the accumulators of the year move on."""
    evidence = event.evidence
    row = _decide(projection, event, ClaimState.SETTLED, place)
    number = issue_receipt(
        projection,
        place,
        kind="CLAIM",
        digest=event.digest,
        subject=event.claim_id,
        account=evidence.member,
        amount_fen=row["total_fen"],
    )
    projection.changes.patch(
        Claim, (event.claim_id,), settled_at=place.timestamp, receipt_number=number
    )
    _put_year(projection, evidence, evidence.afterwards, last=event.claim_id, place=place)


def replaced(projection: Projection, event: ClaimReplaced, place: Place) -> None:
    """A claim is the corrected form of a reversed one."""
    projection.changes.patch(Claim, (event.claim_id,), replaces=event.replaced)


def cancelled(projection: Projection, event: ClaimCancelled, place: Place) -> None:
    """The submitter withdrew it before confirmation."""
    _end(projection, event.claim_id, ClaimState.CANCELLED, place)


def expired(projection: Projection, event: ClaimExpired, place: Place) -> None:
    """Nobody confirmed in time; the sweep that said so, if any of ours, is done."""
    row = _end(projection, event.claim_id, ClaimState.EXPIRED, place)
    sweep = sweeps.expire_claim(
        target=NO_ACCOUNT, claim_id=event.claim_id, expires_at=row["expires_at"]
    )
    projection.outcomes.final.append(Outcome(sweep.digest, place.block_number, place.tx_hash))


def reversed_(projection: Projection, event: ClaimReversed, place: Place) -> None:
    """A settled claim was undone: the year is as it was before, the receipt is void."""
    row = projection.changes.find(Claim, event.claim_id)
    evidence = EVIDENCE.unpack(row["evidence"])
    number = issue_receipt(
        projection,
        place,
        kind="CLAIM_REVERSAL",
        digest=event.digest,
        subject=event.claim_id,
        account=row["member"],
        amount_fen=-row["total_fen"],
        voids=row["receipt_number"],
    )
    void_receipt(projection, row["receipt_number"], voided_by=number)
    _end(projection, event.claim_id, ClaimState.REVERSED, place)
    projection.changes.patch(
        Claim,
        (event.claim_id,),
        reversal_digest=event.digest,
        reversal_reason=event.reason_code,
        shortfall_fen=event.shortfall_fen,
    )
    last = None if evidence.previous_claim == NO_HASH else evidence.previous_claim
    _put_year(projection, evidence, evidence.before, last=last, place=place)


def debt_set(projection: Projection, event: ProviderDebtSet, place: Place) -> None:
    """What a provider owes an insurer is now this."""
    projection.changes.put(
        ProviderDebt,
        {
            "provider": event.provider,
            "insurer": event.insurer,
            "debt_fen": event.debt_fen,
            "block_number": place.block_number,
        },
    )


def _decide(
    projection: Projection,
    event: ClaimAdjudicated | ClaimSettled,
    state: ClaimState,
    place: Place,
) -> dict[str, Any]:
    evidence, terms = event.evidence, event.evidence.claim_terms()
    if projection.changes.get(Claim, event.claim_id) is None:
        _start(projection, event, place)
    elif state is ClaimState.ADJUDICATED:
        # A number may be used again after a claim ended; the newest intent names it.
        projection.changes.patch(Claim, (event.claim_id,), digest=event.digest)
    _step(projection, event.claim_id, state, place)
    return projection.changes.patch(
        Claim,
        (event.claim_id,),
        **asdict(evidence.settlement()),
        state=state.name,
        insurer=evidence.insurer,
        supplementary_payer=_or_none(evidence.supplementary_payer),
        family_holder=_or_none(evidence.family_holder),
        region=terms.region,
        scheme=terms.scheme.name,
        plan_id=evidence.plan_id,
        plan_version=terms.plan_version,
        year=terms.year,
        cash_at_counter=terms.cash_mode is CashMode.COUNTER,
        previous_claim=None if evidence.previous_claim == NO_HASH else evidence.previous_claim,
        trace_hash=evidence.trace_hash,
        evidence=EVIDENCE.pack(evidence),
        block_number=place.block_number,
    )


def _start(projection: Projection, event: ClaimAdjudicated | ClaimSettled, place: Place) -> None:
    """Counter payment says nothing but the settlement: submission and decision are one."""
    projection.changes.put(
        Claim,
        {
            "claim_id": event.claim_id,
            "digest": event.digest,
            "position": place.position,
            "state": ClaimState.SUBMITTED.name,
            "provider": event.evidence.provider,
            "member": event.evidence.member,
            "submitted_at": place.timestamp,
            "block_number": place.block_number,
        },
    )


def _end(projection: Projection, claim_id: str, state: ClaimState, place: Place) -> dict[str, Any]:
    _step(projection, claim_id, state, place)
    return projection.changes.patch(
        Claim, (claim_id,), state=state.name, block_number=place.block_number
    )


def _step(projection: Projection, claim_id: str, state: ClaimState, place: Place) -> None:
    projection.changes.add(
        ClaimStep,
        {
            "claim_id": claim_id,
            "position": place.position,
            "state": state.name,
            "timestamp": place.timestamp,
            "block_number": place.block_number,
        },
    )


def _put_year(
    projection: Projection,
    evidence: ReversalEvidence,
    words: YearWords,
    *,
    last: str | None,
    place: Place,
) -> None:
    year = words.accumulators()
    projection.changes.put(
        MemberYear,
        {
            "member": evidence.member,
            "year": evidence.claim_terms().year,
            "deductible_used_e4": list(year.deductible_used_e4),
            "in_bands_e4": list(year.in_bands_e4),
            "fund_paid_fen": list(year.fund_paid_fen),
            "compliant_self_pay_fen": year.compliant_self_pay_fen,
            "aid_paid_fen": year.aid_paid_fen,
            "stays": year.stays,
            "last_claim": last,
            "block_number": place.block_number,
        },
    )


def _or_none(account: str) -> str | None:
    return None if account == NO_ACCOUNT else account


HANDLERS: dict[type[Event], Handler] = {
    ClaimSubmitted: submitted,
    ClaimAdjudicated: adjudicated,
    ClaimSettled: settled,
    ClaimReplaced: replaced,
    ClaimCancelled: cancelled,
    ClaimExpired: expired,
    ClaimReversed: reversed_,
    ProviderDebtSet: debt_set,
}
