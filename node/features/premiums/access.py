"""Who may call the routes of premiums."""

from __future__ import annotations

from node.api.access import EMPLOYER, INSURER, MEMBER_SIDE, OWN_MONEY, Access

ACCESS: Access = {
    ("POST", "/v1/premiums/lookup"): MEMBER_SIDE | EMPLOYER,
    ("GET", "/v1/premiums/bills"): OWN_MONEY | EMPLOYER,
    ("GET", "/v1/premiums/bills/{bill_id}"): OWN_MONEY | EMPLOYER,
    ("POST", "/v1/premiums/bills/intents"): INSURER,
    ("POST", "/v1/premiums/bills"): INSURER,
    ("POST", "/v1/premiums/quotes"): MEMBER_SIDE | EMPLOYER,
    ("POST", "/v1/premiums/payments/intents"): MEMBER_SIDE | EMPLOYER,
    ("POST", "/v1/premiums/payments"): MEMBER_SIDE | EMPLOYER,
    ("POST", "/v1/premiums/refunds/intents"): INSURER,
    ("POST", "/v1/premiums/refunds"): INSURER,
}
