"""Who may call the routes of catalogue."""

from __future__ import annotations

from node.api.access import INSURER, SIGNED_IN, Access

ACCESS: Access = {
    ("GET", "/v1/catalogue/items"): SIGNED_IN,
    ("PUT", "/v1/catalogue/versions/{version}"): INSURER,
}
