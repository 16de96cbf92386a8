// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClaimLine, ItemClass } from "../types/ClaimTypes.sol";
import { InvalidAmount, InvalidRatio } from "../types/Errors.sol";
import { MAX_AMOUNT_FEN, WHOLE_BP } from "../types/Money.sol";

/// @title Class split of fee lines (docs/adjudication.md section 4).
library LineSplit {
    /// @dev Sums over all lines; E4 figures are 1/10,000 fen.
    struct LineSums {
        uint256 totalFen;
        uint256 ownFen;
        uint256 overFen;
        uint256 scopeE4;
        uint256 preE4;
    }

    /// @notice Splits each line by its class and adds up. Reverts `InvalidAmount`,
    /// `InvalidRatio`. @return sum The sums.
    /// @return hashSum Sum of the line hashes: the same lines in another order have the same
    /// sum. @return strayBp A self-pay ratio on a line of class A or C, where it has no meaning;
    /// zero if there is none.
    /// @dev Unchecked: each amount is at most 10^13 and call data holds fewer than 2^32 lines; a
    /// hash sum may wrap.
    function sums(ClaimLine[] calldata lines)
        internal
        pure
        returns (LineSums memory sum, uint256 hashSum, uint256 strayBp)
    {
        unchecked {
            for (uint256 i = 0; i < lines.length; ++i) {
                ClaimLine calldata line = lines[i];
                uint256 gross = line.grossFen;
                uint256 rest = gross - line.overFen;
                uint256 selfPayBp = line.selfPayBp;
                if (gross == 0 || gross > MAX_AMOUNT_FEN) revert InvalidAmount(gross);
                if (rest > gross) revert InvalidAmount(line.overFen);
                if (selfPayBp > WHOLE_BP) revert InvalidRatio(selfPayBp);
                hashSum += uint256(line.lineHash);
                sum.totalFen += gross;
                sum.overFen += gross - rest;
                ItemClass class = line.class;
                if (class == ItemClass.B) {
                    sum.preE4 += rest * selfPayBp;
                    sum.scopeE4 += rest * (WHOLE_BP - selfPayBp);
                    continue;
                }
                if (class == ItemClass.A) sum.scopeE4 += rest * WHOLE_BP;
                else sum.ownFen += rest;
                if (selfPayBp != 0) strayBp = selfPayBp;
            }
        }
        if (sum.totalFen == 0 || sum.totalFen > MAX_AMOUNT_FEN) {
            revert InvalidAmount(sum.totalFen);
        }
    }
}
