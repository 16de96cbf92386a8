"""Claims before and after their quote: what a provider states, and what the contract promised.

A claim is first written with zeros where the quote's figures go, quoted by the contract, then
filled with what the quote promised; anything else at settlement is `QuoteStale`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from node.domain.adjudication.settlement import Settlement
from node.domain.ids import NO_ACCOUNT, NO_HASH
from node.domain.kinds import CashMode
from node.intents.bodies import ClaimLine, SettleClaim


def unquoted_claim(
    *,
    member: str,
    claim_number_hash: str,
    plan_id: str,
    plan_version: int,
    scheme: int,
    coverage_start: int,
    service_start: int,
    service_end: int,
    cash_mode: CashMode,
    lines: Sequence[ClaimLine],
    family_holder: str = NO_ACCOUNT,
    replaces: str = NO_HASH,
) -> SettleClaim:
    """Return a claim as it is quoted: its total is that of its lines, nothing is promised yet."""
    return SettleClaim(
        member=member,
        claim_number_hash=claim_number_hash,
        plan_id=plan_id,
        plan_version=plan_version,
        scheme=scheme,
        coverage_start=coverage_start,
        service_start=service_start,
        service_end=service_end,
        family_holder=family_holder,
        cash_mode=cash_mode,
        total_fen=sum(line.gross_fen for line in lines),
        expected_fund_fen=0,
        expected_medical_fen=0,
        expected_family_fen=0,
        expected_cash_fen=0,
        accumulators_hash=NO_HASH,
        quote_expires_at=0,
        replaces=replaces,
        lines=tuple(lines),
    )


def promised_claim(
    body: SettleClaim, settlement: Settlement, *, accumulators_hash: str, expires_at: int
) -> SettleClaim:
    """Return a claim with the figures of its quote, good until a second."""
    return replace(
        body,
        expected_fund_fen=settlement.fund_fen,
        expected_medical_fen=settlement.medical_fen,
        expected_family_fen=settlement.family_fen,
        expected_cash_fen=settlement.cash_fen,
        accumulators_hash=accumulators_hash,
        quote_expires_at=expires_at,
    )
