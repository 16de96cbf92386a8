// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BillId, Region } from "../types/Ids.sol";
import { MemberKind, Scheme } from "../types/Parties.sol";
import { EndCoverage, Enrol } from "../types/Intents.sol";

/// @title Coverage periods per member and scheme: periods follow each other in time and never
/// share a day.
/// @dev A renewal is an enrolment that starts on the day the last period ends; a change of
/// scheme ends the one and enrols in the other from the same day. A later start leaves a gap,
/// which ends the tenure.
interface ICoverageRegistry {
    /// @param careFromDay First policy day on which care is paid (after waiting); == startDay
    /// without waiting.
    /// @param tenureYears Continuous years up to and including this period.
    struct Coverage {
        int32 startDay;
        int32 endDay;
        int32 careFromDay;
        uint16 tenureYears;
        MemberKind memberKind;
        address insurer;
        Region region;
        BillId billId;
    }

    event Enrolled(
        address indexed member,
        Scheme indexed scheme,
        address indexed insurer,
        MemberKind memberKind,
        Region region,
        int32 startDay,
        int32 endDay,
        int32 careFromDay,
        uint16 tenureYears,
        BillId billId
    );
    event CoverageEnded(
        address indexed member,
        Scheme indexed scheme,
        int32 startDay,
        int32 endDay,
        bytes32 reasonCode
    );

    /// @notice Enrols a member for [startDay, endDay). Actor: the INSURER of the premium plan,
    /// which must be valid on the first day and made for this region, scheme and member kind.
    /// @dev Reverts `RoleMissing`, `PlanUnknown` (also for another selector or outside its
    /// dates), `NotOwner` (another insurer's plan; a bill of another member, scheme, region,
    /// member kind or insurer), `MemberUnknown`, `InvalidPeriod` (empty, before the end of the
    /// scheme's last period, or outside the bill's days), `BillUnknown`, `BillStateInvalid`
    /// (cancelled or refunded).
    function enrol(address actor, bytes32 digest, Enrol calldata body) external;

    /// @notice Shortens the scheme's last coverage to end at `endDay`; endDay == startDay voids
    /// it. Actor: its INSURER.
    /// @dev Reverts `RoleMissing`, `CoverageUnknown` (also for a period that is not the last),
    /// `NotOwner`, `InvalidPeriod` (endDay before the start, or not earlier than the present
    /// end).
    function end(address actor, bytes32 digest, EndCoverage calldata body) external;

    /// @notice The stored coverage. Reverts `CoverageUnknown`.
    function coverageOf(
        address member,
        Scheme scheme,
        int32 startDay
    ) external view returns (Coverage memory);

    /// @notice First and last day of the scheme's newest period and the first day of its
    /// unbroken chain; zeros if there is none.
    function lastPeriodOf(
        address member,
        Scheme scheme
    ) external view returns (int32 startDay, int32 endDay, int32 chainStart);

    /// @notice Who pays for care on `day` by that coverage, bill state and waiting included, and
    /// what plan and rules depend on. Plain values, because every claim asks.
    /// @dev Reverts `CoverageUnknown`, `CoverageInactive(member, day)`,
    /// `WaitingPeriodActive(member, careFromDay)`.
    function requireActive(
        address member,
        Scheme scheme,
        int32 startDay,
        int32 day
    )
        external
        view
        returns (address insurer, Region region, MemberKind memberKind, uint16 tenureYears);
}
