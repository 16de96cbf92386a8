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
    /// @dev For whom, by whom and when care was given: what a benefit version must fit.
    struct Service {
        address insurer;
        address provider;
        Region region;
        Scheme scheme;
        MemberKind memberKind;
        int32 day;
    }

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
    /// @notice Another insurer lets its fund pay the supplementary layer of a proposed version.
    event PlanBacked(
        PlanId indexed planId, uint32 indexed version, address indexed insurer, address payer
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
    /// `InvalidAmount`, `InvalidRatio`, `InvalidBands`, `AccountUnknown` (docs/adjudication.md
    /// section 9).
    function propose(address actor, bytes32 digest, PublishPlan calldata body) external;

    /// @notice A second officer of the same insurer approves it: the version takes effect on its
    /// dates. Where it begins inside the last approved version, that one ends on the same day,
    /// which must lie in the future. A supplementary layer is paid by a second-layer, subsidy
    /// or campaign fund of the plan's region and scheme; by such a fund of another region only
    /// if an insurer there has signed the same approval before, in its own name.
    /// @dev Reverts `RoleMissing`, `PlanUnknown` (never proposed), `PlanVersionFrozen` (approved
    /// already, or no longer fitting as in `propose`), `QuoteStale` (body hash differs),
    /// `NotOwner` (another insurer's officer; or the payer of a supplementary layer is no fund
    /// of the insurer that approves, and nobody who commands it has approved), `SameApprover`,
    /// `AlreadyExists` as in `propose`.
    function approve(address actor, bytes32 digest, ApprovePlan calldata body) external;

    /// @notice The head of a version; status NONE if unknown.
    function headOf(PlanId planId, uint32 version) external view returns (PlanHead memory);

    /// @notice keccak256 of the plan body; zero if unknown.
    function bodyHashOf(PlanId planId, uint32 version) external view returns (bytes32);

    /// @notice What a claim needs of a benefit version, in one read: its care type and the
    /// address whose code is its body, abi.encode(BenefitPlan).
    /// @dev Reverts `PlanUnknown` (not an approved benefit version, or not valid on `day`),
    /// `NotOwner` (another insurer's plan), `CareTypeNotCovered` (made for another region,
    /// scheme or member kind; or for stays, and the provider is a pharmacy).
    function benefitFor(
        PlanId planId,
        uint32 version,
        Service calldata service
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
