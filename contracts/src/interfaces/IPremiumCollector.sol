// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { BillId } from "../types/Ids.sol";
import {
    CancelBill,
    DeclareWage,
    IssueBill,
    PayDeclared,
    PayPremium,
    RefundPremium
} from "../types/Intents.sol";

/// @title Premium rules: issue, quote, pay, cancel, refund. Holds no state.
/// @dev "Today" is the policy day of the block. Handlers are restricted to the IntentRouter,
/// which has verified the actor's signature.
interface IPremiumCollector {
    /// @dev What is due for the next part now. RESIDENT, FLEXIBLE: grossFen = partFen +
    /// subsidyFen and the payer owes totalFen = partFen. EMPLOYEE: partFen = employer share,
    /// grossFen = partFen + employeeFen, totalFen = grossFen + lateFeeFen.
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

    /// @dev Reasons a refund may name. BEFORE_START serves before the period starts, the others
    /// at any time.
    enum RefundReason {
        NONE,
        BEFORE_START,
        DOUBLE_PAYMENT,
        TWO_SCHEMES,
        DEATH_BEFORE_START
    }

    /// @dev One event per payment, and the only one about the bill: with block and log index it
    /// is the receipt. `payer` is who paid: the member, a relative or the employer. `medicalFen
    /// + cashFen` left the payer's pockets, `cashFen` including `employeeFen` and `lateFeeFen`.
    /// After it the bill's paid parts are `part`, it is PAID with the last of them, and its
    /// revision is `part` + 1. The payment day follows from the block.
    event PremiumPaid(
        bytes32 indexed digest,
        BillId indexed billId,
        address payer,
        uint8 part,
        uint64 medicalFen,
        uint64 cashFen,
        uint64 employeeFen,
        uint64 subsidyFen,
        uint64 lateFeeFen
    );
    /// @dev The negative receipt; it refers to all payments of the bill. `medicalFen + cashFen`
    /// went back to the pockets of each part's payer, `cashFen` including `employeeFen` (out of
    /// the member's MEDICAL) and `lateFeeFen`; `subsidyFen` to the SUBSIDY fund.
    event PremiumRefunded(
        bytes32 indexed digest,
        BillId indexed billId,
        RefundReason reason,
        uint64 medicalFen,
        uint64 cashFen,
        uint64 employeeFen,
        uint64 subsidyFen,
        uint64 lateFeeFen
    );

    /// @notice Issues a RESIDENT or FLEXIBLE bill. Actor: INSURER of the premium plan. Amounts
    /// follow from the plan.
    /// @dev Reverts `RoleMissing`, `PlanUnknown` (also for another selector, or not valid on
    /// periodStart), `NotOwner` (another insurer's plan), `MemberUnknown`, `InvalidInstalment`
    /// (parts, interval, or a part of nothing), `InvalidPeriod`, `InvalidAmount` (nothing to
    /// pay), `AlreadyExists`, `BillUnknown` (zero id).
    function issue(address actor, bytes32 digest, IssueBill calldata body) external;

    /// @notice Issues an EMPLOYEE bill for one calendar month from the declared wage. Actor:
    /// EMPLOYER. The id is keccak256(abi.encode(employer, member, periodStart)): one bill per
    /// employer, member and month.
    /// @dev Reverts `RoleMissing`, `PlanUnknown`, `MemberUnknown`, `InvalidAmount` (wage over
    /// 10^13, or nothing to pay), `InvalidPeriod` (not a calendar month, or joined outside it),
    /// `AlreadyExists`.
    function declareWage(address actor, bytes32 digest, DeclareWage calldata body) external;

    /// @notice The member, or a member with a family link from the actor as holder to the bill's
    /// member, pays the next part; the SUBSIDY fund adds its share of the part and POOLED
    /// receives both. MEDICAL pays RESIDENT bills only.
    /// @dev Reverts, in this order: `BillUnknown`, `BillAlreadyPaid`, `BillStateInvalid`,
    /// `PocketNotAllowed`, `NotOwner` (also every EMPLOYEE bill), `InvalidInstalment` (not the
    /// next part), `QuoteExpired`, `QuoteStale` (revision or amounts differ), `FundInsufficient`
    /// (SUBSIDY), then those of `IWalletLedger.move`.
    function pay(address actor, bytes32 digest, PayPremium calldata body) external;

    /// @notice The employer pays a declared bill whole from CASH: employer share and late fee to
    /// POOLED, employee share to the member's MEDICAL. `amountFen` must equal what is due today.
    /// @dev Reverts, in this order: `RoleMissing`, `BillUnknown`, `NotOwner` (another employer's
    /// bill, or not a declared one), then as `pay`.
    function payDeclared(address actor, bytes32 digest, PayDeclared calldata body) external;

    /// @notice OPEN → CANCELLED by the issuing INSURER, while the bill is neither part-paid nor
    /// overdue.
    /// @dev Reverts `RoleMissing`, `BillUnknown`, `NotOwner`, `BillStateInvalid`.
    function cancel(address actor, bytes32 digest, CancelBill calldata body) external;

    /// @notice Pays a PAID bill back whole to the pockets that paid, part by part: MEDICAL and
    /// CASH of each payer, the subsidy to SUBSIDY; for EMPLOYEE all to the employer's CASH, the
    /// employee share out of the member's MEDICAL. Actor: the issuing INSURER. A refunded bill
    /// covers no day.
    /// @dev Reverts `RoleMissing`, `BillUnknown`, `NotOwner`, `RefundExceedsPayment` (refunded
    /// before: nothing is left), `BillStateInvalid` (not PAID), `RefundNotAllowed` (reason
    /// unknown, or BEFORE_START on or after the first day), `FundInsufficient` (POOLED),
    /// `InsufficientBalance` (the member spent the employee share).
    function refund(address actor, bytes32 digest, RefundPremium calldata body) external;

    /// @notice What the next part of a bill costs at `timestamp`. The same code path as `pay`.
    /// @dev Reverts `BillUnknown`, `BillAlreadyPaid`, `BillStateInvalid`.
    function quote(BillId billId, uint64 timestamp) external view returns (PremiumQuote memory);

    /// @notice The id of the bill that an employer's declaration for a month makes.
    function declaredBillId(
        address employer,
        address member,
        int32 periodStart
    ) external pure returns (BillId);
}
