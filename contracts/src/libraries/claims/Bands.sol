// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { PlanPlace } from "../plans/PlanReader.sol";
import { Rounding } from "../money/Rounding.sol";

/// @title Marginal bands: what the part of an interval in each band is worth
/// (docs/adjudication.md sections 5, 6).
library Bands {
    /// @notice Σ overlap([from, to], band) × ratio, in unit × bp. Edges are fen, positions fen ×
    /// unit.
    /// @dev UNLIMITED needs no special case: no position reaches UNLIMITED × 10^4, and a fen
    /// position that reaches UNLIMITED is refused by the accumulator that holds it. Unchecked:
    /// positions < 2^66 × 10^4, ratios <= 10^4.
    function price(
        PlanPlace bands,
        uint256 from,
        uint256 to,
        uint256 unit
    ) internal pure returns (uint256 priced) {
        unchecked {
            uint256 count = bands.count();
            uint256 lower = 0;
            for (uint256 i = 0; i < count && lower < to; ++i) {
                (uint256 edgeFen, uint256 ratioBp) = bands.band(i);
                uint256 upper = edgeFen * unit;
                uint256 overlap =
                    Rounding.saturatingSub(Rounding.min(to, upper), Rounding.max(from, lower));
                priced += overlap * ratioBp;
                lower = upper;
            }
        }
    }
}
