"""Who may call the routes of coverages."""

from __future__ import annotations

from node.api.access import CARE, INSURER, Access

ACCESS: Access = {
    ("GET", "/v1/coverages"): CARE,
    ("POST", "/v1/coverages/intents"): INSURER,
    ("POST", "/v1/coverages"): INSURER,
}
