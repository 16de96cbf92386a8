// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { Region } from "./Ids.sol";
import { MemberKind, Scheme } from "./Parties.sol";

/// @dev OVERDUE is computed from dates, never stored (see `IBillRegistry.stateOn`).
enum BillState {
    NONE,
    OPEN,
    PARTLY_PAID,
    PAID,
    CANCELLED,
    REFUNDED,
    OVERDUE
}

/// @dev A bill as people read it. Money owed: `personalFen` by the payer and `subsidyFen` by the
/// SUBSIDY fund, both to POOLED; for EMPLOYEE bills `personalFen` = employer share (to POOLED)
/// and `employeeFen` = employee share (to the member's MEDICAL). `paidMedicalFen + paidCashFen`
/// is what payers paid, late fees apart, over all parts. `payer` is the member, or the employer
/// of a declared bill. `joinedDay` is the first day the amounts were prorated for. `revision`
/// starts at 1 and rises with every payment, cancellation or refund. `partIntervalDays` is 0 for
/// one part; `lateFeeBpPerDay` is 0 unless the scheme is EMPLOYEE.
struct Bill {
    address member;
    address payer;
    address insurer;
    BillState state;
    Scheme scheme;
    MemberKind memberKind;
    Region region;
    uint8 parts;
    uint8 paidParts;
    uint32 revision;
    int32 periodStart;
    int32 periodEnd;
    int32 joinedDay;
    int32 dueDay;
    int32 partIntervalDays;
    uint16 graceDays;
    uint16 backpayDays;
    uint16 lateFeeBpPerDay;
    uint64 personalFen;
    uint64 employeeFen;
    uint64 subsidyFen;
    uint64 paidMedicalFen;
    uint64 paidCashFen;
    uint64 paidLateFeeFen;
}

/// @dev The most instalments of one bill, and so the most gaps it can leave.
uint8 constant MAX_PARTS = 12;

/// @dev The longest period of one bill in days (12 bits of `BillTerms`).
int32 constant MAX_PERIOD_DAYS = 4095;

/// @dev member (high 20 bytes) ‖ region (low 12 bytes). Never changes. Zero = no such bill.
type BillParty is bytes32;

/// @dev Everything a payment or a coverage check needs, in one word, so that a payment reads two
/// slots and writes one. From the lowest bit: state 4 | scheme 4 | parts 4 | paidParts 4 | gaps
/// 4 | sponsored 4 | periodStart int24 | periodDays 12 | dueDay - periodStart int16 | graceDays
/// 16 | backpayDays 16 | step 16 | personalFen 44 | secondFen 44 | sideFen 44.
/// @dev step: days between parts; for EMPLOYEE, which has one part, the late fee in bp per day.
/// @dev secondFen: the subsidy; for EMPLOYEE the employee share. sideFen: MEDICAL paid so far
/// over all parts; for EMPLOYEE the late fee paid.
type BillTerms is uint256;

using { member, region } for BillParty global;

using {
    state,
    scheme,
    parts,
    paidParts,
    gaps,
    sponsored,
    periodStart,
    periodEnd,
    dueDay,
    lastGraceDay,
    graceDays,
    backpayDays,
    step,
    personalFen,
    secondFen,
    sideFen,
    revision,
    withState,
    withPayment,
    withGap,
    withSponsor
} for BillTerms global;

uint256 constant FEN_MASK = (1 << 44) - 1;

function partyOf(address account, Region place) pure returns (BillParty) {
    return BillParty.wrap(bytes32(bytes20(account)) | (bytes32(Region.unwrap(place)) >> 160));
}

function member(BillParty party) pure returns (address) {
    return address(bytes20(BillParty.unwrap(party)));
}

function region(BillParty party) pure returns (Region) {
    return Region.wrap(bytes12(BillParty.unwrap(party) << 160));
}

/// @dev The first word of a bill's life. The caller (BillRegistry.issue) has checked every
/// range.
function termsOfBill(Bill memory bill) pure returns (BillTerms) {
    bool declared = bill.scheme == Scheme.EMPLOYEE;
    uint256 days_ = uint256(int256(bill.periodEnd) - bill.periodStart);
    uint256 dueOffset = uint16(int16(bill.dueDay - bill.periodStart));
    uint256 stepValue = declared ? bill.lateFeeBpPerDay : uint256(int256(bill.partIntervalDays));
    uint256 second = declared ? bill.employeeFen : bill.subsidyFen;
    uint256 word =
        uint256(BillState.OPEN) | (uint256(bill.scheme) << 4) | (uint256(bill.parts) << 8);
    word |= (uint256(uint24(int24(bill.periodStart))) << 24) | (days_ << 48) | (dueOffset << 60);
    word |= (uint256(bill.graceDays) << 76) | (uint256(bill.backpayDays) << 92)
        | (stepValue << 108);
    return BillTerms.wrap(word | (uint256(bill.personalFen) << 124) | (second << 168));
}

