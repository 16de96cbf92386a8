"""Who may call the routes of declarations."""

from __future__ import annotations

from node.api.access import EMPLOYER, Access

ACCESS: Access = {
    ("POST", "/v1/employers/{employer_id}/declarations/intents"): EMPLOYER,
    ("POST", "/v1/employers/{employer_id}/declarations"): EMPLOYER,
}
