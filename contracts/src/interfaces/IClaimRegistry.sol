// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClaimId } from "../types/Ids.sol";
import { Accumulators, ClaimState, PendingClaim, YearWords } from "../types/ClaimTypes.sol";

/// @title Claim states, accumulators and provider debt. State only: ClaimSettlement decides.
/// @dev A claim keeps one slot: its state and 248 bits of a commitment to everything reversal
/// needs. State changes are told by the rule module's events (ClaimAdjudicated, ClaimSettled,
/// ClaimReversed …).
interface IClaimRegistry {
    /// @dev All that is known when a claim is opened, in one read.
    /// @param duplicateOf The live claim that uses the same fingerprint; zero if none.
    /// @param pending The ADJUDICATED claim of the member-year; zero if none.
    /// @param debtFen What the provider owes the insurer.
    struct Opening {
        ClaimState state;
        ClaimId duplicateOf;
        ClaimId lastClaim;
        ClaimId pending;
        uint64 debtFen;
        YearWords words;
    }

    event ProviderDebtSet(address indexed provider, address indexed insurer, uint64 debtFen);

    /// @notice Opens and settles a claim in one step: state SETTLED, fingerprint used,
    /// member-year moved.
    /// @dev Reverts `ClaimNumberUsed` (known id), `DuplicateClaim` (used fingerprint),
    /// `ClaimPending`.
    function recordSettled(
        ClaimId claimId,
        bytes32 commitment,
        bytes32 fingerprint,
        address member,
        uint16 year,
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
        bytes32 fingerprint,
        address member,
        uint16 year,
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
        bytes32 fingerprint,
        address member,
        uint16 year,
        address provider,
        address insurer
    ) external view returns (Opening memory);

    /// @notice What a provider owes an insurer after reversals, in fen.
    function providerDebtOf(address provider, address insurer) external view returns (uint64);
}
