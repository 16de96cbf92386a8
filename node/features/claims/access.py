"""Who may call the routes of claims."""

from __future__ import annotations

from node.api.access import CARE, INSURER, MEMBER_SIDE, PROVIDER, Access

ACCESS: Access = {
    ("POST", "/v1/claims/quotes"): PROVIDER | MEMBER_SIDE,
    ("POST", "/v1/claims/intents"): PROVIDER,
    ("POST", "/v1/claims"): PROVIDER,
    ("GET", "/v1/claims"): CARE,
    ("GET", "/v1/claims/{claim_id}"): CARE,
    ("GET", "/v1/claims/{claim_id}/lines"): PROVIDER | MEMBER_SIDE,
    ("GET", "/v1/claims/{claim_id}/trace"): CARE,
    ("POST", "/v1/claims/{claim_id}/reversals/intents"): PROVIDER | INSURER,
    ("POST", "/v1/claims/{claim_id}/reversals"): PROVIDER | INSURER,
}
