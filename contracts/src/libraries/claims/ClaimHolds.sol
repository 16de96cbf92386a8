// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClaimSettlement } from "../../interfaces/IClaimSettlement.sol";
import { ClaimState, PendingClaim, YearWords } from "../../types/ClaimTypes.sol";
import {
    ClaimStateInvalid,
    ClaimUnknown,
    EvidenceMismatch,
    HoldEnded,
    NotOwner,
    QuoteStale
} from "../../types/Errors.sol";
import { ClaimId } from "../../types/Ids.sol";
import { ConfirmClaim } from "../../types/Intents.sol";
import { Pocket, Purpose } from "../../types/Money.sol";
import { Accounts } from "../money/Accounts.sol";
import { ClaimEvidence, Evidence } from "./ClaimEvidence.sol";
import { ClaimLegs } from "./ClaimLegs.sol";
import { ClaimModules } from "./ClaimModules.sol";
import { PostingList, PostingLists } from "../money/PostingLists.sol";
import { ProviderDebt } from "../money/ProviderDebt.sol";
import { YearCodec } from "./YearCodec.sol";

/// @title A claim between submission and its end: holds on every payer, then posted, voided or
/// expired.
/// @dev Linked externally by ClaimSettlement, which alone is too large; it runs in its place and
/// with its roles.
library ClaimHolds {
    using PostingLists for PostingList;

    /// @dev How long an adjudicated claim waits for the member.
    uint40 private constant CONFIRM_WINDOW = 1 days;

    /// @notice Opens a claim as ADJUDICATED with one hold per leg.
    function place(
        ClaimModules memory modules,
        Evidence memory claim
    ) external returns (uint40 expiresAt) {
        expiresAt = uint40(block.timestamp) + CONFIRM_WINDOW;
        uint256 legs = 0;
        for (uint256 leg = 0; leg < ClaimLegs.COUNT; ++leg) {
            if (ClaimLegs.amountOf(claim, leg) != 0) legs |= 1 << leg;
        }
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
        for (uint256 leg = 0; leg < ClaimLegs.COUNT; ++leg) {
            if (legs & 1 << leg == 0) continue;
            (address payer, Pocket pocket) = ClaimLegs.payer(claim, leg);
            modules.ledger
                .hold(
                    ClaimLegs.holdId(claim.claimId, leg),
                    payer,
                    pocket,
                    ClaimLegs.amountOf(claim, leg),
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
        Evidence memory claim = abi.decode(body.evidence, (Evidence));
        if (modules.claims.commitmentOf(claimId) != ClaimEvidence.commitment(claim)) {
            revert EvidenceMismatch(claimId);
        }
        if (actor != claim.member) revert NotOwner(actor, ClaimId.unwrap(claimId));
        if (lapsed(pending)) revert HoldEnded(ClaimLegs.holdId(claimId, 0));
        _requireUnmoved(modules, claim);
        if (body.memberFen != ClaimLegs.memberFen(claim)) {
            revert QuoteStale(ClaimId.unwrap(claimId));
        }

        modules.claims.endPending(claimId, ClaimState.SETTLED, ClaimEvidence.afterwards(claim));
        _post(modules, claim, digest);

        ClaimEvidence.tellSettled(claim, digest);
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

    function _post(ClaimModules memory modules, Evidence memory claim, bytes32 digest) private {
        address account = modules.providers.organisationOf(claim.provider).settlementAccount;
        address receivable = Accounts.receivable(claim.provider, claim.insurer);
        for (uint256 leg = 0; leg < ClaimLegs.COUNT; ++leg) {
            uint64 amountFen = ClaimLegs.amountOf(claim, leg);
            if (amountFen == 0) continue;
            modules.ledger
                .postHold(
                    ClaimLegs.holdId(claim.claimId, leg),
                    digest,
                    Purpose.CLAIM,
                    leg < ClaimLegs.MEDICAL ? receivable : account,
                    Pocket.CASH,
                    amountFen
                );
        }
        uint64 debt = modules.claims.providerDebtOf(claim.provider, claim.insurer);
        uint64 repaidFen = ProviderDebt.repay(modules.claims, claim, debt);
        if (repaidFen == 0) return;
        // The pocket of a fund is CASH.
        // slither-disable-next-line unused-return
        (address pooled,) = ClaimLegs.payer(claim, ClaimLegs.POOLED);
        PostingList memory list = PostingLists.ofSize(1);
        list.add(receivable, Pocket.CASH, pooled, Pocket.CASH, repaidFen);
        modules.ledger.move(digest, Purpose.CLAIM, list.done());
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
    function _requireUnmoved(ClaimModules memory modules, Evidence memory claim) private view {
        uint16 year = ClaimEvidence.year(claim.terms);
        bool same = modules.claims.lastClaimOf(claim.member, year) == claim.previousClaim
            && YearCodec.equal(
                modules.claims.yearWordsOf(claim.member, year), ClaimEvidence.before(claim)
            );
        if (!same) revert QuoteStale(ClaimId.unwrap(claim.claimId));
    }
}
