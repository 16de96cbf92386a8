"""Bearer tokens: issued by an operator's command, checked on every request.

A token is 32 random bytes; the database keeps its SHA-256 only, so a copy of it opens nothing. A
fast hash is enough: nobody guesses 256 random bits.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from node.db.hot import TokenRow
from node.db.repositories.tokens import (
    TokenRecord,
    add_token,
    list_tokens,
    revoke_token,
)
from node.db.unit_of_work import Database
from node.desk.callers import Caller, hash_token
from node.desk.clock import Clock
from node.domain.errors import SignInRequired
from node.domain.roles import Role

PREFIX = "yb_"
LONGEST_TOKEN = 128


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token, shown this once, and the hash it is known by."""

    token: str
    token_hash: str


class TokensService:
    """Issues, lists, revokes and checks tokens."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def issue(
        self, *, role: Role, account: str, label: str, lifetime_s: int | None = None
    ) -> IssuedToken:
        """Make a token for one role of one account; without a lifetime it ends by revocation."""
        token = PREFIX + secrets.token_urlsafe(32)
        now_ms = self._clock.now_ms()
        record = TokenRecord(
            token_hash=hash_token(token),
            role=role.value,
            account=account,
            label=label,
            created_at_ms=now_ms,
            expires_at_ms=None if lifetime_s is None else now_ms + lifetime_s * 1000,
            revoked_at_ms=None,
        )
        await self._database.write(lambda unit: add_token(unit, record))
        return IssuedToken(token, record.token_hash)

    async def listed(self, *, account: str | None = None) -> list[TokenRecord]:
        """Return the tokens of an account, or all."""
        return await self._database.read(lambda unit: list_tokens(unit, account=account))

    async def revoke(self, token_hash: str) -> bool:
        """End a token at once; return whether it was open."""
        now_ms = self._clock.now_ms()
        return await self._database.write(
            lambda unit: revoke_token(unit, token_hash, now_ms=now_ms)
        )

    async def verify(self, token: str) -> Caller:
        """Return who a token acts as. Errors: SignInRequired, the same for every reason."""
        if not token.startswith(PREFIX) or len(token) > LONGEST_TOKEN:
            raise SignInRequired
        row = await self._database.hot.token(hash_token(token))
        if row is None or not _is_open(row, self._clock.now_ms()):
            raise SignInRequired
        return Caller(Role(row.role), row.account)


def _is_open(row: TokenRow, now_ms: int) -> bool:
    ended = row.expires_at_ms is not None and row.expires_at_ms <= now_ms
    return row.revoked_at_ms is None and not ended
