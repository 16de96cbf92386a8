// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { LowLevelCall } from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import { IClaimRegistry } from "../interfaces/IClaimRegistry.sol";
import { IClaimSettlement } from "../interfaces/IClaimSettlement.sol";
import { ICoverageRegistry } from "../interfaces/ICoverageRegistry.sol";
import { IMemberRegistry } from "../interfaces/IMemberRegistry.sol";
import { IPlanRegistry } from "../interfaces/IPlanRegistry.sol";
import { IProviderRegistry } from "../interfaces/IProviderRegistry.sol";
import { IWalletLedger } from "../interfaces/IWalletLedger.sol";
import { Accounts } from "../libraries/Accounts.sol";
import { ClaimEvidence } from "../libraries/ClaimEvidence.sol";
import { ClaimHolds } from "../libraries/ClaimHolds.sol";
import { ClaimModules } from "../libraries/ClaimModules.sol";
import { ClaimReversal } from "../libraries/ClaimReversal.sol";
import { PostingLists } from "../libraries/PostingLists.sol";
import { ProviderDebt } from "../libraries/ProviderDebt.sol";
import { YearCodec } from "../libraries/YearCodec.sol";
import { AccountFrozen, QuoteExpired, QuoteStale } from "../types/Errors.sol";
import { ClaimId } from "../types/Ids.sol";
import { CancelClaim, ConfirmClaim, ReverseClaims, SettleClaim } from "../types/Intents.sol";
import { Posting, Purpose } from "../types/Money.sol";
import { ClaimAssessment } from "./ClaimAssessment.sol";

