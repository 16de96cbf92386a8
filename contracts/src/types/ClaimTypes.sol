// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CareType, Level } from "./Ids.sol";

/// @dev Settled claims never leave SETTLED but by REVERSED; REJECTED, CANCELLED, EXPIRED,
/// REVERSED are final.
enum ClaimState {
    NONE,
    SUBMITTED,
    IN_REVIEW,
    ADJUDICATED,
    SETTLED,
    REVERSED,
    REJECTED,
    CANCELLED,
    EXPIRED
}

enum ItemClass {
    A,
    B,
    C
}

/// @dev Where the member's cash part comes from. COUNTER notes are recorded, never posted.
enum CashMode {
    WALLET,
    COUNTER
}

/// @dev Accumulators one..three are kept per scope.
enum CareScope {
    OUTPATIENT,
    INPATIENT,
    CHRONIC
}

/// @dev One fee line. `lineHash` = keccak256(memberSalt, canonical line without its number): no
/// item code on chain.
struct ClaimLine {
    ItemClass class;
    uint64 grossFen;
    uint64 overFen;
    uint16 selfPayBp;
    bytes32 lineHash;
}

/// @dev The eleven words of a member-year, plus the stay counter (domain.md section 7). Index =
/// CareScope.
struct Accumulators {
    uint64[3] deductibleUsedE4;
    uint64[3] inBandsE4;
    uint64[3] fundPaidFen;
    uint64 compliantSelfPayFen;
    uint64 aidPaidFen;
    uint32 stays;
}

/// @dev Accumulators as evidence carries them, low bits first, by scope: OUTPATIENT, INPATIENT,
/// CHRONIC. Each word starts with deductibleUsedE4, inBandsE4, fundPaidFen (64 bits each); the
/// top 64 bits hold compliantSelfPayFen in `first`, stays (32 bits, the rest zero) in `second`,
/// aidPaidFen in `third`. ClaimRegistry stores the tops of `first` and `third` elsewhere.
struct YearWords {
    uint256 first;
    uint256 second;
    uint256 third;
}

/// @dev What adjudication knows about member and provider. `familyFen` is zero without an active
/// family link.
struct ClaimContext {
    CareType careType;
    Level level;
    uint16 tenureYears;
    uint32 categories;
    uint64 medicalFen;
    uint64 familyFen;
    YearWords before;
}

/// @dev What ending an ADJUDICATED claim needs. `holds` is a mask of the legs on which a hold
/// was placed, `terms` those of IClaimSettlement.ReversalEvidence.
struct PendingClaim {
    address member;
    uint8 holds;
    uint40 expiresAt;
    bytes32 terms;
}

/// @dev What adjudication decides about one claim. All in fen. Identities (asserted):
/// total = own + over + preSelf + inScope; total = provider + pooled + bigIllness + aid +
/// supplementary + member; member = medical + family + cash.
struct Settlement {
    uint64 totalFen;
    uint64 ownFen;
    uint64 overFen;
    uint64 preSelfFen;
    uint64 inScopeFen;
    uint64 deductibleFen;
    uint64 pooledFen;
    uint64 bigIllnessFen;
    uint64 aidFen;
    uint64 supplementaryFen;
    uint64 providerFen;
    uint64 memberFen;
    uint64 medicalFen;
    uint64 familyFen;
    uint64 cashFen;
}
