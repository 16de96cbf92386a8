"""Account ids: what their first digit says, and the ids of funds and technical accounts.

Mirrors contracts/src/libraries/money/Accounts.sol; a test compares both. Ids are lower-case
0x text.
"""

from __future__ import annotations

import secrets

from eth_abi.abi import encode

from node.domain.kinds import FundKind, Scheme
from node.wire.hashing import keccak

MEMBER_DIGIT = "1"
ORGANISATION_DIGIT = "2"
DERIVED_DIGIT = "f"


def new_member_id() -> str:
    """Return a random id for a member: 156 random bits, no key behind it."""
    return f"0x{MEMBER_DIGIT}{secrets.token_hex(20)[1:]}"


def new_organisation_id() -> str:
    """Return a random id for an organisation or an officer."""
    return f"0x{ORGANISATION_DIGIT}{secrets.token_hex(20)[1:]}"


def _derive(types: list[str], values: list[object]) -> str:
    return f"0x{DERIVED_DIGIT}{keccak(encode(types, values)).hex()[-39:]}"


def fund(region: str, scheme: Scheme, kind: FundKind) -> str:
    """Return the account of one fund of a region (0x text of 12 bytes) and scheme."""
    values: list[object] = ["FUND", bytes.fromhex(region[2:]), int(scheme), int(kind)]
    return _derive(["string", "bytes12", "uint8", "uint8"], values)


def receivable(provider: str, insurer: str) -> str:
    """Return the account where a provider's fund money waits for payout by an insurer."""
    return _derive(["string", "address", "address"], ["RECEIVABLE", provider, insurer])


def retention(provider: str, insurer: str) -> str:
    """Return the account of what an insurer withholds from a provider until year end."""
    return _derive(["string", "address", "address"], ["RETENTION", provider, insurer])


def external_of(channel: str) -> str:
    """Return the signed counter that mirrors a bank or channel."""
    return _derive(["string", "address"], ["EXTERNAL", channel])


def fees() -> str:
    """Return the account that receives fees."""
    return _derive(["string"], ["FEES"])


def suspense() -> str:
    """Return the account of unmatched deposits."""
    return _derive(["string"], ["SUSPENSE"])


def points_issuer() -> str:
    """Return the signed counter that issues points."""
    return _derive(["string"], ["POINTS_ISSUER"])
