"""Who may call the routes of sandbox."""

from __future__ import annotations

from node.api.access import SIGNED_IN, Access

ACCESS: Access = {
    ("POST", "/v1/sandbox/signatures"): SIGNED_IN,
}
