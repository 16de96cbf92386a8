"""Who may call the routes of providers."""

from __future__ import annotations

from node.api.access import REGISTRARS, SIGNED_IN, Access

ACCESS: Access = {
    ("GET", "/v1/providers"): SIGNED_IN,
    ("GET", "/v1/providers/{provider_id}"): SIGNED_IN,
    ("POST", "/v1/providers/intents"): REGISTRARS,
    ("POST", "/v1/providers"): REGISTRARS,
}
