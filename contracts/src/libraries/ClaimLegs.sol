// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClaimSettlement } from "../interfaces/IClaimSettlement.sol";
import { CashMode, Settlement } from "../types/ClaimTypes.sol";
import { ClaimId, HoldId, Region } from "../types/Ids.sol";
import { FundKind, Pocket, Posting } from "../types/Money.sol";
import { Scheme } from "../types/Parties.sol";
import { Accounts } from "./Accounts.sol";
import { ClaimEvidence } from "./ClaimEvidence.sol";

/// @title Who pays which part of a claim, and to whom.
/// @dev The legs have fixed ordinals, from which hold ids follow; a claim has a leg where it has
/// an amount. Fund legs go to the provider's RECEIVABLE with the insurer, member legs to the
/// provider's settlement account.
library ClaimLegs {
    uint256 internal constant POOLED = 0;
    uint256 internal constant BIG_ILLNESS = 1;
    uint256 internal constant AID = 2;
    uint256 internal constant SUPPLEMENTARY = 3;
    uint256 internal constant MEDICAL = 4;
    uint256 internal constant FAMILY = 5;
    uint256 internal constant CASH = 6;
    uint256 internal constant COUNT = 7;

    /// @notice The id of the hold on one leg.
    function holdId(ClaimId claimId, uint256 leg) internal pure returns (HoldId) {
        return HoldId.wrap(keccak256(abi.encode(claimId, leg)));
    }

    /// @notice What each leg amounts to; notes at the counter are no leg.
    function amounts(
        Settlement memory s,
        bytes32 terms
    ) internal pure returns (uint64[7] memory legs) {
        legs[POOLED] = s.pooledFen;
        legs[BIG_ILLNESS] = s.bigIllnessFen;
        legs[AID] = s.aidFen;
        legs[SUPPLEMENTARY] = s.supplementaryFen;
        legs[MEDICAL] = s.medicalFen;
        legs[FAMILY] = s.familyFen;
        if (ClaimEvidence.cashMode(terms) == CashMode.WALLET) legs[CASH] = s.cashFen;
    }

    /// @notice The account and pocket a leg is paid from.
    function payer(
        IClaimSettlement.ReversalEvidence memory claim,
        uint256 leg
    ) internal pure returns (address account, Pocket pocket) {
        if (leg == MEDICAL) return (claim.member, Pocket.MEDICAL);
        if (leg == FAMILY) return (claim.familyHolder, Pocket.MEDICAL);
        if (leg == CASH) return (claim.member, Pocket.CASH);
        if (leg == SUPPLEMENTARY) return (claim.supplementaryPayer, Pocket.CASH);
        Region region = ClaimEvidence.region(claim.terms);
        Scheme scheme = ClaimEvidence.scheme(claim.terms);
        // The first three legs and the first three fund kinds have the same numbers.
        return (Accounts.fund(region, scheme, FundKind(leg)), Pocket.CASH);
    }

    /// @notice One posting per leg with an amount, and the mask of those legs.
    function postings(
        IClaimSettlement.ReversalEvidence memory claim,
        Settlement memory s,
        address settlementAccount
    ) internal pure returns (Posting[] memory list, uint256 mask) {
        uint64[7] memory legs = amounts(s, claim.terms);
        uint256 count = 0;
        for (uint256 leg = 0; leg < COUNT; ++leg) {
            if (legs[leg] == 0) continue;
            mask |= 1 << leg;
            ++count;
        }
        list = new Posting[](count);
        address receivable = Accounts.receivable(claim.provider, claim.insurer);
        count = 0;
        for (uint256 leg = 0; leg < COUNT; ++leg) {
            if (legs[leg] == 0) continue;
            Posting memory posting = list[count++];
            (posting.from, posting.fromPocket) = payer(claim, leg);
            posting.to = leg < MEDICAL ? receivable : settlementAccount;
            posting.amountFen = legs[leg];
        }
    }
}
