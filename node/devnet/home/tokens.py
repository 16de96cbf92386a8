"""`tokens.json` of a devnet's home: where chain and gateway answer, and who may call as whom.

{"chain": {"rpc_url": "http://…", "chain_id": 8820, "directory": "0x…"},
 "api": "http://…",
 "holders": {"ANN": {"role": "MEMBER", "account": "0x…", "token": "…"}, …}}
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, ValidationError

from node.domain.roles import Role


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Holder(_Part):
    """Somebody who calls the gateway with a token."""

    role: Role
    account: str
    token: str


class ChainPlace(_Part):
    """Where the chain answers, and the one address that leads to all contracts."""

    rpc_url: str
    chain_id: int
    directory: str


class Access(_Part):
    """The whole file."""

    chain: ChainPlace
    api: str
    holders: dict[str, Holder]


def read_access(text: str) -> Access | None:
    """Return what an earlier run wrote; None where the file is cut off or of an old form.

    Tokens are cheap: who is not found gets a new one.
    """
    try:
        return Access.model_validate_json(text)
    except ValidationError:
        return None