/// @title ClaimSettlement
/// @dev Storage layout: slot 0 AccessManaged (authority); nothing of its own. Shared path:
/// ClaimAssessment.
contract ClaimSettlement is ClaimAssessment {
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
    ) ClaimAssessment(authority_, ledger, claims, members, providers, coverages, plans) { }

    // --------------------------------------------------------------------------------
    // settle

    /// @inheritdoc IClaimSettlement
    function settle(
        address actor,
        bytes32 digest,
        SettleClaim calldata body
    ) external restricted {
        Assessment memory a = _assessQuoted(actor, body);
        ReversalEvidence memory claim = a.evidence;

        _sweep(a.lapsed);
        CLAIMS.recordSettled(
            claim.claimId,
            ClaimEvidence.commitment(claim),
            claim.member,
            claim.terms,
            claim.afterwards
        );
        _pay(a, digest);

        _tellReplaced(claim.claimId, body.replaces);
        emit ClaimSettled(digest, claim.claimId, claim);
    }

    // --------------------------------------------------------------------------------
    // submit, confirm, cancel, expire

    /// @inheritdoc IClaimSettlement
    function submit(
        address actor,
        bytes32 digest,
        SettleClaim calldata body
    ) external restricted {
        Assessment memory a = _assessQuoted(actor, body);
        ReversalEvidence memory claim = a.evidence;

        _requirePayable(a);
        _sweep(a.lapsed);
        uint40 expiresAt = ClaimHolds.place(_modules(), claim, a.postings, a.legs);

        emit ClaimSubmitted(digest, claim.claimId, claim.provider, claim.member);
        _tellReplaced(claim.claimId, body.replaces);
        emit ClaimAdjudicated(digest, claim.claimId, claim, expiresAt);
    }

    /// @inheritdoc IClaimSettlement
    function confirm(
        address actor,
        bytes32 digest,
        ConfirmClaim calldata body
    ) external restricted {
        ClaimHolds.confirm(_modules(), actor, digest, body);
    }

    /// @inheritdoc IClaimSettlement
    function cancel(
        address actor,
        bytes32 digest,
        CancelClaim calldata body
    ) external restricted {
        ClaimHolds.cancel(_modules(), digest, _claimIdOf(actor, body.claimNumberHash));
    }

    /// @inheritdoc IClaimSettlement
    function expire(ClaimId claimId) external returns (bool expired) {
        return ClaimHolds.expire(_modules(), claimId);
    }

    // --------------------------------------------------------------------------------
    // reverse

    /// @inheritdoc IClaimSettlement
    function reverse(
        address actor,
        bytes32 digest,
        ReverseClaims calldata body
    ) external restricted {
        ClaimReversal.reverseAll(_modules(), actor, digest, body);
    }

    // --------------------------------------------------------------------------------
    // views

    /// @inheritdoc IClaimSettlement
    function quote(
        address provider,
        SettleClaim calldata body
    ) external view returns (Decision memory decision) {
        Assessment memory a = _assess(provider, body);
        _requirePayable(a);
        _requireUnfrozen(a);
        ReversalEvidence memory claim = a.evidence;
        decision.settlement = a.settlement;
        decision.before = YearCodec.unpack(claim.before);
        decision.afterwards = YearCodec.unpack(claim.afterwards);
        decision.insurer = claim.insurer;
        decision.supplementaryPayer = claim.supplementaryPayer;
        decision.year = ClaimEvidence.year(claim.terms);
        decision.accumulatorsHash = YearCodec.hash(claim.before);
        decision.traceHash = claim.traceHash;
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @dev The shared path, and that the quote the parties signed is still what it gives.
    function _assessQuoted(
        address provider,
        SettleClaim calldata body
    ) private view returns (Assessment memory a) {
        if (block.timestamp > body.quoteExpiresAt) {
            revert QuoteExpired(body.quoteExpiresAt);
        }
        a = _assess(provider, body);
        bool same = ProviderDebt.fundTotal(a.settlement) == body.expectedFundFen
            && a.settlement.medicalFen == body.expectedMedicalFen
            && a.settlement.familyFen == body.expectedFamilyFen
            && a.settlement.cashFen == body.expectedCashFen
            && YearCodec.hash(a.evidence.before) == body.accumulatorsHash;
        if (!same) revert QuoteStale(ClaimId.unwrap(a.evidence.claimId));
    }

    /// @dev All legs in one call of the ledger, and what the provider still owes after them.
    function _pay(Assessment memory a, bytes32 digest) private {
        Posting[] memory list = a.postings;
        Posting memory repayment =
            ProviderDebt.repay(CLAIMS, a.evidence, a.settlement, a.debtFen);
        if (repayment.amountFen != 0) {
            Posting[] memory longer = new Posting[](list.length + 1);
            for (uint256 i = 0; i < list.length; ++i) {
                longer[i] = list[i];
            }
            longer[list.length] = repayment;
            list = longer;
        }
        if (list.length == 0) return;
        // solhint-disable-next-line no-empty-blocks
        try LEDGER.move(digest, Purpose.CLAIM, PostingLists.pack(list)) { }
        catch (bytes memory reason) {
            // The ledger speaks of accounts; who is short is told as quote tells it.
            _requirePayable(a);
            LowLevelCall.bubbleRevert(reason);
        }
    }

    /// @dev Settlement meets this refusal in the ledger: a payer is frozen, or the RECEIVABLE that
    /// would repay the provider's debt.
    function _requireUnfrozen(Assessment memory a) private view {
        for (uint256 i = 0; i < a.postings.length; ++i) {
            if (LEDGER.isFrozen(a.postings[i].from)) revert AccountFrozen(a.postings[i].from);
        }
        if (a.debtFen == 0 || ProviderDebt.fundTotal(a.settlement) == 0) return;
        address receivable = Accounts.receivable(a.evidence.provider, a.evidence.insurer);
        if (LEDGER.isFrozen(receivable)) revert AccountFrozen(receivable);
    }

    /// @dev Ends a lapsed claim; zero means there is none.
    function _sweep(ClaimId claimId) private {
        // Always true here: _assess has just found the claim lapsed.
        // slither-disable-next-line unused-return
        if (ClaimId.unwrap(claimId) != 0) ClaimHolds.expire(_modules(), claimId);
    }

    function _tellReplaced(ClaimId claimId, ClaimId replaced) private {
        if (ClaimId.unwrap(replaced) != 0) emit ClaimReplaced(claimId, replaced);
    }

    function _modules() private view returns (ClaimModules memory) {
        return ClaimModules({ ledger: LEDGER, claims: CLAIMS, providers: PROVIDERS });
    }
}
