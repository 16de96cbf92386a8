// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClaimSettlement } from "../interfaces/IClaimSettlement.sol";
import { ClaimState, PendingClaim, Settlement, YearWords } from "../types/ClaimTypes.sol";
import {
    ClaimStateInvalid,
    ClaimUnknown,
    EvidenceMismatch,
    HoldEnded,
    NotOwner,
    QuoteStale
} from "../types/Errors.sol";
import { ClaimId } from "../types/Ids.sol";
import { ConfirmClaim } from "../types/Intents.sol";
import { Pocket, Posting, Purpose } from "../types/Money.sol";
import { ClaimEvidence } from "./ClaimEvidence.sol";
import { ClaimLegs } from "./ClaimLegs.sol";
import { ClaimModules } from "./ClaimModules.sol";
import { PostingLists } from "./PostingLists.sol";
import { ProviderDebt } from "./ProviderDebt.sol";
import { SettlementCodec } from "./SettlementCodec.sol";
import { YearCodec } from "./YearCodec.sol";

/// @title A claim between submission and its end: holds on every payer, then posted, voided or
/// expired.
/// @dev Linked externally by ClaimSettlement, which alone is too large; it runs in its place and
/// with its roles.
library ClaimHolds {
    /// @dev How long an adjudicated claim waits for the member.
    uint40 private constant CONFIRM_WINDOW = 1 days;

    /// @notice Opens a claim as ADJUDICATED with one hold per leg.
    function place(
        ClaimModules memory modules,
        IClaimSettlement.ReversalEvidence memory claim,
        Posting[] memory list,
        uint256 legs
    ) external returns (uint40 expiresAt) {
        expiresAt = uint40(block.timestamp) + CONFIRM_WINDOW;
        modules.claims
            .recordAdjudicated(
                claim.claimId,
                ClaimEvidence.commitment(claim),
                PendingClaim({
                    member: claim.member,
                    holds: uint8(legs),
                    expiresAt: expiresAt,
                    terms: claim.terms
                })
            );
        uint256 leg = 0;
        for (uint256 i = 0; i < list.length; ++i) {
            leg = _nextLeg(legs, leg);
            modules.ledger
                .hold(
                    ClaimLegs.holdId(claim.claimId, leg++),
                    list[i].from,
                    list[i].fromPocket,
                    list[i].amountFen,
                    expiresAt
                );
        }
    }

    /// @notice The member confirms: holds are posted, the member-year moves.
    function confirm(
        ClaimModules memory modules,
        address actor,
        bytes32 digest,
        ConfirmClaim calldata body
    ) external {
        ClaimId claimId = body.claimId;
        PendingClaim memory pending = _requirePending(modules, claimId);
        IClaimSettlement.ReversalEvidence memory claim =
            abi.decode(body.evidence, (IClaimSettlement.ReversalEvidence));
        if (modules.claims.commitmentOf(claimId) != ClaimEvidence.commitment(claim)) {
            revert EvidenceMismatch(claimId);
        }
        if (actor != claim.member) revert NotOwner(actor, ClaimId.unwrap(claimId));
        if (lapsed(pending)) revert HoldEnded(ClaimLegs.holdId(claimId, 0));
        Settlement memory settlement = SettlementCodec.unpack(claim.amounts);
        _requireUnmoved(modules, claim);
        if (body.memberFen != settlement.memberFen) revert QuoteStale(ClaimId.unwrap(claimId));

        modules.claims.endPending(claimId, ClaimState.SETTLED, claim.afterwards);
        _post(modules, claim, settlement, digest);

        emit IClaimSettlement.ClaimSettled(digest, claimId, claim);
    }

    /// @notice The submitter cancels: holds are released.
    function cancel(ClaimModules memory modules, bytes32 digest, ClaimId claimId) external {
        PendingClaim memory pending = _requirePending(modules, claimId);

        // The registry reads the words for SETTLED only.
        // slither-disable-next-line uninitialized-local
        YearWords memory unused;
        modules.claims.endPending(claimId, ClaimState.CANCELLED, unused);
        for (uint256 leg = 0; leg < ClaimLegs.COUNT; ++leg) {
            if (pending.holds & 1 << leg == 0) continue;
            modules.ledger.voidHold(ClaimLegs.holdId(claimId, leg));
        }

        emit IClaimSettlement.ClaimCancelled(digest, claimId);
    }

    /// @notice Ends a lapsed claim; false if it is not pending or has not lapsed.
    function expire(ClaimModules memory modules, ClaimId claimId) external returns (bool) {
        if (modules.claims.stateOf(claimId) != ClaimState.ADJUDICATED) return false;
        PendingClaim memory pending = modules.claims.pendingClaimOf(claimId);
        if (!lapsed(pending)) return false;

        // The registry reads the words for SETTLED only.
        // slither-disable-next-line uninitialized-local
        YearWords memory unused;
        modules.claims.endPending(claimId, ClaimState.EXPIRED, unused);
        for (uint256 leg = 0; leg < ClaimLegs.COUNT; ++leg) {
            if (pending.holds & 1 << leg == 0) continue;
            modules.ledger.expireHold(ClaimLegs.holdId(claimId, leg));
        }

        emit IClaimSettlement.ClaimExpired(claimId);
        return true;
    }

    /// @dev At the moment `expiresAt` the holds have lapsed; the ledger counts alike.
    function lapsed(PendingClaim memory pending) internal view returns (bool) {
        return block.timestamp >= pending.expiresAt;
    }

    function _post(
        ClaimModules memory modules,
        IClaimSettlement.ReversalEvidence memory claim,
        Settlement memory settlement,
        bytes32 digest
    ) private {
        address account = modules.providers.organisationOf(claim.provider).settlementAccount;
        (Posting[] memory list, uint256 legs) = ClaimLegs.postings(claim, settlement, account);
        uint256 leg = 0;
        for (uint256 i = 0; i < list.length; ++i) {
            leg = _nextLeg(legs, leg);
            modules.ledger
                .postHold(
                    ClaimLegs.holdId(claim.claimId, leg++),
                    digest,
                    Purpose.CLAIM,
                    list[i].to,
                    Pocket.CASH,
                    list[i].amountFen
                );
        }
        Posting[] memory repayment = new Posting[](1);
        uint64 debt = modules.claims.providerDebtOf(claim.provider, claim.insurer);
        repayment[0] = ProviderDebt.repay(modules.claims, claim, settlement, debt);
        if (repayment[0].amountFen != 0) {
            modules.ledger.move(digest, Purpose.CLAIM, PostingLists.pack(repayment));
        }
    }

    function _requirePending(
        ClaimModules memory modules,
        ClaimId claimId
    ) private view returns (PendingClaim memory) {
        ClaimState state = modules.claims.stateOf(claimId);
        if (state == ClaimState.NONE) revert ClaimUnknown(claimId);
        if (state != ClaimState.ADJUDICATED) revert ClaimStateInvalid(claimId, state);
        return modules.claims.pendingClaimOf(claimId);
    }

    /// @dev A reversal may have changed the year between submission and confirmation.
    function _requireUnmoved(
        ClaimModules memory modules,
        IClaimSettlement.ReversalEvidence memory claim
    ) private view {
        uint16 year = ClaimEvidence.year(claim.terms);
        bool same = modules.claims.lastClaimOf(claim.member, year) == claim.previousClaim
            && YearCodec.equal(modules.claims.yearWordsOf(claim.member, year), claim.before);
        if (!same) revert QuoteStale(ClaimId.unwrap(claim.claimId));
    }

    function _nextLeg(uint256 legs, uint256 from) private pure returns (uint256 leg) {
        leg = from;
        while (legs >> leg & 1 == 0) ++leg;
    }
}
