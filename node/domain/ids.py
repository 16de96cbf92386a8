"""Typed ids, so that a claim id cannot pass as a bill id. All are text; hashes are 0x + lower case.

Mirrors contracts/src/types/Ids.sol. Account ids are 20 random bytes without a key behind them.
"""

from __future__ import annotations

from typing import NewType

AccountId = NewType("AccountId", str)
"""0x + 40 hex digits: a member, organisation, officer or technical account."""

ClaimId = NewType("ClaimId", str)
"""0x + 64 hex digits: 24 bytes of keccak256(abi.encode(provider, claimNumberHash)), then zeros."""

BillId = NewType("BillId", str)
"""0x + 64 hex digits, unique in the network."""

HoldId = NewType("HoldId", str)
"""0x + 64 hex digits: keccak256(abi.encode(owner record id, leg ordinal))."""

PlanId = NewType("PlanId", str)
"""Text id such as "resident-inpatient"; on chain its keccak256."""

IntentDigest = NewType("IntentDigest", str)
"""0x + 64 hex digits: the EIP-712 digest of a signed intent, the payment's id everywhere."""

TxHash = NewType("TxHash", str)
"""0x + 64 hex digits: the hash of a chain transaction."""

Region = NewType("Region", str)
"""At most 12 bytes, for example "110000"."""

CareType = NewType("CareType", str)
"""At most 16 bytes, for example "INPATIENT"."""

Level = NewType("Level", str)
"""At most 16 bytes of free text, for example "3" or "community"; empty means any."""

VisitId = NewType("VisitId", str)
"""Opaque id of a visit; never on chain."""

NO_ACCOUNT = AccountId("0x" + "0" * 40)
"""The zero address: no account."""

NO_HASH = "0x" + "0" * 64
"""The zero word: no bill, no claim to replace, no hash yet."""

ANY_LEVEL = Level("")
"""A level rule with this level serves every level without its own rule."""
