"""Shapes of health and network."""

from __future__ import annotations

from pydantic import ConfigDict

from node.api.schemas.base import DIGEST_EXAMPLE, PROVIDER_EXAMPLE, Hash, Out
from node.api.schemas.base import example as shown


class Alive(Out):
    """The process answers."""

    model_config = ConfigDict(json_schema_extra=shown({"status": "alive"}))

    status: str = "alive"


class Ready(Out):
    """Whether this gateway can serve: every check with its result.

    `code` is what routes that need the chain may answer now: ChainLagging (it is not read far
    enough, or makes no blocks) or ChainUnavailable.
    """

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"status": "ready",
             "checks": {"database": True, "chain": True, "blocks": True, "read_models": True},
             "final_block": 1204, "lag_blocks": 0, "lag_s": 1, "code": None}
        )
    )  # fmt: skip

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

    model_config = ConfigDict(
        json_schema_extra=shown(
            {"chain_id": 31337, "profile": "sandbox", "sandbox": True,
             "router": PROVIDER_EXAMPLE, "contracts": {"IntentRouter": PROVIDER_EXAMPLE},
             "quote_key": {"kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", "kty": "OKP",
                           "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
             "paused": False, "final_block": 1204, "final_hash": DIGEST_EXAMPLE,
             "final_timestamp": 1_772_416_800}
        )
    )  # fmt: skip

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
