"""All tables, one module per aggregate. Importing this package fills the metadata."""

from node.db.models import (
    access,
    bills,
    chain,
    claims,
    directory,
    members,
    outbox,
    parties,
    visits,
    wallets,
)

__all__ = [
    "access",
    "bills",
    "chain",
    "claims",
    "directory",
    "members",
    "outbox",
    "parties",
    "visits",
    "wallets",
]
