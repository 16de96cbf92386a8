// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClaimSettlement } from "../../interfaces/IClaimSettlement.sol";
import { IWalletLedger } from "../../interfaces/IWalletLedger.sol";
import { Accounts } from "../money/Accounts.sol";
import { ClaimEvidence, Evidence } from "./ClaimEvidence.sol";
import { ClaimLegs } from "./ClaimLegs.sol";
import { ClaimModules } from "./ClaimModules.sol";
import { PostingList, PostingLists } from "../money/PostingLists.sol";
import { YearCodec } from "./YearCodec.sol";
import { ClaimState } from "../../types/ClaimTypes.sol";
import {
    ClaimNotSettled,
    ClaimUnknown,
    EvidenceMismatch,
    FundInsufficient,
    LaterSettlementExists,
    NotOwner,
    TooMany
} from "../../types/Errors.sol";
import { ClaimId } from "../../types/Ids.sol";
import { ReverseClaims } from "../../types/Intents.sol";
import { Pocket, Purpose } from "../../types/Money.sol";
import { OrganisationKind } from "../../types/Parties.sol";

/// @title Undoing one settled claim: every fen back to the account it came from, the member-year
/// as it was.
/// @dev The provider pays: member parts first, from its settlement account, then RECEIVABLE,
/// then RETENTION; fund parts from RECEIVABLE, then RETENTION. POOLED fronts what is missing for
/// others and waits for its own: that sum becomes provider debt, which later settlements take
/// first. A frozen account of the provider counts as empty.
library ClaimReversal {
    using PostingLists for PostingList;

    /// @dev Where the money comes from, in order, and what each source still has. `advanced` is
    /// what POOLED pays to others, `missing` that and what POOLED does not get back.
    struct Sources {
        address[3] accounts;
        uint64[3] left;
        address pooled;
        uint64 advanced;
        uint64 missing;
    }

    uint256 private constant MAX_REVERSALS = 20;
    uint256 private constant SETTLEMENT = 0;
    uint256 private constant RECEIVABLE = 1;
    uint256 private constant RETENTION = 2;

    /// @notice Reverses the claims of the evidence in its order, all or none.
    function reverseAll(
        ClaimModules memory modules,
        address actor,
        bytes32 digest,
        ReverseClaims calldata body
    ) external {
        Evidence[] memory list = abi.decode(body.evidence, (Evidence[]));
        if (list.length == 0 || list.length > MAX_REVERSALS) {
            revert TooMany(list.length, MAX_REVERSALS);
        }
        for (uint256 i = 0; i < list.length; ++i) {
            uint64 shortfall = _reverseOne(modules, actor, digest, list[i]);
            emit IClaimSettlement.ClaimReversed(
                digest, list[i].claimId, body.reasonCode, shortfall
            );
        }
    }

    function _reverseOne(
        ClaimModules memory modules,
        address actor,
        bytes32 digest,
        Evidence memory claim
    ) private returns (uint64 shortfall) {
        uint16 year = ClaimEvidence.year(claim.terms);
        _requireReversible(modules, actor, claim, year);

        modules.claims
            .recordReversed(
                claim.claimId,
                claim.provider,
                claim.member,
                claim.terms,
                ClaimEvidence.before(claim),
                claim.previousClaim
            );
        shortfall = _giveBack(modules, claim, digest);
        if (shortfall != 0) {
            uint64 debt = modules.claims.providerDebtOf(claim.provider, claim.insurer);
            modules.claims.setProviderDebt(claim.provider, claim.insurer, debt + shortfall);
        }
    }

    function _requireReversible(
        ClaimModules memory modules,
        address actor,
        Evidence memory claim,
        uint16 year
    ) private view {
        ClaimState state = modules.claims.stateOf(claim.claimId);
        if (state == ClaimState.NONE) revert ClaimUnknown(claim.claimId);
        if (state != ClaimState.SETTLED) revert ClaimNotSettled(claim.claimId);
        if (modules.claims.commitmentOf(claim.claimId) != ClaimEvidence.commitment(claim)) {
            revert EvidenceMismatch(claim.claimId);
        }
        if (actor == claim.provider) {
            modules.providers.requireKind(actor, OrganisationKind.PROVIDER);
        } else if (actor == claim.insurer) {
            modules.providers.requireKind(actor, OrganisationKind.INSURER);
        } else {
            revert NotOwner(actor, ClaimId.unwrap(claim.claimId));
        }
        ClaimId last = modules.claims.lastClaimOf(claim.member, year);
        if (!(last == claim.claimId)) revert LaterSettlementExists(last);
        bool same = YearCodec.equal(
            modules.claims.yearWordsOf(claim.member, year), ClaimEvidence.afterwards(claim)
        );
        if (!same) revert EvidenceMismatch(claim.claimId);
    }

    /// @return What the provider could not pay.
    function _giveBack(
        ClaimModules memory modules,
        Evidence memory claim,
        bytes32 digest
    ) private returns (uint64) {
        Sources memory sources = _sourcesOf(modules, claim);
        // At most four sources for each of seven legs.
        PostingList memory list = PostingLists.ofSize(4 * ClaimLegs.COUNT);
        // Members first, POOLED last: it is the one that fronts.
        for (uint256 leg = ClaimLegs.COUNT; leg > 0; --leg) {
            uint64 owed = ClaimLegs.amountOf(claim, leg - 1);
            _repay(modules.ledger, list, sources, claim, leg - 1, owed);
        }
        if (list.count != 0) modules.ledger.move(digest, Purpose.CLAIM_REVERSAL, list.done());
        return sources.missing;
    }

    function _sourcesOf(
        ClaimModules memory modules,
        Evidence memory claim
    ) private view returns (Sources memory sources) {
        address provider = claim.provider;
        sources.accounts[SETTLEMENT] =
        modules.providers.organisationOf(provider).settlementAccount;
        sources.accounts[RECEIVABLE] = Accounts.receivable(provider, claim.insurer);
        sources.accounts[RETENTION] = Accounts.retention(provider, claim.insurer);
        for (uint256 i = 0; i < sources.accounts.length; ++i) {
            address account = sources.accounts[i];
            if (!modules.ledger.isFrozen(account)) {
                sources.left[i] = uint64(modules.ledger.balanceOf(account, uint256(Pocket.CASH)));
            }
        }
        // The pocket of a fund is CASH.
        // slither-disable-next-line unused-return
        (sources.pooled,) = ClaimLegs.payer(claim, ClaimLegs.POOLED);
    }

    /// @dev Pays one leg back from the sources in turn; POOLED fronts the rest.
    function _repay(
        IWalletLedger ledger,
        PostingList memory list,
        Sources memory sources,
        Evidence memory claim,
        uint256 leg,
        uint64 owed
    ) private view {
        if (owed == 0) return;
        (address to, Pocket pocket) = ClaimLegs.payer(claim, leg);
        // The settlement account received member parts only.
        uint256 first = leg < ClaimLegs.MEDICAL ? RECEIVABLE : SETTLEMENT;
        for (uint256 i = first; i < sources.accounts.length; ++i) {
            uint64 part = owed < sources.left[i] ? owed : sources.left[i];
            sources.left[i] -= part;
            owed -= part;
            list.add(sources.accounts[i], Pocket.CASH, to, pocket, part);
        }
        if (owed == 0) return;
        sources.missing += owed;
        if (to == sources.pooled) return;
        sources.advanced += owed;
        // What POOLED gets back arrives after it has paid.
        uint256 available = ledger.balanceOf(sources.pooled, uint256(Pocket.CASH));
        if (sources.advanced > available) {
            revert FundInsufficient(sources.pooled, available, sources.advanced);
        }
        list.add(sources.pooled, Pocket.CASH, to, pocket, owed);
    }
}
