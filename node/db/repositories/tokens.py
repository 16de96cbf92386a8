"""Bearer tokens: only their hashes are stored."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select, update

from node.db.models.access import ApiToken
from node.db.unit_of_work import UnitOfWork


class TokenRecord(NamedTuple):
    """A token as listed: everything but the token."""

    token_hash: str
    role: str
    account: str
    label: str
    created_at_ms: int
    expires_at_ms: int | None
    revoked_at_ms: int | None


_COLUMNS = (
    *(ApiToken.token_hash, ApiToken.role, ApiToken.account, ApiToken.label),
    *(ApiToken.created_at_ms, ApiToken.expires_at_ms, ApiToken.revoked_at_ms),
)


def find_token(unit: UnitOfWork, token_hash: str) -> TokenRecord | None:
    """Return the token with a hash, open or not."""
    row = unit.execute(select(*_COLUMNS).where(ApiToken.token_hash == token_hash)).first()
    return None if row is None else TokenRecord._make(row)


def add_token(unit: UnitOfWork, record: TokenRecord) -> None:
    """Store a new token."""
    unit.insert_many(ApiToken, [record._asdict()])


def list_tokens(unit: UnitOfWork, *, account: str | None = None) -> list[TokenRecord]:
    """Return the tokens of an account, or all, oldest first."""
    query = select(*_COLUMNS).order_by(ApiToken.created_at_ms, ApiToken.token_hash)
    if account is not None:
        query = query.where(ApiToken.account == account)
    return [TokenRecord._make(row) for row in unit.execute(query)]


def revoke_token(unit: UnitOfWork, token_hash: str, *, now_ms: int) -> bool:
    """End a token at once; return whether it was open."""
    where = (ApiToken.token_hash == token_hash, ApiToken.revoked_at_ms.is_(None))
    return unit.execute(update(ApiToken).where(*where).values(revoked_at_ms=now_ms)).rowcount == 1
