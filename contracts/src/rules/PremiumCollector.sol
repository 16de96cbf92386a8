// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { Bytes } from "@openzeppelin/contracts/utils/Bytes.sol";
import { LowLevelCall } from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import { Bill, BillParty, BillState, BillTerms } from "../types/Bills.sol";
import {
    BillAlreadyPaid,
    BillStateInvalid,
    FundInsufficient,
    InsufficientBalance,
    InvalidAmount,
    InvalidInstalment,
    InvalidPeriod,
    MemberUnknown,
    NotOwner,
    PlanUnknown,
    PocketNotAllowed,
    QuoteExpired,
    QuoteStale,
    RefundExceedsPayment,
    RefundNotAllowed
} from "../types/Errors.sol";
import { Entry, credit, debit } from "../types/Entries.sol";
import { BillId, PlanId, Region } from "../types/Ids.sol";
import {
    CancelBill,
    DeclareWage,
    IssueBill,
    PayDeclared,
    PayPremium,
    RefundPremium
} from "../types/Intents.sol";
import { FundKind, MAX_AMOUNT_FEN, Pocket, Purpose } from "../types/Money.sol";
import { OrganisationKind, Relation, Scheme } from "../types/Parties.sol";
import { PlanHead, PremiumPlan } from "../types/PlanTypes.sol";
import { IBillRegistry } from "../interfaces/IBillRegistry.sol";
import { IMemberRegistry } from "../interfaces/IMemberRegistry.sol";
import { IPlanRegistry } from "../interfaces/IPlanRegistry.sol";
import { IPremiumCollector } from "../interfaces/IPremiumCollector.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { IWalletLedger } from "../interfaces/IWalletLedger.sol";
import { BatchAccess } from "../access/BatchAccess.sol";
import { Accounts } from "../libraries/money/Accounts.sol";
import { Calendar } from "../libraries/time/Calendar.sol";
import { Days } from "../libraries/time/Days.sol";
import { PostingList, PostingLists } from "../libraries/money/PostingLists.sol";
import { PremiumRules } from "../libraries/premiums/PremiumRules.sol";

