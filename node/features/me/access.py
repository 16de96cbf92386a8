"""Who may call the routes of me."""

from __future__ import annotations

from node.api.access import SIGNED_IN, Access

ACCESS: Access = {
    ("GET", "/v1/me"): SIGNED_IN,
}
