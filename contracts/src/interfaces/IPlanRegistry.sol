// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CareType, PlanId, Region } from "../types/Ids.sol";
import { MemberKind, Scheme } from "../types/Parties.sol";
import { BenefitPlan, PlanHead, PlanKind, PremiumPlan } from "../types/PlanTypes.sol";
import { ApprovePlan, PublishPlan } from "../types/Intents.sol";

/// @title Plan versions: benefit and premium rules as data, published by two officers of one insurer.
/// @dev Bodies are kept as contract code (one cold access each); a version is immutable once approved.
interface IPlanRegistry {
    event PlanProposed(
        PlanId indexed planId, uint32 indexed version, address indexed officer, PlanHead head, bytes32 bodyHash
    );
    event PlanApproved(PlanId indexed planId, uint32 indexed version, address indexed officer, address insurer);

    /// @notice An officer with OFFICER_PLANS proposes a version.
    /// @dev Reverts `RoleMissing`, `PlanVersionFrozen` (approved already, version not the next one, or dates that
    /// touch an approved version's past), `InvalidBands`, `InvalidRatio`, `InvalidPeriod`.
    function propose(address actor, bytes32 digest, PublishPlan calldata body) external;

    /// @notice A second officer of the same insurer approves it: the version takes effect on its dates.
    /// @dev Reverts `RoleMissing`, `SameApprover`, `PlanUnknown`, `QuoteStale` (body hash differs).
    function approve(address actor, bytes32 digest, ApprovePlan calldata body) external;

    /// @notice The head of a version; status NONE if unknown.
    function headOf(PlanId planId, uint32 version) external view returns (PlanHead memory);

    /// @notice keccak256 of the plan body; zero if unknown.
    function bodyHashOf(PlanId planId, uint32 version) external view returns (bytes32);

    /// @notice Head and rules of an approved benefit version; reverts `PlanUnknown`.
    function benefitPlan(PlanId planId, uint32 version) external view returns (PlanHead memory, BenefitPlan memory);

    /// @notice Head and rules of an approved premium version; reverts `PlanUnknown`.
    function premiumPlan(PlanId planId, uint32 version) external view returns (PlanHead memory, PremiumPlan memory);

    /// @notice The plan id that serves a selector; zero if none.
    function planFor(PlanKind kind, Region region, Scheme scheme, MemberKind memberKind, CareType careType)
        external
        view
        returns (PlanId);
}
