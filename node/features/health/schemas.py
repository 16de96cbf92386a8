"""Shapes of health and network."""

from __future__ import annotations

from node.api.schemas.base import Hash, Out


class Alive(Out):
    """The process answers."""

    status: str = "alive"


class Ready(Out):
    """Whether this gateway can serve: every check with its result.

    `code` is what routes that need the chain may answer now: ChainLagging (it is not read far
    enough, or makes no blocks) or ChainUnavailable.
    """

    status: str
    checks: dict[str, bool]
    final_block: int | None
    lag_blocks: int | None
    lag_s: int | None
    code: str | None


class QuoteKeyOut(Out):
    """The public key (JWK) that checks the signatures of this gateway's quotes."""

    kid: str
    kty: str
    crv: str
    x: str


class NetworkOut(Out):
    """Which network this gateway serves and where its contracts are."""

    chain_id: int
    profile: str
    sandbox: bool
    router: str
    contracts: dict[str, str]
    quote_key: QuoteKeyOut
    paused: bool
    final_block: int | None
    final_hash: Hash | None
    final_timestamp: int | None
