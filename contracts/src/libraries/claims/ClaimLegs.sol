// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { CashMode } from "../../types/ClaimTypes.sol";
import { ClaimId, HoldId, Region } from "../../types/Ids.sol";
import { Entry, credit, debit } from "../../types/Entries.sol";
import { FundKind, Pocket } from "../../types/Money.sol";
import { Scheme } from "../../types/Parties.sol";
import { Accounts } from "../money/Accounts.sol";
import { ClaimEvidence, Evidence } from "./ClaimEvidence.sol";

/// @title Who pays which part of a claim, and to whom.
/// @dev The legs have fixed ordinals, from which hold ids follow; a claim has a leg where it has
/// an amount. Fund legs go to the provider's RECEIVABLE with the insurer, member legs to the
/// provider's settlement account.
library ClaimLegs {
    /// @dev Bits of one amount.
    uint256 private constant LANE = 64;

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

    /// @notice What a leg amounts to; notes at the counter are no leg.
    /// @dev The legs lie in lanes 2 and 3 of the second word of amounts, 0 and 1 of the third, 0
    /// to 2 of the last (SettlementCodec).
    function amountOf(Evidence memory claim, uint256 leg) internal pure returns (uint64) {
        // Unchecked: lanes 0 to 3.
        unchecked {
            if (leg < AID) return uint64(claim.amounts1 >> LANE * (leg + 2));
            if (leg < MEDICAL) return uint64(claim.amounts2 >> LANE * (leg - AID));
            if (leg == CASH && ClaimEvidence.cashMode(claim.terms) == CashMode.COUNTER) {
                return 0;
            }
            return uint64(claim.amounts3 >> LANE * (leg - MEDICAL));
        }
    }

    /// @notice All that the funds pay.
    function fundTotal(Evidence memory claim) internal pure returns (uint64) {
        (uint256 high, uint256 low) = (claim.amounts1, claim.amounts2);
        // Unchecked: parts of one total.
        unchecked {
            return uint64(high >> 2 * LANE) + uint64(high >> 3 * LANE) + uint64(low)
                + uint64(low >> LANE);
        }
    }

    /// @notice Whether the member part is split as the body expects.
    function isSplit(
        Evidence memory claim,
        uint64 medicalFen,
        uint64 familyFen,
        uint64 cashFen
    ) internal pure returns (bool) {
        return claim.amounts3
            == uint256(medicalFen) | uint256(familyFen) << LANE | uint256(cashFen) << 2 * LANE;
    }

    /// @notice The member's share.
    function memberFen(Evidence memory claim) internal pure returns (uint64) {
        return uint64(claim.amounts2 >> 3 * LANE);
    }

    /// @notice The account and pocket a leg is paid from.
    function payer(
        Evidence memory claim,
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

    /// @notice What the ledger moves for a claim: one posting per leg with an amount, then
    /// `repaidFen` of the provider's debt, from RECEIVABLE, where the fund parts have just
    /// arrived, back to POOLED, which fronted it.
    function entries(
        Evidence memory claim,
        address settlementAccount,
        uint64 repaidFen
    ) internal pure returns (Entry[] memory list) {
        // Three receivers, seven legs, one repayment.
        list = new Entry[](COUNT + 4);
        uint256 count = 0;
        address receiver = address(0);
        address receivable = Accounts.receivable(claim.provider, claim.insurer);
        for (uint256 leg = 0; leg < COUNT; ++leg) {
            uint64 amountFen = amountOf(claim, leg);
            if (amountFen == 0) continue;
            (address from, Pocket pocket) = payer(claim, leg);
            address to = leg < MEDICAL ? receivable : settlementAccount;
            if (to != receiver) {
                receiver = to;
                list[count++] = credit(to, Pocket.CASH);
            }
            list[count++] = debit(from, pocket, amountFen);
        }
        if (repaidFen != 0) {
            // The pocket of a fund is CASH.
            // slither-disable-next-line unused-return
            (address pooled,) = payer(claim, POOLED);
            list[count++] = credit(pooled, Pocket.CASH);
            list[count++] = debit(receivable, Pocket.CASH, repaidFen);
        }
        // Shortened where it is: the rest was never filled.
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            mstore(list, count)
        }
    }
}
