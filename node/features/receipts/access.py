"""Who may call the routes of receipts."""

from __future__ import annotations

from node.api.access import ANYBODY, EMPLOYER, OWN_MONEY, PROVIDER, Access

ACCESS: Access = {
    ("GET", "/check"): ANYBODY,
    ("GET", "/check/{number}"): ANYBODY,
    ("GET", "/check/{number}/{receipt_code}"): ANYBODY,
    ("GET", "/v1/receipts"): OWN_MONEY | EMPLOYER | PROVIDER,
    ("GET", "/v1/receipts/{number}"): OWN_MONEY | EMPLOYER | PROVIDER,
}
