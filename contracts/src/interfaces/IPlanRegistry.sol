// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CareType, PlanId, Region } from "../types/Ids.sol";
import { MemberKind, Scheme } from "../types/Parties.sol";
import { BenefitPlan, PlanHead, PlanKind, PremiumPlan } from "../types/PlanTypes.sol";
import { ApprovePlan, PublishPlan } from "../types/Intents.sol";

/// @title Plan versions: benefit and premium rules as data, published by two officers of one
/// insurer.
/// @dev Bodies are kept as contract code (one cold access each); a version is immutable once
/// approved.
interface IPlanRegistry {
    event PlanProposed(
        PlanId indexed planId,
        uint32 indexed version,
        address indexed officer,
        PlanHead head,
        bytes32 bodyHash
    );
    event PlanApproved(
        PlanId indexed planId, uint32 indexed version, address indexed officer, address insurer
    );
    /// @notice An approved version ends earlier, because the next one begins: from then on
    /// [validFrom, validUntil).
    event PlanEnded(PlanId indexed planId, uint32 indexed version, int32 validUntil);

    /// @notice An insurer's officer with OFFICER_PLANS proposes a version. A proposal never
    /// changes, so nobody can swap it under the approver's eyes; a wrong one is left behind and
    /// the next number is used.
    /// @dev Reverts `RoleMissing`, `InvalidPeriod` (empty), `NotOwner` (another insurer's plan
    /// id, or not the insurer's own region), `PlanVersionFrozen` (proposed already; not above
    /// the last approved version; or validFrom lies inside or before the last approved version's
    /// past), `AlreadyExists` (the selector belongs to another plan id, or the plan id to
    /// another selector), `TooMany` (body over 24,576 bytes), `BodyNotCanonical`,
    /// `InvalidAmount`, `InvalidRatio`, `InvalidBands` (docs/adjudication.md section 9).
    function propose(address actor, bytes32 digest, PublishPlan calldata body) external;

    /// @notice A second officer of the same insurer approves it: the version takes effect on its
    /// dates. Where it begins inside the last approved version, that one ends on the same day,
    /// which must lie in the future.
    /// @dev Reverts `RoleMissing`, `PlanUnknown` (never proposed), `PlanVersionFrozen` (approved
    /// already, or no longer fitting as in `propose`), `NotOwner` (another insurer's officer),
    /// `SameApprover`, `QuoteStale` (body hash differs), `AlreadyExists` as in `propose`.
    function approve(address actor, bytes32 digest, ApprovePlan calldata body) external;

    /// @notice The head of a version; status NONE if unknown.
    function headOf(PlanId planId, uint32 version) external view returns (PlanHead memory);

    /// @notice keccak256 of the plan body; zero if unknown.
    function bodyHashOf(PlanId planId, uint32 version) external view returns (bytes32);

    /// @notice What a claim needs of a benefit version, in one read: its care type and the
    /// address whose code is its body, abi.encode(BenefitPlan).
    /// @dev Reverts `PlanUnknown` (not an approved benefit version, or not valid on `day`),
    /// `CareTypeNotCovered` (made for another region, scheme or member kind).
    function benefitFor(
        PlanId planId,
        uint32 version,
        Region region,
        Scheme scheme,
        MemberKind memberKind,
        int32 day
    ) external view returns (CareType careType, address body);

    /// @notice Head and rules of an approved benefit version; reverts `PlanUnknown`.
    function benefitPlan(
        PlanId planId,
        uint32 version
    ) external view returns (PlanHead memory, BenefitPlan memory);

    /// @notice Head and rules of an approved premium version; reverts `PlanUnknown`.
    function premiumPlan(
        PlanId planId,
        uint32 version
    ) external view returns (PlanHead memory, PremiumPlan memory);

    /// @notice The last approved version of a plan id; zero if none.
    function lastVersionOf(PlanId planId) external view returns (uint32);

    /// @notice The plan id that serves a selector; zero if none.
    function planFor(
        PlanKind kind,
        Region region,
        Scheme scheme,
        MemberKind memberKind,
        CareType careType
    ) external view returns (PlanId);
}
