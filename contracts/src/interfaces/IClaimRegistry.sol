// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClaimId } from "../types/Ids.sol";
import { Accumulators, ClaimState, PendingClaim, YearWords } from "../types/ClaimTypes.sol";

/// @title Claim states, accumulators and provider debt. State only: ClaimSettlement decides.
/// @dev A claim keeps one slot: its state and 248 bits of a commitment to everything reversal
/// needs. `terms` is the packed word of IClaimSettlement.ReversalEvidence: policy year, month and
/// fingerprint come from it. A fingerprint has 64 bits and is compared with those of the member's
/// live claims of the month. State changes are told by the rule module's events
/// (ClaimAdjudicated, ClaimSettled, ClaimReversed …).
interface IClaimRegistry {
    /// @dev All that is known when a claim is opened, in one read. Flat, because decoding nested
    /// structs costs more than reading them.
    /// @param duplicate Whether a live claim of the member and month uses the same fingerprint.
    /// @param pending The ADJUDICATED claim of the member-year; zero if none.
    /// @param debtFen What the provider owes the insurer.
    /// @param first The accumulators; `second` and `third` with it are YearWords.
    struct Opening {
        ClaimState state;
        bool duplicate;
        uint64 debtFen;
        ClaimId lastClaim;
        ClaimId pending;
        uint256 first;
        uint256 second;
        uint256 third;
    }

    event ProviderDebtSet(address indexed provider, address indexed insurer, uint64 debtFen);

    /// @notice Opens and settles a claim in one step: state SETTLED, fingerprint used,
    /// member-year moved.
    /// @dev Reverts `ClaimNumberUsed` (known id), `DuplicateClaim` (used fingerprint),
    /// `ClaimPending`.
    function recordSettled(
        ClaimId claimId,
        bytes32 commitment,
        address member,
        bytes32 terms,
        YearWords calldata words
    ) external;

    /// @notice Opens a claim as ADJUDICATED: the one of its member-year, fingerprint used.
    /// @dev Reverts as `recordSettled`.
    function recordAdjudicated(
        ClaimId claimId,
        bytes32 commitment,
        PendingClaim calldata pending
    ) external;

    /// @notice Ends an ADJUDICATED claim as SETTLED (the member-year moves), or as CANCELLED or
    /// EXPIRED (the fingerprint is free again).
    /// @dev Reverts `ClaimStateInvalid` for any other state, old or new.
    function endPending(ClaimId claimId, ClaimState state, YearWords calldata words) external;

    /// @notice Makes a SETTLED claim REVERSED, restores the member-year and frees the
    /// fingerprint. The commitment is replaced by the provider's id, so that a corrected claim
    /// can name this one.
    /// @dev Reverts `ClaimNotSettled`.
    function recordReversed(
        ClaimId claimId,
        address provider,
        address member,
        bytes32 terms,
        YearWords calldata words,
        ClaimId previousClaim
    ) external;

    /// @notice What a provider owes an insurer after reversals that its money did not cover.
    function setProviderDebt(address provider, address insurer, uint64 debtFen) external;

    /// @notice The state of a claim; NONE if it is unknown.
    function stateOf(ClaimId claimId) external view returns (ClaimState);

    /// @notice 248-bit commitment, left-aligned with the lowest byte zero; for a REVERSED claim
    /// its provider's id.
    function commitmentOf(ClaimId claimId) external view returns (bytes32);

    /// @notice The provider of a REVERSED claim, zero for any other.
    function reversedProviderOf(ClaimId claimId) external view returns (address);

    /// @notice The accumulators of a member and policy year, without what is pending.
    function accumulatorsOf(
        address member,
        uint16 year
    ) external view returns (Accumulators memory);

    /// @notice The same accumulators, packed.
    function yearWordsOf(address member, uint16 year) external view returns (YearWords memory);

    /// @notice The newest settled claim of a member-year; zero if none.
    function lastClaimOf(address member, uint16 year) external view returns (ClaimId);

    /// @notice The one ADJUDICATED claim of a member-year, lapsed or not; zero if none.
    function pendingOf(address member, uint16 year) external view returns (ClaimId);

    /// @notice What ending an ADJUDICATED claim needs; all zero for a claim in any other state.
    function pendingClaimOf(ClaimId claimId) external view returns (PendingClaim memory);

    /// @notice What settling or submitting a claim looks at, in one read.
    function openingOf(
        ClaimId claimId,
        address member,
        bytes32 terms,
        address provider,
        address insurer
    ) external view returns (Opening memory);

    /// @notice What a provider owes an insurer after reversals, in fen.
    function providerDebtOf(address provider, address insurer) external view returns (uint64);
}
