// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClaimId, PlanId } from "../types/Ids.sol";
import { Accumulators, Settlement } from "../types/ClaimTypes.sol";
import { CancelClaim, ConfirmClaim, ReverseClaims, SettleClaim } from "../types/Intents.sol";

/// @title Claims: quote, settle, submit → confirm, reverse. Quote and settle share one code path. Holds no state.
interface IClaimSettlement {
    /// @dev What was decided, where the money comes from, and the year before and after.
    struct Decision {
        Settlement settlement;
        Accumulators before;
        Accumulators afterwards;
        address insurer;
        address supplementaryPayer;
        uint16 year;
        bytes32 accumulatorsHash;
        bytes32 traceHash;
    }

    /// @dev Everything a claim's commitment covers: commitment = keccak256(abi.encode(ReversalEvidence)) with the
    /// lowest byte cleared. Emitted whole at settlement (`ClaimSettled`), supplied and checked at reversal.
    struct ReversalEvidence {
        ClaimId claimId;
        address member;
        address provider;
        address familyHolder;
        bytes32 fingerprint;
        ClaimId previousClaim;
        bool cashAtCounter;
        Decision decision;
    }

    event ClaimSubmitted(bytes32 indexed digest, ClaimId indexed claimId, address indexed provider, address member);
    event ClaimAdjudicated(
        bytes32 indexed digest, ClaimId indexed claimId, PlanId planId, uint32 planVersion, ReversalEvidence evidence, uint40 expiresAt
    );
    event ClaimSettled(
        bytes32 indexed digest, ClaimId indexed claimId, PlanId planId, uint32 planVersion, ReversalEvidence evidence
    );
    event ClaimCancelled(bytes32 indexed digest, ClaimId indexed claimId);
    event ClaimExpired(ClaimId indexed claimId);
    event ClaimReversed(
        bytes32 indexed digest, ClaimId indexed claimId, bytes32 reasonCode, uint64 shortfallFen
    );

    /// @notice What settling `body` now would decide; no state changes. Expected amounts and hash in `body` are ignored.
    /// @dev Same reverts as `settle` but those of the quote itself.
    function quote(address provider, SettleClaim calldata body) external view returns (Decision memory);

    /// @notice Counter payment: submit, adjudicate and settle in one step, signed by provider and member.
    /// @dev Reverts `QuoteExpired`, `QuoteStale`, `ClaimNumberUsed`, `DuplicateClaim`, `ClaimPending`,
    /// `CoverageInactive`, `WaitingPeriodActive`, `CoverageUnknown`, `ProviderNotContracted`, `PlanUnknown`,
    /// `CareTypeNotCovered`, `LineSumMismatch`, `LineAmountMismatch`, `InvalidAmount`, `InvalidRatio`,
    /// `InvalidServiceDate`, `FamilyLinkInactive`, `InsufficientBalance`, `FundInsufficient`.
    function settle(address actor, bytes32 digest, SettleClaim calldata body) external;

    /// @notice The provider submits alone: adjudicated at once with holds on every payer until the hold expires.
    function submit(address actor, bytes32 digest, SettleClaim calldata body) external;

    /// @notice The member confirms an adjudicated claim: holds are posted, accumulators move. The evidence
    /// must match the stored commitment. Reverts `ClaimUnknown`, `ClaimStateInvalid`, `EvidenceMismatch`, `NotOwner`, `HoldEnded`.
    function confirm(address actor, bytes32 digest, ConfirmClaim calldata body) external;

    /// @notice The submitter cancels before confirmation: holds are released.
    function cancel(address actor, bytes32 digest, CancelClaim calldata body) external;

    /// @notice Sweep: an adjudicated claim whose holds lapsed becomes EXPIRED. Open to everybody; no effect twice.
    function expire(ClaimId claimId) external returns (bool expired);

    /// @notice Undoes settled claims, newest first, all or none; by the provider of each, or its insurer.
    /// @dev Reverts `ClaimNotSettled`, `EvidenceMismatch`, `LaterSettlementExists`, `NotOwner`.
    function reverse(address actor, bytes32 digest, ReverseClaims calldata body) external;
}
