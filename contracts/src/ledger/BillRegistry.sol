// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {
    Bill,
    BillParty,
    BillState,
    BillTerms,
    MAX_PARTS,
    MAX_PERIOD_DAYS,
    partyOf,
    termsOfBill
} from "../types/Bills.sol";
import {
    AlreadyExists,
    BillAlreadyPaid,
    BillStateInvalid,
    BillUnknown,
    InvalidAmount,
    InvalidInstalment,
    InvalidPeriod
} from "../types/Errors.sol";
import { BillId, PlanId } from "../types/Ids.sol";
import { MAX_AMOUNT_FEN } from "../types/Money.sol";
import { MemberKind, Scheme } from "../types/Parties.sol";
import { IBillRegistry } from "../interfaces/IBillRegistry.sol";
import { BatchAccess } from "../access/BatchAccess.sol";
import { PremiumRules } from "../libraries/premiums/PremiumRules.sol";

/// @title Premium bills and what was paid on them.
/// @dev Storage layout: slot 0 AccessManaged (authority); slot 1 `_records`: bill id → four
/// slots {party: member 160, region 96}, {terms: BillTerms}, {insurer 160, memberKind 8,
/// joinedDay 32}, {employer 160, declared bills only}; slot 2 `_sponsors`: bill id → part → one
/// slot {payer 160, medicalFen 64}; slot 3 `_gaps`: bill id → index → one slot {start 32, end
/// 32}. A payment reads the first two slots of a record and writes the second.
contract BillRegistry is IBillRegistry, BatchAccess {
    // --------------------------------------------------------------------------------
    // storage

    struct Record {
        BillParty party;
        BillTerms terms;
        address insurer;
        MemberKind memberKind;
        int32 joinedDay;
        address employer;
    }

    struct Sponsor {
        address payer;
        uint64 medicalFen;
    }

    struct Gap {
        int32 start;
        int32 end;
    }

    mapping(BillId => Record) private _records;
    mapping(BillId => mapping(uint256 part => Sponsor)) private _sponsors;
    mapping(BillId => mapping(uint256 index => Gap)) private _gaps;

    // --------------------------------------------------------------------------------
    // constructor

    constructor(address authority_) AccessManaged(authority_) { }

    // --------------------------------------------------------------------------------
    // bills

    /// @inheritdoc IBillRegistry
    function issue(
        BillId billId,
        Bill calldata bill,
        PlanId planId,
        uint32 planVersion
    ) external restricted {
        Record storage record = _records[billId];
        if (BillId.unwrap(billId) == 0) revert BillUnknown(billId);
        if (BillTerms.unwrap(record.terms) != 0) revert AlreadyExists(BillId.unwrap(billId));
        _requireInRange(billId, bill);

        Bill memory stored = bill;
        stored.state = BillState.OPEN;
        stored.revision = 1;
        stored.paidParts = 0;
        (stored.paidMedicalFen, stored.paidCashFen, stored.paidLateFeeFen) = (0, 0, 0);
        record.party = partyOf(stored.member, stored.region);
        record.terms = termsOfBill(stored);
        record.insurer = stored.insurer;
        record.memberKind = stored.memberKind;
        record.joinedDay = stored.joinedDay;
        if (stored.scheme == Scheme.EMPLOYEE) record.employer = stored.payer;

        emit BillIssued(billId, stored.member, stored.payer, stored, planId, planVersion);
    }

    /// @inheritdoc IBillRegistry
    function recordPayment(
        BillId billId,
        uint64 sideFen
    ) external restricted returns (BillParty party, BillTerms terms) {
        Record storage record = _records[billId];
        terms = record.terms;
        BillState state = terms.state();
        if (!_isPayable(state)) {
            if (state == BillState.NONE) revert BillUnknown(billId);
            if (state == BillState.PAID) revert BillAlreadyPaid(billId);
            revert BillStateInvalid(billId, uint256(state));
        }

        record.terms = terms.withPayment(sideFen);

        return (record.party, terms);
    }

    /// @inheritdoc IBillRegistry
    function recordSponsor(
        BillId billId,
        address sponsor,
        uint64 medicalFen
    ) external restricted {
        BillTerms terms = _requirePaid(billId);

        _sponsors[billId][terms.paidParts()] = Sponsor(sponsor, medicalFen);
        _records[billId].terms = terms.withSponsor();
    }

    /// @inheritdoc IBillRegistry
    function recordGap(BillId billId, int32 gapStart, int32 gapEnd) external restricted {
        BillTerms terms = _requirePaid(billId);

        _gaps[billId][terms.gaps()] = Gap(gapStart, gapEnd);
        _records[billId].terms = terms.withGap();

        emit CoverageGapRecorded(billId, terms.paidParts(), gapStart, gapEnd);
    }

    /// @inheritdoc IBillRegistry
    function cancel(BillId billId) external restricted {
        BillTerms next = _close(billId, BillState.OPEN, BillState.CANCELLED);
        emit BillCancelled(billId, next.revision());
    }

    /// @inheritdoc IBillRegistry
    function refund(BillId billId) external restricted {
        BillTerms next = _close(billId, BillState.PAID, BillState.REFUNDED);
        emit BillRefunded(billId, next.revision());
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc IBillRegistry
    function billOf(BillId billId) external view returns (Bill memory bill) {
        BillTerms terms = _requireKnown(billId);
        Record storage record = _records[billId];
        bill.member = record.party.member();
        bill.region = record.party.region();
        bill.insurer = record.insurer;
        bill.memberKind = record.memberKind;
        bill.joinedDay = record.joinedDay;
        _readTerms(bill, terms);
        bool declared = bill.scheme == Scheme.EMPLOYEE;
        bill.payer = declared ? record.employer : bill.member;
    }

    /// @inheritdoc IBillRegistry
    function termsOf(BillId billId) external view returns (BillParty, BillTerms) {
        return (_records[billId].party, _requireKnown(billId));
    }

    /// @inheritdoc IBillRegistry
    function sponsorOf(BillId billId, uint8 part) external view returns (address, uint64) {
        Sponsor storage sponsor = _sponsors[billId][part];
        return (sponsor.payer, sponsor.medicalFen);
    }

    /// @inheritdoc IBillRegistry
    function insurerOf(BillId billId) external view returns (address) {
        _requireKnown(billId);
        return _records[billId].insurer;
    }

    /// @inheritdoc IBillRegistry
    function stateOn(BillId billId, int32 day) external view returns (BillState state) {
        BillTerms terms = _requireKnown(billId);
        state = terms.state();
        if (_isPayable(state) && _isPastGrace(terms, day)) state = BillState.OVERDUE;
    }

    /// @inheritdoc IBillRegistry
    function coversDay(BillId billId, int32 day) external view returns (bool) {
        BillTerms terms = _requireKnown(billId);
        if (terms.state() > BillState.PAID) return false;
        if (day < terms.periodStart() || day >= terms.periodEnd()) return false;
        if (_isPayable(terms.state()) && _isPastGrace(terms, day)) return false;
        // At most MAX_PARTS gaps: each part leaves one at most.
        uint256 count = terms.gaps();
        for (uint256 i = 0; i < count; ++i) {
            Gap storage gap = _gaps[billId][i];
            if (gap.start <= day && day < gap.end) return false;
        }
        return true;
    }

    // --------------------------------------------------------------------------------
    // internals

    function _close(
        BillId billId,
        BillState from,
        BillState to
    ) private returns (BillTerms next) {
        BillTerms terms = _requireKnown(billId);
        BillState state = terms.state();
        if (state != from) revert BillStateInvalid(billId, uint256(state));
        next = terms.withState(to);
        _records[billId].terms = next;
    }

    /// @dev A bill with a part paid that nobody has closed.
    function _requirePaid(BillId billId) private view returns (BillTerms terms) {
        terms = _requireKnown(billId);
        BillState state = terms.state();
        if (state != BillState.PARTLY_PAID && state != BillState.PAID) {
            revert BillStateInvalid(billId, uint256(state));
        }
    }

    function _requireKnown(BillId billId) private view returns (BillTerms terms) {
        terms = _records[billId].terms;
        if (BillTerms.unwrap(terms) == 0) revert BillUnknown(billId);
    }

    /// @dev Everything the packed word relies on.
    function _requireInRange(BillId billId, Bill calldata bill) private pure {
        if (bill.parts == 0 || bill.parts > MAX_PARTS) {
            revert InvalidInstalment(billId, bill.parts);
        }
        bool declared = bill.scheme == Scheme.EMPLOYEE;
        int32 interval = bill.partIntervalDays;
        bool single = bill.parts == 1;
        if (single ? interval != 0 : (declared || interval <= 0 || interval > 65_535)) {
            revert InvalidInstalment(billId, bill.parts);
        }
        int256 length = int256(bill.periodEnd) - bill.periodStart;
        if (
            length <= 0 || length > MAX_PERIOD_DAYS
                || bill.periodStart != int24(bill.periodStart)
        ) {
            revert InvalidPeriod(bill.periodStart, bill.periodEnd);
        }
        if (bill.joinedDay < bill.periodStart || bill.joinedDay >= bill.periodEnd) {
            revert InvalidPeriod(bill.joinedDay, bill.periodEnd);
        }
        int256 dueOffset = int256(bill.dueDay) - bill.periodStart;
        if (dueOffset != int16(dueOffset)) revert InvalidPeriod(bill.periodStart, bill.dueDay);
        uint256 gross = uint256(bill.personalFen) + bill.employeeFen + bill.subsidyFen;
        if (gross == 0 || gross > MAX_AMOUNT_FEN) revert InvalidAmount(gross);
    }

    function _readTerms(Bill memory bill, BillTerms terms) private pure {
        bool declared = terms.scheme() == Scheme.EMPLOYEE;
        bill.state = terms.state();
        bill.scheme = terms.scheme();
        bill.parts = terms.parts();
        bill.paidParts = terms.paidParts();
        bill.revision = terms.revision();
        bill.periodStart = terms.periodStart();
        bill.periodEnd = terms.periodEnd();
        bill.dueDay = terms.dueDay(1);
        bill.partIntervalDays = declared ? int32(0) : int32(uint32(terms.step()));
        bill.graceDays = terms.graceDays();
        bill.backpayDays = terms.backpayDays();
        bill.lateFeeBpPerDay = declared ? terms.step() : 0;
        bill.personalFen = terms.personalFen();
        bill.employeeFen = declared ? terms.secondFen() : 0;
        bill.subsidyFen = declared ? 0 : terms.secondFen();
        bill.paidMedicalFen = declared ? 0 : terms.sideFen();
        bill.paidLateFeeFen = declared ? terms.sideFen() : 0;
        uint64 paidFen = PremiumRules.paidOf(bill.personalFen, bill.parts, bill.paidParts);
        if (declared && bill.paidParts == 1) paidFen += bill.employeeFen;
        bill.paidCashFen = paidFen - bill.paidMedicalFen;
    }

    function _isPayable(BillState state) private pure returns (bool) {
        return state == BillState.OPEN || state == BillState.PARTLY_PAID;
    }

    /// @dev Whether `day` lies after the last grace day of the first unpaid part; there is one.
    function _isPastGrace(BillTerms terms, int32 day) private pure returns (bool) {
        return day > terms.lastGraceDay(uint256(terms.paidParts()) + 1);
    }
}
