"""Who may call the routes of plans."""

from __future__ import annotations

from node.api.access import INSURER, SIGNED_IN, Access

ACCESS: Access = {
    ("GET", "/v1/plans"): SIGNED_IN,
    ("GET", "/v1/plans/{plan_id}/versions/{version}"): SIGNED_IN,
    ("POST", "/v1/plans/intents"): INSURER,
    ("POST", "/v1/plans"): INSURER,
}
