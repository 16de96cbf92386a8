"""Who may call the routes of health."""

from __future__ import annotations

from node.api.access import ANYBODY, Access

ACCESS: Access = {
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/metrics"): ANYBODY,
    ("GET", "/v1/network"): ANYBODY,
}
