"""What every validator of a network agrees on before the first block."""

from dataclasses import dataclass

APP_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFacts:
    """What every validator of a network agrees on before the first block.

    `genesis_hash` is the EVM block 0's (32 bytes); `app_state` the text of CometBFT's genesis
    under the same name; `gas_limit` of every block; `longest_wait_s` how long a proposer waits
    for its clock to reach the time of the parent.
    """

    chain_id: str
    genesis_hash: bytes
    app_state: bytes
    gas_limit: int
    registry: str
    app_version: int = APP_VERSION
    longest_wait_s: float = 1.0
