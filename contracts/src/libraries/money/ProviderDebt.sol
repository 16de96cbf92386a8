// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { IClaimRegistry } from "../../interfaces/IClaimRegistry.sol";
import { Evidence } from "../claims/ClaimEvidence.sol";
import { ClaimLegs } from "../claims/ClaimLegs.sol";

/// @title What a provider owes an insurer after reversals, taken from the next fund parts before
/// anything else.
library ProviderDebt {
    /// @notice Lowers the debt by what this claim's fund parts cover and returns that part.
    function repay(
        IClaimRegistry claims,
        Evidence memory claim,
        uint64 debt
    ) internal returns (uint64 part) {
        if (debt == 0) return 0;
        uint64 total = ClaimLegs.fundTotal(claim);
        part = debt < total ? debt : total;
        if (part != 0) claims.setProviderDebt(claim.provider, claim.insurer, debt - part);
    }
}
