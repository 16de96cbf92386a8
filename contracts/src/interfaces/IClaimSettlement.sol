// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClaimId, PlanId } from "../types/Ids.sol";
import { Accumulators, Settlement, YearWords } from "../types/ClaimTypes.sol";
import { CancelClaim, ConfirmClaim, ReverseClaims, SettleClaim } from "../types/Intents.sol";

/// @title Claims: quote, settle, submit → confirm, reverse. Quote and settle share one code
/// path. Holds no state.
interface IClaimSettlement {
    /// @dev What was decided, where the money comes from, and the year before and after.
    /// accumulatorsHash = keccak256(abi.encode(YearWords before)).
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

    /// @dev Everything a claim's commitment covers: commitment =
    /// keccak256(abi.encode(ReversalEvidence)) with the lowest byte cleared. Emitted whole at
    /// settlement (`ClaimSettled`), supplied and checked at reversal. Packed, because it is
    /// emitted with every claim:
    /// terms = region (12 bytes) ‖ scheme (1) ‖ cash mode (1) ‖ policy year (2) ‖ plan version
    /// (4) ‖ month of the service day (1) ‖ zero (3) ‖ fingerprint (8), which is the start of a
    /// hash of member, provider, service day and lines in any order; amounts = the fifteen
    /// fields of Settlement, 64 bits each, four to a word, low bits first.
    struct ReversalEvidence {
        ClaimId claimId;
        ClaimId previousClaim;
        bytes32 traceHash;
        PlanId planId;
        bytes32 terms;
        address member;
        address provider;
        address familyHolder;
        address insurer;
        address supplementaryPayer;
        uint256[4] amounts;
        YearWords before;
        YearWords afterwards;
    }

    event ClaimSubmitted(
        bytes32 indexed digest, ClaimId indexed claimId, address indexed provider, address member
    );
    event ClaimAdjudicated(
        bytes32 indexed digest,
        ClaimId indexed claimId,
        ReversalEvidence evidence,
        uint40 expiresAt
    );
    event ClaimSettled(
        bytes32 indexed digest, ClaimId indexed claimId, ReversalEvidence evidence
    );
    /// @notice `claimId` is the corrected form of the reversed claim `replaced`.
    event ClaimReplaced(ClaimId indexed claimId, ClaimId indexed replaced);
    event ClaimCancelled(bytes32 indexed digest, ClaimId indexed claimId);
    event ClaimExpired(ClaimId indexed claimId);
    event ClaimReversed(
        bytes32 indexed digest, ClaimId indexed claimId, bytes32 reasonCode, uint64 shortfallFen
    );

    /// @notice What settling `body` now would decide; no state changes. Expected amounts and
    /// hash in `body` are ignored.
    /// @dev Same reverts as `settle` but those of the quote itself (`QuoteExpired`,
    /// `QuoteStale`).
    function quote(
        address provider,
        SettleClaim calldata body
    ) external view returns (Decision memory);

    /// @notice Counter payment: submit, adjudicate and settle in one step, signed by provider
    /// and member.
    /// @dev Checks, in this order; the first that fails is raised: `QuoteExpired`;
    /// `InvalidServiceDate` (end before start, in the future, before year 1); `TooMany` lines
    /// (100); `InvalidAmount`, `InvalidRatio`, `KindUnknown` (class) of a line or the total
    /// (docs/adjudication.md section 2), and a self-pay ratio on a line of class A or C;
    /// `LineSumMismatch`;
    /// `CoverageUnknown`, `CoverageInactive`, `WaitingPeriodActive`; `ProviderNotContracted`;
    /// `PlanUnknown` (not an approved benefit version, or not valid on the service day);
    /// `CareTypeNotCovered` (the plan serves another region, scheme or member kind);
    /// `ClaimNumberUsed`; `DuplicateClaim`; `ClaimStateInvalid`, `NotOwner` (`replaces`);
    /// `ClaimPending`; `FamilyLinkInactive`; `CareTypeNotCovered` (no rule for the provider's
    /// level), `InvalidAmount` (an accumulator is full); `QuoteStale`; `FundInsufficient`,
    /// `InsufficientBalance`, `AccountFrozen`. The service day is `serviceEnd`.
    function settle(address actor, bytes32 digest, SettleClaim calldata body) external;

    /// @notice The provider submits alone: adjudicated at once with holds on every payer until
    /// the holds expire.
    /// @dev Reverts as `settle`.
    function submit(address actor, bytes32 digest, SettleClaim calldata body) external;

    /// @notice The member confirms an adjudicated claim: holds are posted, accumulators move.
    /// The evidence must match the stored commitment.
    /// @dev Reverts `ClaimUnknown`, `ClaimStateInvalid`, `EvidenceMismatch`, `NotOwner`,
    /// `HoldEnded` (lapsed), `QuoteStale` (other member share, or a reversal changed the year
    /// meanwhile).
    function confirm(address actor, bytes32 digest, ConfirmClaim calldata body) external;

    /// @notice The submitter cancels before confirmation: holds are released.
    /// @dev Reverts `ClaimUnknown`, `ClaimStateInvalid`.
    function cancel(address actor, bytes32 digest, CancelClaim calldata body) external;

    /// @notice Sweep: an adjudicated claim whose holds lapsed becomes EXPIRED. Open to
    /// everybody; no effect twice.
    function expire(ClaimId claimId) external returns (bool expired);

    /// @notice Undoes settled claims, newest first, all or none; by the provider of each, or its
    /// insurer.
    /// @dev Reverts `TooMany` (20 claims), `ClaimUnknown`, `ClaimNotSettled`,
    /// `EvidenceMismatch`, `NotOwner`, `RoleMissing` (actor suspended), `LaterSettlementExists`,
    /// `FundInsufficient` (POOLED cannot front a shortfall).
    function reverse(address actor, bytes32 digest, ReverseClaims calldata body) external;
}
