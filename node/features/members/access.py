"""Who may call the routes of members."""

from __future__ import annotations

from node.api.access import CARE, MEMBER_SIDE, REGISTRARS, Access
from node.domain.roles import Role

ACCESS: Access = {
    ("POST", "/v1/members/intents"): REGISTRARS,
    ("POST", "/v1/members"): REGISTRARS,
    ("GET", "/v1/members/{member_id}"): CARE | REGISTRARS,
    ("GET", "/v1/members/{member_id}/benefits"): CARE,
    ("GET", "/v1/members/{member_id}/accumulators"): CARE,
    ("GET", "/v1/members/{member_id}/family-links"): MEMBER_SIDE | {Role.AUDITOR},
    ("POST", "/v1/members/{member_id}/family-links/intents"): MEMBER_SIDE,
    ("POST", "/v1/members/{member_id}/family-links"): MEMBER_SIDE,
    ("POST", "/v1/members/{member_id}/guardians/intents"): REGISTRARS,
    ("POST", "/v1/members/{member_id}/guardians"): REGISTRARS,
}
