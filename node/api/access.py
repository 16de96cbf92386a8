"""Who may call which route: the groups of roles that the tables of the features are written in.

Every feature has its own table (`features/<noun>/access.py`); a route without a row does not start,
and a role that is not in the row gets `RoleMissing`. Whose data a caller may see inside a route is
decided in the services (`NotOwner`).
"""

from __future__ import annotations

from collections.abc import Mapping

from node.domain.roles import Role

Allowed = frozenset[Role] | None
Access = Mapping[tuple[str, str], Allowed]
"""Method and path of a route → who may call it."""

ANYBODY: Allowed = None
SIGNED_IN = frozenset(Role)
CARE = frozenset({Role.MEMBER, Role.DEPENDANT, Role.PROVIDER, Role.INSURER, Role.AUDITOR})
MEMBER_SIDE = frozenset({Role.MEMBER, Role.DEPENDANT})
OWN_MONEY = frozenset({Role.MEMBER, Role.DEPENDANT, Role.AUDITOR, Role.INSURER})
ORGANISATIONS = frozenset({Role.PROVIDER, Role.INSURER, Role.EMPLOYER, Role.CHANNEL, Role.OPERATOR})
REGISTRARS = frozenset({Role.OPERATOR, Role.INSURER})
PROVIDER = frozenset({Role.PROVIDER})
INSURER = frozenset({Role.INSURER})
EMPLOYER = frozenset({Role.EMPLOYER})
CHANNEL = frozenset({Role.CHANNEL})
