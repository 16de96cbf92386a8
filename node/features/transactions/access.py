"""Who may call the routes of transactions."""

from __future__ import annotations

from node.api.access import SIGNED_IN, Access

ACCESS: Access = {
    ("GET", "/v1/transactions/{digest}"): SIGNED_IN,
    ("POST", "/v1/transactions/{digest}/cancellations/intents"): SIGNED_IN,
    ("POST", "/v1/transactions/{digest}/cancellations"): SIGNED_IN,
}
