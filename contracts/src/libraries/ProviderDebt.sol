// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClaimRegistry } from "../interfaces/IClaimRegistry.sol";
import { IClaimSettlement } from "../interfaces/IClaimSettlement.sol";
import { Settlement } from "../types/ClaimTypes.sol";
import { Posting } from "../types/Money.sol";
import { Accounts } from "./Accounts.sol";
import { ClaimLegs } from "./ClaimLegs.sol";

/// @title What a provider owes an insurer after reversals, taken from the next fund parts before
/// anything else.
library ProviderDebt {
    function fundTotal(Settlement memory s) internal pure returns (uint64) {
        return s.pooledFen + s.bigIllnessFen + s.aidFen + s.supplementaryFen;
    }

    /// @notice Lowers the debt by what this claim's fund parts cover and returns the posting for
    /// it: from RECEIVABLE, where they have just arrived, back to POOLED, which fronted the
    /// debt. Amount zero: nothing to repay.
    function repay(
        IClaimRegistry claims,
        IClaimSettlement.ReversalEvidence memory claim,
        Settlement memory s,
        uint64 debt
    ) internal returns (Posting memory repayment) {
        uint64 total = fundTotal(s);
        if (debt == 0 || total == 0) return repayment;
        uint64 part = debt < total ? debt : total;
        claims.setProviderDebt(claim.provider, claim.insurer, debt - part);
        repayment.from = Accounts.receivable(claim.provider, claim.insurer);
        // The pocket of a fund is CASH, which is zero.
        // slither-disable-next-line unused-return
        (repayment.to,) = ClaimLegs.payer(claim, ClaimLegs.POOLED);
        repayment.amountFen = part;
    }
}
