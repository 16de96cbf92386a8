// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BillId, PlanId, Region } from "../types/Ids.sol";
import { MemberKind, Scheme } from "../types/Parties.sol";

/// @title Premium bills and what was paid on them. State only: PremiumCollector decides.
interface IBillRegistry {
    /// @dev OVERDUE is computed from dates, never stored (see `stateOn`).
    enum BillState {
        NONE,
        OPEN,
        PARTLY_PAID,
        PAID,
        CANCELLED,
        REFUNDED,
        OVERDUE
    }

    /// @dev Money owed: `personalFen` by the payer and `subsidyFen` by the SUBSIDY fund, both to POOLED; for EMPLOYEE
    /// bills `personalFen` = employer share (to POOLED) and `employeeFen` = employee share (to the member's MEDICAL).
    /// `paidMedicalFen + paidCashFen` is what the payer paid, late fees apart, so that a refund can follow it back.
    struct Bill {
        address member;
        address payer;
        address insurer;
        BillState state;
        Scheme scheme;
        MemberKind memberKind;
        uint8 parts;
        uint8 paidParts;
        uint32 revision;
        int32 periodStart;
        int32 periodEnd;
        int32 dueDay;
        int32 partIntervalDays;
        int32 lastPaidDay;
        uint16 graceDays;
        uint16 backpayDays;
        uint16 lateFeeBpPerDay;
        Region region;
        uint64 personalFen;
        uint64 employeeFen;
        uint64 subsidyFen;
        uint64 paidMedicalFen;
        uint64 paidCashFen;
        uint64 paidLateFeeFen;
    }

    event BillIssued(BillId indexed billId, address indexed member, address indexed payer, Bill bill, PlanId planId, uint32 planVersion);
    event BillPartPaid(BillId indexed billId, uint8 part, uint32 revision, int32 paidDay, BillState state);
    event BillCancelled(BillId indexed billId, uint32 revision);
    event BillRefunded(BillId indexed billId, uint32 revision);
    event CoverageGapRecorded(BillId indexed billId, int32 gapStart, int32 gapEnd);

    /// @notice Stores a new bill. Restricted to PremiumCollector. Reverts `AlreadyExists`.
    function issue(BillId billId, Bill calldata bill, PlanId planId, uint32 planVersion) external;

    /// @notice Records the payment of the next part and a coverage gap if it came too late to restore.
    function recordPayment(BillId billId, uint64 medicalFen, uint64 cashFen, uint64 lateFeeFen, int32 paidDay) external;

    /// @notice OPEN → CANCELLED. Restricted.
    function cancel(BillId billId) external;

    /// @notice PAID → REFUNDED. Restricted.
    function refund(BillId billId) external;

    /// @notice The stored bill; reverts `BillUnknown`.
    function billOf(BillId billId) external view returns (Bill memory);

    /// @notice State on a policy day: as stored, or OVERDUE after due day + grace of the first unpaid part.
    function stateOn(BillId billId, int32 day) external view returns (BillState);

    /// @notice Whether care on `day` is covered as far as this bill is concerned, judged with what is paid now:
    /// in grace yes; suspended after it; restored from the gap's first day when paid within back-pay days,
    /// otherwise from the payment day.
    function coversDay(BillId billId, int32 day) external view returns (bool);
}
