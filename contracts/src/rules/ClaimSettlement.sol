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
import { Accounts } from "../libraries/money/Accounts.sol";
import { ClaimEvidence, Evidence } from "../libraries/claims/ClaimEvidence.sol";
import { ClaimHolds } from "../libraries/claims/ClaimHolds.sol";
import { ClaimLegs } from "../libraries/claims/ClaimLegs.sol";
import { ClaimModules } from "../libraries/claims/ClaimModules.sol";
import { ClaimReversal } from "../libraries/claims/ClaimReversal.sol";
import { ProviderDebt } from "../libraries/money/ProviderDebt.sol";
import { YearCodec } from "../libraries/claims/YearCodec.sol";
import { YearWords } from "../types/ClaimTypes.sol";
import { Entry } from "../types/Entries.sol";
import { AccountFrozen, QuoteExpired, QuoteStale } from "../types/Errors.sol";
import { ClaimId } from "../types/Ids.sol";
import { CancelClaim, ConfirmClaim, ReverseClaims, SettleClaim } from "../types/Intents.sol";
import { Purpose } from "../types/Money.sol";
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
        // All zero: the checks fill in what they find.
        // slither-disable-next-line uninitialized-local
        Assessment memory a;
        _assessQuoted(a, actor, body);
        Evidence memory claim = a.evidence;

        _sweep(a.lapsed);
        CLAIMS.recordSettled(
            claim.claimId,
            ClaimEvidence.commitment(claim),
            claim.member,
            claim.terms,
            ClaimEvidence.afterwards(claim)
        );
        _pay(a, digest);

        _tellReplaced(claim.claimId, body.replaces);
        ClaimEvidence.tellSettled(claim, digest);
    }

    // --------------------------------------------------------------------------------
    // submit, confirm, cancel, expire

    /// @inheritdoc IClaimSettlement
    function submit(
        address actor,
        bytes32 digest,
        SettleClaim calldata body
    ) external restricted {
        // All zero: the checks fill in what they find.
        // slither-disable-next-line uninitialized-local
        Assessment memory a;
        _assessQuoted(a, actor, body);
        Evidence memory claim = a.evidence;

        _requirePayable(a);
        _sweep(a.lapsed);
        uint40 expiresAt = ClaimHolds.place(_modules(), claim);

        emit ClaimSubmitted(digest, claim.claimId, claim.provider, claim.member);
        _tellReplaced(claim.claimId, body.replaces);
        ClaimEvidence.tellAdjudicated(claim, digest, expiresAt);
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
        // All zero: the checks fill in what they find.
        // slither-disable-next-line uninitialized-local
        Assessment memory a;
        _assess(a, provider, body);
        _requirePayable(a);
        _requireUnfrozen(a);
        Evidence memory claim = a.evidence;
        YearWords memory before = ClaimEvidence.before(claim);
        decision.settlement = a.settlement;
        decision.before = YearCodec.unpack(before);
        decision.afterwards = YearCodec.unpack(ClaimEvidence.afterwards(claim));
        decision.insurer = claim.insurer;
        decision.supplementaryPayer = claim.supplementaryPayer;
        decision.year = ClaimEvidence.year(claim.terms);
        decision.accumulatorsHash = YearCodec.hash(before);
        decision.traceHash = claim.traceHash;
    }

    // --------------------------------------------------------------------------------
    // internals

    /// @dev The shared path, and that the quote the parties signed is still what it gives.
    function _assessQuoted(
        Assessment memory a,
        address provider,
        SettleClaim calldata body
    ) private view {
        if (block.timestamp > body.quoteExpiresAt) {
            revert QuoteExpired(body.quoteExpiresAt);
        }
        _assess(a, provider, body);
        Evidence memory claim = a.evidence;
        bool same = ClaimLegs.fundTotal(claim) == body.expectedFundFen
            && ClaimLegs.isSplit(
                claim, body.expectedMedicalFen, body.expectedFamilyFen, body.expectedCashFen
            ) && YearCodec.hash(ClaimEvidence.before(claim)) == body.accumulatorsHash;
        if (!same) revert QuoteStale(ClaimId.unwrap(claim.claimId));
    }

    /// @dev All legs in one call of the ledger, and what the provider still owes after them.
    function _pay(Assessment memory a, bytes32 digest) private {
        uint64 repaidFen = ProviderDebt.repay(CLAIMS, a.evidence, a.debtFen);
        Entry[] memory entries = ClaimLegs.entries(a.evidence, a.settlementAccount, repaidFen);
        if (entries.length == 0) return;
        // solhint-disable-next-line no-empty-blocks
        try LEDGER.move(digest, Purpose.CLAIM, entries) { }
        catch (bytes memory reason) {
            // The ledger speaks of accounts; who is short is told as quote tells it.
            _requirePayable(a);
            LowLevelCall.bubbleRevert(reason);
        }
    }

    /// @dev Settlement meets this refusal in the ledger: a payer is frozen, or the RECEIVABLE that
    /// would repay the provider's debt.
    function _requireUnfrozen(Assessment memory a) private view {
        Evidence memory claim = a.evidence;
        for (uint256 leg = 0; leg < ClaimLegs.COUNT; ++leg) {
            if (ClaimLegs.amountOf(claim, leg) == 0) continue;
            // Frozen is frozen in every pocket.
            // slither-disable-next-line unused-return
            (address payer,) = ClaimLegs.payer(claim, leg);
            if (LEDGER.isFrozen(payer)) revert AccountFrozen(payer);
        }
        if (a.debtFen == 0 || ClaimLegs.fundTotal(claim) == 0) return;
        address receivable = Accounts.receivable(claim.provider, claim.insurer);
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
