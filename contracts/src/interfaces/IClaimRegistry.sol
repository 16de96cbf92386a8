// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClaimId } from "../types/Ids.sol";
import { Accumulators, ClaimState } from "../types/ClaimTypes.sol";

/// @title Claim states, accumulators and provider debt. State only: ClaimSettlement decides.
/// @dev A claim keeps one slot: its state and 248 bits of a commitment to everything reversal needs.
interface IClaimRegistry {
    event ClaimStateSet(ClaimId indexed claimId, ClaimState state);
    event ProviderDebtSet(address indexed provider, address indexed insurer, uint64 debtFen);

    /// @notice Sets state and commitment of a claim. Restricted to ClaimSettlement; transitions are its duty, but
    /// final states (REJECTED, CANCELLED, EXPIRED, REVERSED) never change here: `ClaimStateInvalid`.
    function setClaim(ClaimId claimId, ClaimState state, bytes32 commitment) external;

    /// @notice Stores a member-year: accumulators and the last settled claim.
    function setYear(address member, uint16 year, Accumulators calldata accumulators, ClaimId lastClaim) external;

    /// @notice Sets or clears (zero) the one ADJUDICATED claim of a member-year.
    function setPending(address member, uint16 year, ClaimId claimId) external;

    /// @notice Uses up a fingerprint of (member, provider, service day, lines). Reverts `DuplicateClaim`.
    function useFingerprint(bytes32 fingerprint, ClaimId claimId) external;

    /// @notice Frees a fingerprint after reversal, so that a corrected claim can be filed.
    function freeFingerprint(bytes32 fingerprint) external;

    /// @notice What a provider owes an insurer after reversals that its money did not cover.
    function setProviderDebt(address provider, address insurer, uint64 debtFen) external;

    function stateOf(ClaimId claimId) external view returns (ClaimState);

    /// @notice 248-bit commitment, left-aligned with the lowest byte zero.
    function commitmentOf(ClaimId claimId) external view returns (bytes32);

    function accumulatorsOf(address member, uint16 year) external view returns (Accumulators memory);

    function lastClaimOf(address member, uint16 year) external view returns (ClaimId);

    function pendingOf(address member, uint16 year) external view returns (ClaimId);

    function providerDebtOf(address provider, address insurer) external view returns (uint64);
}
