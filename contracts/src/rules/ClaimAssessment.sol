// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { AccessManaged } from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import { BatchAccess } from "../access/BatchAccess.sol";
import { IClaimRegistry } from "../interfaces/IClaimRegistry.sol";
import { IClaimSettlement } from "../interfaces/IClaimSettlement.sol";
import { ICoverageRegistry } from "../interfaces/ICoverageRegistry.sol";
import { IMemberRegistry } from "../interfaces/IMemberRegistry.sol";
import { IPlanRegistry } from "../interfaces/IPlanRegistry.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { IWalletLedger } from "../interfaces/IWalletLedger.sol";
import { Adjudication } from "../libraries/Adjudication.sol";
import { ClaimHolds } from "../libraries/ClaimHolds.sol";
import { ClaimLegs } from "../libraries/ClaimLegs.sol";
import { ClaimEvidence } from "../libraries/ClaimEvidence.sol";
import { Days } from "../libraries/Days.sol";
import { LineSplit } from "../libraries/LineSplit.sol";
import { PolicyYear } from "../libraries/PolicyYear.sol";
import { TagLanes } from "../libraries/TagLanes.sol";
import {
    ClaimContext,
    ClaimLine,
    ClaimState,
    PendingClaim,
    Settlement,
    YearWords
} from "../types/ClaimTypes.sol";
import {
    ClaimNumberUsed,
    ClaimPending,
    ClaimStateInvalid,
    DuplicateClaim,
    FamilyLinkInactive,
    FundInsufficient,
    InsufficientBalance,
    InvalidRatio,
    InvalidServiceDate,
    LineSumMismatch,
    NotOwner,
    TooMany
} from "../types/Errors.sol";
import { ClaimId, Region } from "../types/Ids.sol";
import { SettleClaim } from "../types/Intents.sol";
import { Pocket, Posting } from "../types/Money.sol";
import { MemberKind, Relation } from "../types/Parties.sol";

