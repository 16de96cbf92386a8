"""Who may call the routes of visits."""

from __future__ import annotations

from node.api.access import MEMBER_SIDE, PROVIDER, Access

ACCESS: Access = {
    ("POST", "/v1/visits"): PROVIDER,
    ("GET", "/v1/visits/{visit_id}"): PROVIDER | MEMBER_SIDE,
    ("PUT", "/v1/visits/{visit_id}/diagnoses"): PROVIDER,
    ("POST", "/v1/visits/{visit_id}/lines"): PROVIDER,
    ("POST", "/v1/visits/{visit_id}/lines/revoke"): PROVIDER,
    ("POST", "/v1/visits/{visit_id}/discharge"): PROVIDER,
    ("POST", "/v1/visits/{visit_id}/cancel"): PROVIDER,
}
