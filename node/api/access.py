"""Who may call which route: one table, read by one dependency and multiplied out by one test.

A route that is not in the table does not start; a role that is not in a row gets `RoleMissing`.
Whose data a caller may see inside a route is decided in the services (`NotOwner`).
"""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import APIRoute

from node.domain.roles import Role

ANYBODY: frozenset[Role] | None = None
SIGNED_IN = frozenset(Role)

_CARE = frozenset({Role.MEMBER, Role.DEPENDANT, Role.PROVIDER, Role.INSURER, Role.AUDITOR})
_MEMBER_SIDE = frozenset({Role.MEMBER, Role.DEPENDANT})
_OWN_MONEY = frozenset({Role.MEMBER, Role.DEPENDANT, Role.AUDITOR, Role.INSURER})
_ORGANISATIONS = frozenset(
    {Role.PROVIDER, Role.INSURER, Role.EMPLOYER, Role.CHANNEL, Role.OPERATOR}
)
_REGISTRARS = frozenset({Role.OPERATOR, Role.INSURER})
_PROVIDER = frozenset({Role.PROVIDER})
_INSURER = frozenset({Role.INSURER})
_EMPLOYER = frozenset({Role.EMPLOYER})

ROUTES: dict[tuple[str, str], frozenset[Role] | None] = {
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/metrics"): ANYBODY,
    ("GET", "/v1/network"): ANYBODY,
    ("GET", "/problems"): ANYBODY,
    ("GET", "/problems/{code}"): ANYBODY,
    ("GET", "/v1/me"): SIGNED_IN,
    ("GET", "/check"): ANYBODY,
    ("GET", "/check/{number}"): ANYBODY,
    ("GET", "/check/{number}/{receipt_code}"): ANYBODY,
    # members
    ("POST", "/v1/members/intents"): _REGISTRARS,
    ("POST", "/v1/members"): _REGISTRARS,
    ("GET", "/v1/members/{member_id}"): _CARE | _REGISTRARS,
    ("GET", "/v1/members/{member_id}/benefits"): _CARE,
    ("GET", "/v1/members/{member_id}/accumulators"): _CARE,
    ("GET", "/v1/members/{member_id}/family-links"): _MEMBER_SIDE | {Role.AUDITOR},
    ("POST", "/v1/members/{member_id}/family-links/intents"): _MEMBER_SIDE,
    ("POST", "/v1/members/{member_id}/family-links"): _MEMBER_SIDE,
    ("POST", "/v1/members/{member_id}/guardians/intents"): _REGISTRARS,
    ("POST", "/v1/members/{member_id}/guardians"): _REGISTRARS,
    # providers
    ("GET", "/v1/providers"): SIGNED_IN,
    ("GET", "/v1/providers/{provider_id}"): SIGNED_IN,
    ("POST", "/v1/providers/intents"): _REGISTRARS,
    ("POST", "/v1/providers"): _REGISTRARS,
    # coverages
    ("GET", "/v1/coverages"): _CARE,
    ("POST", "/v1/coverages/intents"): _INSURER,
    ("POST", "/v1/coverages"): _INSURER,
    # plans and catalogue
    ("GET", "/v1/plans"): SIGNED_IN,
    ("GET", "/v1/plans/{plan_id}/versions/{version}"): SIGNED_IN,
    ("POST", "/v1/plans/intents"): _INSURER,
    ("POST", "/v1/plans"): _INSURER,
    ("GET", "/v1/catalogue/items"): SIGNED_IN,
    ("PUT", "/v1/catalogue/versions/{version}"): _INSURER,
    # premiums
    ("POST", "/v1/premiums/lookup"): _MEMBER_SIDE | _EMPLOYER,
    ("GET", "/v1/premiums/bills"): _OWN_MONEY | _EMPLOYER,
    ("GET", "/v1/premiums/bills/{bill_id}"): _OWN_MONEY | _EMPLOYER,
    ("POST", "/v1/premiums/bills/intents"): _INSURER,
    ("POST", "/v1/premiums/bills"): _INSURER,
    ("POST", "/v1/premiums/quotes"): _MEMBER_SIDE | _EMPLOYER,
    ("POST", "/v1/premiums/payments/intents"): _MEMBER_SIDE | _EMPLOYER,
    ("POST", "/v1/premiums/payments"): _MEMBER_SIDE | _EMPLOYER,
    ("POST", "/v1/premiums/refunds/intents"): _INSURER,
    ("POST", "/v1/premiums/refunds"): _INSURER,
    ("POST", "/v1/employers/{employer_id}/declarations/intents"): _EMPLOYER,
    ("POST", "/v1/employers/{employer_id}/declarations"): _EMPLOYER,
    # visits
    ("POST", "/v1/visits"): _PROVIDER,
    ("GET", "/v1/visits/{visit_id}"): _PROVIDER | _MEMBER_SIDE,
    ("PUT", "/v1/visits/{visit_id}/diagnoses"): _PROVIDER,
    ("POST", "/v1/visits/{visit_id}/lines"): _PROVIDER,
    ("POST", "/v1/visits/{visit_id}/lines/revoke"): _PROVIDER,
    ("POST", "/v1/visits/{visit_id}/discharge"): _PROVIDER,
    ("POST", "/v1/visits/{visit_id}/cancel"): _PROVIDER,
    # claims
    ("POST", "/v1/claims/quotes"): _PROVIDER | _MEMBER_SIDE,
    ("POST", "/v1/claims/intents"): _PROVIDER,
    ("POST", "/v1/claims"): _PROVIDER,
    ("GET", "/v1/claims"): _CARE,
    ("GET", "/v1/claims/{claim_id}"): _CARE,
    ("GET", "/v1/claims/{claim_id}/lines"): _PROVIDER | _MEMBER_SIDE,
    ("GET", "/v1/claims/{claim_id}/trace"): _CARE,
    ("POST", "/v1/claims/{claim_id}/reversals/intents"): _PROVIDER | _INSURER,
    ("POST", "/v1/claims/{claim_id}/reversals"): _PROVIDER | _INSURER,
    # wallets
    ("GET", "/v1/wallets/{account_id}/balance"): _OWN_MONEY | _ORGANISATIONS,
    ("GET", "/v1/wallets/{account_id}/entries"): _OWN_MONEY | _ORGANISATIONS,
    ("POST", "/v1/wallets/{account_id}/openings/intents"): _MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/openings"): _MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/transfers/intents"): _MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/transfers"): _MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/deposits/intents"): frozenset({Role.CHANNEL}),
    ("POST", "/v1/wallets/{account_id}/deposits"): frozenset({Role.CHANNEL}),
    ("POST", "/v1/wallets/{account_id}/withdrawals/intents"): _MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/withdrawals"): _MEMBER_SIDE,
    # receipts and transactions
    ("GET", "/v1/receipts"): _OWN_MONEY | _EMPLOYER | _PROVIDER,
    ("GET", "/v1/receipts/{number}"): _OWN_MONEY | _EMPLOYER | _PROVIDER,
    ("GET", "/v1/transactions/{digest}"): SIGNED_IN,
    ("POST", "/v1/transactions/{digest}/cancellations/intents"): SIGNED_IN,
    ("POST", "/v1/transactions/{digest}/cancellations"): SIGNED_IN,
    # sandbox only
    ("POST", "/v1/sandbox/signatures"): SIGNED_IN,
}


def roles_for(method: str, path: str) -> frozenset[Role] | None:
    """Return the roles of a route, `ANYBODY` for public ones. Errors: KeyError without a row."""
    return ROUTES[method, path]


def check_table(app: FastAPI, *, exempt: frozenset[str]) -> None:
    """Refuse to start with a route that has no row. `exempt`: the documentation's own paths."""
    for route in app.routes:
        if not isinstance(route, APIRoute) or route.path in exempt:
            continue
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}:
            if (method, route.path) not in ROUTES:
                raise LookupError(f"no row in the role table for {method} {route.path}")
