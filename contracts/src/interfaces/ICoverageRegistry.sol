// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BillId, Region } from "../types/Ids.sol";
import { MemberKind, Scheme } from "../types/Parties.sol";
import { EndCoverage, Enrol } from "../types/Intents.sol";

/// @title Coverage periods per member and scheme: no gap or overlap day goes unnoticed.
interface ICoverageRegistry {
    /// @param careFromDay First policy day on which care is paid (after waiting); == startDay without waiting.
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
        address indexed member, Scheme indexed scheme, int32 startDay, int32 endDay, bytes32 reasonCode
    );

    /// @notice Enrols a member for [startDay, endDay). Actor: INSURER of that period.
    /// @dev Reverts `MemberUnknown`, `RoleMissing`, `InvalidPeriod` (empty, or overlapping the scheme's last period).
    function enrol(address actor, bytes32 digest, Enrol calldata body) external;

    /// @notice Shortens a coverage to end at `endDay`. Reverts `CoverageUnknown`, `InvalidPeriod`, `NotOwner`.
    function end(address actor, bytes32 digest, EndCoverage calldata body) external;

    /// @notice The stored coverage. Reverts `CoverageUnknown`.
    function coverageOf(address member, Scheme scheme, int32 startDay) external view returns (Coverage memory);

    /// @notice The coverage if care on `day` is paid by it, bill state and waiting included.
    /// @dev Reverts `CoverageUnknown`, `CoverageInactive(member, day)`, `WaitingPeriodActive(member, careFromDay)`.
    function requireActive(address member, Scheme scheme, int32 startDay, int32 day)
        external
        view
        returns (Coverage memory);
}