/// @title The path that quote, settle and submit share: check a claim, adjudicate it, see who
/// can pay.
/// @dev Holds no state but the immutable addresses. The order of checks is told at
/// IClaimSettlement.settle.
abstract contract ClaimAssessment is BatchAccess, IClaimSettlement {
    uint256 private constant MAX_LINES = 100;

    /// @dev A claim as decided. `lapsed` is the member-year's pending claim whose holds have
    /// lapsed, zero without one: it is swept before this claim moves money, so its holds count
    /// as available.
    struct Assessment {
        ReversalEvidence evidence;
        Settlement settlement;
        ClaimId lapsed;
        address settlementAccount;
        uint64 debtFen;
        Posting[] postings;
        uint256 legs;
    }

    /// @dev What the shared path carries from check to check.
    struct Facts {
        uint16 year;
        uint8 month;
        bytes8 fingerprint;
        LineSplit.LineSums sums;
        address plan;
        ClaimContext context;
    }

    // --------------------------------------------------------------------------------
    // storage

    IWalletLedger internal immutable LEDGER;
    IClaimRegistry internal immutable CLAIMS;
    IMemberRegistry internal immutable MEMBERS;
    IProviderRegistry internal immutable PROVIDERS;
    ICoverageRegistry internal immutable COVERAGES;
    IPlanRegistry internal immutable PLANS;

    // --------------------------------------------------------------------------------
    // constructor

    constructor(
        address authority_,
        IWalletLedger ledger,
        IClaimRegistry claims,
        IMemberRegistry members,
        IProviderRegistry providers,
        ICoverageRegistry coverages,
        IPlanRegistry plans
    ) AccessManaged(authority_) {
        LEDGER = ledger;
        CLAIMS = claims;
        MEMBERS = members;
        PROVIDERS = providers;
        COVERAGES = coverages;
        PLANS = plans;
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @dev Everything but the quote's own expiry and expectations.
    function _assess(
        address provider,
        SettleClaim calldata body
    ) internal view returns (Assessment memory a) {
        // All zero: each check below fills in what it finds.
        // slither-disable-next-line uninitialized-local
        Facts memory facts;
        ReversalEvidence memory evidence = a.evidence;
        evidence.claimId = _claimIdOf(provider, body.claimNumberHash);
        evidence.member = body.member;
        evidence.provider = provider;
        evidence.familyHolder = body.familyHolder;
        evidence.planId = body.planId;
        (facts.year, facts.month) = _policyMonth(body.serviceStart, body.serviceEnd);
        _checkLines(facts, evidence, body);
        _checkEntitlement(facts, a, body);
        _checkOpening(facts, a, body);
        _adjudicate(facts, a, body);
        (a.postings, a.legs) = ClaimLegs.postings(evidence, a.settlement, a.settlementAccount);
    }

    function _claimIdOf(
        address provider,
        bytes32 claimNumberHash
    ) internal pure returns (ClaimId) {
        bytes32 hash = keccak256(abi.encode(provider, claimNumberHash));
        return ClaimId.wrap(bytes32(bytes24(hash)));
    }

    /// @dev What can be spent now, plus what a lapsed claim of the member-year still holds.
    function _spendable(
        address account,
        Pocket pocket,
        ClaimId lapsed
    ) internal view returns (uint64 available) {
        available = LEDGER.spendableOf(account, pocket);
        if (ClaimId.unwrap(lapsed) == 0) return available;
        uint256 legs = CLAIMS.pendingClaimOf(lapsed).holds;
        for (uint256 leg = 0; leg < ClaimLegs.COUNT; ++leg) {
            if (legs & 1 << leg == 0) continue;
            IWalletLedger.Hold memory held = LEDGER.holdOf(ClaimLegs.holdId(lapsed, leg));
            if (held.account == account && held.pocket == pocket) available += held.amountFen;
        }
    }

    /// @dev Calendar year and month of the service end date, in the past or today.
    function _policyMonth(
        int32 serviceStart,
        int32 serviceEnd
    ) private view returns (uint16 year, uint8 month) {
        (year, month) = PolicyYear.monthOf(serviceEnd);
        if (serviceStart > serviceEnd || serviceEnd > Days.today() || year == 0) {
            revert InvalidServiceDate(serviceStart, serviceEnd);
        }
    }

    function _checkLines(
        Facts memory facts,
        ReversalEvidence memory evidence,
        SettleClaim calldata body
    ) private pure {
        ClaimLine[] calldata lines = body.lines;
        LineSplit.LineSums memory sums = facts.sums;
        if (lines.length > MAX_LINES) revert TooMany(lines.length, MAX_LINES);
        LineSplit.split(lines, sums);
        if (sums.strayBp != 0) revert InvalidRatio(sums.strayBp);
        if (sums.totalFen != body.totalFen) {
            revert LineSumMismatch(body.totalFen, sums.totalFen);
        }
        // The order of lines does not matter: a claim with its lines turned round is the same
        // claim.
        facts.fingerprint = TagLanes.tagOf(
            keccak256(
                abi.encode(
                    evidence.member,
                    evidence.provider,
                    body.serviceEnd,
                    sums.hashSum,
                    lines.length
                )
            )
        );
    }

    /// @dev Coverage, contract and plan: who insures the member on the service day, and by which
    /// rules.
    function _checkEntitlement(
        Facts memory facts,
        Assessment memory a,
        SettleClaim calldata body
    ) private view {
        ReversalEvidence memory evidence = a.evidence;
        int32 day = body.serviceEnd;
        (address insurer, Region region, MemberKind memberKind, uint16 tenureYears) =
            COVERAGES.requireActive(body.member, body.scheme, body.coverageStart, day);
        (facts.context.level, a.settlementAccount) =
            PROVIDERS.contractedProvider(evidence.provider, insurer);
        (facts.context.careType, facts.plan) = PLANS.benefitFor(
            body.planId,
            body.planVersion,
            IPlanRegistry.Service(
                insurer, evidence.provider, region, body.scheme, memberKind, day
            )
        );
        facts.context.tenureYears = tenureYears;
        evidence.insurer = insurer;
        evidence.terms = ClaimEvidence.pack(
            region,
            body.scheme,
            body.cashMode,
            facts.year,
            body.planVersion,
            facts.month,
            facts.fingerprint
        );
    }

    /// @dev Claim number, fingerprint, the claim that is replaced, and the one pending claim of
    /// the member-year.
    function _checkOpening(
        Facts memory facts,
        Assessment memory a,
        SettleClaim calldata body
    ) private view {
        ReversalEvidence memory evidence = a.evidence;
        IClaimRegistry.Opening memory opening = CLAIMS.openingOf(
            evidence.claimId, body.member, evidence.terms, evidence.provider, evidence.insurer
        );
        bool pending = ClaimId.unwrap(opening.pending) != 0;
        if (pending) {
            PendingClaim memory other = CLAIMS.pendingClaimOf(opening.pending);
            if (ClaimHolds.lapsed(other)) {
                a.lapsed = opening.pending;
                // A lapsed claim frees its fingerprint when it is swept.
                if (ClaimEvidence.sameTag(other.terms, evidence.terms)) {
                    opening.duplicate = false;
                }
            }
        }
        if (opening.state != ClaimState.NONE) revert ClaimNumberUsed(evidence.claimId);
        if (opening.duplicate) revert DuplicateClaim(facts.fingerprint);
        if (ClaimId.unwrap(body.replaces) != 0) {
            _checkReplaced(evidence.provider, body.replaces);
        }
        if (pending && !(opening.pending == a.lapsed)) revert ClaimPending(opening.pending);
        a.debtFen = opening.debtFen;
        evidence.previousClaim = opening.lastClaim;
        YearWords memory before = evidence.before;
        (before.first, before.second, before.third) =
        (opening.first, opening.second, opening.third);
        facts.context.before = before;
    }

    function _checkReplaced(address provider, ClaimId replaced) private view {
        ClaimState state = CLAIMS.stateOf(replaced);
        if (state != ClaimState.REVERSED) revert ClaimStateInvalid(replaced, state);
        if (CLAIMS.reversedProviderOf(replaced) != provider) {
            revert NotOwner(provider, ClaimId.unwrap(replaced));
        }
    }

    function _adjudicate(
        Facts memory facts,
        Assessment memory a,
        SettleClaim calldata body
    ) private view {
        ReversalEvidence memory evidence = a.evidence;
        ClaimContext memory context = facts.context;
        context.categories = MEMBERS.categoriesOf(body.member);
        context.medicalFen = _spendable(body.member, Pocket.MEDICAL, a.lapsed);
        if (body.familyHolder != address(0)) {
            if (MEMBERS.relationOf(body.familyHolder, body.member) == Relation.NONE) {
                revert FamilyLinkInactive(body.familyHolder, body.member);
            }
            context.familyFen = _spendable(body.familyHolder, Pocket.MEDICAL, a.lapsed);
        }
        // Parts of the evidence, filled in where they belong.
        Adjudication.Outcome memory outcome = Adjudication.Outcome({
            settlement: a.settlement,
            amounts: evidence.amounts,
            afterwards: evidence.afterwards,
            supplementaryPayer: address(0),
            traceHash: 0
        });
        Adjudication.adjudicate(facts.plan.code, facts.sums, context, outcome);
        evidence.traceHash = outcome.traceHash;
        if (a.settlement.supplementaryFen != 0) {
            evidence.supplementaryPayer = outcome.supplementaryPayer;
        }
    }

    /// @dev Funds and CASH must hold what they are asked for; MEDICAL parts were split by what
    /// is there.
    function _requirePayable(Assessment memory a) internal view {
        Posting[] memory list = a.postings;
        for (uint256 i = 0; i < list.length; ++i) {
            Posting memory posting = list[i];
            if (posting.fromPocket != Pocket.CASH) continue;
            uint256 needed = posting.amountFen;
            for (uint256 j = 0; j < i; ++j) {
                // The supplementary payer may be a fund that pays another leg too.
                bool same = list[j].from == posting.from && list[j].fromPocket == Pocket.CASH;
                if (same) needed += list[j].amountFen;
            }
            uint256 available = _spendable(posting.from, Pocket.CASH, a.lapsed);
            if (needed <= available) continue;
            if (posting.from == a.evidence.member) {
                revert InsufficientBalance(posting.from, Pocket.CASH, available, needed);
            }
            revert FundInsufficient(posting.from, available, needed);
        }
    }
}
