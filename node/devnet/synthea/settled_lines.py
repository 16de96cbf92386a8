"""Sums settled claims from raw logs: a second reader that shares nothing with the indexer (M13).

It asks the node for the logs of one topic and cuts the words itself. What it needs of the event is
written down here a second time on purpose: if the indexer's decoding and this one disagree, one of
them is wrong and a test says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from node.chain.rpc.json_rpc import Rpc
from node.wire.hashing import keccak
from node.wire.hexadecimal import to_hex

_YEAR = "(uint256,uint256,uint256)"
_EVIDENCE = (
    "(bytes32,bytes32,bytes32,bytes32,bytes32,address,address,address,address,address,"
    f"uint256[4],{_YEAR},{_YEAR})"
)
TOPIC = to_hex(keccak(f"ClaimSettled(bytes32,bytes32,{_EVIDENCE})".encode()))
WORD = 64
AMOUNTS_AT = 10
"""Words of the evidence before its four packed amounts."""
TOTAL, POOLED, SUPPLEMENTARY, MEMBER = 0, 6, 9, 11
"""Places among the fifteen amounts of a settlement."""


@dataclass(frozen=True, slots=True)
class SettledLine:
    """What one claim moved, in fen."""

    claim_id: str
    total: int
    primary: int
    secondary: int
    member: int


async def settled_lines(rpc: Rpc, settlement_address: str) -> dict[str, SettledLine]:
    """Return every settled claim of the chain by claim id. Errors: RpcError, ChainUnavailable."""
    query = {
        "address": settlement_address,
        "fromBlock": "0x0",
        "toBlock": "latest",
        "topics": [TOPIC],
    }
    logs = await rpc.call("eth_getLogs", query, timeout_s=120.0)
    lines = [_line(log) for log in logs]
    return {line.claim_id: line for line in lines}


def _line(log: dict[str, list[str] | str]) -> SettledLine:
    data = str(log["data"])[2:]
    words = [int(data[at : at + WORD], 16) for at in range(0, len(data), WORD)]
    amounts = [
        words[AMOUNTS_AT + place // 4] >> 64 * (place % 4) & 0xFFFF_FFFF_FFFF_FFFF
        for place in range(15)
    ]
    return SettledLine(
        claim_id=log["topics"][2],
        total=amounts[TOTAL],
        primary=amounts[POOLED],
        secondary=amounts[SUPPLEMENTARY],
        member=amounts[MEMBER],
    )
