"""Claims on the sandbox take over what their quote promised; anything else is `QuoteStale`."""

from __future__ import annotations

from dataclasses import replace

from node.chain.records import Decision
from node.intents.bodies import SettleClaim

QUOTE_LIFETIME_S = 900


def quoted(body: SettleClaim, decision: Decision, *, expires_at: int) -> SettleClaim:
    """Return a claim with the figures its quote promised."""
    settlement = decision.settlement
    return replace(
        body,
        expected_fund_fen=settlement.pooled_fen
        + settlement.big_illness_fen
        + settlement.aid_fen
        + settlement.supplementary_fen,
        expected_medical_fen=settlement.medical_fen,
        expected_family_fen=settlement.family_fen,
        expected_cash_fen=settlement.cash_fen,
        accumulators_hash=decision.accumulators_hash,
        quote_expires_at=expires_at,
    )