function state(BillTerms terms) pure returns (BillState) {
    return BillState(BillTerms.unwrap(terms) & 15);
}

function scheme(BillTerms terms) pure returns (Scheme) {
    return Scheme((BillTerms.unwrap(terms) >> 4) & 15);
}

function parts(BillTerms terms) pure returns (uint8) {
    return uint8((BillTerms.unwrap(terms) >> 8) & 15);
}

function paidParts(BillTerms terms) pure returns (uint8) {
    return uint8((BillTerms.unwrap(terms) >> 12) & 15);
}

function gaps(BillTerms terms) pure returns (uint256) {
    return (BillTerms.unwrap(terms) >> 16) & 15;
}

/// @dev Whether a relative paid a part; only then are there payer records to read.
function sponsored(BillTerms terms) pure returns (bool) {
    return (BillTerms.unwrap(terms) >> 20) & 15 != 0;
}

function periodStart(BillTerms terms) pure returns (int32) {
    return int24(uint24(BillTerms.unwrap(terms) >> 24));
}

function periodEnd(BillTerms terms) pure returns (int32) {
    return periodStart(terms) + int32(uint32((BillTerms.unwrap(terms) >> 48) & 4095));
}

/// @dev Due day of a part, counted from 1. EMPLOYEE bills have one part, so `step` is never
/// taken for an interval.
function dueDay(BillTerms terms, uint256 part) pure returns (int32) {
    // Unchecked: 2^23 days of start, 2^15 of offset and 15 steps of 2^16 stay far inside int32.
    unchecked {
        int256 first = int256(periodStart(terms)) + int16(uint16(BillTerms.unwrap(terms) >> 60));
        return int32(first + int256((part - 1) * step(terms)));
    }
}

/// @dev The last day on which the coverage is active though a part is unpaid.
function lastGraceDay(BillTerms terms, uint256 part) pure returns (int32) {
    // Unchecked: as above, and grace is less than 2^16 days.
    unchecked {
        return dueDay(terms, part) + int32(uint32(graceDays(terms)));
    }
}

function graceDays(BillTerms terms) pure returns (uint16) {
    return uint16(BillTerms.unwrap(terms) >> 76);
}

function backpayDays(BillTerms terms) pure returns (uint16) {
    return uint16(BillTerms.unwrap(terms) >> 92);
}

function step(BillTerms terms) pure returns (uint16) {
    return uint16(BillTerms.unwrap(terms) >> 108);
}

function personalFen(BillTerms terms) pure returns (uint64) {
    return uint64((BillTerms.unwrap(terms) >> 124) & FEN_MASK);
}

function secondFen(BillTerms terms) pure returns (uint64) {
    return uint64((BillTerms.unwrap(terms) >> 168) & FEN_MASK);
}

function sideFen(BillTerms terms) pure returns (uint64) {
    return uint64(BillTerms.unwrap(terms) >> 212);
}

/// @dev Follows from the rest, so it needs no bits: a payment, a cancellation and a refund each
/// add one.
function revision(BillTerms terms) pure returns (uint32) {
    BillState now_ = state(terms);
    bool closed = now_ == BillState.CANCELLED || now_ == BillState.REFUNDED;
    return 1 + uint32(paidParts(terms)) + (closed ? 1 : 0);
}

function withState(BillTerms terms, BillState next) pure returns (BillTerms) {
    return BillTerms.wrap((BillTerms.unwrap(terms) & ~uint256(15)) | uint256(next));
}

/// @dev After the next part: one more paid, `addedFen` on the side, PAID with the last part. The
/// caller has checked that a part is left, so the counter stays inside its four bits, and the
/// side of a bill is at most 10^13, so 44 bits hold the sum.
function withPayment(BillTerms terms, uint64 addedFen) pure returns (BillTerms) {
    // Unchecked: as said above.
    unchecked {
        uint256 word = BillTerms.unwrap(terms) + (1 << 12) + (uint256(addedFen) << 212);
        bool last = ((word >> 12) & 15) == ((word >> 8) & 15);
        BillState next = last ? BillState.PAID : BillState.PARTLY_PAID;
        return BillTerms.wrap((word & ~uint256(15)) | uint256(next));
    }
}

/// @dev One more gap; a part leaves one at most, so four bits hold the number.
function withGap(BillTerms terms) pure returns (BillTerms) {
    return BillTerms.wrap(BillTerms.unwrap(terms) + (1 << 16));
}

function withSponsor(BillTerms terms) pure returns (BillTerms) {
    return BillTerms.wrap(BillTerms.unwrap(terms) | (1 << 20));
}
