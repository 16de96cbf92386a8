// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BillId, PlanId } from "../types/Ids.sol";
import { Bill, BillParty, BillState, BillTerms } from "../types/Bills.sol";

/// @title Premium bills and what was paid on them. State only: PremiumCollector decides.
/// @dev OPEN → PARTLY_PAID → PAID → REFUNDED and OPEN → CANCELLED; the registry keeps to these
/// arrows whatever a rule module asks. A payment has no event here:
/// `IPremiumCollector.PremiumPaid` is its one record.
interface IBillRegistry {
    event BillIssued(
        BillId indexed billId,
        address indexed member,
        address indexed payer,
        Bill bill,
        PlanId planId,
        uint32 planVersion
    );
    event BillCancelled(BillId indexed billId, uint32 revision);
    event BillRefunded(BillId indexed billId, uint32 revision);
    /// @dev A payment came too late to restore: the days [gapStart, gapEnd) stay without
    /// coverage.
    event CoverageGapRecorded(BillId indexed billId, uint8 part, int32 gapStart, int32 gapEnd);

    /// @notice Stores a new bill as OPEN. Restricted to PremiumCollector.
    /// @dev State, paid amounts and revision of `bill` are ignored and emitted as stored.
    /// Reverts `BillUnknown` (zero id), `AlreadyExists`, `InvalidInstalment` (parts not 1 to 12,
    /// interval missing), `InvalidPeriod` (empty, over 4,095 days, or a due day further than
    /// 32,767 days from the start), `InvalidAmount`.
    function issue(BillId billId, Bill calldata bill, PlanId planId, uint32 planVersion) external;

    /// @notice Records that the next part is paid. Restricted.
    /// @param sideFen What a MEDICAL pocket paid of the part; for EMPLOYEE the late fee on top.
    /// @return party Whose bill it is.
    /// @return terms The bill as it was before: the caller judges by it what it has recorded, so
    /// that a payment costs one call, and reverts if it must not be.
    /// @dev Reverts `BillUnknown`, `BillAlreadyPaid`, `BillStateInvalid`.
    function recordPayment(
        BillId billId,
        uint64 sideFen
    ) external returns (BillParty party, BillTerms terms);

    /// @notice Records, after the payment of a part, that a relative paid it and what of it came
    /// from the relative's MEDICAL. Restricted. Reverts `BillUnknown`, `BillStateInvalid` (no
    /// part is paid, or closed).
    function recordSponsor(BillId billId, address sponsor, uint64 medicalFen) external;

    /// @notice Records, after the payment of a part, the days [gapStart, gapEnd) that it leaves
    /// uncovered. Restricted. Reverts as `recordSponsor`.
    function recordGap(BillId billId, int32 gapStart, int32 gapEnd) external;

    /// @notice OPEN → CANCELLED. Restricted. Reverts `BillUnknown`, `BillStateInvalid`.
    function cancel(BillId billId) external;

    /// @notice PAID → REFUNDED. Restricted. Reverts `BillUnknown`, `BillStateInvalid`.
    function refund(BillId billId) external;

    /// @notice The bill in the form for people; reverts `BillUnknown`.
    function billOf(BillId billId) external view returns (Bill memory);

    /// @notice The two packed words of a bill; reverts `BillUnknown`.
    function termsOf(BillId billId) external view returns (BillParty, BillTerms);

    /// @notice Who paid a part in the member's place and what of it came from MEDICAL; zero if
    /// nobody did.
    function sponsorOf(
        BillId billId,
        uint8 part
    ) external view returns (address sponsor, uint64 medicalFen);

    /// @notice The insurer that issued the bill, or whose plan a declared bill follows; reverts
    /// `BillUnknown`.
    function insurerOf(BillId billId) external view returns (address);

    /// @notice State on a policy day: as stored, or OVERDUE after due day + grace of the first
    /// unpaid part.
    function stateOn(BillId billId, int32 day) external view returns (BillState);

    /// @notice Whether care on `day` is covered as far as this bill is concerned, judged with
    /// what is paid now: inside the period; in grace yes; suspended after it; restored from the
    /// gap's first day when paid within back-pay days, otherwise from the payment day. A
    /// cancelled or refunded bill covers nothing.
    function coversDay(BillId billId, int32 day) external view returns (bool);
}
