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
    /// `InvalidRatio`.
    /// @return sum The sums.
    /// @return hashSum Sum of the line hashes: the same lines in another order have the same
    /// sum.
    /// @return strayBp A self-pay ratio on a line of class A or C, where it has no meaning; zero
    /// if there is none.
    /// @dev Unchecked: each amount is at most 10^13 and call data holds fewer than 2^32 lines; a
    /// hash sum may wrap.
    function sums(ClaimLine[] calldata lines)
        internal
        pure
        returns (LineSums memory sum, uint256 hashSum, uint256 strayBp)
    {
        uint256[5][] calldata words = _words(lines);
        unchecked {
            for (uint256 i = 0; i < words.length; ++i) {
                uint256[5] calldata line = words[i];
                uint256 gross = line[1];
                uint256 rest = gross - line[2];
                uint256 selfPayBp = line[3];
                if (gross == 0 || gross > MAX_AMOUNT_FEN) revert InvalidAmount(gross);
                if (rest > gross) revert InvalidAmount(line[2]);
                if (selfPayBp > WHOLE_BP) revert InvalidRatio(selfPayBp);
                hashSum += line[4];
                sum.totalFen += gross;
                sum.overFen += gross - rest;
                ItemClass class = ItemClass(line[0]);
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

    /// @dev The same lines as plain words: five a line, each tested above over its whole width,
    /// which costs half of reading them by type.
    function _words(ClaimLine[] calldata lines)
        private
        pure
        returns (uint256[5][] calldata words)
    {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            words.offset := lines.offset
            words.length := lines.length
        }
    }
}
