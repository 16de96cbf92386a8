// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Value types, so that a claim id cannot pass as a bill id. Accounts are plain `address`
/// values: random 20-byte ids without a key behind them, which keeps ERC-6909 readers working.

/// @dev The first 23 bytes of keccak256(abi.encode(provider, claimNumberHash)), the rest zero: so
/// an id leaves room for a figure and flags in the slot of a member-year that names the last.
type ClaimId is bytes32;

/// @dev Chosen by the issuer, unique in the network; for declared bills
/// keccak256(abi.encode(employer, member, periodStart)).
type BillId is bytes32;

/// @dev keccak256(abi.encode(owner record id, leg ordinal)).
type HoldId is bytes32;

/// @dev keccak256 of the plan's text id, for example "resident-inpatient".
type PlanId is bytes32;

/// @dev One administrative region, left-aligned text such as "110000".
type Region is bytes12;

/// @dev A kind of care, left-aligned text such as "OUTPATIENT" or "INPATIENT".
type CareType is bytes16;

/// @dev A hospital level key, left-aligned free text such as "3" or "community"; zero means
/// "any".
type Level is bytes16;

function sameClaim(ClaimId a, ClaimId b) pure returns (bool) {
    return ClaimId.unwrap(a) == ClaimId.unwrap(b);
}

function sameRegion(Region a, Region b) pure returns (bool) {
    return Region.unwrap(a) == Region.unwrap(b);
}

function sameCareType(CareType a, CareType b) pure returns (bool) {
    return CareType.unwrap(a) == CareType.unwrap(b);
}

function sameLevel(Level a, Level b) pure returns (bool) {
    return Level.unwrap(a) == Level.unwrap(b);
}

using { sameClaim as == } for ClaimId global;
using { sameRegion as == } for Region global;
using { sameCareType as == } for CareType global;
using { sameLevel as == } for Level global;