/// @title Premium rules. Holds no state: replaced by granting roles.
/// @dev Storage layout: slot 0 AccessManaged (authority); nothing of its own.
contract PremiumCollector is IPremiumCollector, BatchAccess {
    using Bytes for bytes;
    using PostingLists for PostingList;

    // --------------------------------------------------------------------------------
    // storage

    IWalletLedger private immutable LEDGER;
    IBillRegistry private immutable BILLS;
    IMemberRegistry private immutable MEMBERS;
    IProviderRegistry private immutable PROVIDERS;
    IPlanRegistry private immutable PLANS;

    // --------------------------------------------------------------------------------
    // constructor

    constructor(
        address authority_,
        IWalletLedger ledger,
        IBillRegistry bills,
        IMemberRegistry members,
        IProviderRegistry providers,
        IPlanRegistry plans
    ) AccessManaged(authority_) {
        LEDGER = ledger;
        BILLS = bills;
        MEMBERS = members;
        PROVIDERS = providers;
        PLANS = plans;
    }

    // --------------------------------------------------------------------------------
    // bills

    /// @inheritdoc IPremiumCollector
    function issue(address actor, bytes32, IssueBill calldata body) external restricted {
        PROVIDERS.requireKind(actor, OrganisationKind.INSURER);
        (PlanHead memory head, PremiumPlan memory plan) =
            PLANS.premiumPlan(body.planId, body.planVersion);
        if (head.insurer != actor) revert NotOwner(actor, PlanId.unwrap(body.planId));
        bool serves = head.region == body.region && head.scheme == body.scheme
            && head.memberKind == body.memberKind
            && (body.scheme == Scheme.RESIDENT || body.scheme == Scheme.FLEXIBLE);
        if (!serves || !_isValidOn(head, body.periodStart)) {
            revert PlanUnknown(body.planId, body.planVersion);
        }
        if (!MEMBERS.exists(body.member)) revert MemberUnknown(body.member);

        Bill memory bill = _newBill(head, plan, body.periodStart, body.periodEnd, body.joinedDay);
        bill.member = body.member;
        bill.payer = body.member;
        bill.dueDay = body.dueDay;
        bill.parts = body.parts;
        bill.partIntervalDays = body.partIntervalDays;
        bill.personalFen = _prorated(bill, plan, plan.personalFen[uint256(body.memberKind)]);
        bill.subsidyFen = _prorated(bill, plan, plan.subsidyFen[uint256(body.memberKind)]);
        // With fewer fen than parts the last parts would be payments of nothing.
        if (bill.parts > 1 && bill.personalFen < bill.parts && bill.subsidyFen < bill.parts) {
            revert InvalidInstalment(body.billId, bill.parts);
        }

        BILLS.issue(body.billId, bill, body.planId, body.planVersion);
    }

    /// @inheritdoc IPremiumCollector
    function declareWage(address actor, bytes32, DeclareWage calldata body) external restricted {
        PROVIDERS.requireKind(actor, OrganisationKind.EMPLOYER);
        (PlanHead memory head, PremiumPlan memory plan) =
            PLANS.premiumPlan(body.planId, body.planVersion);
        bool serves = head.region == body.region && head.scheme == Scheme.EMPLOYEE;
        if (!serves || !_isValidOn(head, body.periodStart)) {
            revert PlanUnknown(body.planId, body.planVersion);
        }
        if (!MEMBERS.exists(body.member)) revert MemberUnknown(body.member);
        if (body.wageFen == 0 || body.wageFen > MAX_AMOUNT_FEN) {
            revert InvalidAmount(body.wageFen);
        }
        if (!Calendar.isMonth(body.periodStart, body.periodEnd)) {
            revert InvalidPeriod(body.periodStart, body.periodEnd);
        }

        Bill memory bill = _newBill(head, plan, body.periodStart, body.periodEnd, body.joinedDay);
        bill.member = body.member;
        bill.payer = actor;
        // The plan says when: an employer cannot put off its own late fee.
        bill.dueDay = body.periodStart + int32(uint32(plan.dueDays));
        bill.parts = 1;
        bill.lateFeeBpPerDay = plan.lateFeeBpPerDay;
        (uint64 employerFen, uint64 employeeFen) = PremiumRules.shares(plan, body.wageFen);
        bill.personalFen = _prorated(bill, plan, employerFen);
        bill.employeeFen = _prorated(bill, plan, employeeFen);

        BillId billId = declaredBillId(actor, body.member, body.periodStart);
        BILLS.issue(billId, bill, body.planId, body.planVersion);
    }

    /// @inheritdoc IPremiumCollector
    function cancel(address actor, bytes32, CancelBill calldata body) external restricted {
        _requireIssuer(actor, body.billId);
        BillState state = BILLS.stateOn(body.billId, Days.today());
        if (state != BillState.OPEN) revert BillStateInvalid(body.billId, uint256(state));

        BILLS.cancel(body.billId);
    }

    // --------------------------------------------------------------------------------
    // payments

    /// @inheritdoc IPremiumCollector
    function pay(address actor, bytes32 digest, PayPremium memory body) external restricted {
        // Recorded by the call that reads the bill: what is refused below undoes it.
        (BillParty party, BillTerms terms) = BILLS.recordPayment(body.billId, body.medicalFen);
        Scheme scheme = terms.scheme();
        if (body.medicalFen != 0 && scheme != Scheme.RESIDENT) {
            revert PocketNotAllowed(Pocket.MEDICAL, uint256(Purpose.PREMIUM));
        }
        bool isMember = actor == party.member();
        if (scheme == Scheme.EMPLOYEE || (!isMember && !_isHolder(actor, party.member()))) {
            revert NotOwner(actor, BillId.unwrap(body.billId));
        }
        int32 today = Days.today();
        PremiumQuote memory due = PremiumRules.due(terms, today);
        if (body.part != due.part) revert InvalidInstalment(body.billId, body.part);
        uint256 offeredFen = uint256(body.medicalFen) + body.cashFen;
        _requireFresh(body.billId, body.quoteExpiresAt, body.revision, offeredFen, due);

        _recordGap(body.billId, terms, due.part, today);
        if (!isMember) BILLS.recordSponsor(body.billId, actor, body.medicalFen);
        _postPremium(digest, party.region(), scheme, actor, body, due.subsidyFen);

        emit PremiumPaid(
            digest,
            body.billId,
            actor,
            due.part,
            body.medicalFen,
            body.cashFen,
            0,
            due.subsidyFen,
            0
        );
    }

    /// @inheritdoc IPremiumCollector
    function payDeclared(
        address actor,
        bytes32 digest,
        PayDeclared memory body
    ) external restricted {
        PROVIDERS.requireKind(actor, OrganisationKind.EMPLOYER);
        (BillParty party, BillTerms terms) = BILLS.termsOf(body.billId);
        // The id of a declared bill names its employer, so no further slot is read.
        BillId declared = declaredBillId(actor, party.member(), terms.periodStart());
        if (terms.scheme() != Scheme.EMPLOYEE || !_same(declared, body.billId)) {
            revert NotOwner(actor, BillId.unwrap(body.billId));
        }
        int32 today = Days.today();
        PremiumQuote memory due = _quote(body.billId, terms, today);
        _requireFresh(body.billId, body.quoteExpiresAt, body.revision, body.amountFen, due);

        // The terms are known: the late fee that is recorded follows from them.
        // slither-disable-next-line unused-return
        BILLS.recordPayment(body.billId, due.lateFeeFen);
        _recordGap(body.billId, terms, due.part, today);
        _postDeclared(digest, party, actor, due);

        emit PremiumPaid(
            digest,
            body.billId,
            actor,
            due.part,
            0,
            body.amountFen,
            due.employeeFen,
            0,
            due.lateFeeFen
        );
    }

    /// @inheritdoc IPremiumCollector
    function refund(
        address actor,
        bytes32 digest,
        RefundPremium calldata body
    ) external restricted {
        _requireIssuer(actor, body.billId);
        Bill memory bill = BILLS.billOf(body.billId);
        uint64 paidFen = bill.paidMedicalFen + bill.paidCashFen + bill.paidLateFeeFen;
        if (bill.state == BillState.REFUNDED) {
            revert RefundExceedsPayment(body.billId, paidFen, 0);
        }
        if (bill.state != BillState.PAID) {
            revert BillStateInvalid(body.billId, uint256(bill.state));
        }
        RefundReason reason = _requireReason(body, bill.periodStart);

        BILLS.refund(body.billId);
        address pooled = Accounts.fund(bill.region, bill.scheme, FundKind.POOLED);
        // What POOLED received: the employee share went elsewhere and is part of the cash.
        _requireFund(pooled, paidFen - bill.employeeFen + bill.subsidyFen);
        LEDGER.move(digest, Purpose.PREMIUM_REFUND, _refundPostings(body.billId, bill, pooled));

        emit PremiumRefunded(
            digest,
            body.billId,
            reason,
            bill.paidMedicalFen,
            bill.paidCashFen + bill.paidLateFeeFen,
            bill.employeeFen,
            bill.subsidyFen,
            bill.paidLateFeeFen
        );
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc IPremiumCollector
    function quote(BillId billId, uint64 timestamp) external view returns (PremiumQuote memory) {
        // What is due does not depend on who the member is.
        // slither-disable-next-line unused-return
        (, BillTerms terms) = BILLS.termsOf(billId);
        return _quote(billId, terms, Days.dayOf(int256(uint256(timestamp))));
    }

    /// @inheritdoc IPremiumCollector
    function declaredBillId(
        address employer,
        address member,
        int32 periodStart
    ) public pure returns (BillId) {
        return BillId.wrap(keccak256(abi.encode(employer, member, periodStart)));
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @dev What both kinds of bill take from the plan. Amounts are filled in by the caller.
    function _newBill(
        PlanHead memory head,
        PremiumPlan memory plan,
        int32 periodStart,
        int32 periodEnd,
        int32 joinedDay
    ) private pure returns (Bill memory bill) {
        if (periodEnd <= periodStart) {
            revert InvalidPeriod(periodStart, periodEnd);
        }
        if (joinedDay >= periodEnd) revert InvalidPeriod(joinedDay, periodEnd);
        bill.insurer = head.insurer;
        bill.scheme = head.scheme;
        bill.memberKind = head.memberKind;
        bill.region = head.region;
        bill.periodStart = periodStart;
        bill.periodEnd = periodEnd;
        // Who joined before the period is in it from its first day.
        bill.joinedDay = joinedDay < periodStart ? periodStart : joinedDay;
        bill.graceDays = plan.graceDays;
        bill.backpayDays = plan.backpayDays;
    }

    function _prorated(
        Bill memory bill,
        PremiumPlan memory plan,
        uint64 amountFen
    ) private pure returns (uint64) {
        return PremiumRules.prorate(
            amountFen, plan.proration, bill.periodStart, bill.periodEnd, bill.joinedDay
        );
    }

    function _isValidOn(PlanHead memory head, int32 day) private pure returns (bool) {
        return head.validFrom <= day && day < head.validUntil;
    }

    function _requireIssuer(address actor, BillId billId) private view {
        PROVIDERS.requireKind(actor, OrganisationKind.INSURER);
        if (BILLS.insurerOf(billId) != actor) revert NotOwner(actor, BillId.unwrap(billId));
    }

    function _isHolder(address actor, address member) private view returns (bool) {
        return MEMBERS.relationOf(actor, member) != Relation.NONE;
    }

    function _same(BillId a, BillId b) private pure returns (bool) {
        return BillId.unwrap(a) == BillId.unwrap(b);
    }

    /// @dev The one code path of quote and payment.
    function _quote(
        BillId billId,
        BillTerms terms,
        int32 today
    ) private pure returns (PremiumQuote memory) {
        BillState state = terms.state();
        if (state == BillState.PAID) revert BillAlreadyPaid(billId);
        if (state > BillState.PAID) revert BillStateInvalid(billId, uint256(state));
        return PremiumRules.due(terms, today);
    }

    function _requireFresh(
        BillId billId,
        uint64 quoteExpiresAt,
        uint32 revision,
        uint256 offeredFen,
        PremiumQuote memory due
    ) private view {
        if (block.timestamp > quoteExpiresAt) {
            revert QuoteExpired(quoteExpiresAt);
        }
        if (revision != due.revision || offeredFen != due.totalFen) {
            revert QuoteStale(BillId.unwrap(billId));
        }
    }

    /// @dev Only a payment after the back-pay days leaves a gap.
    function _recordGap(BillId billId, BillTerms terms, uint8 part, int32 today) private {
        (int32 gapStart, int32 gapEnd) = PremiumRules.gap(terms, part, today);
        if (gapEnd > gapStart) BILLS.recordGap(billId, gapStart, gapEnd);
    }

    function _postPremium(
        bytes32 digest,
        Region region,
        Scheme scheme,
        address payer,
        PayPremium memory body,
        uint64 subsidyFen
    ) private {
        address pooled = Accounts.fund(region, scheme, FundKind.POOLED);
        // A credit and one to three debits: nothing overflows.
        unchecked {
            uint256 size = 1;
            if (body.medicalFen != 0) ++size;
            if (body.cashFen != 0) ++size;
            if (subsidyFen != 0) ++size;
            Entry[] memory entries = new Entry[](size);
            entries[0] = credit(pooled, Pocket.CASH);
            if (subsidyFen != 0) {
                address subsidy = Accounts.fund(region, scheme, FundKind.SUBSIDY);
                entries[--size] = debit(subsidy, Pocket.CASH, subsidyFen);
            }
            if (body.cashFen != 0) entries[--size] = debit(payer, Pocket.CASH, body.cashFen);
            if (body.medicalFen != 0) {
                entries[--size] = debit(payer, Pocket.MEDICAL, body.medicalFen);
            }
            _move(digest, entries);
        }
    }

    /// @dev Moves premium money. The ledger knows no funds, so what a fund lacks is named here.
    function _move(bytes32 digest, Entry[] memory entries) private {
        // solhint-disable-next-line no-empty-blocks
        try LEDGER.move(digest, Purpose.PREMIUM, entries) { }
        catch (bytes memory reason) {
            if (bytes4(reason) == InsufficientBalance.selector) {
                (address account,, uint256 availableFen, uint256 neededFen) =
                    abi.decode(reason.slice(4), (address, Pocket, uint256, uint256));
                if (Accounts.isDerivedId(account)) {
                    revert FundInsufficient(account, availableFen, neededFen);
                }
            }
            LowLevelCall.bubbleRevert(reason);
        }
    }

    function _postDeclared(
        bytes32 digest,
        BillParty party,
        address employer,
        PremiumQuote memory due
    ) private {
        address pooled = Accounts.fund(party.region(), Scheme.EMPLOYEE, FundKind.POOLED);
        PostingList memory list = PostingLists.ofSize(2);
        list.add(employer, Pocket.CASH, pooled, Pocket.CASH, due.partFen + due.lateFeeFen);
        list.add(employer, Pocket.CASH, party.member(), Pocket.MEDICAL, due.employeeFen);
        _move(digest, list.done());
    }

    function _requireReason(
        RefundPremium calldata body,
        int32 periodStart
    ) private view returns (RefundReason reason) {
        if (body.reason == 0 || body.reason > uint8(type(RefundReason).max)) {
            revert RefundNotAllowed(body.billId, body.reason);
        }
        reason = RefundReason(body.reason);
        if (reason == RefundReason.BEFORE_START && Days.today() >= periodStart) {
            revert RefundNotAllowed(body.billId, body.reason);
        }
    }

    /// @dev The postings of the payments turned round: at most two per part for relatives, two
    /// for the payer, the employee share and the subsidy.
    function _refundPostings(
        BillId billId,
        Bill memory bill,
        address pooled
    ) private view returns (Entry[] memory) {
        PostingList memory list = PostingLists.ofSize(2 * uint256(bill.parts) + 4);
        address payer = bill.payer;
        uint64 medicalFen = bill.paidMedicalFen;
        uint64 cashFen = bill.paidCashFen + bill.paidLateFeeFen - bill.employeeFen;
        list.add(bill.member, Pocket.MEDICAL, payer, Pocket.CASH, bill.employeeFen);
        for (uint8 part = 1; part <= bill.parts; ++part) {
            (address sponsor, uint64 ofMedicalFen) = BILLS.sponsorOf(billId, part);
            if (sponsor == address(0)) continue;
            uint64 partFen = PremiumRules.instalment(bill.personalFen, bill.parts, part);
            uint64 ofCashFen = partFen - ofMedicalFen;
            list.add(pooled, Pocket.CASH, sponsor, Pocket.MEDICAL, ofMedicalFen);
            list.add(pooled, Pocket.CASH, sponsor, Pocket.CASH, ofCashFen);
            medicalFen -= ofMedicalFen;
            cashFen -= ofCashFen;
        }
        list.add(pooled, Pocket.CASH, payer, Pocket.MEDICAL, medicalFen);
        list.add(pooled, Pocket.CASH, payer, Pocket.CASH, cashFen);
        address subsidy = Accounts.fund(bill.region, bill.scheme, FundKind.SUBSIDY);
        list.add(pooled, Pocket.CASH, subsidy, Pocket.CASH, bill.subsidyFen);
        return list.done();
    }

    function _requireFund(address fund, uint64 neededFen) private view {
        uint256 availableFen = LEDGER.balanceOf(fund, uint256(Pocket.CASH));
        if (availableFen < neededFen) revert FundInsufficient(fund, availableFen, neededFen);
    }
}
