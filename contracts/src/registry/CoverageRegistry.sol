// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { Bill, BillState } from "../types/Bills.sol";
import {
    BillStateInvalid,
    CoverageInactive,
    CoverageUnknown,
    InvalidPeriod,
    MemberUnknown,
    NotOwner,
    PlanUnknown,
    WaitingPeriodActive
} from "../types/Errors.sol";
import { BillId, PlanId, Region } from "../types/Ids.sol";
import { EndCoverage, Enrol } from "../types/Intents.sol";
import { MemberKind, OrganisationKind, Scheme } from "../types/Parties.sol";
import { PlanHead, PremiumPlan } from "../types/PlanTypes.sol";
import { IBillRegistry } from "../interfaces/IBillRegistry.sol";
import { ICoverageRegistry } from "../interfaces/ICoverageRegistry.sol";
import { IMemberRegistry } from "../interfaces/IMemberRegistry.sol";
import { IPlanRegistry } from "../interfaces/IPlanRegistry.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { WaitingRules } from "../libraries/claims/WaitingRules.sol";

/// @title Coverage periods per member and scheme.
/// @dev Storage layout: slot 0 AccessManaged (authority); slot 1 `_records`: member → scheme →
/// start day → two slots {branch 32, endDay 32, careFromDay 32, tenureYears 16, memberKind 8,
/// billed 8}, {billId, written only if billed}; slot 2 `_last`: member → scheme → one slot
/// {startDay 32, endDay 32, chainStart 32, known 8}; slot 3 `_branches`: number, 1 first →
/// one slot {insurer 160, region 96}; slot 4 `_branchOf`: insurer → region → number; slot 5
/// `_lastBranch` 32. The members of an insurer in a region share a branch, so that a claim reads
/// one slot of its own.
contract CoverageRegistry is ICoverageRegistry, AccessManaged {
    // --------------------------------------------------------------------------------
    // storage

    /// @dev Branch zero means that there is no record.
    struct Record {
        uint32 branch;
        int32 endDay;
        int32 careFromDay;
        uint16 tenureYears;
        MemberKind memberKind;
        bool billed;
        BillId billId;
    }

    /// @dev Newest period of a scheme, and where the periods without a gap day before it began.
    struct Last {
        int32 startDay;
        int32 endDay;
        int32 chainStart;
        bool known;
    }

    /// @dev An insurer in a region.
    struct Branch {
        address insurer;
        Region region;
    }

    mapping(address member => mapping(Scheme => mapping(int32 startDay => Record))) private
        _records;
    mapping(address member => mapping(Scheme => Last)) private _last;
    mapping(uint32 number => Branch) private _branches;
    mapping(address insurer => mapping(Region => uint32 number)) private _branchOf;
    uint32 private _lastBranch;

    IMemberRegistry private immutable MEMBERS;
    IProviderRegistry private immutable PROVIDERS;
    IPlanRegistry private immutable PLANS;
    IBillRegistry private immutable BILLS;

    // --------------------------------------------------------------------------------
    // constructor

    constructor(
        address authority_,
        IMemberRegistry members,
        IProviderRegistry providers,
        IPlanRegistry plans,
        IBillRegistry bills
    ) AccessManaged(authority_) {
        MEMBERS = members;
        PROVIDERS = providers;
        PLANS = plans;
        BILLS = bills;
    }

    // --------------------------------------------------------------------------------
    // periods

    /// @inheritdoc ICoverageRegistry
    function enrol(address actor, bytes32, Enrol calldata body) external restricted {
        PremiumPlan memory plan = _requirePlan(actor, body);
        if (!MEMBERS.exists(body.member)) revert MemberUnknown(body.member);
        Last memory last = _last[body.member][body.scheme];
        if (body.endDay <= body.startDay || (last.known && body.startDay < last.endDay)) {
            revert InvalidPeriod(body.startDay, body.endDay);
        }
        if (BillId.unwrap(body.billId) != 0) _requireBill(actor, body);

        int32 chainStart =
            last.known && last.endDay == body.startDay ? last.chainStart : body.startDay;
        Record memory record = Record({
            branch: _branchFor(actor, body.region),
            endDay: body.endDay,
            careFromDay: WaitingRules.careFrom(
                plan, body.startDay, body.missedYears, body.extraYears, body.newborn, body.late
            ),
            tenureYears: WaitingRules.tenure(chainStart, body.startDay),
            memberKind: body.memberKind,
            billed: BillId.unwrap(body.billId) != 0,
            billId: body.billId
        });
        _records[body.member][body.scheme][body.startDay] = record;
        _last[body.member][body.scheme] = Last(body.startDay, body.endDay, chainStart, true);

        _emitEnrolled(actor, body, record);
    }

    /// @inheritdoc ICoverageRegistry
    function end(address actor, bytes32, EndCoverage calldata body) external restricted {
        PROVIDERS.requireKind(actor, OrganisationKind.INSURER);
        Record storage record = _requireRecord(body.member, body.scheme, body.startDay);
        if (_branches[record.branch].insurer != actor) {
            revert NotOwner(actor, bytes32(uint256(uint160(body.member))));
        }
        Last storage last = _last[body.member][body.scheme];
        // An earlier period has ended where the next one began, or before.
        if (last.startDay != body.startDay) revert CoverageUnknown(body.member, body.startDay);
        if (body.endDay < body.startDay || body.endDay >= record.endDay) {
            revert InvalidPeriod(body.startDay, body.endDay);
        }

        record.endDay = body.endDay;
        last.endDay = body.endDay;

        emit CoverageEnded(body.member, body.scheme, body.startDay, body.endDay, body.reasonCode);
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc ICoverageRegistry
    function coverageOf(
        address member,
        Scheme scheme,
        int32 startDay
    ) external view returns (Coverage memory) {
        Record memory record = _requireRecord(member, scheme, startDay);
        Branch memory branch = _branches[record.branch];
        return Coverage({
            startDay: startDay,
            endDay: record.endDay,
            careFromDay: record.careFromDay,
            tenureYears: record.tenureYears,
            memberKind: record.memberKind,
            insurer: branch.insurer,
            region: branch.region,
            billId: record.billId
        });
    }

    /// @inheritdoc ICoverageRegistry
    function lastPeriodOf(
        address member,
        Scheme scheme
    ) external view returns (int32 startDay, int32 endDay, int32 chainStart) {
        Last storage last = _last[member][scheme];
        return (last.startDay, last.endDay, last.chainStart);
    }

    /// @inheritdoc ICoverageRegistry
    function requireActive(
        address member,
        Scheme scheme,
        int32 startDay,
        int32 day
    )
        external
        view
        returns (address insurer, Region region, MemberKind memberKind, uint16 tenureYears)
    {
        uint32 number;
        (number, memberKind, tenureYears) = _requireDay(member, scheme, startDay, day);
        Branch storage branch = _branches[number];
        (insurer, region) = (branch.insurer, branch.region);
    }

    // --------------------------------------------------------------------------------
    // internals

    function _requirePlan(
        address actor,
        Enrol calldata body
    ) private view returns (PremiumPlan memory plan) {
        PROVIDERS.requireKind(actor, OrganisationKind.INSURER);
        PlanHead memory head;
        (head, plan) = PLANS.premiumPlan(body.planId, body.planVersion);
        if (head.insurer != actor) revert NotOwner(actor, PlanId.unwrap(body.planId));
        bool serves = head.scheme == body.scheme && head.memberKind == body.memberKind
            && head.region == body.region && head.validFrom <= body.startDay
            && body.startDay < head.validUntil;
        if (!serves) revert PlanUnknown(body.planId, body.planVersion);
    }

    /// @dev The coverage must lie in the days the bill pays for: `coversDay` is the bill's
    /// answer for its own days.
    function _requireBill(address actor, Enrol calldata body) private view {
        Bill memory bill = BILLS.billOf(body.billId);
        bool matches = bill.member == body.member && bill.scheme == body.scheme
            && bill.region == body.region && bill.insurer == actor
            && bill.memberKind == body.memberKind;
        if (!matches) revert NotOwner(actor, BillId.unwrap(body.billId));
        if (bill.state == BillState.CANCELLED || bill.state == BillState.REFUNDED) {
            revert BillStateInvalid(body.billId, uint256(bill.state));
        }
        if (body.startDay < bill.joinedDay || body.endDay > bill.periodEnd) {
            revert InvalidPeriod(body.startDay, body.endDay);
        }
    }

    /// @dev The checks of requireActive. Fields of the one slot are read side by side, so that
    /// the compiler reads the slot once.
    function _requireDay(
        address member,
        Scheme scheme,
        int32 startDay,
        int32 day
    ) private view returns (uint32 branch, MemberKind memberKind, uint16 tenureYears) {
        Record storage record = _records[member][scheme][startDay];
        branch = record.branch;
        (int32 endDay, int32 careFromDay, bool billed) =
            (record.endDay, record.careFromDay, record.billed);
        (memberKind, tenureYears) = (record.memberKind, record.tenureYears);
        if (branch == 0) revert CoverageUnknown(member, startDay);
        if (day < startDay || day >= endDay) revert CoverageInactive(member, day);
        if (billed && !BILLS.coversDay(record.billId, day)) {
            revert CoverageInactive(member, day);
        }
        if (day < careFromDay) revert WaitingPeriodActive(member, careFromDay);
    }

    function _requireRecord(
        address member,
        Scheme scheme,
        int32 startDay
    ) private view returns (Record storage record) {
        record = _records[member][scheme][startDay];
        if (record.branch == 0) revert CoverageUnknown(member, startDay);
    }

    /// @dev The number of an insurer's branch in a region; its first enrolment there opens it.
    function _branchFor(address insurer, Region region) private returns (uint32 number) {
        number = _branchOf[insurer][region];
        if (number != 0) return number;

        number = ++_lastBranch;
        _branches[number] = Branch(insurer, region);
        _branchOf[insurer][region] = number;
    }

    function _emitEnrolled(address insurer, Enrol calldata body, Record memory record) private {
        emit Enrolled(
            body.member,
            body.scheme,
            insurer,
            record.memberKind,
            body.region,
            body.startDay,
            record.endDay,
            record.careFromDay,
            record.tenureYears,
            record.billId
        );
    }
}
