// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import { ClaimLine, ItemClass } from "../../types/ClaimTypes.sol";
import { InvalidAmount, InvalidRatio, KindUnknown } from "../../types/Errors.sol";
import { MAX_AMOUNT_FEN, WHOLE_BP } from "../../types/Money.sol";

/// @title Class split of fee lines (docs/adjudication.md section 4).
library LineSplit {
    uint256 private constant CLASS_B = uint256(ItemClass.B);
    uint256 private constant CLASS_C = uint256(ItemClass.C);

    uint256 private constant LINE_BYTES = 5 * 32;

    /// @dev Sums over all lines; E4 figures are 1/10,000 fen. `hashSum` is the sum of the line
    /// hashes: the same lines in another order have the same sum. `strayBp` is a self-pay ratio
    /// on a line of class A or C, where it has no meaning; zero if there is none.
    struct LineSums {
        uint256 totalFen;
        uint256 ownFen;
        uint256 overFen;
        uint256 scopeE4;
        uint256 preE4;
        uint256 hashSum;
        uint256 strayBp;
    }

    /// @notice Splits each line by its class and adds up. Reverts `InvalidAmount`,
    /// `InvalidRatio`, `KindUnknown` (class).
    /// @param sum Filled in: all its fields.
    /// @dev The lines are read as plain words, five a line, each tested here over its whole
    /// width: by type, every access would test again. Unchecked: each amount is at most 10^13
    /// and call data holds fewer than 2^32 lines; a hash sum may wrap.
    function split(ClaimLine[] calldata lines, LineSums memory sum) internal pure {
        unchecked {
            uint256 place = _placeOf(lines);
            uint256 end = place + lines.length * LINE_BYTES;
            uint256 total = 0;
            uint256 own = 0;
            uint256 over = 0;
            uint256 preE4 = 0;
            uint256 hashSum = 0;
            uint256 strayBp = 0;
            for (; place != end; place += LINE_BYTES) {
                uint256 gross = _word(place + 32);
                uint256 rest = gross - _word(place + 64);
                uint256 selfPayBp = _word(place + 96);
                if (gross == 0 || gross > MAX_AMOUNT_FEN) revert InvalidAmount(gross);
                // An over-limit part above the amount has wrapped.
                if (rest > gross) revert InvalidAmount(_word(place + 64));
                if (selfPayBp > WHOLE_BP) revert InvalidRatio(selfPayBp);
                hashSum += _word(place + 128);
                total += gross;
                over += gross - rest;
                uint256 class = _word(place);
                if (class == CLASS_B) {
                    preE4 += rest * selfPayBp;
                    continue;
                }
                if (class == CLASS_C) own += rest;
                else if (class != 0) revert KindUnknown(class);
                if (selfPayBp != 0) strayBp = selfPayBp;
            }
            if (total == 0 || total > MAX_AMOUNT_FEN) revert InvalidAmount(total);
            sum.totalFen = total;
            sum.ownFen = own;
            sum.overFen = over;
            // What is left of classes A and B is in scope, less what class B pays first.
            sum.scopeE4 = (total - own - over) * WHOLE_BP - preE4;
            sum.preE4 = preE4;
            sum.hashSum = hashSum;
            sum.strayBp = strayBp;
        }
    }

    function _placeOf(ClaimLine[] calldata lines) private pure returns (uint256 place) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            place := lines.offset
        }
    }

    function _word(uint256 place) private pure returns (uint256 word) {
        // solhint-disable-next-line no-inline-assembly
        assembly ("memory-safe") {
            word := calldataload(place)
        }
    }
}
