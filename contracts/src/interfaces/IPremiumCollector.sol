// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BillId } from "../types/Ids.sol";
import { CancelBill, DeclareWage, IssueBill, PayDeclared, PayPremium, RefundPremium } from "../types/Intents.sol";

/// @title Premium rules: issue, quote, pay, cancel, refund. Holds no state.
interface IPremiumCollector {
    /// @dev What is due for a part now. `totalFen` = partFen + employeeFen + lateFeeFen is what the payer owes.
    struct PremiumQuote {
        uint8 part;
        uint32 revision;
        uint64 grossFen;
        uint64 subsidyFen;
        uint64 partFen;
        uint64 employeeFen;
        uint64 lateFeeFen;
        uint64 totalFen;
    }

    /// @dev Reasons a refund may name (domain.md section 4).
    enum RefundReason {
        NONE,
        BEFORE_START,
        DOUBLE_PAYMENT,
        TWO_SCHEMES,
        DEATH_BEFORE_START
    }

    /// @dev One event per payment: with block and log index it is the receipt.
    event PremiumPaid(
        bytes32 indexed digest,
        BillId indexed billId,
        address indexed payer,
        uint8 part,
        uint64 medicalFen,
        uint64 cashFen,
        uint64 employeeFen,
        uint64 subsidyFen,
        uint64 lateFeeFen
    );
    /// @dev The negative receipt; it refers to all payments of the bill.
    event PremiumRefunded(
        bytes32 indexed digest, BillId indexed billId, RefundReason reason, uint64 medicalFen, uint64 cashFen, uint64 subsidyFen
    );

    /// @notice Issues a RESIDENT or FLEXIBLE bill. Actor: INSURER of the premium plan. Amounts follow from the plan.
    function issue(address actor, bytes32 digest, IssueBill calldata body) external;

    /// @notice Issues an EMPLOYEE bill for a month from the declared wage. Actor: EMPLOYER. The id is
    /// keccak256(abi.encode(employer, member, periodStart)).
    function declareWage(address actor, bytes32 digest, DeclareWage calldata body) external;

    /// @notice The member (or a relative with a family link from the member's holder; RESIDENT only) pays the next part.
    /// @dev Reverts `BillUnknown`, `BillAlreadyPaid`, `InvalidInstalment` (not the next part), `QuoteExpired`,
    /// `QuoteStale` (revision or amounts differ), `PocketNotAllowed` (MEDICAL for EMPLOYEE), `InsufficientBalance`,
    /// `NotOwner`, `FundInsufficient` (SUBSIDY), `BillStateInvalid`.
    function pay(address actor, bytes32 digest, PayPremium calldata body) external;

    /// @notice The employer pays a declared bill: employer share and late fee to POOLED, employee share to MEDICAL.
    function payDeclared(address actor, bytes32 digest, PayDeclared calldata body) external;

    /// @notice OPEN → CANCELLED by the issuing INSURER.
    function cancel(address actor, bytes32 digest, CancelBill calldata body) external;

    /// @notice Pays everything back to the pockets that paid. Reverts `RefundNotAllowed`, `BillStateInvalid`,
    /// `RefundExceedsPayment`.
    function refund(address actor, bytes32 digest, RefundPremium calldata body) external;

    /// @notice What the next part of a bill costs at `timestamp`. The same code path as `pay`.
    function quote(BillId billId, uint64 timestamp) external view returns (PremiumQuote memory);
}
