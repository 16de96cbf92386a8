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
import { Adjudication } from "../libraries/claims/Adjudication.sol";
import { ClaimHolds } from "../libraries/claims/ClaimHolds.sol";
import { ClaimLegs } from "../libraries/claims/ClaimLegs.sol";
import { ClaimEvidence, Evidence } from "../libraries/claims/ClaimEvidence.sol";
import { Days } from "../libraries/time/Days.sol";
import { LineSplit } from "../libraries/claims/LineSplit.sol";
import { PolicyYear } from "../libraries/time/PolicyYear.sol";
import { TagLanes } from "../libraries/money/TagLanes.sol";
import {
    ClaimContext,
    ClaimLine,
    ClaimState,
    PendingClaim,
    Settlement
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
import { CareType, ClaimId, Level, Region } from "../types/Ids.sol";
import { SettleClaim } from "../types/Intents.sol";
import { Pocket } from "../types/Money.sol";
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
        Evidence evidence;
        Settlement settlement;
        ClaimId lapsed;
        address settlementAccount;
        uint64 debtFen;
    }

    /// @dev What the shared path carries from check to check. No struct in it, so that nothing is
    /// cleared that is replaced anyway.
    struct Facts {
        uint16 year;
        uint8 month;
        bytes8 fingerprint;
        address plan;
        CareType careType;
        Level level;
        uint16 tenureYears;
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

    /// @dev Everything but the quote's own expiry and expectations. `a` comes all zero.
    function _assess(
        Assessment memory a,
        address provider,
        SettleClaim calldata body
    ) internal view {
        // All zero: each check below fills in what it finds.
        // slither-disable-next-line uninitialized-local
        Facts memory facts;
        Evidence memory claim = a.evidence;
        claim.claimId = _claimIdOf(provider, body.claimNumberHash);
        claim.member = body.member;
        claim.provider = provider;
        claim.familyHolder = body.familyHolder;
        claim.planId = body.planId;
        (facts.year, facts.month) = _policyMonth(body.serviceStart, body.serviceEnd);
        // All zero: split fills it in.
        // slither-disable-next-line uninitialized-local
        LineSplit.LineSums memory sums;
        _checkLines(facts, claim, sums, body);
        _checkEntitlement(facts, a, body);
        _checkOpening(a, body);
        _adjudicate(facts, a, body, sums);
    }

    function _claimIdOf(
        address provider,
        bytes32 claimNumberHash
    ) internal pure returns (ClaimId) {
        bytes32 hash = keccak256(abi.encode(provider, claimNumberHash));
        return ClaimId.wrap(bytes32(bytes23(hash)));
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
        Evidence memory claim,
        LineSplit.LineSums memory sums,
        SettleClaim calldata body
    ) private pure {
        ClaimLine[] calldata lines = body.lines;
        if (lines.length > MAX_LINES) revert TooMany(lines.length, MAX_LINES);
        LineSplit.split(lines, sums);
        if (sums.strayBp != 0) revert InvalidRatio(sums.strayBp);
        if (sums.totalFen != body.totalFen) {
            revert LineSumMismatch(body.totalFen, sums.totalFen);
        }
        // The order of lines does not matter: a claim with its lines turned round is the same
        // claim.
        bytes32 hash = keccak256(
            abi.encode(claim.member, claim.provider, body.serviceEnd, sums.hashSum, lines.length)
        );
        facts.fingerprint = TagLanes.tagOf(hash);
    }

    /// @dev Coverage, contract and plan: who insures the member on the service day, and by which
    /// rules.
    function _checkEntitlement(
        Facts memory facts,
        Assessment memory a,
        SettleClaim calldata body
    ) private view {
        Evidence memory claim = a.evidence;
        int32 day = body.serviceEnd;
        (address insurer, Region region, MemberKind memberKind, uint16 tenureYears) =
            COVERAGES.requireActive(body.member, body.scheme, body.coverageStart, day);
        (facts.level, a.settlementAccount) =
            PROVIDERS.contractedProvider(claim.provider, insurer);
        (facts.careType, facts.plan) = PLANS.benefitFor(
            body.planId,
            body.planVersion,
            IPlanRegistry.Service(insurer, claim.provider, region, body.scheme, memberKind, day)
        );
        facts.tenureYears = tenureYears;
        claim.insurer = insurer;
        claim.terms = ClaimEvidence.pack(
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
    function _checkOpening(Assessment memory a, SettleClaim calldata body) private view {
        Evidence memory claim = a.evidence;
        IClaimRegistry.Opening memory opening = CLAIMS.openingOf(
            claim.claimId, body.member, claim.terms, claim.provider, claim.insurer
        );
        bool pending = ClaimId.unwrap(opening.pending) != 0;
        if (pending) {
            PendingClaim memory other = CLAIMS.pendingClaimOf(opening.pending);
            if (ClaimHolds.lapsed(other)) {
                a.lapsed = opening.pending;
                // A lapsed claim frees its fingerprint when it is swept.
                if (ClaimEvidence.sameTag(other.terms, claim.terms)) {
                    opening.duplicate = false;
                }
            }
        }
        if (opening.state != ClaimState.NONE) revert ClaimNumberUsed(claim.claimId);
        if (opening.duplicate) revert DuplicateClaim(ClaimEvidence.fingerprint(claim.terms));
        if (ClaimId.unwrap(body.replaces) != 0) {
            _checkReplaced(claim.provider, body.replaces);
        }
        if (pending && !(opening.pending == a.lapsed)) revert ClaimPending(opening.pending);
        a.debtFen = opening.debtFen;
        claim.previousClaim = opening.lastClaim;
        claim.beforeFirst = opening.first;
        claim.beforeSecond = opening.second;
        claim.beforeThird = opening.third;
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
        SettleClaim calldata body,
        LineSplit.LineSums memory sums
    ) private view {
        Evidence memory claim = a.evidence;
        uint64 familyFen = 0;
        if (body.familyHolder != address(0)) {
            if (MEMBERS.relationOf(body.familyHolder, body.member) == Relation.NONE) {
                revert FamilyLinkInactive(body.familyHolder, body.member);
            }
            familyFen = _spendable(body.familyHolder, Pocket.MEDICAL, a.lapsed);
        }
        ClaimContext memory context = ClaimContext({
            careType: facts.careType,
            level: facts.level,
            tenureYears: facts.tenureYears,
            categories: MEMBERS.categoriesOf(body.member),
            medicalFen: _spendable(body.member, Pocket.MEDICAL, a.lapsed),
            familyFen: familyFen,
            before: ClaimEvidence.before(claim)
        });
        // Parts of the evidence, filled in where they belong.
        Adjudication.Outcome memory outcome = Adjudication.Outcome({
            settlement: a.settlement,
            amounts: ClaimEvidence.amounts(claim),
            afterwards: ClaimEvidence.afterwards(claim),
            supplementaryPayer: address(0),
            traceHash: 0
        });
        Adjudication.adjudicate(facts.plan.code, sums, context, outcome);
        claim.traceHash = outcome.traceHash;
        if (a.settlement.supplementaryFen != 0) {
            claim.supplementaryPayer = outcome.supplementaryPayer;
        }
    }

    /// @dev Funds and CASH must hold what they are asked for; MEDICAL parts were split by what
    /// is there.
    function _requirePayable(Assessment memory a) internal view {
        Evidence memory claim = a.evidence;
        for (uint256 leg = 0; leg < ClaimLegs.COUNT; ++leg) {
            uint256 needed = ClaimLegs.amountOf(claim, leg);
            (address payer, Pocket pocket) = ClaimLegs.payer(claim, leg);
            if (needed == 0 || pocket != Pocket.CASH) continue;
            for (uint256 other = 0; other < leg; ++other) {
                (address earlier, Pocket otherPocket) = ClaimLegs.payer(claim, other);
                // The supplementary payer may be a fund that pays another leg too.
                bool same = earlier == payer && otherPocket == Pocket.CASH;
                if (same) needed += ClaimLegs.amountOf(claim, other);
            }
            uint256 available = _spendable(payer, Pocket.CASH, a.lapsed);
            if (needed <= available) continue;
            if (payer == claim.member) {
                revert InsufficientBalance(payer, Pocket.CASH, available, needed);
            }
            revert FundInsufficient(payer, available, needed);
        }
    }
}
