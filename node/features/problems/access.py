"""Who may call the routes of problems."""

from __future__ import annotations

from node.api.access import ANYBODY, Access

ACCESS: Access = {
    ("GET", "/problems"): ANYBODY,
    ("GET", "/problems/{code}"): ANYBODY,
}
