"""Who may call the routes of wallets."""

from __future__ import annotations

from node.api.access import CHANNEL, MEMBER_SIDE, ORGANISATIONS, OWN_MONEY, Access

ACCESS: Access = {
    ("GET", "/v1/wallets/{account_id}/balance"): OWN_MONEY | ORGANISATIONS,
    ("GET", "/v1/wallets/{account_id}/entries"): OWN_MONEY | ORGANISATIONS,
    ("POST", "/v1/wallets/{account_id}/openings/intents"): MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/openings"): MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/transfers/intents"): MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/transfers"): MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/deposits/intents"): CHANNEL,
    ("POST", "/v1/wallets/{account_id}/deposits"): CHANNEL,
    ("POST", "/v1/wallets/{account_id}/withdrawals/intents"): MEMBER_SIDE,
    ("POST", "/v1/wallets/{account_id}/withdrawals"): MEMBER_SIDE,
}
